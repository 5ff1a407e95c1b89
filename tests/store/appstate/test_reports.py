from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from tests.assess.data import NOW
from tests.store.appstate.outbox import actions

from leadglass.store.appstate import reports as stored
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.reports import Made, keep_report, last_report, read_report, reports

FIRST = b'{"title":"Assessment of St. Elsewhere","facility":"St. Elsewhere","gaps":[1,2,3]}'
SECOND = '{"facility":"Spital Zürich","gaps":[]}\n'.encode()
LATER = NOW + timedelta(days=30)


def test_a_report_is_kept_byte_for_byte(engine: Engine) -> None:
    assert (reports(engine), last_report(engine)) == ((), None)
    first = keep_report(engine, FIRST, NOW, "anna", "10.0.0.1")
    assert first == Made(first.id, NOW, "anna", hashlib.sha256(FIRST).hexdigest(), "Assessment of St. Elsewhere")
    second = keep_report(engine, SECOND, LATER, "ben", "")
    assert second.title == "Spital Zürich"
    assert reports(engine) == (second, first)
    assert [read_report(engine, one.id) for one in (first, second)] == [FIRST, SECOND]
    assert last_report(engine) == SECOND
    action = actions(engine)[0]
    assert (action.user, action.action, action.subject) == ("anna", "report-made", first.id)
    assert action.detail == f"sha256 {first.digest}"


def test_the_very_same_report_is_kept_once(engine: Engine) -> None:
    first = keep_report(engine, FIRST, NOW, "anna", "")
    assert keep_report(engine, FIRST, LATER, "ben", "") == first
    assert (reports(engine), pending(engine)) == ((first,), 1)


def test_there_is_no_other_report(engine: Engine) -> None:
    keep_report(engine, FIRST, NOW, "anna", "")
    for name in ("", "0", "-1", "2", "1.html", "../1", "٣", "9" * 30, "1 OR 1=1"):
        with pytest.raises(AppStateConflictError) as caught:
            read_report(engine, name)
        assert caught.value.hint


def test_what_is_no_report_is_not_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for fault in (b"", b"[]", b"{", b'{"title": 5}', b"\xff", b"[" * 100_000):
        with pytest.raises(AppStateConflictError):
            keep_report(engine, fault, NOW, "anna", "")
    monkeypatch.setattr(stored, "MAX_REPORT", 10)
    with pytest.raises(AppStateConflictError, match="larger"):
        keep_report(engine, FIRST, NOW, "anna", "")
    assert (reports(engine), pending(engine)) == ((), 0)


@pytest.mark.parametrize(("name", "bound"), [("MAX_REPORTS", 1), ("MAX_KEPT", 120)])
def test_reports_are_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, bound: int) -> None:
    monkeypatch.setattr(stored, name, bound)
    keep_report(engine, FIRST, NOW, "anna", "")
    with pytest.raises(AppStateConflictError) as caught:
        keep_report(engine, SECOND, LATER, "anna", "")
    assert caught.value.hint
    assert last_report(engine) == FIRST
