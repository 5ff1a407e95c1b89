"""Which gaps are to be seen: by class, zone, role, service, severity. Never changes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap
from leadglass.network.picture.places import UNPLACED


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; an empty field asks for nothing.

    Attributes:
        kind: id of the class. zone: either end. between: two role ids, ends in any order.
        service: id. severity: at least this.
    """

    kind: str = ""
    zone: str = ""
    service: str = ""
    severity: str = ""
    between: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Selection()


def select(gaps: Iterable[Gap], selection: Selection, homes: dict[str, str]) -> tuple[Gap, ...]:
    """The gaps that are asked for, in their order.

    Args:
        gaps: all of them.
        selection: what is asked for.
        homes: by zone, the role whose place it is drawn at.
    """
    least = Severity(selection.severity).rank if selection.severity in set(Severity) else 0
    asked = sorted(selection.between)
    return tuple(
        gap
        for gap in gaps
        if selection.kind in {"", gap.kind}
        and selection.zone in {"", *gap.pair}
        and selection.service in {"", gap.cell.service}
        and gap.severity.rank >= least
        and (not asked or asked == sorted(homes.get(zone, UNPLACED.id) for zone in gap.pair))
    )
