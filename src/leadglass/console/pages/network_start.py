"""The network's first page: what is described, what stands out; or how to begin with a backup and a list of subnets."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assessor.network import described
from leadglass.console.network_view import GRADES, PATH, TONES, compared
from leadglass.console.page import Page, Visit
from leadglass.network.importers import IMPORTERS
from leadglass.network.rules.ruling import Verdict
from leadglass.store.appstate.network import network_files

FIRST = 12  # groups of gaps that are shown


def show(visit: Visit) -> Response:
    """How it stands."""
    if described(network_files(visit.console.engine)) is None:
        offer = visit.console.network_offers.look(visit.session, visit.console.clock())
        return visit.render("network_begin.html", syntaxes=sorted(IMPORTERS), offer=offer)
    found = compared(visit)
    if isinstance(found, Response):
        return found
    hospital = found.network.hospital
    return visit.render(
        "network_start.html",
        found=found,
        hospital=hospital,
        model=found.network.model,
        first=found.bundles[:FIRST],
        rest=max(0, len(found.bundles) - FIRST),
        grades=GRADES,
        tones=TONES,
        unsaid=[zone for zone in hospital.zones if not zone.roles],
        bad=sum(one.verdict in {Verdict.NOT_MET, Verdict.PARTLY} for one in found.ruled),
        good=sum(one.verdict is Verdict.MET for one in found.ruled),
        overlaps=found.comparison.partition.overlaps[:20],
    )


def again(visit: Visit) -> Response:
    """Compare anew: what is proven may have changed."""
    visit.console.network.again()
    return visit.go(PATH)


PAGES = (Page(PATH, "assessment", get=show, post=again),)
