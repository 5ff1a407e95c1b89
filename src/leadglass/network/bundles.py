"""Gaps as people read them: those of one pair of zones and one class together, the worst first. Judges none anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.network.cell import OTHER
from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap
from leadglass.network.model_network import ModelNetwork
from leadglass.network.zones import Partition

MAX_NAMED = 4  # services that are named before the rest is counted
ANYTHING_ELSE = "anything that no service of the model has"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Gaps of one class from one zone to another.

    Attributes:
        kind, title: of the class.
        source, destination: names of the zones; ``source_title``, ``destination_title``: for people.
        severity: the worst of them.
        gaps: the worst first, then by id; at least one.
        services: what they are about, in words.
    """

    kind: str
    title: str
    source: str
    destination: str
    source_title: str
    destination_title: str
    severity: Severity
    gaps: tuple[Gap, ...]
    services: str

    @property
    def id(self) -> str:
        """Of zone names and class alone."""
        return f"{self.source}--{self.destination}--{self.kind}"

    @property
    def controls(self) -> tuple[str, ...]:
        """Ids of all that they bear on, in order."""
        return tuple(dict.fromkeys(control for gap in self.gaps for control in gap.controls))


def bundles(gaps: Iterable[Gap], model: ModelNetwork, partition: Partition) -> tuple[Bundle, ...]:
    """All gaps in bundles: the worst first, then those of which something is known, then the larger, then by name.

    Args:
        gaps: the worst first, as `gaps.gaps` gives them.
        model: that they are held against: its services' titles.
        partition: the zones' titles.
    """
    titles = {part.name: part.title for part in partition.parts}
    together: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in gaps:
        together.setdefault((*gap.pair, gap.kind), []).append(gap)
    found = [
        Bundle(
            kind,
            some[0].title,
            source,
            destination,
            titles.get(source, source),
            titles.get(destination, destination),
            max((gap.severity for gap in some), key=lambda one: one.rank),
            tuple(some),
            services(some, model),
        )
        for (source, destination, kind), some in together.items()
    ]
    return tuple(sorted(found, key=order))


def order(bundle: Bundle) -> tuple[int, bool, int, str]:
    """What stands first."""
    return -bundle.severity.rank, bundle.kind == "cannot-tell", -len(bundle.gaps), bundle.id


def services(gaps: Iterable[Gap], model: ModelNetwork) -> str:
    """What gaps of one pair are about: "everything", or a few names and how many more."""
    asked = {gap.cell.service: gap for gap in gaps}
    if len(asked) > len(model.services) * 9 // 10 and OTHER in asked:
        left = [one.title for one in model.services if one.id not in asked]
        return f"everything but {', '.join(left[:MAX_NAMED])}" if 0 < len(left) <= MAX_NAMED else (
            f"everything but {len(left)} services" if left else "everything"
        )  # fmt: skip
    names = [service.title if service is not None else ANYTHING_ELSE for service in map(model.service, asked)]
    more = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
