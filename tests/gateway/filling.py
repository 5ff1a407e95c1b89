"""Fills a worker's journal with as few associations as possible. It asserts only that they are rejected."""

from __future__ import annotations

from bench.peers import pdus
from tests.peers.caller import Caller

_CONTEXTS = tuple((b"1.2.3." + b"4" * 55 + b"%03d" % i, pdus.IMPLICIT_LITTLE) for i in range(127))


def fill(port: int, count: int) -> None:
    """So many records of 8 KiB: refusals of a request with many long SOP classes."""
    for _ in range(count):
        with Caller(port, "STORER", "NOWHERE") as caller:
            assert caller.request(_CONTEXTS)[:1] == b"\x03"
