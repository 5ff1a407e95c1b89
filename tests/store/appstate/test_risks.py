from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Engine
from tests.assess.data import NOW
from tests.store.appstate.outbox import actions

from leadglass.assess.risk import Risk, RiskState
from leadglass.store.appstate import risks as stored
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.risks import RiskConflict, changes, risk_history, risks, save_risk

RISK = Risk(
    id="dial-up",
    control="dial-up",
    asset="the archive",
    threat="somebody dials in",
    vulnerability="a modem of the vendor",
    likelihood=3,
    likelihood_reason="it was seen",
    impact=5,
    impact_reason="all patients",
    owner="B. Person",
    due=date(2027, 1, 31),
)


def save(engine: Engine, risk: Risk, basis: int = 0, by: str = "anna") -> Risk:
    return save_risk(engine, risk, basis=basis, by=by, address="10.0.0.1", at=NOW)


def test_a_risk_is_kept_with_every_version(engine: Engine) -> None:
    first = save(engine, RISK)
    accepted = replace(
        RISK, state=RiskState.ACCEPTED, accepted_until=date(2027, 6, 1), accepted_by="the director", rationale="cost"
    )
    second = save(engine, accepted, 1, "ben")
    assert (first, second) == (replace(RISK, number=1), replace(accepted, number=2))
    assert risks(engine) == (second,)
    assert [(one.risk, one.by, one.at) for one in risk_history(engine, "dial-up")] == [
        (second, "ben", NOW),
        (first, "anna", NOW),
    ]
    assert risk_history(engine, "nothing") == ()


def test_the_register_is_in_the_order_of_ids_with_the_newest_of_each(engine: Engine) -> None:
    for name in ("c", "a", "b"):
        save(engine, replace(RISK, id=name))
    save(engine, replace(RISK, id="a", impact=1), 1)
    assert [(one.id, one.number, one.impact) for one in risks(engine)] == [("a", 2, 1), ("b", 1, 5), ("c", 1, 5)]


def test_a_change_is_an_event_that_says_what_changed(engine: Engine) -> None:
    save(engine, RISK)
    save(engine, replace(RISK, likelihood=1, likelihood_reason="it was taken out"), 1)
    first, second = actions(engine)
    assert {(one.action, one.subject) for one in (first, second)} == {("risk-changed", "dial-up")}
    assert "asset=the archive" in first.detail
    assert second.detail == "likelihood: 3 → 1; likelihood_reason: it was seen → it was taken out"
    assert len(changes(None, replace(RISK, asset="x" * 9_000))) == 2_000


def test_of_two_who_saw_the_same_version_the_second_is_told(engine: Engine) -> None:
    save(engine, RISK)
    second = save(engine, replace(RISK, impact=1), 1)
    with pytest.raises(RiskConflict) as caught:
        save(engine, replace(RISK, impact=2), 1, "ben")
    assert caught.value.current == second
    with pytest.raises(RiskConflict):
        save(engine, replace(RISK, impact=2), 0)
    assert save(engine, replace(RISK, impact=1), 1, "ben") == second  # it says the same
    assert pending(engine) == 2


def test_of_many_who_save_at_once_one_is_kept(engine: Engine) -> None:
    people = 6
    together = threading.Barrier(people)
    outcomes: list[Risk | RiskConflict] = []

    def act(number: int) -> None:
        together.wait(30)
        try:
            outcomes.append(save(engine, replace(RISK, owner=str(number))))
        except RiskConflict as conflict:
            outcomes.append(conflict)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    (winner,) = [one for one in outcomes if isinstance(one, Risk)]
    assert [one.current for one in outcomes if isinstance(one, RiskConflict)] == [winner] * (people - 1)
    assert risks(engine) == (winner,)


def test_what_cannot_be_stored_is_refused(engine: Engine) -> None:
    for fault in (replace(RISK, id=""), replace(RISK, id="x" * 81), replace(RISK, rationale="x" * 2_001)):
        with pytest.raises(AppStateConflictError):
            save(engine, fault)
    with pytest.raises(AppStateConflictError):
        save(engine, RISK, by="")
    assert (risks(engine), pending(engine)) == ((), 0)


def test_the_register_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_RISKS", 1)
    monkeypatch.setattr(stored, "MAX_VERSIONS", 2)
    save(engine, RISK)
    save(engine, replace(RISK, impact=1), 1)
    with pytest.raises(AppStateConflictError, match="1 risks"):
        save(engine, replace(RISK, id="another"))
    with pytest.raises(AppStateConflictError, match="2 times"):
        save(engine, replace(RISK, impact=2), 2)
