"""The risk register: all risks, sorted and as a matrix, and what is proposed for gaps that have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from starlette.responses import Response

from leadglass.assess.control import Control
from leadglass.assess.risk import IMPACTS, LEAST, LIKELIHOODS, MOST, Risk, RiskState, attention, level_of, proposals
from leadglass.assess.truth import Verdict
from leadglass.assessor.knowledge import knowledge
from leadglass.console.page import Page, Visit
from leadglass.console.risk_matrix import risk_matrix
from leadglass.store.appstate.risks import RiskConflict, risks, save_risk

PATH = "/assess/risks"
MAX_SHOWN = 500  # risks in the table
MAX_PROPOSED = 100

_LAST = date.max
_STATES = list(RiskState)


@dataclass(frozen=True, slots=True)
class Line:
    """A risk in the register.

    Attributes:
        control: None where the catalogue no longer has it.
        state: today; an acceptance that ended leaves it open.
        waits: what somebody has to look at.
    """

    risk: Risk
    control: Control | None
    state: RiskState
    waits: tuple[str, ...]

    @property
    def title(self) -> str:
        """The control's statement."""
        return self.control.title if self.control else self.risk.control


SORTS: dict[str, tuple[str, Callable[[Line], tuple[object, ...]]]] = {
    "score": ("Risk", lambda one: (-one.risk.score, -one.risk.impact)),
    "control": ("Control", lambda one: (one.title.lower(),)),
    "owner": ("Owner", lambda one: (not one.risk.owner, one.risk.owner.lower())),
    "due": ("Due", lambda one: (one.risk.due or _LAST,)),
    "state": ("State", lambda one: (_STATES.index(one.state),)),
}


def show(visit: Visit) -> Response:
    """The register."""
    catalogue, assessment = knowledge().catalogue, visit.console.assessment()
    verdicts = {one.control: one.verdict for one in assessment.judgements}
    register, today = risks(visit.console.engine), day(visit)
    every = [_line(risk, verdicts.get(risk.control), today) for risk in register]
    sort = visit.query("sort") if visit.query("sort") in SORTS else "score"
    closed = visit.query("closed") == "yes"
    shown = [one for one in every if closed or one.state is not RiskState.CLOSED or one.waits]
    shown.sort(key=lambda one: (SORTS[sort][1](one), one.risk.id))
    counted = Counter((one.risk.likelihood, one.risk.impact) for one in every if one.state is not RiskState.CLOSED)
    proposed = proposals(catalogue, assessment.judgements, register)
    return visit.render(
        "assess_risks.html",
        lines=shown[:MAX_SHOWN],
        hidden=max(0, len(shown) - MAX_SHOWN),
        total=len(every),
        shut=sum(one.state is RiskState.CLOSED for one in every),
        to_look_at=sum(bool(one.waits) for one in every),
        sort=sort,
        sorts={name: label for name, (label, _) in SORTS.items()},
        closed=closed,
        matrix=risk_matrix(counted),
        counted=counted,
        scale=list(range(LEAST, MOST + 1)),
        likelihoods=LIKELIHOODS,
        impacts=IMPACTS,
        level_of=level_of,
        proposed=[(risk, catalogue.control(risk.control)) for risk in proposed[:MAX_PROPOSED]],
        left=max(0, len(proposed) - MAX_PROPOSED),
    )


def adopt(visit: Visit) -> Response:
    """Take a proposal, or all, into the register: its reasons say that it is proposed, and nobody rated it yet."""
    catalogue, assessment = knowledge().catalogue, visit.console.assessment()
    wanted = visit.field("control")
    found = proposals(catalogue, assessment.judgements, risks(visit.console.engine))
    chosen = [one for one in found if wanted in {one.control, "*"}][:MAX_PROPOSED]
    if not chosen:
        return visit.go(PATH, "warn", "There is nothing to adopt: somebody may have done so meanwhile.")
    kept = sum(_adopt(visit, risk) for risk in chosen)
    if len(chosen) == 1:
        return visit.go(f"{PATH}/{chosen[0].id}", "good", "In the register. Now rate it, and say who sees to it.")
    return visit.go(PATH, "good", f"{kept} risks are in the register. Rate each, and say who sees to it.")


def _adopt(visit: Visit, risk: Risk) -> bool:
    """Whether it was not there yet."""
    at = datetime.fromtimestamp(visit.console.clock() / 1e9, UTC)
    try:
        save_risk(visit.console.engine, risk, basis=0, by=visit.name, address=visit.address, at=at)
    except RiskConflict:  # somebody adopted and changed it between the two looks: theirs stays
        return False
    return True


def day(visit: Visit) -> date:
    """Today, in the hospital's time."""
    return datetime.fromtimestamp(visit.console.clock() / 1e9, visit.console.zone).date()


def _line(risk: Risk, verdict: Verdict | None, today: date) -> Line:
    control = knowledge().catalogue.control(risk.control)
    return Line(risk, control, risk.effective(today), attention(risk, verdict, today))


PAGES = (Page(PATH, "assessment", get=show, post=adopt, post_permission="decide"),)
