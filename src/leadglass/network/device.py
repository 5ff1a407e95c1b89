"""A device that joins networks: interfaces, routes, the steps of a packet through it. Never how it was written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from leadglass.network.headers import EVERYTHING, Headers
from leadglass.network.intervals import EMPTY, Intervals
from leadglass.network.rule import NOWHERE, Chains, Place


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface.

    Attributes:
        name: as the device writes it.
        networks: what is directly behind it, by its addresses.
        addresses: its own.
        zone: the device's own name for its side ("inside"); empty without one.
        vrf: routing instance; empty for the only or main one.
        enabled: False where it is shut.
    """

    name: str
    networks: Intervals = EMPTY
    addresses: Intervals = EMPTY
    zone: str = ""
    vrf: str = ""
    enabled: bool = True
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Route:
    """Where packets to these addresses go.

    Attributes:
        destination: one prefix.
        interface: name; empty where the text names a next hop that is behind no interface we know.
        via: the next hop's address; None where the network is directly behind the interface.
        metric: smaller is preferred; the others are standby.
    """

    destination: Intervals
    interface: str
    via: int | None = None
    vrf: str = ""
    metric: int = 0
    place: Place = NOWHERE


class Rewrite(StrEnum):
    """Which end a translation changes."""

    SOURCE = "source"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class Translation:
    """One NAT rule; the first that matches is taken.

    Attributes:
        may, must: headers it can match and certainly does, before it changes them.
        rewrite: which end.
        address: what the address becomes: one of these; None: unchanged. Where as many as in a one-span match of the
            same end and ``keeps_offset``, each keeps its place in the range.
        port: what the port becomes; None: unchanged (destination) or any (source).
        exempt: matches and changes nothing ("no nat").
        ingress, egress: interfaces; None: any.
        tag: what later steps of this device know its packets by (FortiOS: the name of the virtual IP); empty: nothing.
        tags: of packets that it matches ("": no translation before it left one); None: any.
    """

    place: Place
    rewrite: Rewrite
    may: Headers = EVERYTHING
    must: Headers = EVERYTHING
    address: Intervals | None = None
    port: Intervals | None = None
    keeps_offset: bool = False
    exempt: bool = False
    ingress: frozenset[str] | None = None
    egress: frozenset[str] | None = None
    tag: str = ""
    tags: frozenset[str] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A filter that a packet must pass: a chain, for packets of these interfaces (None: any)."""

    chains: Chains
    ingress: frozenset[str] | None = None
    egress: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Translate:
    """Translations in order; the first that matches is taken, else the packet stays as it is."""

    translations: tuple[Translation, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """The place among the steps where the way out is chosen by destination address, as it is then."""


Step = Check | Translate | Routing

LINK = "link"
"""Kind of the device that stands for a connection people know of and no configuration gives."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a file was understood.

    Attributes:
        relevant: lines that bear on what may pass. understood: of these.
        missed: places of the others, in order.
    """

    relevant: int
    understood: int
    missed: tuple[Place, ...] = ()

    @property
    def words(self) -> str:
        """As it is printed."""
        share = 100 * self.understood / self.relevant if self.relevant else 100
        return f"{self.understood} of {self.relevant} lines that bear on what may pass ({share:.1f} %)"


NOTHING_READ = Coverage(0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Device:
    """A firewall, a router, or a host that forwards.

    Attributes:
        name: unique in the hospital.
        kind: syntax of its configuration: "nftables", "iptables", "asa", "fortios", "ios", "panos", "junos", "rules".
        interfaces, routes: as configured; connected networks need no route.
        steps: what a packet that passes through meets, in order; exactly one is `Routing`.
        dynamic: it learns routes that the configuration does not give: then any address may be behind any interface.
        coverage: of its file.
        doubts: lines that may change what passes and are no rule: every verdict that rests on it is "not covered".
        assumptions: what was taken for granted, in words, each printed.
        findings: what is wrong or weak in itself, in words with the place.
    """

    name: str
    kind: str
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    steps: tuple[Step, ...]
    dynamic: bool = False
    coverage: Coverage = NOTHING_READ
    doubts: tuple[Place, ...] = ()
    assumptions: tuple[str, ...] = ()
    findings: tuple[tuple[Place, str], ...] = ()

    def interface(self, name: str) -> Interface | None:
        """The interface of a name."""
        return next((one for one in self.interfaces if one.name == name), None)
