from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from tests.assess.data import NOW
from tests.store.appstate.outbox import actions, said

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import Bearing
from leadglass.store.appstate import findings
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.findings import (
    decide_exemption,
    documents,
    exemptions,
    file_document,
    settle,
    settlements,
    withdraw_document,
    withdraw_exemption,
)
from leadglass.store.appstate.outbox import pending

EXEMPT = Exemption("dial-up", "There is no modem here", "Dr. Visser", date(2026, 11, 1), date(2027, 11, 1))
DOCUMENT = Evidence(
    id="",
    control="dial-up",
    kind=Kind.DOCUMENT,
    bearing=Bearing.CONFIRMS,
    source="network department",
    where="Network plan 2026, page 4",
    seen=NOW,
    scope=frozenset({"radiology", "cardiology"}),
    digest="ab" * 32,
)
WORD = Settlement("traffic:plain:ct1", Outcome.ACCEPTED, "anna", NOW, "it is so")


def test_the_latest_decision_on_a_control_is_in_force(engine: Engine) -> None:
    decide_exemption(engine, EXEMPT, "anna", "10.0.0.1")
    again = replace(EXEMPT, reason="Still none", review=date(2028, 11, 1))
    decide_exemption(engine, again, "ben", "")
    decide_exemption(engine, replace(EXEMPT, control="vpn"), "ben", "")
    assert exemptions(engine) == {"dial-up": again, "vpn": replace(EXEMPT, control="vpn")}
    action = actions(engine)[0]
    assert (action.user, action.action, action.subject) == ("anna", "exemption-decided", "dial-up")
    assert "There is no modem here" in action.detail


def test_a_control_applies_again_when_its_exemption_is_withdrawn(engine: Engine) -> None:
    decide_exemption(engine, EXEMPT, "anna", "")
    withdraw_exemption(engine, "dial-up", "ben", "")
    assert exemptions(engine) == {}
    assert said(engine)[-1] == ("exemption-withdrawn", "dial-up")
    for control in ("dial-up", "vpn"):
        with pytest.raises(AppStateConflictError):
            withdraw_exemption(engine, control, "ben", "")
    decide_exemption(engine, EXEMPT, "anna", "")
    assert exemptions(engine) == {"dial-up": EXEMPT}


def test_a_decision_needs_a_reason_an_approver_and_a_review_after_it(engine: Engine) -> None:
    for fault in (
        replace(EXEMPT, reason=" "),
        replace(EXEMPT, reason="x" * 1_001),
        replace(EXEMPT, approver=""),
        replace(EXEMPT, review=EXEMPT.decided - timedelta(days=1)),
    ):
        with pytest.raises(AppStateConflictError):
            decide_exemption(engine, fault, "anna", "")
    assert (exemptions(engine), pending(engine)) == ({}, 0)


def test_every_word_on_a_record_stays_in_its_order(engine: Engine) -> None:
    words = [WORD, replace(WORD, outcome=Outcome.DISPUTED, by="ben"), replace(WORD, evidence="other", note="")]
    for word in words:
        settle(engine, word, "10.0.0.1")
    assert settlements(engine) == tuple(words)
    assert said(engine) == [("contradiction-settled", one.evidence) for one in words]
    assert [one.detail for one in actions(engine)] == ["accepted: it is so", "disputed: it is so", "accepted"]


def test_a_document_is_evidence_until_it_is_withdrawn(engine: Engine) -> None:
    filed = file_document(engine, DOCUMENT, "anna", "")
    assert filed == replace(DOCUMENT, id=filed.id)
    assert filed.id.startswith("document:")
    second = file_document(engine, replace(DOCUMENT, scope=frozenset(), id="document:mine"), "anna", "")
    assert documents(engine) == (filed, second)
    withdraw_document(engine, filed.id, "ben", "")
    assert documents(engine) == (second,)
    assert [action for action, _ in said(engine)] == ["document-filed", "document-filed", "document-withdrawn"]
    for name in (filed.id, "nothing"):
        with pytest.raises(AppStateConflictError):
            withdraw_document(engine, name, "ben", "")


def test_an_id_is_given_once_and_only_documents_are_filed(engine: Engine) -> None:
    file_document(engine, replace(DOCUMENT, id="document:mine"), "anna", "")
    for fault in (
        replace(DOCUMENT, id="document:mine"),
        replace(DOCUMENT, kind=Kind.TRAFFIC),
        replace(DOCUMENT, where=""),
        replace(DOCUMENT, where="\ud800"),
        replace(DOCUMENT, scope=frozenset({""})),
        replace(DOCUMENT, scope=frozenset(str(number) for number in range(201))),
    ):
        with pytest.raises(AppStateConflictError):
            file_document(engine, fault, "anna", "")
    assert len(documents(engine)) == pending(engine) == 1


def test_what_people_decide_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_EXEMPTIONS", "MAX_SETTLEMENTS", "MAX_DOCUMENTS"):
        monkeypatch.setattr(findings, name, 1)
    decide_exemption(engine, EXEMPT, "anna", "")
    settle(engine, WORD, "")
    file_document(engine, DOCUMENT, "anna", "")
    with pytest.raises(AppStateConflictError, match="1 exemptions"):
        decide_exemption(engine, EXEMPT, "anna", "")
    with pytest.raises(AppStateConflictError, match="1 settlements"):
        settle(engine, WORD, "")
    with pytest.raises(AppStateConflictError, match="1 documents"):
        file_document(engine, DOCUMENT, "anna", "")
    assert pending(engine) == 3
