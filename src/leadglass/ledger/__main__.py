"""`python -m leadglass.ledger --config FILE`: the ledger process, started by the supervisor."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import structlog

from leadglass.config import load
from leadglass.config.logs import configure
from leadglass.errors import LeadglassError
from leadglass.io.garbage import rest_garbage_collection
from leadglass.ledger.service import serve

_log = structlog.get_logger()


def main() -> int:
    """Run until SIGTERM; the exit code."""
    parser = argparse.ArgumentParser(prog="leadglass.ledger")
    parser.add_argument("--config", type=Path, required=True)
    configure("ledger")
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        data = load(parser.parse_args().config).data
        rest_garbage_collection()
        serve(data.root, stop=stop, registrar_socket=data.registrar_socket)
    except LeadglassError as error:
        _log.error("the ledger cannot run", error=str(error), hint=error.hint)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
