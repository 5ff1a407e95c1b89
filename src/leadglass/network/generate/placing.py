"""Which filter stands between two zones, by networks and interfaces alone. Never what it lets pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leadglass.network.device import Device
from leadglass.network.intervals import Intervals, union
from leadglass.network.topology import Segment, Topology
from leadglass.network.transit import guesses


@dataclass(frozen=True, slots=True)
class Placed:
    """Where one denial goes.

    Attributes:
        filters: names; all of them together separate the zones. Empty where none do.
        reason: why there are none, in words.
    """

    filters: tuple[str, ...]
    reason: str = ""


class Map:
    """Who reaches whom when some filters refuse.

    Args:
        net: the network.
        usable: kinds of filters for which rules can be written.
    """

    def __init__(self, net: Topology, usable: frozenset[str]) -> None:
        self._segments = net.segments
        self._of: dict[Device, list[Segment]] = {}
        for segment in net.segments:
            for port in segment.ports:
                self._of.setdefault(port.device, []).append(segment)
        self._located = union(segment.located for segment in net.segments)
        self._usable = [device for device in self._of if device.kind in usable and not device.doubts]

    def between(self, source: Intervals, destination: Intervals) -> tuple[Placed, ...]:
        """The filters each of which alone separates the two; else all that do so together, as one.

        A single answer without filters says why no filter can.
        """
        starts, ends = self._at(source), self._at(destination)
        shared = [segment for segment in starts if segment in ends]
        if shared:
            return (Placed((), _together(shared, source, destination)),)
        alone = [device for device in self._usable if not self._joined(starts, ends, [device])]
        if alone:
            return tuple(Placed((device.name,)) for device in alone)
        if self._joined(starts, ends, self._usable):
            around = sorted(device.name for device in self._of if device not in self._usable)
            return (Placed((), f"a way leads past every filter that can be written for ({', '.join(around)})"),)
        return (Placed(tuple(device.name for device in self._crossed(starts, ends))),)

    def crossed(self, source: Intervals, destination: Intervals) -> Placed:
        """Every filter on any way between the two."""
        starts, ends = self._at(source), self._at(destination)
        names = tuple(device.name for device in self._crossed(starts, ends))
        return Placed(names, "" if names else "no filter that rules can be written for stands between the two")

    def _at(self, addresses: Intervals) -> list[Segment]:
        nobody = bool(addresses.without(self._located))
        return [one for one in self._segments if one.located.meets(addresses) or (nobody and one.guesses)]

    def _joined(self, starts: Iterable[Segment], ends: Sequence[Segment], refusing: Sequence[Device]) -> bool:
        return any(one in ends for one in self._reached(starts, refusing))

    def _reached(self, starts: Iterable[Segment], refusing: Sequence[Device]) -> list[Segment]:
        found = list(starts)
        for segment in found:  # grows while it is walked
            for port in segment.ports:
                if port.device not in refusing:
                    found += (one for one in self._of[port.device] if one not in found)
        return found

    def _crossed(self, starts: list[Segment], ends: list[Segment]) -> list[Device]:
        """Those that can be come to from one side and left for the other."""
        found = []
        for device in self._usable:
            near, far = self._reached(starts, [device]), self._reached(ends, [device])
            own = self._of[device]
            if any(one in near and other in far and one is not other for one in own for other in own):
                found.append(device)
        return found


def _together(shared: list[Segment], source: Intervals, destination: Intervals) -> str:
    for one in shared:
        if one.located.meets(source) and one.located.meets(destination):
            return f"both are on one network ({one.name}), which no filter divides: give each its own (VLAN)"
    names = sorted({port.device.name for one in shared for port in one.ports if guesses(port.device)})
    return f"where they are cannot be told: {', '.join(names)} learns routes, or has lines that were not understood"
