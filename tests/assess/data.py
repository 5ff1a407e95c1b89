"""The shipped data, read once, and small ways to make evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leadglass.assess.control import Claim, Control, Grade, Ground, Kind
from leadglass.assess.evidence import EVERYTHING, SURVEY_SOURCE, Evidence
from leadglass.assess.question import Bearing
from leadglass.config.catalogue import load_catalogue, load_instrument, load_published, load_truth_table

CATALOGUE = load_catalogue()
INSTRUMENT = load_instrument(CATALOGUE)
TABLE = load_truth_table()
PUBLISHED = load_published(INSTRUMENT)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FRESH = 30  # days, in the controls below


def control(claim: Claim) -> Control:
    """A control for which each kind of evidence can say all that the claim lets it say."""
    return Control(
        id="made",
        title="made for a test",
        area="firewall",
        claim=claim,
        place="everywhere",
        references=("nist-1800-24",),
        evidence=tuple(
            Ground(
                kind=kind,
                confirms="" if kind is Kind.TRAFFIC and claim is Claim.EVERY else "so",
                refutes="" if kind is Kind.TRAFFIC and claim is Claim.SOME else "not so",
                fresh_days=FRESH,
            )
            for kind in Kind
        ),
        patients="made",
        remedy="made",
        effort=Grade.LOW,
        effect=Grade.LOW,
    )


def seen(
    kind: Kind,
    bearing: Bearing,
    *scope: str,
    source: str = "",
    where: str = "there",
    days_ago: float = 1,
    name: str = "",
) -> Evidence:
    """A record about `control`; without a source, the one of its kind."""
    source = source or (SURVEY_SOURCE if kind is Kind.SURVEY else kind.value)
    return Evidence(
        id=name or f"{source}/{where}/{bearing}/{','.join(scope)}/{days_ago}",
        control="made",
        kind=kind,
        bearing=bearing,
        source=source,
        where=where,
        seen=NOW - timedelta(days=days_ago),
        scope=frozenset(scope) or EVERYTHING,
    )
