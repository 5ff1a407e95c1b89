"""One risk: rated with reasons, owned, accepted until a day; and its history. Never overwrites somebody's change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.assess.risk import (
    IMPACTS,
    LEAST,
    LIKELIHOODS,
    MAX_NAME,
    MAX_TEXT,
    Risk,
    RiskState,
    addressable,
    attention,
    proposals,
)
from leadglass.assessor.current import Assessment
from leadglass.assessor.knowledge import knowledge
from leadglass.console.judged import judged
from leadglass.console.network_view import gap_words
from leadglass.console.page import Page, Visit
from leadglass.console.pages.assess_risks import PATH, day
from leadglass.console.risk_form import FIELDS, fields_of, free_id, read, typed
from leadglass.console.survey_form import Fault
from leadglass.store.appstate.risks import RiskConflict, risk_history, risks, save_risk

NEW = "new"
MAX_HISTORY = 50  # versions shown
MAX_DIGITS = 6  # of a version


def show(visit: Visit) -> Response:
    """The form of one risk, or of a new one for the control in the address."""
    assessment = visit.console.assessment()
    risk = _found(visit, assessment, visit.query("control"))
    if risk is None:
        return visit.render("not_found.html", 404)
    return _render(visit, assessment, risk, fields_of(risk))


def change(visit: Visit) -> Response:
    """Keep a new version."""
    assessment = visit.console.assessment()
    before = _found(visit, assessment, visit.field("control"))
    if before is None:
        return visit.render("not_found.html", 404)
    catalogue = knowledge().catalogue
    verdict = next((one.verdict for one in assessment.judgements if one.control == before.control), None)
    risk, faults = read(before, visit.form, by=visit.name, today=day(visit), catalogue=catalogue, verdict=verdict)
    if faults:
        return _render(visit, assessment, before, typed(visit.form), faults)
    try:
        kept = _add(visit, risk) if _is_new(visit) else _save(visit, risk, _basis(visit))
    except RiskConflict as conflict:
        return _conflict(visit, risk, conflict)
    return visit.go(f"{PATH}/{kept.id}", "good", "Saved.")


def _is_new(visit: Visit) -> bool:
    return bool(visit.request.path_params.get("id") == NEW)


def _add(visit: Visit, risk: Risk) -> Risk:
    """A further risk, or the one that says exactly this: a form that was sent twice makes one."""
    register = risks(visit.console.engine)
    same = (one for one in register if replace(one, id=risk.id, number=risk.number) == risk)
    return next(same, None) or _save(visit, risk, 0)


def _save(visit: Visit, risk: Risk, basis: int) -> Risk:
    at = datetime.fromtimestamp(visit.console.clock() / 1e9, UTC)
    return save_risk(visit.console.engine, risk, basis=basis, by=visit.name, address=visit.address, at=at)


def _found(visit: Visit, assessment: Assessment, control: str) -> Risk | None:
    """The risk of the address: of the register, or a new one, proposed as far as there is a gap."""
    catalogue, register = knowledge().catalogue, risks(visit.console.engine)
    name = visit.request.path_params.get("id", "")
    if name != NEW:
        return next((one for one in register if one.id == name), None)
    if catalogue.control(control) is None:
        return None
    proposed = {one.control: one for one in proposals(catalogue, assessment.judgements, ())}
    risk = proposed.get(control) or Risk(control, control, "", "", "", LEAST, "", LEAST, "")
    lacks = gap_words(visit, visit.query("gap"))
    risk = replace(risk, vulnerability=lacks[:MAX_TEXT]) if lacks else risk
    return replace(risk, id=free_id(control, (one.id for one in register)))


def _basis(visit: Visit) -> int:
    digits = visit.field("basis")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else 0


def _render(
    visit: Visit, assessment: Assessment, risk: Risk, form: Mapping[str, str], faults: tuple[Fault, ...] = ()
) -> Response:
    new = _is_new(visit)
    catalogue = knowledge().catalogue
    row = next((one for one in judged(catalogue, assessment) if one.control.id == risk.control), None)
    return visit.render(
        "assess_risk.html",
        400 if faults else 200,
        new=new,
        risk=risk,
        form=form,
        basis=_basis(visit) if faults else risk.number,
        faults=faults,
        judged=row,
        waits=() if new else attention(risk, row.judgement.verdict if row else None, day(visit)),
        addressable=addressable(catalogue, risk.control),
        likelihoods=[(number, f"{number}, {words}") for number, words in LIKELIHOODS.items()],
        impacts=[(number, f"{number}, {words}") for number, words in IMPACTS.items()],
        states=[(state.value, state.value) for state in RiskState],
        bounds={"text": MAX_TEXT, "name": MAX_NAME},
        history=() if new else _history(visit, risk),
        labels=FIELDS,
    )


def _history(visit: Visit, risk: Risk) -> list[tuple[object, dict[str, tuple[str, str]]]]:
    """Each version with what it changed: field to before and after; the first one changed nothing."""
    versions = risk_history(visit.console.engine, risk.id)[: MAX_HISTORY + 1]
    found: list[tuple[object, dict[str, tuple[str, str]]]] = []
    for place, version in enumerate(versions[:MAX_HISTORY]):
        before = versions[place + 1].risk if place + 1 < len(versions) else version.risk
        found.append((version, differing(before, version.risk)))
    return found


def differing(before: Risk, after: Risk) -> dict[str, tuple[str, str]]:
    """Fields whose values differ, as the form writes them."""
    old, new = fields_of(before), fields_of(after)
    return {name: (old[name], new[name]) for name in FIELDS if old[name] != new[name]}


def _conflict(visit: Visit, mine: Risk, conflict: RiskConflict) -> Response:
    """Both versions beside each other; nothing is lost, and nothing saved."""
    return visit.render(
        "assess_risk_conflict.html",
        409,
        conflict=conflict,
        theirs=conflict.current,
        differing=differing(conflict.current, mine),
        form=fields_of(mine),
        labels=FIELDS,
    )


PAGES = (Page(f"{PATH}/{{id}}", "assessment", get=show, post=change, post_permission="decide"),)
