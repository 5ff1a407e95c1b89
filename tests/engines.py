"""Fixtures: an application state, on each engine it can stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.postgresql import Server

from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import open_appstate


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    if request.param == "sqlite":
        yield Database(tmp_path / "app" / "a.sqlite")
        return
    server: Server = request.getfixturevalue("postgresql")
    made = server.database()
    yield made
    server.drop(made)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """Opened, with its tables."""
    opened = open_appstate(database)
    yield opened
    opened.dispose()
