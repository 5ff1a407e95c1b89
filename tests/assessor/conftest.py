"""Fixtures: a gateway with its data, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.assessor.place import Place

from leadglass.store.appstate.engine import open_appstate
from leadglass.store.projection.engines import open_projection


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A gateway that observes, over a plain listener, and knows no peer."""
    projection = open_projection(f"sqlite:///{tmp_path}/projection.sqlite")
    engine = open_appstate(tmp_path / "app.sqlite")
    yield Place(tmp_path, engine, projection)
    engine.dispose()
    projection.close()
