"""`python -m leadglass.registrar --config FILE`: the registrar process, started by the supervisor."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

import structlog

from leadglass import __version__
from leadglass.config import Configuration, load
from leadglass.config.logs import configure
from leadglass.errors import LeadglassError
from leadglass.model.event import ApplicationStarted, ApplicationStopped, Body
from leadglass.registrar.service import Registrar
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.journal import Journal, JournalUnavailable
from leadglass.store.recorder import Recorder

_log = structlog.get_logger()


class _Record:
    """The registrar's journal; it goes on answering when that cannot be written, and says so in the log."""

    def __init__(self, configuration: Configuration) -> None:
        settings = configuration.journal
        self.journal = Journal(
            configuration.data.journals,
            "registrar",
            segment_bytes=settings.segment_bytes,
            reserve=2,
            limit_bytes=settings.limit_bytes,
        )
        self._recorder = Recorder(self.journal, "registrar")

    def record(self, body: Body) -> None:
        """Append one event."""
        try:
            self._recorder.record(body)
        except JournalUnavailable as error:
            _log.error("event not recorded", reason=error.reason, kind=type(body).__name__)


async def _serve(configuration: Configuration, record: _Record) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    engine = open_appstate(configuration.application_state)
    try:
        registrar = Registrar(configuration.data.accepted, engine, record)
        await registrar.run(configuration.data.registrar_socket, stop)
    finally:
        engine.dispose()


def main() -> int:
    """Run until SIGTERM; the exit code."""
    parser = argparse.ArgumentParser(prog="leadglass.registrar")
    parser.add_argument("--config", type=Path, required=True)
    configure("registrar")
    try:
        configuration = load(parser.parse_args().config)
        record = _Record(configuration)
        try:
            record.record(ApplicationStarted("registrar", __version__, os.getpid()))
            asyncio.run(_serve(configuration, record))
            record.record(ApplicationStopped("registrar", "SIGTERM"))
        finally:
            record.journal.close()
    except LeadglassError as error:
        _log.error("the registrar cannot run", error=str(error), hint=error.hint)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
