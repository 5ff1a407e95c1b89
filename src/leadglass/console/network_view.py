"""What the pages of the network share: the comparison or what stands in its way, and filters of an address. No page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from leadglass.assess.truth import Verdict
from leadglass.assessor.network import Compared
from leadglass.console.network_run import Failed, Running
from leadglass.console.page import Visit
from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap
from leadglass.network.picture.selection import Selection, select
from leadglass.network.picture.standing import homes

PATH = "/network"
LOOK_AGAIN = 3  # seconds after which a page of progress is asked for anew

TONES = {"critical": "bad", "high": "bad", "medium": "warn", "low": "info", "none": "good"}
GRADES = [one.value for one in reversed(Severity) if one is not Severity.NONE]


def compared(visit: Visit) -> Compared | Response:
    """The comparison, or the page that says why there is none."""
    console = visit.console
    state = console.network.look(console.engine, lambda: _proven(visit), console.clock())
    if state is None:
        return visit.go(PATH)
    if isinstance(state, Running):
        answer = visit.render("network_waiting.html", running=state)
        answer.headers["refresh"] = str(LOOK_AGAIN)
        return answer
    if isinstance(state, Failed):
        return visit.render("network_failed.html", error=state.error)
    return state


def gap_words(visit: Visit, wanted: str) -> str:
    """What a gap is, for the risk register; empty where there is none of that id, or no comparison yet."""
    if not wanted:
        return ""
    console = visit.console
    state = console.network.look(console.engine, lambda: _proven(visit), console.clock())
    gap = state.by_id.get(wanted) if isinstance(state, Compared) else None
    return f"{gap.what} (gap {gap.id} of the network)" if gap is not None else ""


def _proven(visit: Visit) -> frozenset[str]:
    """Controls that are met by more than a person's word."""
    judgements = visit.console.assessment().judgements
    return frozenset(one.control for one in judgements if one.verdict is Verdict.MET and not one.claimed_only)


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address asks for.

    Attributes:
        selection: as the picture knows it.
        source, destination: zones of one direction. control: id.
    """

    selection: Selection
    source: str = ""
    destination: str = ""
    control: str = ""

    @property
    def everything(self) -> bool:
        """Whether it leaves nothing out."""
        return self.selection.everything and not (self.source or self.destination or self.control)

    def query(self, **changes: str) -> str:
        """The same for another page."""
        one = self.selection
        fields = {
            "class": one.kind, "zone": one.zone, "service": one.service, "severity": one.severity,
            "between": " ".join(one.between), "source": self.source, "destination": self.destination,
            "control": self.control, **changes,
        }  # fmt: skip
        return urlencode({name: value for name, value in fields.items() if value})


def filter_of(visit: Visit) -> Filter:
    """What the address asks for; what there is not leaves nothing."""
    between = tuple(visit.query("between").split()[:2])
    chosen = Selection(
        visit.query("class"),
        visit.query("zone"),
        visit.query("service"),
        visit.query("severity"),
        between if len(between) == 2 else (),
    )
    return Filter(chosen, visit.query("source"), visit.query("destination"), visit.query("control"))


def filtered(found: Compared, asked: Filter) -> tuple[Gap, ...]:
    """The gaps that are asked for."""
    if asked.everything:
        return found.gaps
    chosen = select(found.gaps, asked.selection, homes(found.comparison))
    return tuple(
        gap
        for gap in chosen
        if asked.source in {"", gap.cell.source}
        and asked.destination in {"", gap.cell.destination}
        and (not asked.control or asked.control in gap.controls)
    )


def choices(found: Compared) -> dict[str, list[tuple[str, str]]]:
    """What the filter offers: classes, zones, services that there are."""
    kinds = {gap.kind for gap in found.gaps}
    services = {gap.cell.service for gap in found.gaps}
    titles = [(one.id, one.title) for one in found.network.model.services if one.id in services]
    return {
        "class": [(one.id, one.title) for one in found.classes.classes if one.id in kinds],
        "zone": [(part.name, part.title) for part in found.comparison.partition.parts if part.addresses],
        "service": [*titles, *([("other", "Anything else")] if "other" in services else [])],
        "severity": [(one, one if one == "critical" else f"{one} and worse") for one in GRADES],
    }
