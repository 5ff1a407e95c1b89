"""Opens a projection by its URL. Holds no connection itself."""

from __future__ import annotations

from pathlib import Path

from leadglass.errors import ConfigurationError
from leadglass.store.projection.interface import Projection
from leadglass.store.projection.sqlite import SqliteProjection

_SQLITE = "sqlite:///"


def open_projection(url: str, read_only: bool = False) -> Projection:
    """The projection at ``url``: ``sqlite:///relative``, ``sqlite:////absolute`` or ``sqlite:///:memory:``.

    Raises:
        ConfigurationError: no engine has this URL.
        ProjectionError: the engine cannot open it.
    """
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        path = url.removeprefix(_SQLITE)
        return SqliteProjection(path if path == ":memory:" else Path(path), read_only)
    raise ConfigurationError(f"no projection engine for {url!r}", "use sqlite:///PATH")
