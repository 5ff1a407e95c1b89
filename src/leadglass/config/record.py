"""The record of a process whose work goes on when its journal cannot be written: the log says so then. Never raises."""

from __future__ import annotations

import threading

import structlog

from leadglass.config.values import Configuration
from leadglass.model.event import Body
from leadglass.store.journal import Journal, JournalUnavailable
from leadglass.store.recorder import Recorder

RESERVE = 2  # segments; such a process writes little

_log = structlog.get_logger()


class ProcessRecord:
    """The journal of one process of ours; any of its threads may record.

    Args:
        configuration: says where, and with which bounds.
        writer: the process, "registrar".
    """

    def __init__(self, configuration: Configuration, writer: str) -> None:
        settings = configuration.journal
        self.journal = Journal(
            configuration.data.journals,
            writer,
            segment_bytes=settings.segment_bytes,
            reserve=RESERVE,
            limit_bytes=settings.limit_bytes,
        )
        self._recorder = Recorder(self.journal, writer)
        self._lock = threading.Lock()

    def record(self, body: Body) -> None:
        """Append one event, or say in the log that it is not on record."""
        try:
            with self._lock:
                self._recorder.record(body)
        except JournalUnavailable as error:
            _log.error("event not recorded", reason=error.reason, kind=type(body).__name__)
