"""Reports: make one now, those that were made, read one, and take it away in any form. Never changes one."""

from __future__ import annotations

import re

from starlette.responses import Response

from leadglass.assessor.cohort import beside_others
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.reports import draft, keep, kept
from leadglass.console.page import Page, Visit
from leadglass.console.pages.assess_cohort import cohort_of
from leadglass.errors import LeadglassError
from leadglass.reporting import html
from leadglass.reporting.forms import FORMS, form
from leadglass.store.appstate.reports import reports

SHOWN = 100  # of those made; the list says how many more there are


def show(visit: Visit) -> Response:
    """What was made, and the button that makes one."""
    made = reports(visit.console.engine)
    return visit.render(
        "assess_report.html", made=made[:SHOWN], hidden=max(0, len(made) - SHOWN), forms=FORMS, may=visit.may("decide")
    )


def make(visit: Visit) -> Response:
    """Make one now, and show it."""
    console, known = visit.console, knowledge()
    assessment = console.assessment()
    beside = beside_others(console.engine, known, cohort_of(visit), assessment.at)
    report = draft(console.engine, known, assessment, beside, console.zone, by=visit.name)
    made = keep(console.engine, report, by=visit.name, address=visit.address)
    return visit.go(f"/assess/report/{made.id}", "good", "The report is made and kept.")


def one(visit: Visit) -> Response:
    """A report as a page, or as a file where the address ends like one."""
    name, _, ending = visit.request.path_params["name"].partition(".")
    wanted = form(ending)
    if not re.fullmatch(r"[0-9]{1,15}", name) or (ending and wanted is None):
        return visit.render("not_found.html", 404)
    if all(made.id != name for made in reports(visit.console.engine)):
        return visit.render("not_found.html", 404)
    try:
        report = kept(visit.console.engine, name)
        if wanted is not None:
            file = f"leadglass-report-{report.day.isoformat()}-{name}.{wanted.ending}"
            headers = {"content-disposition": f'attachment; filename="{file}"'}
            return Response(wanted.write(report), headers={**headers, "content-type": wanted.media})
    except LeadglassError as error:
        return visit.render("error.html", 503, error=error)
    return visit.render("assess_report_one.html", report=report, body=html.body(report), name=name, forms=FORMS)


PAGES = (
    Page("/assess/report", "assessment", get=show, post=make, post_permission="decide"),
    Page("/assess/report/{name}", "assessment", get=one),
)
