"""Which pairs of zones were watched on every way between them, long enough that silence means something. No flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from leadglass.network.flows.spans import Spans, covers, joined
from leadglass.network.flows.vantage import Capture, Kind, Vantage
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.observed import UNSEEN_DAYS
from leadglass.network.topology import Segment, Topology
from leadglass.network.zones import Part, Partition

DAY = 86_400.0
MAX_WINDOWS = 1_000  # beginnings of a window of `UNSEEN_DAYS` that are tried, the latest first


def watched(net: Topology, partition: Partition, captures: Sequence[Capture]) -> frozenset[tuple[str, str]]:
    """Ordered pairs of zones whose every way was captured over one span of `UNSEEN_DAYS` days.

    A way is any sequence of networks and devices that join them, whatever routes say: more ways than packets take.
    Zones that nothing known joins are not watched.
    """
    when: dict[Vantage, list[Spans]] = {}
    for one in captures:
        if one.proves_silence:
            when.setdefault(one.vantage, []).append(one.spans)
    spans = {where: joined(parts) for where, parts in when.items()}
    starts = sorted({first for each in spans.values() for first, _ in each}, reverse=True)[:MAX_WINDOWS]
    active = {
        frozenset(where for where, each in spans.items() if covers(each, start, start + UNSEEN_DAYS * DAY))
        for start in starts
    }
    places = _places(net, partition) if any(active) else {}
    found: set[tuple[str, str]] = set()
    for together in active:
        if together:
            found.update(_seen_all(net, places, together))
    return frozenset(found)


def past_last_filter(net: Topology, partition: Partition, where: Vantage) -> Intervals:
    """Addresses before which no filter stands, seen from a vantage point: of its segment, or of its zone."""
    if where.kind is Kind.SEGMENT:
        segment = _segment(net, where)
        return EMPTY if segment is None else segment.located
    if where.kind is Kind.ZONE:
        return union(part.addresses for part in partition.parts if part.name == where.name)
    return EMPTY


def _segment(net: Topology, where: Vantage) -> Segment | None:
    device, _, interface = where.name.partition(":")
    return next(
        (
            segment
            for segment in net.segments
            if any(port.device.name == device and port.interface.name == interface for port in segment.ports)
        ),
        None,
    )


def _places(net: Topology, partition: Partition) -> dict[str, frozenset[int]]:
    """By zone, indexes of the segments where its machines are or may be."""
    located = [segment.located for segment in net.segments]
    everywhere = union(located)
    guesses = [index for index, segment in enumerate(net.segments) if segment.guesses]

    def of(part: Part) -> Iterator[int]:
        yield from (index for index, addresses in enumerate(located) if part.addresses.meets(addresses))
        if part.addresses.without(everywhere):
            yield from guesses

    return {part.name: frozenset(of(part)) for part in partition.parts if part.addresses}


def _seen_all(net: Topology, places: dict[str, frozenset[int]], active: Iterable[Vantage]) -> Iterator[tuple[str, str]]:
    devices = {where.name for where in active if where.kind is Kind.DEVICE}
    zones = {where.name for where in active if where.kind is Kind.ZONE}
    pairs = {(where.name, where.other) for where in active if where.kind is Kind.PAIR}
    pairs |= {(other, one) for one, other in pairs}
    tapped = [_segment(net, where) for where in active if where.kind is Kind.SEGMENT]
    without = {index for index, segment in enumerate(net.segments) if any(segment is one for one in tapped)}
    joined_all = _groups(net, frozenset(), frozenset())
    joined_unseen = _groups(net, frozenset(devices), frozenset(without))
    everything = {name: {joined_all[index] for index in at} for name, at in places.items()}
    unseen = {name: {joined_unseen[index] for index in at if index not in without} for name, at in places.items()}
    for one in places:
        for other in places:
            if one == other or not everything[one] & everything[other]:
                continue
            if (one, other) in pairs or one in zones or other in zones or not unseen[one] & unseen[other]:
                yield one, other


def _groups(net: Topology, without_devices: frozenset[str], without: frozenset[int]) -> list[int]:
    """For each segment the group it is in: segments that devices join."""
    group = list(range(len(net.segments)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    first: dict[int, int] = {}
    for index, segment in enumerate(net.segments):
        for port in segment.ports if index not in without else ():
            if port.device.name not in without_devices:
                begun = first.setdefault(id(port.device), index)
                group[root(index)] = root(begun)
    return [root(index) for index in range(len(group))]
