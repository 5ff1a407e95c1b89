from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess.data import INSTRUMENT, NOW

from leadglass.assess.answers import MAX_NAME, MAX_NOTE, Answer, AnswerSet, Kept
from leadglass.assess.interchange import (
    MAX_ANSWERS,
    MAX_FAULTS,
    MAX_FILE,
    AnswerFileError,
    Received,
    read,
    schema,
    write,
)

YES = Answer("yes", "A. Person", NOW, "on all <b>wards</b>")
SET = AnswerSet("2026.1", {"sso": YES, "beds": replace(YES, value=320)}, (Kept("2025.1", "gone", YES),))


def file(**changed: object) -> dict[str, object]:
    document: dict[str, object] = json.loads(write(SET, "St. Elsewhere"))
    return {**document, **changed}


def row(**changed: object) -> dict[str, object]:
    return {"question": "sso", "value": "yes", "by": "A. Person", "at": "2026-11-24T12:00:00Z", **changed}


def test_what_is_written_is_read_back() -> None:
    assert read(write(SET, "St. Elsewhere"), INSTRUMENT) == Received(SET, (), "2026.1", "St. Elsewhere")


def test_the_same_answers_give_the_same_bytes() -> None:
    turned = replace(SET, answers=dict(reversed(SET.answers.items())))
    assert write(turned) == write(SET)


VALUES = st.sampled_from(["yes", "no", "unknown", "not-applicable"])
TEXT = st.text(max_size=50)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(["sso", "firewall-ris", "vpn-ssl"]), st.tuples(VALUES, TEXT, TEXT)))
def test_any_names_and_notes_come_through(given_answers: dict[str, tuple[str, str, str]]) -> None:
    answers = {name: Answer(value, f"x{by}", NOW, note) for name, (value, by, note) in given_answers.items()}
    assert read(write(AnswerSet("2026.1", answers)), INSTRUMENT).answers.answers == answers


def test_half_filled_is_no_fault() -> None:
    assert read(json.dumps(file(answers=[], kept=[])).encode(), INSTRUMENT).answers == AnswerSet("2026.1")


def test_an_answer_to_a_question_that_is_not_known_is_kept() -> None:
    found = read(json.dumps(file(answers=[row(question="added-by-hand")])).encode(), INSTRUMENT).answers
    assert found.answers == {}
    assert "added-by-hand" in {one.question for one in found.kept}


def test_an_older_instruments_file_is_brought_over() -> None:
    found = read(json.dumps(file(instrument="2025.1")).encode(), INSTRUMENT)
    assert (found.version, found.answers.version) == ("2025.1", "2026.1")
    assert found.answers.answers == SET.answers


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (file(instrument="2099.1"), "answers to instrument 2099.1"),
        (file(format="something-else"), "no file of answers"),
        (file(instrument="newest"), "no file of answers"),
        (file(extra=1), "no file of answers"),
        (file(answers=[row(value="=1+1")]), "'=1+1' is no answer to 'sso'"),
        (file(answers=[row(value=3)]), "3 is no answer to 'sso'"),
        (file(answers=[row(value=True)]), "no file of answers"),
        (file(answers=[row(value=-1)]), "no file of answers"),
        (file(answers=[row(), row()]), "'sso' is answered twice"),
        (file(answers=[row(by="")]), "no file of answers"),
        (file(answers=[row(at="2026-11-24T12:00:00")]), "no file of answers"),
        (file(answers=[row(note="x" * (MAX_NOTE + 1))]), "no file of answers"),
        (file(answers=[row(question=f"q{index}") for index in range(MAX_ANSWERS + 1)]), "no file of answers"),
        ([], "no file of answers"),
    ],
)
def test_a_file_with_a_fault_is_refused_and_says_which(document: object, message: str) -> None:
    with pytest.raises(AnswerFileError) as raised:
        read(json.dumps(document).encode(), INSTRUMENT)
    assert message in raised.value.message
    assert raised.value.hint


def test_many_faults_are_counted_and_some_are_named() -> None:
    rows = [row(question=question.id, value="wrong") for question in INSTRUMENT.questions]
    with pytest.raises(AnswerFileError) as raised:
        read(json.dumps(file(answers=rows)).encode(), INSTRUMENT)
    assert raised.value.message.count("is no answer to") == MAX_FAULTS
    assert raised.value.message.endswith(f"and {len(rows) - MAX_FAULTS} more")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"PK\x03\x04", b"[" * 100_000, b'"' + b"x" * MAX_FILE + b'"', b"nul"],
    ids=["empty", "cut", "no-utf-8", "zip", "nested", "large", "word"],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(AnswerFileError):
        read(data, INSTRUMENT)


def test_the_largest_file_that_can_be_written_can_be_read() -> None:
    answer = replace(YES, by="\x01" * MAX_NAME, note="\x01" * MAX_NOTE)
    kept = tuple(Kept("2025.1", f"q{index:038}", answer) for index in range(MAX_ANSWERS))
    data = write(AnswerSet("2026.1", {}, kept))
    assert 2 * len(data) <= MAX_FILE, "as many answers again stay below"
    assert len(read(data, INSTRUMENT).answers.kept) == MAX_ANSWERS


def test_the_schema_names_every_field_and_no_other() -> None:
    found = schema()["$defs"]
    assert set(found["AnswerRow"]["properties"]) == {"question", "value", "by", "at", "note"}
    assert set(found["KeptRow"]["properties"]) == {"question", "value", "by", "at", "note", "version"}
    assert found["AnswerFile"]["additionalProperties"] is False
