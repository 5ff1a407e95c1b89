"""The configuration pages show: read anew where the file has changed. Keeps the last good one; never writes."""

from __future__ import annotations

import threading

from leadglass.config import Configuration, load
from leadglass.errors import LeadglassError


class InForce:
    """Called for the configuration; costs one stat.

    Args:
        configuration: as loaded at start; its file is looked at.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._seen = self._mark()
        self._lock = threading.Lock()

    def __call__(self) -> Configuration:
        """The configuration now."""
        mark = self._mark()
        with self._lock:
            if mark != self._seen:
                self._seen = mark
                try:
                    self._configuration = load(self._configuration.file)
                except LeadglassError:  # being edited; the registrar refuses it too
                    return self._configuration
            return self._configuration

    def _mark(self) -> tuple[int, int]:
        try:
            found = self._configuration.file.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino
