"""Flows become sightings of cells: zones by addresses, services by ports, the weightiest flow of each as witness.

Never says what a sighting means, and puts no flow into a cell whose ends it cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadglass.network.device import Device
from leadglass.network.flows.services import Services
from leadglass.network.flows.table import Flows
from leadglass.network.flows.translated import real
from leadglass.network.flows.vantage import MAX_LOSSY, Capture
from leadglass.network.flows.watched import watched
from leadglass.network.flows.zoning import inside, zones
from leadglass.network.headers import WITH_PORTS, Packet
from leadglass.network.intervals import EMPTY, Intervals
from leadglass.network.observed import CellKey, Observations, Sighting
from leadglass.network.service import Service
from leadglass.network.topology import Topology
from leadglass.network.zones import Partition

_CELL = ("from", "to", "service")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one capture showed.

    Attributes:
        seen, attempts: as in `Observations`.
        capture: where and when; not `whole` where flows had to be left out.
        unclear: pairs of zones of which a flow may have begun at either end.
        hidden: flows whose real ends an address translation hides.
        half: flows of which only the answering side was seen.
    """

    seen: Mapping[CellKey, Sighting]
    attempts: Mapping[CellKey, Sighting]
    capture: Capture
    unclear: frozenset[tuple[str, str]] = frozenset()
    hidden: int = 0
    half: int = 0

    @property
    def words(self) -> str:
        """What was left out, as it is printed; empty where nothing was."""
        said = []
        if self.hidden:
            said.append(f"{self.hidden:,} flows not attributed: address translation hides who their ends are")
        if self.half:
            said.append(f"{self.half:,} flows of which only the answer was seen: not all ways were captured")
        return "; ".join(said)


def observe(
    flows: Flows,
    capture: Capture,
    partition: Partition,
    services: Sequence[Service],
    devices: Sequence[Device] = (),
    past: Intervals = EMPTY,
) -> Seen:
    """The sightings of one import.

    Args:
        flows: the import.
        capture: where and how it was made.
        partition: the hospital's zones.
        services: of the model.
        devices: of the hospital, whose translations may hide ends.
        past: addresses before which no filter stands any more where the capture looked (`watched.past_last_filter`):
            what nothing answers counts as seen there.
    """
    ends = real(flows.table, flows.addresses, devices, capture.outside_of)
    known = Services(services)
    table, half = _oriented(ends.table, known)
    zone = zones(partition, ends.addresses)
    source, destination = _column(table, "source"), _column(table, "destination")
    service = known.of(_column(table, "protocol"), _column(table, "destination_port"))
    arrived = inside(ends.addresses, past)[destination] & known.one_way[service]
    table = table.with_columns(
        pl.Series("from", zone[source]),
        pl.Series("to", zone[destination]),
        pl.Series("service", service),
        pl.Series("arrived", arrived),
    )
    table = table.filter(pl.col("from") != pl.col("to")).with_columns(pl.col("answered") | pl.col("arrived"))
    names = [part.name for part in partition.parts]
    left_out = ends.hidden > 0 or half > MAX_LOSSY * max(1, table.height)
    seen = [
        _sightings(table.filter(part), ends.addresses, names, known.names, flows.file, str(capture.vantage))
        for part in (pl.col("answered"), ~pl.col("answered"))
    ]
    unclear = table.filter(pl.col("unclear")).select("from", "to").unique().iter_rows()
    pairs = frozenset((names[to], names[begun]) for begun, to in unclear)
    return Seen(seen[0], seen[1], replace(capture, whole=capture.whole and not left_out), pairs, ends.hidden, half)


def _column(table: pl.DataFrame, name: str) -> NDArray[Any]:
    return table[name].to_numpy()


def _oriented(table: pl.DataFrame, services: Services) -> tuple[pl.DataFrame, int]:
    """Flows of which the handshake was not seen begin at the end whose port is less likely a service's."""
    protocol = _column(table, "protocol")
    source = services.rank(protocol, _column(table, "source_port"))
    destination = services.rank(protocol, _column(table, "destination_port"))
    guessed = ~_column(table, "sure") & np.isin(protocol, list(WITH_PORTS))
    swap = guessed & (source > destination)
    table = table.with_columns(pl.Series("swap", swap), pl.Series("unclear", guessed & (source == destination)))
    for one, other in (("source", "destination"), ("source_port", "destination_port")):
        table = table.with_columns(
            pl.when("swap").then(other).otherwise(one).alias(one),
            pl.when("swap").then(one).otherwise(other).alias(other),
        )
    return table, int((swap & ~_column(table, "answered")).sum())


def _sightings(
    table: pl.DataFrame,
    addresses: tuple[int, ...],
    zone_names: Sequence[str],
    service_names: Sequence[str],
    file: str,
    vantage: str,
) -> dict[CellKey, Sighting]:
    """The weightiest flow of each cell: of those whose beginning was seen, if any was, the largest."""
    order = table.sort(["sure", "bytes", "first", "line"], descending=[True, True, False, False])
    weightiest = order.group_by(_CELL, maintain_order=True).agg(
        pl.col(
            "source", "destination", "protocol", "source_port", "destination_port", "line", "sure", "answered"
        ).first(),
        pl.col("first").min(),
        pl.col("last").max(),
        pl.col("flows").sum(),
        pl.col("bytes").sum(),
    )
    found = {}
    for row in weightiest.iter_rows(named=True):
        key = zone_names[row["from"]], zone_names[row["to"]], service_names[row["service"]]
        packet = Packet(
            addresses[row["source"]],
            addresses[row["destination"]],
            row["protocol"],
            row["source_port"],
            row["destination_port"],
        )
        found[key] = Sighting(
            packet,
            f"{file}:{row['line']}" if row["line"] else file,
            row["first"],
            row["last"],
            row["flows"],
            row["bytes"],
            vantage,
            row["answered"],
            "high" if row["sure"] else "low",
        )
    return found


def observations(parts: Iterable[Seen], net: Topology, partition: Partition) -> Observations:
    """All captures together.

    Args:
        parts: what each showed.
        net: the network, to tell which ways between two zones were all captured.
        partition: its zones.
    """
    found = list(parts)
    pairs = watched(net, partition, [one.capture for one in found])
    unclear = frozenset().union(*(one.unclear for one in found))
    return Observations(
        together([one.seen for one in found]), together([one.attempts for one in found]), pairs - unclear
    )


def together(parts: Iterable[Mapping[CellKey, Sighting]]) -> dict[CellKey, Sighting]:
    """Sightings of several captures; a flow that two of them saw counts twice."""
    found: dict[CellKey, Sighting] = {}
    for part in parts:
        for key, one in part.items():
            other = found.get(key)
            if other is None:
                found[key] = one
                continue
            best = max(other, one, key=lambda sighting: (sighting.confidence == "high", sighting.bytes))
            found[key] = replace(
                best,
                first=min(other.first, one.first),
                last=max(other.last, one.last),
                flows=other.flows + one.flows,
                bytes=other.bytes + one.bytes,
            )
    return found
