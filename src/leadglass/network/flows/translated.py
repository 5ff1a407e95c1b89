"""Addresses that a translation made, back to the real ends where each stands for exactly one. Never guesses which.

A flow that left by a shared address (masquerading, a pool) has no real source that anybody could tell from it. One to
an address that a device publishes has its real destination behind that device. Both are left out of every cell where
they cannot be told, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from leadglass.network.address import IPV4, IPV6, V6
from leadglass.network.device import Device, Rewrite, Translate, Translation
from leadglass.network.flows.zoning import inside
from leadglass.network.headers import Box
from leadglass.network.intervals import Intervals, union

MAX_PUBLISHED = 200_000  # different (address, protocol, port) that are worked out; flows to others are not attributed
_KEY = ("destination", "protocol", "destination_port")


@dataclass(frozen=True, slots=True)
class Real:
    """Flows with real ends.

    Attributes:
        table: those of which they are known. addresses: that its indexes mean.
        hidden: rows whose real source or destination nobody can tell.
    """

    table: pl.DataFrame
    addresses: tuple[int, ...]
    hidden: int


def real(
    table: pl.DataFrame, addresses: tuple[int, ...], devices: Sequence[Device], outside_of: frozenset[str] | None
) -> Real:
    """Flows with their real ends.

    Args:
        table: by `table.SCHEMA`.
        addresses: that its indexes mean.
        devices: of the hospital.
        outside_of: as in `vantage.Capture`.
    """
    before = table.height
    far = [one for one in devices if outside_of is None or one.name in outside_of]
    known = outside_of is not None
    places = list(addresses)
    index = {place: at for at, place in enumerate(places)}

    def of(place: int) -> int:
        if place not in index:
            index[place] = len(places)
            places.append(place)
        return index[place]

    sources = {
        at: of(found) if known and (found := _source(far, addresses[at])) is not None else None
        for at in _marked(addresses, _images(far))
    }
    table = _replaced(table, "source", sources)
    published = list(_marked(addresses, _published(devices)))
    touched = pl.col("destination").is_in(published)
    some = table.filter(touched)
    if some.height:
        keys = some.select(_KEY).unique(maintain_order=True).head(MAX_PUBLISHED)
        rows: list[tuple[int | None, int | None]] = []
        for at, protocol, port in keys.iter_rows():
            end = _destination(devices, outside_of, addresses[at], protocol, port)
            rows.append((None, None) if end is None else (of(end[0]), end[1]))
        told = keys.with_columns(
            pl.Series("to", [row[0] for row in rows], pl.UInt32),
            pl.Series("to_port", [row[1] for row in rows], pl.UInt16),
        )
        some = some.join(told, on=_KEY, how="left", maintain_order="left").filter(pl.col("to").is_not_null())
        some = some.with_columns(pl.col("to").alias("destination"), pl.col("to_port").alias("destination_port"))
        table = pl.concat([table.filter(~touched), some.select(table.columns)])
    return Real(table, tuple(places), before - table.height)


def _marked(addresses: tuple[int, ...], wanted: Intervals) -> Iterator[int]:
    return (int(at) for at in inside(addresses, wanted).nonzero()[0])


def _replaced(table: pl.DataFrame, column: str, instead: dict[int, int | None]) -> pl.DataFrame:
    changed = {old: new for old, new in instead.items() if new is not None}
    hidden = [old for old, new in instead.items() if new is None]
    table = table.filter(~pl.col(column).is_in(hidden))
    if not changed:
        return table
    old, new = pl.Series(list(changed), dtype=pl.UInt32), pl.Series(list(changed.values()), dtype=pl.UInt32)
    return table.with_columns(pl.col(column).replace(old, new))


def _translations(devices: Sequence[Device], rewrite: Rewrite) -> Iterator[tuple[Device, Translation]]:
    for device in devices:
        for step in device.steps:
            for one in step.translations if isinstance(step, Translate) else ():
                if one.rewrite is rewrite and (one.exempt or one.address is not None or one.port is not None):
                    yield device, one


def _images(devices: Sequence[Device]) -> Intervals:
    """Addresses that a source may have become."""
    return union(
        one.address
        for _, one in _translations(devices, Rewrite.SOURCE)
        if one.address is not None and not one.exempt and not _unchanged(one)
    )


def _unchanged(one: Translation) -> bool:
    """It writes each address as it is (identity NAT)."""
    return one.keeps_offset and one.address == union(box.source for box in one.may)


def _published(devices: Sequence[Device]) -> Intervals:
    """Addresses that are not where packets to them go."""
    return union(
        box.destination for _, one in _translations(devices, Rewrite.DESTINATION) if not one.exempt for box in one.may
    )


def _source(devices: Sequence[Device], seen: int) -> int | None:
    """Who a translated source is; None where it may be several."""
    found = [
        one
        for _, one in _translations(devices, Rewrite.SOURCE)
        if one.address is not None and not one.exempt and not _unchanged(one) and one.address.has(seen)
    ]
    befores = {_before(one, seen) for one in found}
    return befores.pop() if len(befores) == 1 else None


def _before(one: Translation, seen: int) -> int | None:
    before = union(box.source for box in one.may)
    after = one.address
    if after is None or len(before.spans) != 1 or len(after.spans) != 1 or before.size != after.size:
        return None
    return before.first + seen - after.first if one.keeps_offset or before.size == 1 else None


def _destination(
    devices: Sequence[Device], outside_of: frozenset[str] | None, address: int, protocol: int, port: int
) -> tuple[int, int] | None:
    """Where a packet goes that was seen on its way to a published address; None where nobody can tell."""
    version = IPV4 if address < V6 else IPV6
    for device, one in _translations(devices, Rewrite.DESTINATION):
        boxes = [box for box in one.may if _hits(box, address, protocol, port)]
        if not boxes:
            continue
        sure = any(_hits(box, address, protocol, port) and box.source == version for box in one.must)
        if not sure or outside_of is None or device.name not in outside_of:
            return None
        if one.exempt:
            return address, port
        return _after(one, address, port)
    return address, port


def _hits(box: Box, address: int, protocol: int, port: int) -> bool:
    return box.destination.has(address) and box.protocol.has(protocol) and box.destination_port.has(port)


def _after(one: Translation, address: int, port: int) -> tuple[int, int] | None:
    if one.port is not None and one.port.size != 1:
        return None
    to_port = port if one.port is None else one.port.first
    if one.address is None:
        return address, to_port
    if one.address.size == 1:
        return one.address.first, to_port
    before = union(box.destination for box in one.may)
    shifts = one.keeps_offset and len(before.spans) == len(one.address.spans) == 1 and before.size == one.address.size
    return (one.address.first + address - before.first, to_port) if shifts else None
