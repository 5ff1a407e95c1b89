"""What the network says about controls: each rule's verdict with its reasons and lines. Decides nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.assessor.knowledge import knowledge
from leadglass.console.network_view import PATH, TONES, compared
from leadglass.console.page import Page, Visit
from leadglass.network.rules import RULES
from leadglass.network.rules.ruling import Verdict

SAYS = {
    Verdict.NOT_MET: ("bad", "not met"),
    Verdict.PARTLY: ("warn", "partly"),
    Verdict.MET: ("good", "met"),
    Verdict.NOT_COVERED: ("info", "not covered"),
}
MAX_FINDINGS = 30  # shown of one rule


def show(visit: Visit) -> Response:
    """All rules that say something, what is not met first."""
    found = compared(visit)
    if isinstance(found, Response):
        return found
    catalogue = knowledge().catalogue
    order = list(SAYS)
    rules = {rule.id: rule for rule in RULES}
    lines = [
        (one, catalogue.control(one.control), rules[one.rule], *SAYS[one.verdict])
        for one in sorted(found.ruled, key=lambda one: order.index(one.verdict))
    ]
    return visit.render("network_controls.html", lines=lines, most=MAX_FINDINGS, tones=TONES)


PAGES = (Page(f"{PATH}/controls", "assessment", get=show),)
