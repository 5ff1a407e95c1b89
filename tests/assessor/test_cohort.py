from __future__ import annotations

import threading
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from sqlalchemy import Engine
from tests.assess.data import NOW
from tests.engines import database, engine
from tests.store.appstate.outbox import actions

from bench import hospitals
from leadglass.assess.cohort import Size
from leadglass.assess.contribution import Contribution, read
from leadglass.assess.disclosure import Limits
from leadglass.assess.strata import TOTAL
from leadglass.assessor import cohort
from leadglass.assessor.cohort import (
    LastPrinted,
    Printing,
    beside_others,
    drawing,
    limits_of,
    own_contribution,
    print_cohort,
    printed_cohort,
)
from leadglass.assessor.knowledge import knowledge
from leadglass.config.values import AssessmentSettings
from leadglass.store.appstate.cohort import editions, keep_editions, receive, receive_many
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.survey import record_answer

__all__ = ["database", "engine"]

KNOWN = knowledge()
LIMITS = Limits()
MADE = hospitals.contributions(KNOWN.instrument, 60, seed=3)


def take(engine: Engine, *made: Contribution) -> None:
    receive_many(engine, made, by="anna", address="10.0.0.1", at=NOW)


def print_it(engine: Engine, days: int = 0, limits: Limits = LIMITS) -> Printing:
    return print_cohort(engine, KNOWN, limits, by="anna", address="10.0.0.1", at=NOW + timedelta(days=days))


def test_the_numbers_of_a_configuration_are_those_of_disclosure_control() -> None:
    assert limits_of(AssessmentSettings()) == Limits()
    assert limits_of(AssessmentSettings(20, 4)) == Limits(20, 4)


def test_what_was_printed_is_shown_and_kept_with_its_event(engine: Engine) -> None:
    take(engine, *MADE)
    assert printed_cohort(engine, KNOWN, LIMITS).at is None, "looking prints nothing"
    assert not editions(engine, "sso")
    done = print_it(engine)
    assert done.hospitals == 60
    assert done.items > 80
    shown = printed_cohort(engine, KNOWN, LIMITS)
    assert shown.at == NOW
    rows = [row for item in shown.items.values() for row in item.rows.values() if row.tally and row.at == NOW]
    (edition,) = editions(engine, "sso")
    assert shown.items["sso"].total.tally is not None
    assert shown.items["sso"].total.tally.n == len(edition.table)
    assert TOTAL in edition.printed
    assert len(rows) <= done.rows, "a question of size is printed by its own bands too, which no page sets beside it"
    assert "cohort-printed" in [one.action for one in actions(engine)]


def test_printing_twice_prints_once_and_one_that_joins_is_not_told(engine: Engine) -> None:
    take(engine, *MADE)
    print_it(engine)
    before = printed_cohort(engine, KNOWN, LIMITS)
    assert print_it(engine, 1).rows == 0
    (one,) = hospitals.contributions(KNOWN.instrument, 1, seed=9)
    take(engine, one)
    print_it(engine, 2)
    after = printed_cohort(engine, KNOWN, LIMITS)
    assert after.hospitals == 61
    for question, item in after.items.items():
        assert item.total.tally == before.items[question].total.tally, "as it was, with its date"


def test_a_replaced_contribution_counts_once(engine: Engine) -> None:
    take(engine, *MADE)
    again = msgspec.structs.replace(MADE[0], codes={**MADE[0].codes, "sso": "no"})
    assert receive(engine, again, by="anna", address="", at=NOW) in {"replaced", "same"}
    assert printed_cohort(engine, KNOWN, LIMITS).hospitals == 60


def test_a_page_computes_anew_only_when_something_changed(engine: Engine) -> None:
    take(engine, *MADE)
    last = LastPrinted()
    first = last.cohort(engine, KNOWN, LIMITS)
    assert last.cohort(engine, KNOWN, LIMITS) is first
    assert last.cohort(engine, KNOWN, Limits(20, 4)) is not first
    second = last.cohort(engine, KNOWN, LIMITS)
    print_it(engine)
    third = last.cohort(engine, KNOWN, LIMITS)
    assert third is not second
    assert third.at == NOW
    take(engine, *hospitals.contributions(KNOWN.instrument, 1, seed=9))
    assert last.cohort(engine, KNOWN, LIMITS).hospitals == 61
    take(engine, MADE[0])
    assert last.cohort(engine, KNOWN, LIMITS) is last.cohort(engine, KNOWN, LIMITS)


def test_two_that_print_at_once_do_not_both_print(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each was judged without what the other printed: together they could tell what neither does."""
    take(engine, *MADE)
    decided = threading.Barrier(2)
    faults: list[str] = []

    def keep(*given: object, **named: object) -> None:
        decided.wait(60)
        keep_editions(*given, **named)  # type: ignore[arg-type]  # what the module passes on

    def run() -> None:
        try:
            print_it(engine)
        except AppStateConflictError as error:
            faults.append(error.message)

    monkeypatch.setattr(cohort, "keep_editions", keep)
    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == ["somebody else printed the cohort just now"]
    assert len(editions(engine, "sso")) == 1


def test_a_printing_goes_lot_by_lot_and_comes_to_the_same(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    take(engine, *MADE)
    monkeypatch.setattr(cohort, "LOT", 200)
    done = print_it(engine)
    assert done.items > 80
    assert [one.action for one in actions(engine)].count("cohort-printed") > 10
    assert print_it(engine).rows == 0


def test_the_own_contribution_is_read_back_as_what_was_answered(engine: Engine) -> None:
    record_answer(engine, KNOWN.instrument, "beds", 320, by="anna", address="", at=NOW, note="East & west", basis=0)
    record_answer(engine, KNOWN.instrument, "sso", "no", by="anna", address="", at=NOW, basis=0)
    content = own_contribution(engine, KNOWN)
    one = read(content, KNOWN.instrument)
    assert one.codes == {"beds": "300-499", "sso": "no"}
    assert own_contribution(engine, KNOWN) == content
    for secret in (b"anna", b"320", b"East"):
        assert secret not in content


def test_this_hospital_stands_beside_the_cohort(engine: Engine) -> None:
    take(engine, *MADE)
    print_it(engine)
    record_answer(engine, KNOWN.instrument, "sso", "no", by="anna", address="", at=NOW, basis=0)
    shown = printed_cohort(engine, KNOWN, LIMITS)
    row = next(one for one in beside_others(engine, KNOWN, shown, NOW) if one.question == "sso")
    assert row.ours == "no"
    assert row.cohort == shown.items["sso"].total.tally
    assert row.published is not None


def test_a_name_draws_the_same_always_and_another_name_something_else() -> None:
    """The numbers stand here because they must not change with a version of NumPy."""
    good, bad, wanted = (np.array(one, np.int64) for one in ([50, 50, 0, 7], [50, 50, 9, 0], [20, 20, 4, 0]))
    first = [list(drawing("sso/beds")(good, bad, wanted)) for _ in range(2)]
    assert first[0] == first[1] == EXPECTED
    assert any(list(drawing(f"sso/{size}")(good, bad, wanted)) != EXPECTED for size in Size)


EXPECTED = [11, 11, 0, 0]
