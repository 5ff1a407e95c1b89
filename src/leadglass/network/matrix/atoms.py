"""Services cut into atoms, one bit each: a protocol with a range of ports. Never an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from leadglass.network.headers import PORTS, PROTOCOLS, WITH_PORTS
from leadglass.network.intervals import Intervals, of, union
from leadglass.network.service import Service

WORD = 64  # bits of a word


class Atom(NamedTuple):
    """Headers of these protocols to these destination ports."""

    protocol: Intervals
    port: Intervals


class Masks(NamedTuple):
    """Atoms that something touches at all, and those that it holds whole: a word for every 64."""

    touched: tuple[int, ...]
    held: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Atoms:
    """All of them.

    Attributes:
        members: the atoms; together every header, once.
        services: for each service, and last for what no service has, the numbers of its atoms.
    """

    members: tuple[Atom, ...]
    services: tuple[tuple[int, ...], ...]
    _known: dict[tuple[Intervals, Intervals], Masks] = field(default_factory=dict, repr=False, compare=False)

    @property
    def words(self) -> int:
        """How many words hold a bit for each."""
        return max(1, -(-len(self.members) // WORD))

    def masks(self, protocol: Intervals, port: Intervals) -> Masks:
        """Which atoms headers with these fields touch and hold."""
        key = (protocol, port)
        if key not in self._known:
            touched, held = [0] * self.words, [0] * self.words
            for number, atom in enumerate(self.members):
                if atom.protocol.meets(protocol) and atom.port.meets(port):
                    bit = 1 << number % WORD
                    touched[number // WORD] |= bit
                    if atom.protocol.within(protocol) and atom.port.within(port):
                        held[number // WORD] |= bit
            self._known[key] = Masks(tuple(touched), tuple(held))
        return self._known[key]


def atoms(services: Sequence[Service]) -> Atoms:
    """Atoms of a model's services and of the rest.

    Args:
        services: they may share headers; what they share is then in several atoms.
    """
    members: dict[Atom, int] = {}
    parts: list[tuple[int, ...]] = []
    taken: dict[int, Intervals] = {}
    for service in services:
        mine = []
        for protocol in (number for first, last in service.protocol.spans for number in range(first, last + 1)):
            ports = service.port if protocol in WITH_PORTS else PORTS
            taken[protocol] = union([taken.get(protocol, Intervals()), ports])
            for span in ports.spans:
                atom = Atom(of([(protocol, protocol)]), Intervals((span,)))
                mine.append(members.setdefault(atom, len(members)))
        parts.append(tuple(mine))
    rest = [Atom(of([(protocol, protocol)]), PORTS.without(ports)) for protocol, ports in sorted(taken.items())]
    rest.append(Atom(PROTOCOLS.without(of((number, number) for number in taken)), PORTS))
    others = tuple(members.setdefault(atom, len(members)) for atom in rest if atom.protocol and atom.port)
    return Atoms(tuple(members), (*parts, others))
