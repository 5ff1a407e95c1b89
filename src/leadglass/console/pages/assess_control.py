"""One control: its verdict with all that is known, and what people decide about it. Never changes an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from starlette.responses import Response

from leadglass.assess.because import lines
from leadglass.assess.control import Catalogue, Control, Level, Reference
from leadglass.assess.gaps import GAPS
from leadglass.assess.published import Item
from leadglass.assessor.current import Assessment
from leadglass.assessor.knowledge import Knowledge, knowledge
from leadglass.console.findings_form import (
    DOCUMENT_FIELDS,
    EXEMPTION_FIELDS,
    MAX_PAGE,
    MAX_REASON,
    MAX_TITLE,
    document,
    exemption,
    offered,
    same,
)
from leadglass.console.judged import Judged, judged
from leadglass.console.page import Page, Visit
from leadglass.console.records import KINDS, records
from leadglass.console.survey_form import Fault
from leadglass.console.survey_view import Survey
from leadglass.store.appstate.findings import (
    decide_exemption,
    documents,
    file_document,
    withdraw_document,
    withdraw_exemption,
)
from leadglass.store.appstate.risks import risks

MAX_RECORDS = 100  # shown

LEVELS = {
    Level.REQUIRED: ("warn", "HIPAA Security Rule in force: must be done"),
    Level.ADDRESSABLE: ("warn", "HIPAA Security Rule in force: do it, or write down why not and what instead"),
    Level.PROPOSED: ("info", "proposed in 2025, not law: part of no score"),
    Level.VOLUNTARY: ("info", "good practice"),
}
_ORDER = (Level.REQUIRED, Level.ADDRESSABLE, Level.VOLUNTARY, Level.PROPOSED)


def show(visit: Visit) -> Response:
    """All that is known of it."""
    control = _control(visit)
    return _render(visit, control) if control else visit.render("not_found.html", 404)


def change(visit: Visit) -> Response:
    """File or withdraw a document; decide that it does not apply, or that it does after all."""
    control = _control(visit)
    if control is None:
        return visit.render("not_found.html", 404)
    actions = {
        "file-document": _file,
        "withdraw-document": _withdraw_document,
        "exempt": _exempt,
        "withdraw-exemption": _withdraw_exemption,
    }
    action = actions.get(visit.field("action"))
    return action(visit, control) if action else _render(visit, control, (Fault("main", "Choose what to do"),))


def _control(visit: Visit) -> Control | None:
    return knowledge().catalogue.control(visit.request.path_params.get("id", ""))


def _file(visit: Visit, control: Control) -> Response:
    console = visit.console
    filed = document(control, visit.form, datetime.fromtimestamp(console.clock() / 1e9, UTC), console.zone)
    if filed.evidence is None:
        return _render(visit, control, filed.faults)
    if any(same(one, filed.evidence) for one in documents(console.engine)):
        return _done(visit, control, "This document is filed here already.", "warn")
    file_document(console.engine, filed.evidence, visit.name, visit.address)
    return _done(visit, control, "Filed as evidence.")


def _withdraw_document(visit: Visit, control: Control) -> Response:
    name = visit.field("evidence")
    if name not in _filed(visit, control):
        return _done(visit, control, "This document is not filed here any more.", "warn")
    withdraw_document(visit.console.engine, name, visit.name, visit.address)
    return _done(visit, control, "Withdrawn; the record of it stays.")


def _exempt(visit: Visit, control: Control) -> Response:
    decided = exemption(control, visit.form, visit.name, _today(visit))
    if decided.exemption is None:
        return _render(visit, control, decided.faults)
    decide_exemption(visit.console.engine, decided.exemption, visit.name, visit.address)
    return _done(visit, control, f"Recorded as not applicable until {decided.exemption.review.isoformat()}.")


def _withdraw_exemption(visit: Visit, control: Control) -> Response:
    withdraw_exemption(visit.console.engine, control.id, visit.name, visit.address)
    return _done(visit, control, "It applies again; the decision stays on record.")


def _done(visit: Visit, control: Control, text: str, tone: str = "good") -> Response:
    return visit.go(f"/assess/controls/{control.id}", tone, text)


def _today(visit: Visit) -> date:
    return datetime.fromtimestamp(visit.console.clock() / 1e9, visit.console.zone).date()


def _filed(visit: Visit, control: Control) -> set[str]:
    return {one.id for one in documents(visit.console.engine) if one.control == control.id}


def _render(visit: Visit, control: Control, faults: tuple[Fault, ...] = ()) -> Response:
    known, assessment = knowledge(), visit.console.assessment()
    row = next(one for one in judged(known.catalogue, assessment) if one.control.id == control.id)
    return visit.render(
        "assess_control.html",
        400 if faults else 200,
        **_standing(visit, row, known, assessment),
        **_context(control, known, assessment),
        faults=faults,
        typed={name: visit.field(name)[: 2 * MAX_REASON] for name in (*DOCUMENT_FIELDS, *EXEMPTION_FIELDS)},
        bounds={"title": MAX_TITLE, "page": MAX_PAGE, "reason": MAX_REASON},
        says=offered(control),
    )


def _standing(visit: Visit, row: Judged, known: Knowledge, assessment: Assessment) -> Mapping[str, object]:
    """The verdict, its evidence, what was decided."""
    control = row.control
    shown = records(assessment, known.instrument, control, row.judgement)
    return {
        "judged": row,
        "because": lines(row.judgement),
        "records": shown[:MAX_RECORDS],
        "hidden": max(0, len(shown) - MAX_RECORDS),
        "filed": _filed(visit, control),
        "exemption": assessment.exemptions.get(control.id),
        "today": _today(visit),
        "gap": row.judgement.verdict in GAPS,
        "risks": [risk for risk in risks(visit.console.engine) if risk.control == control.id],
    }


def _context(control: Control, known: Knowledge, assessment: Assessment) -> Mapping[str, object]:
    """What the control is: it stands in the catalogue and in the instrument."""
    survey = Survey(known.instrument, assessment.answers)
    questions = known.instrument.by_id
    items = [item for item in known.published.items if item.row in control.table1]
    return {
        "area": next(one for one in known.catalogue.areas if one.id == control.area),
        "questions": [row for row in survey.rows.values() if control.id in row.question.bears],
        "kinds": KINDS,
        "references": _references(known.catalogue, control),
        "levels": LEVELS,
        "items": items,
        "published": known.published,
        "texts": {item.question: questions[item.question].text for item in items},
        "labels": {item.question: _labels(item, known) for item in items},
    }


def _references(catalogue: Catalogue, control: Control) -> list[Reference]:
    """What is law first, what is only proposed last."""
    return sorted((catalogue.reference(name) for name in control.references), key=lambda one: _ORDER.index(one.level))


def _labels(item: Item, known: Knowledge) -> dict[str, str]:
    """The columns of a published row in words."""
    question = known.instrument.by_id[item.question]
    return {**question.answers, **{option.fold: option.fold.capitalize() for option in question.options if option.fold}}


PAGES = (Page("/assess/controls/{id}", "assessment", get=show, post=change, post_permission="decide"),)
