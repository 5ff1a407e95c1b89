"""Leadglass's own gateway as a sensor: what it relayed is seen on both its sides. It never reads a packet for this.

The gateway ends each connection itself. An association has two legs: the caller to the gateway, and the gateway to the
archive. Both are seen where the archive accepted; a caller that it refused reached the gateway and nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from leadglass.network.address import number
from leadglass.network.flows.addresses import Book
from leadglass.network.flows.fields import MAX_COUNT
from leadglass.network.flows.spans import EARLIEST, LATEST, spans, steps
from leadglass.network.flows.table import MAX_FLOWS, SCHEMA, Flows, Skips
from leadglass.network.headers import TCP
from leadglass.network.importers.fault import ConfigurationUnreadable

KIND = "gateway"
CLIENT_PORT = 49_152  # RFC 6335 6: stands for the caller's, which the gateway does not keep


class Relayed(NamedTuple):
    """Associations of one caller with one archive in one span of time, summed.

    Attributes:
        caller: address. gateway: address and port it was called at.
        onward: the gateway's own address towards the archive, and the archive's address and port; None where nothing
            went on.
        first, last: UTC seconds.
        associations: how many; ``accepted``: of these, by the archive.
        bytes: of them all.
    """

    caller: str
    gateway: tuple[str, int]
    onward: tuple[str, str, int] | None
    first: float
    last: float
    associations: int
    accepted: int
    bytes: int


def read(rows: Iterable[Relayed], name: str) -> Flows:
    """The flows of a gateway.

    Args:
        rows: what it relayed, in any order.
        name: of the gateway.

    Raises:
        ConfigurationUnreadable: they are more than one import may hold.
    """
    book, skips = Book(), Skips()
    found: list[tuple[int | float | bool, ...]] = []
    read_rows = 0
    for read_rows, row in enumerate(rows, 1):
        if read_rows > MAX_FLOWS:
            raise ConfigurationUnreadable(f"more than {MAX_FLOWS:,} sums", "ask for shorter times", name)
        try:
            found += list(_legs(row, book))
        except ValueError:
            skips.add("no address, port, time or number", 0)
    columns = list(zip(*found, strict=True)) or [()] * len(SCHEMA)
    table = pl.DataFrame(dict(zip(SCHEMA, map(list, columns), strict=True)), schema=SCHEMA)
    # Its sums tell when somebody called, not when it was awake: silence is never read from them.
    seen = spans(steps(table["first"].to_numpy())) if table.height else spans(np.empty(0, np.int64))
    return Flows(name, KIND, tuple(book.places), table, read_rows, skips.found, seen, sampled=None)


def _legs(row: Relayed, book: Book) -> Iterator[tuple[int | float | bool, ...]]:
    right = (
        EARLIEST <= row.first <= row.last <= LATEST
        and row.associations >= row.accepted >= 0
        and 0 < row.associations <= MAX_COUNT
        and row.bytes >= 0
    )
    if not right:
        raise ValueError("no sum")
    yield _leg(row, book, row.caller, *row.gateway, row.associations, answered=True)
    if row.onward is not None and row.accepted:
        yield _leg(row, book, *row.onward, row.accepted, answered=True)


def _leg(
    row: Relayed, book: Book, source: str, destination: str, port: int, flows: int, *, answered: bool
) -> tuple[int | float | bool, ...]:
    ends = [book.of(number(end)) for end in (source, destination)]
    if not 0 < port <= 65_535 or None in ends:
        raise ValueError("no port, or too many addresses")
    one, other = (end or 0 for end in ends)
    return (
        0,
        one,
        other,
        TCP,
        CLIENT_PORT,
        port,
        row.first,
        row.last,
        min(row.bytes, MAX_COUNT),
        flows,
        answered,
        True,
    )
