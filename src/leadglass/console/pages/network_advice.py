"""What to do first, which gateways go, which VPN for whom: advice from what was compared. Does nothing itself."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.config.network_advice import load_vpn_table
from leadglass.console.network_view import PATH, TONES, compared
from leadglass.console.page import Page, Visit
from leadglass.network.advise.consolidation import consolidation
from leadglass.network.advise.order import ranked
from leadglass.network.advise.vpn import choices

FIRST = 40  # groups of gaps
_LISTED = {"unproven", "cannot-tell"}  # of which nothing is closed by a rule


def show(visit: Visit) -> Response:
    """All of it."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    groups = [one for one in found.bundles if one.kind not in _LISTED]
    filters = {gap.id: 1 for one in groups for gap in one.gaps if gap.cell.devices}  # one on the way is enough
    advice = ranked(found.comparison, groups, filters)
    hospital = found.network.hospital
    table = load_vpn_table()
    return visit.render(
        "network_advice.html",
        advice=advice[:FIRST],
        left=max(0, len(advice) - FIRST),
        plan=consolidation(hospital),
        choices=choices(hospital, table),
        table=table,
        tones=TONES,
    )


PAGES = (Page(f"{PATH}/advice", "assessment", get=show),)
