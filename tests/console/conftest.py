from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from tests.console import hospital
from tests.console.house import Answers, House

from leadglass.config import load
from leadglass.console.context import Console
from leadglass.console.live import Live
from leadglass.console.passwords import Passwords
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.setup_token import ensure_setup_token
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import catch_up
from leadglass.store.projection.sqlite import SqliteProjection


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a real ledger and its projection, shared and only read."""
    data = tmp_path_factory.mktemp("hospital")
    hospital.write_ledger(data, hospital.events(time.time_ns()))
    projection = SqliteProjection(data / "projection.sqlite")
    while catch_up(projection, LedgerReader(data / "ledger"), 10_000).behind:
        pass
    projection.close()
    return data


@pytest.fixture
def house(ledger: Path, tmp_path: Path) -> Iterator[House]:
    file = tmp_path / "leadglass.toml"
    file.write_text(hospital.CONFIGURATION.format(data=tmp_path, listener=11_112, console=8443))
    configuration = load(file)
    registrar = Answers(hospital.status(time.time_ns()))
    projection = SqliteProjection(ledger / "projection.sqlite", read_only=True)
    token = tmp_path / "setup-token"
    ensure_setup_token(token)

    def clock() -> float:
        return float(next(ticks))  # each look is a new one

    ticks = iter(range(1_000_000))
    console = Console(
        configuration=lambda: configuration,
        engine=open_appstate(tmp_path / "app.sqlite"),
        projection=projection,
        live=Live(registrar, clock),
        ledger=LedgerReader(ledger / "ledger"),
        setup_token=token,
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
    )
    with asyncio.Runner() as runner:
        yield House(console, registrar, tmp_path, runner)
    console.engine.dispose()
    projection.close()
