"""Claims about the thread that keeps the projection up to the ledger and empties the outbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.console import hospital

from leadglass.config import Configuration, load
from leadglass.console.feed import IDLE, Feed
from leadglass.model.event import AuditLogUsed
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.outbox import pending, record
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import behind
from leadglass.store.projection.sqlite import SqliteProjection

DEADLINE = 60.0


@dataclass
class Followed:
    """A feed with what it reads and writes."""

    configuration: Configuration
    engine: Engine
    projection: SqliteProjection
    feed: Feed

    def behind(self) -> int:
        return behind(self.projection, LedgerReader(self.configuration.data.ledger))


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    file = tmp_path / "leadglass.toml"
    file.write_text(hospital.CONFIGURATION.format(data=tmp_path, listener=11_112, console=8443))
    configuration = load(file)
    for directory in configuration.data.directories(configuration.writers):
        directory.mkdir(exist_ok=True)
    hospital.write_ledger(tmp_path, hospital.events(time.time_ns()))
    engine = open_appstate(configuration.data.application_state)
    projection = SqliteProjection(configuration.data.projection)
    yield Followed(configuration, engine, projection, Feed(configuration, engine, projection))
    projection.close()
    engine.dispose()


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_ledger_that_did_not_change_is_not_read_again(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = followed.feed
    while feed._follow() < IDLE:
        pass
    assert followed.behind() == 0

    def read(*_: object) -> None:
        raise AssertionError("the ledger was read")

    with monkeypatch.context() as idle:
        idle.setattr("leadglass.console.feed.catch_up", read)
        assert feed._follow() == IDLE
    hospital.write_ledger(followed.configuration.data.root, hospital.events(time.time_ns()))
    assert followed.behind() > 0
    while feed._follow() < IDLE:
        pass
    assert followed.behind() == 0


def test_what_comes_while_it_is_idle_is_taken_in_and_the_outbox_is_emptied_at_the_end(followed: Followed) -> None:
    followed.feed.start()
    try:
        until(lambda: followed.behind() == 0)
        hospital.write_ledger(followed.configuration.data.root, hospital.events(time.time_ns()))
        record(followed.engine, AuditLogUsed("a", "b", "patient", "c"))
        until(lambda: followed.behind() == 0 and pending(followed.engine) == 0)
        record(followed.engine, AuditLogUsed("a", "b", "patient", "d"))
    finally:
        followed.feed.stop()
    assert pending(followed.engine) == 0
    assert followed.feed.fault() == ""
