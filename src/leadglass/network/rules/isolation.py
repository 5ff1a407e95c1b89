"""Whether zones are kept apart from others: the one question of rows 1 to 5 of Table 1. Never which zones those are."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from leadglass.network.cell import OTHER, Cell
from leadglass.network.gap_class import Severity
from leadglass.network.observed import Observed
from leadglass.network.permitted import Expectation, Permitted
from leadglass.network.rules.ruling import Finding, Ruled, Verdict, finding, ruled
from leadglass.network.rules.site import Site
from leadglass.network.zones import Part

_OPEN = frozenset({Permitted.SOME, Permitted.ALL})

DETECTS = (
    "Every ordered pair of one of these zones and another is compared with the model. Not met: everything passes "
    "between two of them, or one zone is both. Partly: something passes that the model forbids. Met: nothing of that "
    "kind may pass, and configurations show where each of the zones is connected. Else not covered."
)
FALSE_POSITIVES = (
    "Zones or roles that are drawn too widely: a management host within a zone of users looks like all of them. A "
    "hospital that needs a service the model does not list: keep a model of your own that lists it."
)


def isolation(site: Site, rule: str, control: str, zones: tuple[Part, ...], others: Iterable[Part]) -> Ruled:
    """Whether nothing that the model forbids passes between ``zones`` and ``others``."""
    if not zones:
        return ruled(rule, control, Verdict.NOT_COVERED, ["No zone here has this role."])
    pairs = [(one, other) for one, other in product(zones, others) if one is not other]
    flat = [(one, other) for one, other in pairs if _unfiltered(site, one, other)]
    found = [
        finding(rule, (one.name, other.name), Severity.HIGH, f"Nothing filters between {one.title} and {other.title}.")
        for one, other in flat
    ]
    openings = [(one, other, list(_openings(site, one, other))) for one, other in pairs if (one, other) not in flat]
    found += [_opening(site, rule, one, other, cells) for one, other, cells in openings if cells]
    dark = _dark(site, zones, pairs)
    if flat:
        verdict = Verdict.NOT_MET
    elif found:
        verdict = Verdict.PARTLY
    else:
        verdict = Verdict.NOT_COVERED if dark else Verdict.MET
    reasons = [one.what for one in found] + dark
    names = ", ".join(one.title for one in zones)
    reasons = reasons or [f"Nothing passes to or from {names} that is forbidden."]
    far = dict.fromkeys(other for _, other in pairs)
    taken = [part.title for part in far if part in site.inside and not site.attached(part)]
    if verdict is Verdict.MET and taken:
        reasons.append(f"Taken to be where the default route leads: {', '.join(taken)}.")
    return ruled(rule, control, verdict, reasons, found)


def shared(site: Site, rule: str, roles: frozenset[str], apart: frozenset[str]) -> list[Finding]:
    """Zones that are one of ``roles`` and at once one of ``apart``: no filter can stand between."""
    return [
        finding(
            rule, (part.name,), Severity.HIGH, f"{part.title} is {' and '.join(sorted(set(part.roles)))} in one zone."
        )
        for part in site.of(*roles)
        if set(part.roles) & apart
    ]


def with_shared(result: Ruled, found: list[Finding]) -> Ruled:
    """The verdict where zones are shared: not met."""
    if not found:
        return result
    reasons = [one.what for one in found]
    return ruled(
        result.rule,
        result.control,
        Verdict.NOT_MET,
        [*reasons, *result.reasons],
        [*found, *result.findings],
        result.basis,
    )


def _opening(site: Site, rule: str, one: Part, other: Part, cells: list[Cell]) -> Finding:
    names = ", ".join(dict.fromkeys(_title(site, cell) for cell in cells[:6]))
    more = f" and {len(cells) - 6} more" if len(cells) > 6 else ""
    seen = " Some of it was seen." if any(cell.observed is Observed.SEEN for cell in cells) else ""
    what = f"Between {one.title} and {other.title} passes what the model forbids: {names}{more}.{seen}"
    return finding(rule, (one.name, other.name), Severity.MEDIUM, what)


def _title(site: Site, cell: Cell) -> str:
    service = site.model.service(cell.service)
    return service.title if service is not None else "what no service has"


def _openings(site: Site, one: Part, other: Part) -> Iterable[Cell]:
    """What passes though it is forbidden: by configuration, or because it was seen."""
    for cell in site.both_ways(one, other):
        if cell.expectation is Expectation.FORBIDDEN:
            proven = cell.permitted is Permitted.NOT_COVERED and cell.observed is Observed.SEEN
            if cell.permitted in _OPEN or proven:
                yield cell


def _unfiltered(site: Site, one: Part, other: Part) -> bool:
    """Whether everything passes, in either direction."""
    for source, destination in ((one, other), (other, one)):
        cells = site.cells(source, destination)
        everything = len(cells) > len(site.model.services) and all(_all(cell) for cell in cells)
        if everything and any(cell.service == OTHER for cell in cells):
            return True
    return False


def _all(cell: Cell) -> bool:
    return cell.permitted is Permitted.ALL


def _dark(site: Site, zones: tuple[Part, ...], pairs: list[tuple[Part, Part]]) -> list[str]:
    """Why nothing can be called met."""
    far = [other for _, other in pairs if not site.placed(other)]
    found = site.lost((*zones, *far))
    for one, other in pairs:
        cells = [cell for cell in site.both_ways(one, other) if cell.expectation is Expectation.FORBIDDEN]
        if any(cell.permitted is Permitted.NONE and cell.observed is Observed.SEEN for cell in cells):
            found.append(f"Between {one.title} and {other.title} was seen what by the configurations cannot pass.")
        elif any(cell.permitted is Permitted.NOT_COVERED and cell.observed is not Observed.SEEN for cell in cells):
            found.append(f"What passes between {one.title} and {other.title} cannot be told in full.")
    return list(dict.fromkeys(found))
