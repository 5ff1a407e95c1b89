from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from tests.assess.data import NOW
from tests.store.appstate.outbox import actions

from leadglass.assess.cohort import Size
from leadglass.assess.disclosure import Edition
from leadglass.assess.strata import TOTAL, Row, Standing
from leadglass.store.appstate import cohort_editions
from leadglass.store.appstate.cohort import editions, keep_editions, printings_state
from leadglass.store.appstate.engine import AppStateConflictError, reading
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.tables import cohort_editions as edition_rows
from leadglass.store.appstate.tables import cohort_rosters

SMALL, UNSIZED = Row(Size.BEDS, "under-100"), Row(Size.EXAMS)


def table(hospitals: int, column: str = "yes") -> dict[str, Standing]:
    return {
        f"{number:032x}": Standing(column if number % 3 else "no", "under-100" if number % 2 else "", "")
        for number in range(hospitals)
    }


def count(engine: Engine, what: object) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(what)).scalar_one()  # type: ignore[arg-type]  # a table


FIRST = Edition(table(30), frozenset({TOTAL, SMALL}), NOW)
OTHER = Edition(table(20, "unknown"), frozenset({UNSIZED}), NOW)


def test_what_was_printed_is_remembered_whole(engine: Engine) -> None:
    keep_editions(engine, {"sso": FIRST, "vpn": OTHER}, NOW, by="anna", address="10.0.0.1")
    later = Edition(table(31), frozenset({TOTAL}), NOW + timedelta(days=1))
    keep_editions(engine, {"sso": later}, NOW)
    assert editions(engine, "sso") == (FIRST, later)
    assert editions(engine, "vpn") == (OTHER,)
    assert editions(engine, "beds") == ()
    action = actions(engine)[0]
    assert (action.user, action.action, action.subject) == ("anna", "cohort-printed", "30 hospitals")
    assert action.detail == "3 rows of 2 questions"


def test_an_edition_without_a_time_was_printed_now(engine: Engine) -> None:
    keep_editions(engine, {"sso": replace(FIRST, at=None)}, NOW)
    assert editions(engine, "sso") == (FIRST,)


def test_the_same_printing_again_is_kept_once_and_other_rows_of_it_are_not_lost(engine: Engine) -> None:
    keep_editions(engine, {"sso": FIRST}, NOW)
    keep_editions(engine, {"sso": replace(FIRST, printed=frozenset({TOTAL}), at=NOW + timedelta(days=1))}, NOW)
    assert editions(engine, "sso") == (FIRST,)
    assert pending(engine) == 1
    wider = replace(FIRST, printed=FIRST.printed | {UNSIZED})
    keep_editions(engine, {"sso": wider}, NOW)
    assert editions(engine, "sso") == (FIRST, wider)


def test_what_prints_nothing_is_not_kept(engine: Engine) -> None:
    keep_editions(engine, {"sso": replace(FIRST, printed=frozenset())}, NOW)
    keep_editions(engine, {}, NOW)
    assert editions(engine, "sso") == ()
    assert (count(engine, cohort_rosters), pending(engine)) == (0, 0)


def test_the_items_of_a_printing_name_its_hospitals_once(engine: Engine) -> None:
    whole = {name: Edition(table(2_000), frozenset({TOTAL}), NOW) for name in ("sso", "vpn", "dial-up")}
    keep_editions(engine, whole, NOW)
    assert (count(engine, cohort_rosters), count(engine, edition_rows)) == (1, 3)
    assert editions(engine, "dial-up") == (whole["dial-up"],)
    with reading(engine) as connection:
        assert max(connection.execute(select(edition_rows.c.size)).scalars()) < 4_000


def test_of_two_who_print_at_once_the_second_is_told(engine: Engine) -> None:
    basis = printings_state(engine)
    keep_editions(engine, {"sso": FIRST}, NOW, basis=basis)
    assert printings_state(engine) > basis
    with pytest.raises(AppStateConflictError, match="somebody else"):
        keep_editions(engine, {"vpn": OTHER}, NOW, basis=basis)
    keep_editions(engine, {"vpn": OTHER}, NOW, basis=printings_state(engine))
    assert (editions(engine, "sso"), editions(engine, "vpn")) == ((FIRST,), (OTHER,))


def test_a_printing_that_cannot_be_remembered_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohort_editions, "MAX_EDITIONS", 1)
    keep_editions(engine, {"sso": FIRST}, NOW)
    with pytest.raises(AppStateConflictError, match="1 times"):
        keep_editions(engine, {"vpn": OTHER, "sso": OTHER}, NOW)
    monkeypatch.setattr(cohort_editions, "MAX_KEPT", 100)
    with pytest.raises(AppStateConflictError, match="room"):
        keep_editions(engine, {"vpn": OTHER}, NOW)
    monkeypatch.setattr(cohort_editions, "MAX_HOSPITALS", 19)
    with pytest.raises(AppStateConflictError, match="19 hospitals"):
        keep_editions(engine, {"vpn": OTHER}, NOW)
    assert editions(engine, "sso") == (FIRST,)
    assert editions(engine, "vpn") == ()
    assert (count(engine, cohort_rosters), pending(engine)) == (1, 1)
