"""Questions in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.hospital import (
    COMMITMENT,
    CT,
    CT2,
    MPPS,
    MR,
    STUDY_FIND,
    STUDY_MOVE,
    VERIFICATION,
    WORKLIST,
    ZONE,
    generation,
    local,
    replace,
)

from leadglass.model.decision import Request
from leadglass.policy.question import EXAMPLE, QuestionError, parse

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # Tuesday 10:30 by the hospital's clock
NOW_LOCAL = local("2026-11-24T10:30")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("may CT2 send MR to PACS at 03:00?", ("ct2", "C-STORE", MR, "pacs", local("2026-11-24T03:00"))),
        (EXAMPLE, ("ct2", "C-STORE", MR, "pacs", local("2026-11-24T03:00"))),
        (
            "May ct2 store CT images in pacs on Saturday at 9:05",
            ("ct2", "C-STORE", CT, "pacs", local("2026-11-28T09:05")),
        ),
        ("may ct2 send the CT Image Storage to ORTHANC", ("ct2", "C-STORE", CT, "pacs", NOW_LOCAL)),
        ("can ct2 C-STORE 1.2.3 to test now", ("ct2", "C-STORE", "1.2.3", "test", NOW_LOCAL)),
        (
            "is ct2 allowed to echo pacs tomorrow at 00:00",
            ("ct2", "C-ECHO", VERIFICATION, "pacs", local("2026-11-25T00:00")),
        ),
        ("may ws query the worklist at TEST", ("ws", "C-FIND", WORKLIST, "test", NOW_LOCAL)),
        ("may ws query PACS at 03:00 on 2026-12-24", ("ws", "C-FIND", STUDY_FIND, "pacs", local("2026-12-24T03:00"))),
        (
            "may ws move studies from pacs at 2026-12-24T03:00",
            ("ws", "C-MOVE", STUDY_MOVE, "pacs", local("2026-12-24T03:00")),
        ),
        ("may ws retrieve patients from pacs", ("ws", "C-MOVE", STUDY_MOVE, "pacs", NOW_LOCAL)),
        ("may ws commit to pacs", ("ws", "N-ACTION", COMMITMENT, "pacs", NOW_LOCAL)),
        ("may ws create mpps at pacs", ("ws", "N-CREATE", MPPS, "pacs", NOW_LOCAL)),
        ("ct2 send CT pacs", ("ct2", "C-STORE", CT, "pacs", NOW_LOCAL)),
    ],
)
def test_a_question_becomes_a_request(text: str, expected: tuple[str, str, str, str, datetime]) -> None:
    asked = parse(text, generation(), NOW)
    assert replace(asked, level="", destination="") == Request(*expected)


@pytest.mark.parametrize(
    ("text", "level", "destination"),
    [
        ("may ws move studies to WS9 from pacs", "STUDY", "WS9"),
        ("may ws move patients from pacs to WS9 at 03:00", "PATIENT", "WS9"),
        ("may ws move series from TEST", "SERIES", ""),
        ("may ws move studies to pacs", "STUDY", ""),
        ("may ws query patients at pacs", "PATIENT", ""),
        ("may ws query pacs", "STUDY", ""),
        ("may ws query the worklist at pacs", "WORKLIST", ""),
        ("may ct2 send CT to pacs", "", ""),
    ],
)
def test_a_question_has_its_level_and_destination(text: str, level: str, destination: str) -> None:
    asked = parse(text, generation(), NOW)
    assert (asked.level, asked.destination) == (level, destination)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no operation"),
        ("what is the weather", "no operation"),
        ("may ct9 send CT to pacs", "no peer is called 'ct9'"),
        ("may ct2 send CT to nowhere", "no archive is called 'nowhere'"),
        ("may ct2 send CT", "which archive?"),
        ("may ct2 send to pacs", "C-STORE of what?"),
        ("may ct2 send pictures to pacs", "no SOP class is named 'pictures'"),
        ("may ct2 send CT to pacs at 25:00", "hour"),
        ("may ct2 send CT to pacs on 2026-13-01", "month"),
        ("may ct2 send CT to pacs at 2026-03-29T02:30", "does not exist"),
        ("may ct2 send CT to pacs " * 20, "longer"),
    ],
)
def test_a_question_that_cannot_be_understood_is_answered_with_a_hint(text: str, words: str) -> None:
    with pytest.raises(QuestionError) as caught:
        parse(text, generation(), NOW)
    assert words in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_title_shared_by_several_peers_asks_which_is_meant() -> None:
    twins = generation(replace(CT2, id="a"), replace(CT2, id="b", networks=("10.7.0.0/16",)))
    with pytest.raises(QuestionError) as caught:
        parse("may CT2 send CT to pacs", twins, NOW)
    assert "2 peers are called CT2" in caught.value.message
    assert "a, b" in caught.value.hint
    assert parse("may b send CT to pacs", twins, NOW).peer == "b"


def test_an_id_comes_before_a_title() -> None:
    crossed = generation(replace(CT2, id="x", title="y"), replace(CT2, id="y", title="x"))
    assert parse("may x send CT to pacs", crossed, NOW).peer == "x"


@given(
    st.text(max_size=80) | st.lists(st.sampled_from([*EXAMPLE.split(), "from", "ct2", "now", "10:00"])).map(" ".join)
)
def test_any_text_is_a_request_or_a_question_error(text: str) -> None:
    try:
        request = parse(text, generation(), NOW)
    except QuestionError:
        return
    assert request.at.astimezone(ZONE)
