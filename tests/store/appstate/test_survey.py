from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from sqlalchemy import Engine
from tests.assess.data import INSTRUMENT, NOW
from tests.store.appstate.outbox import actions, said

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.instrument import Change, Instrument
from leadglass.assess.interchange import read, write
from leadglass.errors import LeadglassError
from leadglass.store.appstate import survey_records
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import AppStateConflictError, open_appstate
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.survey import (
    RECONFIRMED,
    AnswerConflict,
    AnswerRefusedError,
    Recorded,
    answer_set,
    history,
    numbers,
    record_answer,
)


def answer(
    engine: Engine,
    question: str,
    value: str | int | None,
    basis: int = 0,
    *,
    by: str = "anna",
    note: str = "",
    at: datetime = NOW,
    source: str = "console",
    instrument: Instrument = INSTRUMENT,
) -> Recorded:
    return record_answer(
        engine, instrument, question, value,
        by=by, address="10.0.0.1", at=at, note=note, basis=basis, source=source,
    )  # fmt: skip


def later(*changes: Change, version: str = "2027.1") -> Instrument:
    return msgspec.structs.replace(INSTRUMENT, version=version, changes=changes)


def earlier(question: str, name: str) -> Instrument:
    """An instrument of 2025 in which a question has another id."""
    sections = tuple(
        msgspec.structs.replace(
            section,
            questions=tuple(
                msgspec.structs.replace(one, id=name) if one.id == question else one for one in section.questions
            ),
        )
        for section in INSTRUMENT.sections
    )
    return msgspec.structs.replace(INSTRUMENT, version="2025.1", sections=sections, changes=())


def test_an_answer_is_of_record_with_who_gave_it_when_and_its_event(engine: Engine) -> None:
    done = answer(engine, "sso", "yes", note="but for ultrasound")
    assert done.answer == Answer("yes", "anna", NOW, "but for ultrasound")
    assert answer_set(engine, INSTRUMENT) == AnswerSet(INSTRUMENT.version, {"sso": done.answer})
    assert numbers(engine) == {"sso": done.number}
    assert history(engine) == (done,)
    (action,) = actions(engine)
    assert (action.user, action.address, action.action) == ("anna", "10.0.0.1", "question-answered")
    assert (action.subject, action.detail) == ("sso", "nothing → yes; console")


def test_a_number_stays_a_number_and_a_time_keeps_its_instant(engine: Engine) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=timezone(timedelta(hours=2)))
    answer(engine, "beds", 712, at=at)
    found = answer_set(engine, INSTRUMENT).answers["beds"]
    assert found.value == 712
    assert type(found.value) is int
    assert found.at == at


def test_the_answers_stand_in_the_order_of_the_instrument(engine: Engine) -> None:
    names = [question.id for question in INSTRUMENT.questions][:6]
    for name in reversed(names):
        answer(engine, name, "unknown")
    assert list(answer_set(engine, INSTRUMENT).answers) == names


NO_ANSWERS: tuple[tuple[str, str | int], ...] = (
    ("sso", "maybe"),
    ("sso", 1),
    ("sso", True),
    ("beds", "300"),
    ("beds", -1),
    ("beds", True),
    ("no-such", "yes"),
)


def test_what_is_no_answer_is_refused_and_leaves_nothing(engine: Engine) -> None:
    for question, value in NO_ANSWERS:
        with pytest.raises(AnswerRefusedError) as caught:
            answer(engine, question, value)
        assert caught.value.hint
    assert history(engine) == ()
    assert pending(engine) == 0


UNSTORABLE: tuple[tuple[str, str, datetime], ...] = (
    ("", "", NOW),
    (" ", "", NOW),
    ("x" * 201, "", NOW),
    ("anna", "x" * 1_001, NOW),
    ("anna", "\ud800", NOW),
    ("anna", "a\0b", NOW),
    ("anna", "", NOW.replace(tzinfo=None)),
    ("anna", "", NOW.replace(year=9999)),
    ("anna", "", NOW.replace(year=1969)),
)


def test_what_cannot_be_stored_is_refused_and_leaves_nothing(engine: Engine) -> None:
    for by, note, at in UNSTORABLE:
        with pytest.raises(AppStateConflictError) as caught:
            answer(engine, "sso", "yes", by=by, note=note, at=at)
        assert caught.value.hint
    assert history(engine) == ()
    assert pending(engine) == 0


def test_hostile_text_is_kept_as_it_stands(engine: Engine) -> None:
    note = "<script>'\"; DROP TABLE survey_answers; --\u202e\U0001f600\r\n=1+1"
    answer(engine, "sso", "yes", note=note, by="<b>O'Hara</b>")
    (found,) = history(engine)
    assert (found.note, found.by) == (note, "<b>O'Hara</b>")


def test_of_two_who_saw_the_same_page_the_second_is_told_and_nothing_is_replaced(engine: Engine) -> None:
    first = answer(engine, "sso", "yes", by="anna")
    with pytest.raises(AnswerConflict) as caught:
        answer(engine, "sso", "no", by="ben")
    assert caught.value.current == first
    assert isinstance(caught.value, LeadglassError)
    assert answer(engine, "sso", "no", first.number, by="ben").by == "ben"
    assert [one.by for one in history(engine)] == ["ben", "anna"]


def test_who_says_the_same_is_told_nothing_and_adds_nothing(engine: Engine) -> None:
    first = answer(engine, "sso", "yes", note="but for ultrasound")
    assert answer(engine, "sso", "yes", by="ben") == first
    assert answer(engine, "sso", "yes", first.number, note="but for ultrasound") == first
    assert pending(engine) == 1


def test_another_note_to_the_same_answer_is_no_less_a_conflict(engine: Engine) -> None:
    answer(engine, "sso", "yes", note="but for ultrasound")
    with pytest.raises(AnswerConflict):
        answer(engine, "sso", "yes", note="all of it", by="ben")


def test_a_note_can_be_taken_away_by_who_saw_it(engine: Engine) -> None:
    first = answer(engine, "sso", "yes", note="but for ultrasound")
    assert answer(engine, "sso", "yes", first.number).note == ""


def test_the_same_answer_a_day_later_keeps_it_fresh(engine: Engine) -> None:
    first = answer(engine, "sso", "yes")
    assert answer(engine, "sso", "yes", first.number, at=NOW + RECONFIRMED - timedelta(seconds=1)) == first
    again = answer(engine, "sso", "yes", first.number, at=NOW + RECONFIRMED)
    assert (again.number > first.number, again.at) == (True, NOW + RECONFIRMED)


def test_a_withdrawn_answer_is_none_and_stays_in_the_history(engine: Engine) -> None:
    first = answer(engine, "sso", "yes")
    gone = answer(engine, "sso", None, first.number, by="ben", note="asked the wrong person")
    assert answer_set(engine, INSTRUMENT).answers == {}
    assert (gone.answer, gone.by, gone.note) == (None, "ben", "asked the wrong person")
    assert history(engine, "sso") == (gone, first)
    assert said(engine)[1] == ("answer-withdrawn", "sso")
    with pytest.raises(AnswerConflict) as caught:
        answer(engine, "sso", "no", first.number)
    assert caught.value.current == gone
    assert answer(engine, "sso", None, first.number) == gone
    assert answer(engine, "sso", "no", gone.number).answer is not None


def test_nothing_can_be_withdrawn_where_nothing_is(engine: Engine) -> None:
    with pytest.raises(AnswerRefusedError):
        answer(engine, "sso", None)


def test_history_comes_in_pages_newest_first_and_for_one_question(engine: Engine) -> None:
    done = [answer(engine, "beds", value, 10**9) for value in range(5)]
    other = answer(engine, "sso", "yes")
    assert history(engine, limit=2) == (other, done[4])
    assert history(engine, limit=2, before=done[4].number) == (done[3], done[2])
    assert history(engine, "beds", limit=1) == (done[4],)
    assert len(history(engine, limit=0)) == 1
    assert len(history(engine, limit=10**9)) == 6


def test_the_answers_to_an_earlier_version_come_over_and_none_is_lost(engine: Engine) -> None:
    changes = (
        Change(since="2026.1", question="single-login", to="sso", codes={"yes": "no"}),
        Change(since="2026.1", question="gone", to=""),
    )
    old = earlier("sso", "single-login")
    first = answer(engine, "single-login", "yes", instrument=old)
    beds = answer(engine, "beds", 300, instrument=old)
    now = msgspec.structs.replace(INSTRUMENT, changes=changes)
    found = answer_set(engine, now)
    assert {name: one.value for name, one in found.answers.items()} == {"sso": "no", "beds": 300}
    assert found.kept == ()
    # A form of today knows it by its new name, and no number of that.
    second = answer(engine, "sso", "yes", numbers(engine).get("sso", 0), instrument=now)
    assert answer_set(engine, now).values() == {"beds": 300, "sso": "yes"}
    assert history(engine) == (second, beds, first)


def test_who_withdraws_an_answer_withdraws_what_it_was_brought_over_from(engine: Engine) -> None:
    now = msgspec.structs.replace(INSTRUMENT, changes=(Change(since="2026.1", question="single-login", to="sso"),))
    answer(engine, "single-login", "yes", instrument=earlier("sso", "single-login"))
    answer(engine, "sso", None, instrument=now)
    assert answer_set(engine, now) == AnswerSet(now.version)


def test_an_answer_without_a_question_any_more_is_kept_beside_and_comes_back(engine: Engine) -> None:
    given = answer(engine, "sso", "yes")
    without = later(Change(since="2027.1", question="sso", to=""))
    assert answer_set(engine, without).answers == {}
    (kept,) = answer_set(engine, without).kept
    assert (kept.version, kept.question, kept.answer) == (INSTRUMENT.version, "sso", given.answer)
    assert answer_set(engine, later()).values() == {"sso": "yes"}


def test_two_questions_that_became_one_keep_both_answers(engine: Engine) -> None:
    answer(engine, "sso", "yes")
    answer(engine, "beds", "unknown")
    found = answer_set(engine, later(Change(since="2027.1", question="beds", to="sso")))
    assert found.values() == {"sso": "unknown"}
    assert [(one.question, one.answer.value) for one in found.kept] == [("sso", "yes")]


def test_a_version_that_was_rolled_back_still_reads_the_answers_of_the_newer(engine: Engine) -> None:
    answer(engine, "sso", "yes", instrument=later())
    assert answer_set(engine, INSTRUMENT).values() == {"sso": "yes"}


def test_what_is_of_record_is_what_its_export_says(engine: Engine) -> None:
    answer(engine, "sso", "yes", note="é")
    answer(engine, "beds", 300)
    found = answer_set(engine, INSTRUMENT)
    assert read(write(found), INSTRUMENT).answers == found


def test_links_cannot_use_up_what_the_hospital_needs(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_records, "MAX_BY_LINK", 2)
    monkeypatch.setattr(survey_records, "MAX_A_QUESTION", 4)
    monkeypatch.setattr(survey_records, "MAX_RECORDS", 5)
    for value in range(2):
        answer(engine, "beds", value, 10**9, source="link")
    with pytest.raises(AnswerRefusedError, match="links"):
        answer(engine, "beds", 3, 10**9, source="link")
    for value in range(4, 6):
        answer(engine, "beds", value, 10**9)
    with pytest.raises(AnswerRefusedError, match="4 times"):
        answer(engine, "beds", 7, 10**9)
    answer(engine, "sso", "yes")
    with pytest.raises(AnswerRefusedError, match="5 answers"):
        answer(engine, "sso", "no", 10**9)
    assert len(history(engine)) == pending(engine) == 5


def test_whatever_is_done_in_whatever_order_the_last_word_stands_and_each_word_is_kept(engine: Engine) -> None:
    draw = random.Random(11)
    questions = [one for one in INSTRUMENT.questions if one.form != "number"][:4]
    stands: dict[str, str] = {}
    words: list[tuple[str, str | None]] = []
    for step in range(150):
        question = draw.choice(questions)
        value = draw.choice([*question.answers, None])
        basis = numbers(engine).get(question.id, 0) if draw.random() < 0.8 else 0
        try:
            done = answer(engine, question.id, value, basis, at=NOW + timedelta(minutes=step))
        except AnswerConflict:
            assert numbers(engine)[question.id] > basis
            continue
        except AnswerRefusedError:
            assert value is None
            assert question.id not in numbers(engine)
            continue
        if done.at == NOW + timedelta(minutes=step):
            words.append((question.id, value))
        stands.pop(question.id, None)
        if value is not None:
            stands[question.id] = value
        assert answer_set(engine, INSTRUMENT).values() == stands
    told = [(one.question, one.answer.value if one.answer else None) for one in reversed(history(engine))]
    assert told == words
    assert [subject for _, subject in said(engine)] == [question for question, _ in words]


def test_of_many_who_answer_at_once_one_is_of_record_and_the_others_are_told(engine: Engine) -> None:
    people = 8
    together = threading.Barrier(people)
    outcomes: list[Recorded | AnswerConflict] = []

    def save(number: int) -> None:
        together.wait(30)
        try:
            outcomes.append(answer(engine, "beds", number, by=f"person {number}"))
        except AnswerConflict as conflict:
            outcomes.append(conflict)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (winner,) = [one for one in outcomes if isinstance(one, Recorded)]
    told = [one.current for one in outcomes if isinstance(one, AnswerConflict)]
    assert told == [winner] * (people - 1)
    assert history(engine) == (winner,)
    assert pending(engine) == 1


_PROCESS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from leadglass.config.catalogue import load_catalogue, load_instrument
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.survey import AnswerConflict, record_answer

def save(engine, instrument, question, value, basis, at=datetime(2026, 11, 24, tzinfo=UTC)):
    return record_answer(engine, instrument, question, value, by=name, address="", at=at, basis=basis)

file, url, password, name = sys.argv[1:]
engine = open_appstate(Database(Path(file), url, Path(password) if password else None))
instrument = load_instrument(load_catalogue())
print("ready", flush=True)
sys.stdin.readline()
"""


def process(database: Database, name: str, code: str) -> subprocess.Popen[str]:
    words = [str(database.file), database.url, str(database.password_file or ""), name]
    return subprocess.Popen(
        [sys.executable, "-c", _PROCESS + code, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_of_two_processes_that_answer_at_once_each_question_has_one_winner(database: Database) -> None:
    code = """
for question in list(instrument.questions)[:30]:
    value = "unknown" if name == "one" else ("not-applicable" if question.not_applicable else list(question.codes)[0])
    if question.form == "number" and name != "one":
        value = 5
    try:
        save(engine, instrument, question.id, value, 0)
    except AnswerConflict as conflict:
        assert conflict.current.by != name
    else:
        print(question.id, flush=True)
"""
    engine = open_appstate(database)
    both = [process(database, name, code) for name in ("one", "two")]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    won = [one.communicate(timeout=120)[0].split() for one in both]
    assert [one.returncode for one in both] == [0, 0]
    questions = sorted(question.id for question in list(INSTRUMENT.questions)[:30])
    assert sorted(won[0] + won[1]) == questions
    assert sorted(one.question for one in history(engine)) == questions
    assert {one.question for one in history(engine) if one.by == "one"} == set(won[0])
    assert pending(engine) == len(questions)
    engine.dispose()


def test_a_kill_amid_answers_loses_none_that_was_told_and_no_event_of_any(database: Database) -> None:
    code = """
for value in range(1_000_000):
    print(save(engine, instrument, "beds", value, 10**9).number, flush=True)
"""
    engine = open_appstate(database)
    writer = process(database, "one", code)
    assert writer.stdin is not None
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    writer.stdin.write("go\n")
    writer.stdin.flush()
    told = [int(writer.stdout.readline()) for _ in range(20)]
    writer.kill()
    told += [int(line) for line in writer.communicate(timeout=60)[0].splitlines()]
    there = [one.number for one in history(engine)]
    assert set(told) <= set(there)
    assert len(there) <= len(told) + 1  # the last may have been stored and not been told
    assert said(engine) == [("question-answered", "beds")] * len(there)
    engine.dispose()


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_kill_between_change_and_event_leaves_neither(database: Database, where: str) -> None:
    code = """
import os, signal
from leadglass.store.appstate import survey
real = survey.put
def put(connection, body):
    if name == "after":
        real(connection, body)
    os.kill(os.getpid(), signal.SIGKILL)
survey.put = put
save(engine, instrument, "beds", 5, 0)
"""
    engine = open_appstate(database)
    writer = process(database, where, code)
    writer.communicate("go\n", timeout=60)
    assert writer.returncode == -signal.SIGKILL
    assert history(engine) == ()
    assert pending(engine) == 0
    assert answer(engine, "beds", 6).number == 1  # and its lock is gone
    engine.dispose()
