"""What is kept of what passes: which routes are on record, with which patient, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import Noted, identity, named
from leadglass.assessor.sight import CONFIGURATION, Sight

SIX_YEARS = 72  # months (45 CFR 164.316)
_LEDGER = frozenset({"the gateway's record"})


def found(sight: Sight) -> Iterator[Noted]:
    """All that passes is on record; where a failure of the record lets it pass all the same, the words say so."""
    routes = sight.configuration.routes
    failing = [one for one in routes if "open" in {one.store_failure, one.other_failure}]
    words = "What passes on these routes is on record in one place."
    if failing:
        words += (
            f" While that cannot be written, {len(failing)} of {len(routes)} routes: it passes all the same, counted."
        )
    yield _routes(sight, "aud-central", "store_failure", words)
    words = "What passes on these routes is on record with Patient ID and issuer as they were sent."
    passing = [one for one in routes if one.unreadable_head == "pass"]
    if passing:
        words += f" Objects whose patient cannot be read, {len(passing)} of {len(routes)} routes: passed, as unknown."
    yield _routes(sight, "aud-patient", "unreadable_head", words)
    months = sight.configuration.ledger.retention_months
    kept = months >= SIX_YEARS
    yield Noted(
        Evidence(
            id=identity("retention", "aud-integrity"),
            control="aud-integrity",
            kind=Kind.CONFIGURATION,
            bearing=Bearing.CONFIRMS if kept else Bearing.REFUTES,
            source=CONFIGURATION,
            where=sight.place("ledger", key="retention_months"),
            seen=sight.at,
            scope=_LEDGER,
            digest=sight.digest,
        ),
        "/health",
        f"The gateway's record is signed and chained, and kept for {months} months"
        f"{'' if kept else ', which is less than six years'}.",
    )


def _routes(sight: Sight, control: str, key: str, words: str) -> Noted:
    routes = sight.configuration.routes
    return Noted(
        Evidence(
            id=identity("recorded", control),
            control=control,
            kind=Kind.CONFIGURATION,
            bearing=Bearing.CONFIRMS,
            source=CONFIGURATION,
            where=sight.place("route", range(len(routes)), key),
            seen=sight.at,
            scope=named("route", (route.called for route in routes)),
            digest=sight.digest,
        ),
        "/patients",
        words,
    )
