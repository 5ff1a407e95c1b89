from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import Engine
from tests.assess.data import INSTRUMENT, NOW
from tests.store.appstate.outbox import actions, said

from leadglass.assess.answers import Answer, AnswerSet, Difference, Kept
from leadglass.assess.instrument import Change, Instrument
from leadglass.store.appstate import survey_records
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.survey import (
    AnswerRefusedError,
    Imported,
    answer_set,
    history,
    import_answers,
    numbers,
    record_answer,
)
from leadglass.store.appstate.survey_import import plan_import

EARLIER = NOW - timedelta(days=9)
YES = Answer("yes", "A. Person", EARLIER, "as of last week")
NO = Answer("no", "B. Person", EARLIER)
BEDS = Answer(300, "A. Person", EARLIER)


def theirs(answers: dict[str, Answer], *kept: Kept, version: str = INSTRUMENT.version) -> AnswerSet:
    return AnswerSet(version, answers, kept)


def take(
    engine: Engine, answers: AnswerSet, *chosen: str, instrument: Instrument = INSTRUMENT, source: str = "file"
) -> Imported:
    return import_answers(
        engine, instrument, answers, by="anna", address="10.0.0.1", at=NOW, take=frozenset(chosen), source=source
    )


def ours(engine: Engine, question: str, value: str | int | None, note: str = "") -> None:
    basis = numbers(engine).get(question, 0)
    record_answer(engine, INSTRUMENT, question, value, by="ben", address="", at=NOW, note=note, basis=basis)


def test_what_only_they_answered_is_added_as_they_gave_it(engine: Engine) -> None:
    assert take(engine, theirs({"sso": YES, "beds": BEDS}), source="workbook") == Imported(added=2)
    assert answer_set(engine, INSTRUMENT) == theirs({"beds": BEDS, "sso": YES})
    assert {one.source for one in history(engine)} == {"workbook"}
    (action,) = actions(engine)
    assert (action.user, action.action, action.subject) == ("anna", "answers-imported", "workbook")
    assert action.detail.startswith("2 added, 0 replaced")


def test_where_both_differ_ours_stays_until_somebody_takes_theirs(engine: Engine) -> None:
    ours(engine, "sso", "no")
    before = answer_set(engine, INSTRUMENT)
    found = take(engine, theirs({"sso": YES, "beds": BEDS}))
    assert found == Imported(added=1, differing=(Difference("sso", before.answers["sso"], YES),))
    assert answer_set(engine, INSTRUMENT).values() == {"beds": 300, "sso": "no"}
    assert take(engine, theirs({"sso": YES, "beds": BEDS}), "sso") == Imported(replaced=1, same=1)
    assert answer_set(engine, INSTRUMENT).answers["sso"] == YES
    assert [one.answer.value for one in history(engine, "sso") if one.answer] == ["yes", "no"]


def test_the_same_import_again_changes_nothing(engine: Engine) -> None:
    file = theirs({"sso": YES, "beds": BEDS}, Kept("2025.1", "gone", YES), Kept("2025.1", "gone", NO))
    assert take(engine, file) == Imported(added=2, kept=2)
    assert take(engine, file) == Imported(same=2)
    assert len(history(engine)) == 4
    assert said(engine) == [("answers-imported", "file")]
    assert answer_set(engine, INSTRUMENT) == file


def test_our_own_export_comes_back_as_the_same(engine: Engine) -> None:
    ours(engine, "sso", "yes", "a note")
    without = msgspec.structs.replace(
        INSTRUMENT, version="2027.1", changes=(Change(since="2027.1", question="sso", to=""),)
    )
    exported = answer_set(engine, without)
    assert len(exported.kept) == 1
    assert take(engine, exported, instrument=without) == Imported()
    assert len(history(engine)) == 1


def test_a_note_of_theirs_is_never_dropped_in_silence(engine: Engine) -> None:
    ours(engine, "sso", "yes", "ours")
    found = take(engine, theirs({"sso": YES}))
    assert [(one.ours.note, one.theirs.note) for one in found.differing] == [("ours", "as of last week")]
    assert take(engine, theirs({"sso": replace(YES, note="")})) == Imported(same=1)
    ours(engine, "sso", "yes")
    assert take(engine, theirs({"sso": YES})) == Imported(replaced=1)
    assert answer_set(engine, INSTRUMENT).answers["sso"] == YES


def test_an_answer_that_was_withdrawn_here_is_added(engine: Engine) -> None:
    ours(engine, "sso", "no")
    ours(engine, "sso", None)
    assert take(engine, theirs({"sso": YES})) == Imported(added=1)


def test_the_answers_of_an_earlier_version_are_brought_over(engine: Engine) -> None:
    now = msgspec.structs.replace(
        INSTRUMENT, changes=(Change(since="2026.1", question="single-login", to="sso", codes={"true": "yes"}),)
    )
    old = theirs({"single-login": replace(YES, value="true"), "gone": NO}, version="2025.1")
    assert take(engine, old, instrument=now) == Imported(added=1, kept=1)
    assert answer_set(engine, now) == AnswerSet(now.version, {"sso": YES}, (Kept("2025.1", "gone", NO),))


def test_what_is_no_answer_here_is_kept_beside_and_not_of_record(engine: Engine) -> None:
    odd = replace(YES, value="maybe")
    assert take(engine, theirs({"sso": odd})) == Imported(kept=1)
    assert answer_set(engine, INSTRUMENT) == theirs({}, Kept(INSTRUMENT.version, "sso", odd))
    assert numbers(engine) == {}


def test_what_was_kept_beside_never_takes_the_place_of_an_answer(engine: Engine) -> None:
    """Two questions of before became one: the second answer waits beside, and stays there."""
    changes = tuple(Change(since="2026.1", question=name, to="sso") for name in ("one", "other"))
    now = msgspec.structs.replace(INSTRUMENT, changes=changes)
    old = theirs({"one": YES, "other": NO}, version="2025.1")
    assert take(engine, old, instrument=now) == Imported(added=1, kept=1)
    assert answer_set(engine, now) == AnswerSet(now.version, {"sso": YES}, (Kept("2025.1", "other", NO),))
    assert take(engine, old, instrument=now) == Imported(same=1)


def test_an_answer_that_says_it_is_of_tomorrow_was_given_now(engine: Engine) -> None:
    take(engine, theirs({"sso": replace(YES, at=NOW + timedelta(days=400))}))
    assert answer_set(engine, INSTRUMENT).answers["sso"].at == NOW


def test_a_plan_says_what_an_import_would_do_and_does_nothing(engine: Engine) -> None:
    ours(engine, "sso", "no")
    file = theirs({"sso": YES, "beds": BEDS}, Kept("2025.1", "gone", YES))
    plan = plan_import(engine, INSTRUMENT, file)
    assert (plan.added, plan.replaced, plan.same, len(plan.differing), len(plan.kept)) == (("beds",), (), (), 1, 1)
    assert plan.numbers == numbers(engine)
    assert plan_import(engine, INSTRUMENT, file, frozenset({"sso"})).replaced == ("sso",)
    assert (len(history(engine)), pending(engine)) == (1, 1)


def test_what_was_answered_since_the_plan_was_shown_is_not_replaced(engine: Engine) -> None:
    ours(engine, "sso", "no")
    file, chosen = theirs({"sso": YES}), frozenset({"sso"})
    shown = plan_import(engine, INSTRUMENT, file).numbers
    ours(engine, "sso", "unknown")
    found = import_answers(engine, INSTRUMENT, file, by="anna", address="", at=NOW, take=chosen, seen=shown)
    assert [one.ours.value for one in found.differing] == ["unknown"]
    shown = plan_import(engine, INSTRUMENT, file).numbers
    found = import_answers(engine, INSTRUMENT, file, by="anna", address="", at=NOW, take=chosen, seen=shown)
    assert found == Imported(replaced=1)


def test_what_no_file_could_hold_is_refused(engine: Engine) -> None:
    for fault in (
        Kept("2025.1", "x" * 41, YES),
        Kept("2025.1" * 9, "gone", YES),
        Kept("2025.1", "gone", replace(YES, value="x" * 33)),
        Kept("2025.1", "gone", replace(YES, value="\ud800")),
    ):
        with pytest.raises(AppStateConflictError):
            take(engine, theirs({}, fault))
    for value in (-1, 2**63):
        with pytest.raises(AnswerRefusedError):
            take(engine, theirs({}, Kept("2025.1", "gone", replace(YES, value=value))))
    assert (history(engine), pending(engine)) == ((), 0)


def test_an_import_is_stored_whole_or_not_at_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AppStateConflictError):
        take(engine, theirs({"beds": BEDS, "sso": replace(YES, by="x" * 201)}))
    with pytest.raises(AnswerRefusedError) as caught:
        take(engine, theirs({"sso": YES}, version="2099.1"))
    assert caught.value.hint
    monkeypatch.setattr(survey_records, "MAX_BESIDE", 1)
    with pytest.raises(AnswerRefusedError, match="kept"):
        take(engine, theirs({"beds": BEDS}, Kept("2025.1", "gone", YES), Kept("2025.1", "gone", NO)))
    assert history(engine) == ()
    assert pending(engine) == 0
