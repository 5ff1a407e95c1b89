"""A risk as the fields of a form, and back. Pure; what makes a risk sound is said by `assess.risk.faults`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from leadglass.assess.control import Catalogue
from leadglass.assess.risk import IMPACTS, LIKELIHOODS, MAX_ID, MAX_NAME, MAX_TEXT, Risk, RiskState, faults
from leadglass.assess.truth import Verdict
from leadglass.console.reading import Reading
from leadglass.console.survey_form import Fault

FIELDS = {  # field: how a sentence about it begins
    "asset": "The asset",
    "threat": "The threat",
    "vulnerability": "The vulnerability",
    "likelihood": "The likelihood",
    "likelihood_reason": "The reason for the likelihood",
    "impact": "The impact",
    "impact_reason": "The reason for the impact",
    "rationale": "The rationale",
    "owner": "The owner",
    "due": "The due date",
    "state": "The state",
    "accepted_until": "The end of the acceptance",
}
MAX_DUE = 3_660  # days from today
MAX_ACCEPTED = 1_096
_OPTIONAL = ("rationale",)
_TEXTS = ("asset", "threat", "vulnerability", "likelihood_reason", "impact_reason", "rationale")


def fields_of(risk: Risk) -> dict[str, str]:
    """The form filled with a risk."""
    values = {name: getattr(risk, name) for name in FIELDS}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def typed(form: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The form as it was sent, to be shown again."""
    reading = Reading(form)
    return {name: reading.raw(name)[: 2 * MAX_TEXT] for name in FIELDS}


def read(
    before: Risk,
    form: Mapping[str, Sequence[str]],
    *,
    by: str,
    today: date,
    catalogue: Catalogue,
    verdict: Verdict | None,
) -> tuple[Risk, tuple[Fault, ...]]:
    """The risk as somebody wants it kept, and everything that is wrong with it.

    Args:
        before: the version that was shown; names its control. A new one is a proposal, or empty.
        form: fields `FIELDS`.
        by: who fills in the form: whoever accepts a risk does so by name.
        today: in the hospital's time.
        catalogue: the controls.
        verdict: on its control now.
    """
    reading = Reading(form)
    texts = {name: reading.text(name, FIELDS[name], MAX_TEXT, needed=name not in _OPTIONAL) for name in _TEXTS}
    likelihood = reading.choice("likelihood", FIELDS["likelihood"], [str(one) for one in LIKELIHOODS])
    impact = reading.choice("impact", FIELDS["impact"], [str(one) for one in IMPACTS])
    owner = reading.text("owner", FIELDS["owner"], MAX_NAME, needed=False, lines=False)
    due = _kept(before.due, reading, "due", today, MAX_DUE)
    state = reading.choice("state", FIELDS["state"], [one.value for one in RiskState])
    accepted = state == RiskState.ACCEPTED
    until = _kept(before.accepted_until, reading, "accepted_until", today, MAX_ACCEPTED) if accepted else None
    if reading.faults:
        return before, tuple(_in_order(reading.faults))
    again = before.state is RiskState.ACCEPTED and before.accepted_until == until
    risk = replace(
        before,
        asset=texts["asset"],
        threat=texts["threat"],
        vulnerability=texts["vulnerability"],
        likelihood_reason=texts["likelihood_reason"],
        impact_reason=texts["impact_reason"],
        rationale=texts["rationale"],
        likelihood=int(likelihood),
        impact=int(impact),
        owner=owner,
        due=due,
        state=RiskState(state),
        accepted_until=until,
        accepted_by=(before.accepted_by if again else by) if accepted else "",
    )
    found = [Fault(_field(text), text[:1].upper() + text[1:]) for text in faults(risk, catalogue, verdict)]
    return risk, tuple(_in_order(found))


def free_id(control: str, taken: Iterable[str]) -> str:
    """The control's id, or with the first number behind it that no other risk of it has."""
    used = set(taken)
    number = 1
    name = control[:MAX_ID]
    while name in used:  # ends: `used` is finite
        number += 1
        name = f"{control}-{number}"
    return name


def _kept(before: date | None, reading: Reading, name: str, today: date, most: int) -> date | None:
    """A day from today on; one that stood there before may have passed meanwhile."""
    if before is not None and reading.raw(name) == before.isoformat():
        return before
    return reading.day(name, FIELDS[name], needed=False, today=today, most=most)


_WORDS = (  # of `assess.risk.faults`, to the field in which it is put right; the first that fits
    ("acceptance needs the day", "accepted_until"),
    ("addressable", "rationale"),
    ("rationale", "rationale"),
    ("reason for the likelihood", "likelihood_reason"),
    ("reason for the impact", "impact_reason"),
    ("likelihood", "likelihood"),
    ("impact", "impact"),
    ("asset", "asset"),
    ("threat", "threat"),
    ("vulnerability", "vulnerability"),
    ("owner", "owner"),
)


def _field(text: str) -> str:
    return next((name for words, name in _WORDS if words in text), "state")


def _in_order(found: Iterable[Fault]) -> list[Fault]:
    """As the fields stand on the page."""
    place = {name: position for position, name in enumerate(FIELDS)}
    return sorted(found, key=lambda one: place.get(one.field, len(place)))
