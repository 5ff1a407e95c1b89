"""What a filter shall refuse or let begin anew, before everything it has: no vendor's words. Never touches a device.

A denial speaks of all packets from some addresses to others. Their rectangles never overlap, so that the order of
denials does not matter and each can be written, logged and taken back by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from leadglass.network.headers import PORTS, Headers, headers, without
from leadglass.network.intervals import Intervals
from leadglass.network.service import Service


class Zoned(NamedTuple):
    """Addresses with the name of their zone, by which groups are named."""

    name: str
    addresses: Intervals


class Match(NamedTuple):
    """One protocol with its destination ports; `headers.PORTS` where it has none or all."""

    protocol: int
    ports: Intervals


@dataclass(frozen=True, slots=True)
class Denial:
    """From one zone to another nothing may begin but what is kept, or nothing of what is named.

    Attributes:
        services: what it speaks of.
        all_but: everything is refused but ``services``, which stay as the filter has them; else ``services`` are
        refused. gaps: ids of those that it shall close.
    """

    source: Zoned
    destination: Zoned
    services: tuple[Service, ...]
    all_but: bool
    gaps: tuple[str, ...]

    @property
    def label(self) -> str:
        """For remarks: the gap's id, or how many there are between which zones."""
        pair = f"{self.source.name}--{self.destination.name}"
        return self.gaps[0] if len(self.gaps) == 1 else f"{pair}: {len(self.gaps)} gaps"

    @property
    def whole(self) -> Headers:
        """Everything between the two."""
        return headers(self.source.addresses, self.destination.addresses)

    @property
    def named(self) -> Headers:
        """The services between the two."""
        ends = (self.source.addresses, self.destination.addresses)
        return tuple(box for service in self.services for box in service.between(*ends))

    @property
    def refused(self) -> Headers:
        """What may not begin."""
        return without(self.whole, self.named) if self.all_but else self.named


@dataclass(frozen=True, slots=True)
class Opening:
    """What is needed and does not pass: let it begin, between these machines alone.

    Attributes:
        gap: id of the one that it shall close.
    """

    source: Zoned
    destination: Zoned
    service: Service
    gap: str

    @property
    def allowed(self) -> Headers:
        """What may begin."""
        return self.service.between(self.source.addresses, self.destination.addresses)


@dataclass(frozen=True, slots=True)
class Policy:
    """All that is new on one filter.

    Attributes:
        filter: name of the device.
        replies: services that zones ask of each other, with who asks and who answers: a filter that remembers no
            connection must let their replies pass before it refuses anything.
    """

    filter: str
    denials: tuple[Denial, ...] = ()
    openings: tuple[Opening, ...] = ()
    replies: tuple[tuple[Zoned, Zoned, Service], ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Ids of those that it shall close."""
        found = [gap for denial in self.denials for gap in denial.gaps]
        return tuple(dict.fromkeys([*found, *(one.gap for one in self.openings)]))


def matches(service: Service) -> tuple[Match, ...]:
    """A service by protocol, one by one."""
    found: dict[int, Intervals] = {}
    for box in service.between(*_ANYWHERE):
        for first, last in box.protocol.spans:
            found.update(dict.fromkeys(range(first, last + 1), box.destination_port))
    return tuple(Match(number, ports) for number, ports in sorted(found.items()))


_ANYWHERE = (Intervals(((0, 0),)), Intervals(((0, 0),)))


def everything(match: Match) -> bool:
    """Whether the protocol's ports do not matter."""
    return match.ports == PORTS
