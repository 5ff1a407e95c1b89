"""What every test leaves behind for the next: nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings
from tests.postgresql import Server

settings.register_profile("leadglass", deadline=None, derandomize=True)  # no time is asserted; the same run each time
settings.register_profile("search", deadline=None, print_blob=True)  # HYPOTHESIS_PROFILE=search looks for new cases
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "leadglass"))


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that configured logging bound it to a stream that is closed by now."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server that runs; a test that stops it starts it again."""
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.close()
