"""How every process of ours logs: JSON lines to stderr, or coloured text on a terminal. Never a patient or a secret."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

REFUSED_KEYS = frozenset(
    {
        "patient",
        "patient_id",
        "patient_name",
        "name",
        "accession",
        "password",
        "secret",
        "token",
        "credentials",
        "cookie",
    }
)
"""A log line with one of these keys loses the value: who a patient is stands in the ledger, secrets nowhere."""


def configure(process: str) -> None:
    """Set up structlog and the standard library's logging for this process.

    Args:
        process: its name, "w0"; stands in every line.
    """
    terminal = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(sort_keys=True)
    structlog.configure(
        processors=[
            _named(process),
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _refuse,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,  # few lines are logged, and a cached logger keeps a stream that may be closed
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def _named(process: str) -> structlog.typing.Processor:
    def name(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["process"] = process  # not a context variable: other threads would not have it
        return event

    return name


def _refuse(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in REFUSED_KEYS & event.keys():
        event[key] = "[not logged]"
    return event
