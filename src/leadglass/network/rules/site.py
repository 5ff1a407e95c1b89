"""What the rules look at: a comparison, with its cells by pair of zones and its zones by role. Never judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from leadglass.network.cell import Cell
from leadglass.network.compare import Comparison, named
from leadglass.network.device import LINK, Device
from leadglass.network.hospital import INTERNET, UNASSOCIATED
from leadglass.network.intervals import Intervals, union
from leadglass.network.model_network import Role
from leadglass.network.zones import Part


class Site:
    """A hospital's network, compared.

    Args:
        comparison: with its cells.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.hospital = comparison.hospital
        self.model = comparison.model

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Zones that have addresses."""
        return tuple(part for part in self.comparison.partition.parts if part.addresses)

    @cached_property
    def inside(self) -> tuple[Part, ...]:
        """Declared zones in the hospital's hands."""
        return tuple(
            part
            for part in self.parts
            if part.name not in {INTERNET, UNASSOCIATED} and not any(role.outside for role in self.roles(part))
        )

    @cached_property
    def outside(self) -> tuple[Part, ...]:
        """The Internet, and declared zones that are in nobody's hands here."""
        return tuple(part for part in self.parts if part not in self.inside and part.name != UNASSOCIATED)

    def roles(self, part: Part) -> list[Role]:
        """Its roles, as the model knows them."""
        return [role for name in part.roles if (role := self.model.role(name)) is not None]

    def of(self, *roles: str) -> tuple[Part, ...]:
        """Zones inside that have any of these roles."""
        return tuple(part for part in self.inside if set(part.roles) & set(roles))

    def holding(self, *holds: str) -> tuple[Part, ...]:
        """Zones inside whose roles hold any of this."""
        return tuple(part for part in self.inside if any(role.holds in holds for role in self.roles(part)))

    @cached_property
    def _cells(self) -> dict[tuple[str, str], list[Cell]]:
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.comparison.cells:
            found.setdefault((cell.source, cell.destination), []).append(cell)
        return found

    def cells(self, source: Part, destination: Part) -> list[Cell]:
        """Direct cells from one zone to another of which there is something to say."""
        return [cell for cell in self._cells.get((source.name, destination.name), []) if not cell.through]

    def both_ways(self, one: Part, other: Part) -> Iterator[Cell]:
        """Direct cells between two zones."""
        yield from self.cells(one, other)
        yield from self.cells(other, one)

    @cached_property
    def devices(self) -> tuple[Device, ...]:
        """Filters whose configuration was read, by name."""
        found = {port.device.name: port.device for segment in self.comparison.net.segments for port in segment.ports}
        return tuple(found[name] for name in sorted(found) if found[name].kind != LINK)

    @cached_property
    def _located(self) -> Intervals:
        return union(
            segment.located
            for segment in self.comparison.net.segments
            if any(port.device.kind != LINK for port in segment.ports)
        )

    @cached_property
    def _named(self) -> Intervals:
        return named(self.devices)

    def attached(self, part: Part) -> bool:
        """Whether a network or a route, and not only a default one, shows where all of it is."""
        return part.addresses.within(self._named)

    def placed(self, part: Part) -> bool:
        """Whether some configuration shows where it is connected, all of it inside; else nothing is ever met of it."""
        if part in self.outside:
            return part.addresses.meets(self._located)
        return part.addresses.within(self._located)

    def lost(self, parts: Iterable[Part]) -> list[str]:
        """Of which of these no configuration shows where they are connected, in words."""
        return [
            f"No configuration shows where all of {part.title} is connected."
            for part in dict.fromkeys(parts)
            if not (self.placed(part) if part in self.outside else self.attached(part))
        ]
