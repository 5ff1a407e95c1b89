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
from leadglass.config.record import ProcessRecord
from leadglass.errors import LeadglassError
from leadglass.model.event import ApplicationStarted, ApplicationStopped
from leadglass.registrar.service import Registrar
from leadglass.store.appstate.engine import open_appstate

_log = structlog.get_logger()


async def _serve(configuration: Configuration, record: ProcessRecord) -> None:
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
        record = ProcessRecord(configuration, "registrar")
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
