"""What a rule is, and what it says of a hospital: verdicts on controls with reasons, and findings. Never a score."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from leadglass.network.gap_class import Severity
from leadglass.network.rule import Place
from leadglass.network.rules.site import Site


class Verdict(StrEnum):
    """Whether a control is met, as far as the network shows."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not met"
    NOT_COVERED = "not covered"


class Basis(StrEnum):
    """What a verdict rests on."""

    CLAIMED = "claimed"  # the hospital's own description
    CONFIGURED = "configured"  # configurations that were read


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        id: "rule--subject", of names alone: stable.
        subject: zone, machine, filter, gateway; several joined by "--".
        what: for people.
        places: lines that show it.
    """

    id: str
    rule: str
    subject: str
    severity: Severity
    what: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruled:
    """What one rule says of one control.

    Attributes:
        reasons: why, in words; at least one.
    """

    rule: str
    control: str
    verdict: Verdict
    basis: Basis
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkRule:
    """A rule beyond single cells.

    Attributes:
        controls: ids that it speaks of.
        why: what is at stake. detects: how. false_positives: when it is wrong. mitigation: what to do.
        judge: the rule itself; one `Ruled` for each of its controls, always in the same order.
    """

    id: str
    title: str
    controls: tuple[str, ...]
    why: str
    detects: str
    false_positives: str
    mitigation: str
    judge: Callable[[Site], tuple[Ruled, ...]]


def finding(rule: str, subjects: Iterable[str], severity: Severity, what: str, *places: Place) -> Finding:
    """A finding with its id."""
    subject = "--".join(subjects)
    return Finding(f"{rule}--{subject}", rule, subject, severity, what, tuple(dict.fromkeys(places)))


def ruled(
    rule: str,
    control: str,
    verdict: Verdict,
    reasons: Iterable[str],
    findings: Iterable[Finding] = (),
    basis: Basis = Basis.CONFIGURED,
) -> Ruled:
    """What a rule says, findings by id."""
    return Ruled(rule, control, verdict, basis, tuple(reasons), tuple(sorted(findings, key=lambda one: one.id)))
