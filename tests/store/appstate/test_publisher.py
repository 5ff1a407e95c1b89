from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.postgresql import Server

from leadglass.model.event import AuditLogUsed, Event, decode
from leadglass.store.appstate.engine import AppStateError, open_appstate, writing
from leadglass.store.appstate.outbox import WRITER, pending, put, record
from leadglass.store.appstate.publisher import BATCH, Publisher, delivered, settle, unsettled
from leadglass.store.journal import Journal
from leadglass.store.journal_reader import JournalReader


def opened(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", WRITER, segment_bytes=1 << 16, reserve=1)


def look(subject: str) -> AuditLogUsed:
    return AuditLogUsed("anna", "10.0.0.1", "patient", subject)


def recorded(tmp_path: Path) -> list[Event]:
    reader = JournalReader(tmp_path / "journal" / WRITER)
    events = []
    while payloads := reader.read():
        events += [decode(payload) for payload in payloads]
    reader.close()
    return events


def subjects(tmp_path: Path) -> list[str]:
    return [event.body.subject for event in recorded(tmp_path) if isinstance(event.body, AuditLogUsed)]


def test_events_move_in_order_numbered_without_gap_and_leave_the_outbox(engine: Engine, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    publisher = Publisher(engine, journal)
    for number in range(BATCH + 5):
        record(engine, look(str(number)))
    assert [publisher.publish(), publisher.publish(), publisher.publish()] == [BATCH, 5, 0]
    assert pending(engine) == 0
    journal.close()
    events = recorded(tmp_path)
    assert subjects(tmp_path) == [str(number) for number in range(BATCH + 5)]
    assert [event.id.counter for event in events] == list(range(1, BATCH + 6))
    assert {(event.id.writer, event.id.boot) for event in events} == {(WRITER, journal.boot)}


def test_an_event_of_a_transaction_that_fails_is_never_written(engine: Engine) -> None:
    def act() -> None:
        with writing(engine) as connection:
            put(connection, look("never"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert pending(engine) == 0


class _Dying:
    """A journal that stops taking events, or dies before it says they are durable."""

    def __init__(self, journal: Journal, appends: int) -> None:
        self.journal, self.left = journal, appends
        self.boot = journal.boot

    @property
    def durable(self) -> int:
        return self.journal.durable

    def append(self, payload: bytes) -> int:
        if not self.left:
            raise OSError("killed")
        self.left -= 1
        return self.journal.append(payload)

    def ticket(self) -> int:
        raise OSError("killed")


@pytest.mark.parametrize("appends", [0, 1, 2, 3])
@pytest.mark.parametrize("ledger_took", [False, True])
def test_a_crash_at_any_point_loses_and_doubles_nothing(
    engine: Engine, tmp_path: Path, appends: int, ledger_took: bool
) -> None:
    for subject in "abc":
        record(engine, look(subject))
    first = opened(tmp_path)
    with pytest.raises(OSError, match="killed"):
        Publisher(engine, _Dying(first, appends)).publish()
    first.close()
    before = subjects(tmp_path)
    assert len(before) == appends
    merged = 0
    if ledger_took:  # and deleted the segments
        merged = appends
        for segment in (tmp_path / "journal" / WRITER).glob("*.journal"):
            segment.unlink()
    second = opened(tmp_path)
    assert unsettled(engine) == (first.boot,)
    settle(engine, first.boot, delivered(tmp_path / "journal" / WRITER, first.boot, merged))
    publisher = Publisher(engine, second)
    while publisher.publish():
        pass
    second.close()
    after = subjects(tmp_path) if not ledger_took else before + subjects(tmp_path)
    assert after == ["a", "b", "c"]
    assert [e.id.counter for e in recorded(tmp_path) if e.id.boot == second.boot] == list(range(1, 4 - appends))


def test_a_journal_that_fails_for_a_while_gets_each_event_once(engine: Engine, tmp_path: Path) -> None:
    for subject in "abc":
        record(engine, look(subject))
    journal = opened(tmp_path)
    dying = _Dying(journal, 1)
    publisher = Publisher(engine, dying)
    with pytest.raises(OSError, match="killed"):
        publisher.publish()
    dying.left, dying.ticket = 9, journal.ticket  # type: ignore[method-assign]  # it recovers
    assert publisher.publish() == 3
    journal.close()
    assert subjects(tmp_path) == ["a", "b", "c"]


def test_refuses_to_go_on_over_an_unsettled_boot(engine: Engine, tmp_path: Path) -> None:
    record(engine, look("a"))
    first = opened(tmp_path)
    with pytest.raises(OSError, match="killed"):
        Publisher(engine, _Dying(first, 0)).publish()
    first.close()
    second = opened(tmp_path)
    with pytest.raises(AppStateError):
        Publisher(engine, second).publish()
    second.close()


def test_gateways_that_share_a_database_each_write_their_own_events(postgresql: Server, tmp_path: Path) -> None:
    shared = postgresql.database()
    sides = []
    for name in ("a", "b"):
        database = dataclasses.replace(shared, file=tmp_path / name / "app" / "unused.sqlite")
        sides.append((open_appstate(database), opened(tmp_path / name)))
    (one, first), (two, second) = sides
    for number in range(6):
        record((one, two)[number % 2], look(str(number)))
    assert (pending(one), pending(two)) == (3, 3)
    with pytest.raises(OSError, match="killed"):  # numbered, then it died: nobody else may settle that
        Publisher(two, _Dying(second, 1)).publish()
    assert (unsettled(one), unsettled(two)) == ((), (second.boot,))
    assert Publisher(one, first).publish() == 3
    assert (pending(one), pending(two)) == (0, 3)
    second.close()
    again = opened(tmp_path / "b")
    settle(two, second.boot, delivered(tmp_path / "b" / "journal" / WRITER, second.boot, 0))
    assert Publisher(two, again).publish() == 2
    first.close()
    again.close()
    assert subjects(tmp_path / "a") == ["0", "2", "4"]
    assert subjects(tmp_path / "b") == ["1", "3", "5"]
    for engine, _ in sides:
        engine.dispose()
