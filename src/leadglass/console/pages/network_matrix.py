"""From every zone to every other: the worst gap and how many, as a table. Of many zones their roles stand for them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from leadglass.console.network_view import PATH, TONES, choices, compared, filter_of, filtered
from leadglass.console.page import Page, Visit
from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap
from leadglass.network.picture.places import UNPLACED
from leadglass.network.picture.standing import homes

MAX_ZONES = 40  # with a line each; of more, roles are shown


@dataclass(frozen=True, slots=True)
class Square:
    """One pair: how many gaps, the worst one's severity and class."""

    count: int
    severity: str
    title: str


def show(visit: Visit) -> Response:
    """The table."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    asked = filter_of(visit)
    parts = [part for part in found.comparison.partition.parts if part.addresses]
    by_role = len(parts) > MAX_ZONES
    at = homes(found.comparison) if by_role else {part.name: part.name for part in parts}
    titles = {part.name: part.title for part in parts}
    if by_role:
        named = {role.id: role.title for role in found.network.model.roles} | {UNPLACED.id: UNPLACED.title}
        titles = {role: named[role] for role in dict.fromkeys(at[part.name] for part in parts)}
    together: dict[tuple[str, str], list[Gap]] = {}
    for gap in filtered(found, asked):
        together.setdefault((at[gap.cell.source], at[gap.cell.destination]), []).append(gap)
    squares = {}
    for pair, gaps in together.items():
        worst = max(gaps, key=lambda gap: gap.severity.rank)
        squares[pair] = Square(len(gaps), worst.severity.value, worst.title)
    return visit.render(
        "network_matrix.html",
        titles=titles,
        squares=squares,
        by_role=by_role,
        asked=asked,
        choices=choices(found),
        tones=TONES,
        grades=[one.value for one in Severity],
    )


PAGES = (Page(f"{PATH}/matrix", "assessment", get=show),)
