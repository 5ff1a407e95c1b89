"""Verdicts, dates and evidence in words a hospital's director reads without help. Never markup."""

from __future__ import annotations

from datetime import date

from leadglass.assess.control import Kind
from leadglass.assess.report_finding import Finding, Record
from leadglass.assess.truth import Verdict

KINDS = {
    "proven": ("proven", "Evidence other than answers shows it."),
    "claimed": ("claimed only", "Somebody answered so; nothing else shows it yet."),
    "partly": ("partly", "It holds in some places and not in others."),
    "not_met": ("not met", "Answers or evidence say that it is missing."),
    "contradicted": ("contradicted", "One source says yes, and another says no."),
    "unknown": ("unknown", "Nobody knows, nobody has looked, or it was too long ago."),
    "not_applicable": ("not applicable", "A named person decided so, with a reason."),
}
"""Sign of a verdict, its words, and what it means; in the order of every list and picture."""

_SIGN = {
    Verdict.MET: "proven",
    Verdict.PARTLY: "partly",
    Verdict.NOT_MET: "not_met",
    Verdict.CONTRADICTED: "contradicted",
    Verdict.NOT_APPLICABLE: "not_applicable",
}
_LABEL = {
    Kind.SURVEY: "Answered",
    Kind.DOCUMENT: "Written",
    Kind.CONFIGURATION: "Configured",
    Kind.TRAFFIC: "Seen in traffic",
    Kind.CHECK: "Tested",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)  # of the language of the report, wherever it is made


def kind(finding: Finding) -> str:
    """The sign of a finding's verdict."""
    return "claimed" if finding.claimed_only else _SIGN.get(finding.verdict, "unknown")


def verdict(finding: Finding) -> str:
    """A finding's verdict with how far it can be relied on."""
    label = KINDS[kind(finding)][0]
    if kind(finding) == "unknown":
        return f"{label} ({finding.verdict.value})" if finding.verdict is not Verdict.UNKNOWN else label
    sure = finding.assurance
    return f"{label} ({sure.value})" if sure is not None and kind(finding) != "claimed" else label


def day(one: date) -> str:
    """A date in words: "24 November 2026"."""
    return f"{one.day} {_MONTHS[one.month - 1]} {one.year}"


def many(count: int, one: str, more: str = "") -> str:
    """A count with its noun."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def be(count: int) -> str:
    """The verb of a count."""
    return "is" if count == 1 else "are"


def listed(names: list[str], most: int = 4) -> str:
    """Names as a sentence lists them; those beyond ``most`` are counted."""
    shown = names[:most]
    if len(names) > most:
        shown.append(many(len(names) - most, "other"))
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def cut(text: str, most: int) -> str:
    """A text of at most ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def record(one: Record, side: str = "") -> str:
    """A record of evidence in one line.

    Args:
        one: the record.
        side: "for it" or "against it"; empty where the place of the line says that.
    """
    says = one.words or f"{one.source}: {one.where}"
    by = f"{one.by}, " if one.by else ""
    scope = f"; it speaks of {listed(list(one.scope))}" if one.scope else ""
    label = f"{_LABEL[one.kind]}, {side}" if side else _LABEL[one.kind]
    return f"{label}: {says.rstrip('.')} ({by}{day(one.seen.date())}{scope})"
