"""The report as Markdown, to be read as it is or turned into something else. Never lets text from outside mark up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from leadglass.assess.markdown import items, table, text
from leadglass.assess.report import Report
from leadglass.assess.report_finding import Finding, Record
from leadglass.assess.report_parts import Compared, Counts, RiskRow, Share

_AREA = (
    "Area",
    "proven",
    "claimed only",
    "partly",
    "not met",
    "contradicted",
    "unknown",
    "stale",
    "not assessed",
    "not applicable",
    "score",
)


def write(report: Report) -> bytes:
    """The document, UTF-8; the same report gives the same bytes."""
    parts = (
        *_head(report),
        *_summary(report),
        *_profile(report),
        *_areas(report),
        *_contradictions(report),
        *_gaps(report),
        *_unseen(report),
        *_risks(report),
        *_beside(report),
        *_change(report),
        *_findings(report),
        *_references(report),
        "## Notes",
        "",
        *items(report.notes),
    )
    return ("\n".join(parts).rstrip("\n") + "\n").encode("utf-8")


def _head(report: Report) -> Iterator[str]:
    yield from (f"# {text(report.title)}", "")
    made = f"Made on {report.day.isoformat()}" + (f" by {report.by}" if report.by else "")
    versions = f"questions {report.instrument}, truth table {report.truth_table}"
    yield from (text(f"{made}; {versions}; report {report.id}."), "")


def _summary(report: Report) -> Iterator[str]:
    yield from ("## Summary", "", f"**{text(report.standing.words)}**", "")
    yield from items(report.summary.lines)
    if report.summary.first:
        yield from ("What to do first, by effect against effort:", "")
        for rank, name in enumerate(report.summary.first, start=1):
            one = report.by_control[name]
            yield f"{rank}. {text(one.remedy)}"
            yield f"   For patients: {text(one.patients)}"
        yield ""


def _profile(report: Report) -> Iterator[str]:
    if report.profile:
        yield from ("## The facility", "")
        yield from table(("Question", "Answer"), ((one.text, one.value) for one in report.profile))


def _areas(report: Report) -> Iterator[str]:
    yield from ("## Verdicts by area", "")
    rows = [(area.title, *_numbers(area.counts)) for area in report.areas]
    yield from table(_AREA, [*rows, ("All", *_numbers(report.standing))])


def _numbers(counts: Counts) -> tuple[str, ...]:
    numbers = (
        counts.met,
        counts.claimed,
        counts.partly,
        counts.not_met,
        counts.contradicted,
        counts.unknown,
        counts.stale,
        counts.not_assessed,
        counts.not_applicable,
    )
    return (*map(str, numbers), counts.words)


def _contradictions(report: Report) -> Iterator[str]:
    if not report.contradictions:
        return
    yield from ("## Contradictions", "", "Said one way and seen another. No answer is changed by what was seen.", "")
    for name in report.contradictions:
        one = report.by_control[name]
        yield from (f"### {text(one.title)}", "")
        yield from items(_evidence(one))


def _gaps(report: Report) -> Iterator[str]:
    yield from ("## Gaps", "", "Ranked by effect against effort, then by how sure the verdict is.", "")
    if not report.gaps:
        yield from ("None was found. What could not be seen is listed below.", "")
    for gap in report.gaps:
        one = report.by_control[gap.control]
        yield from (f"### {gap.rank}. {text(one.title)}", "")
        yield from items(
            (
                f"Verdict: {one.verdict_words}. {one.because}",
                f"Effect {one.effect.value}, effort {one.effort.value}",
                f"What to do: {one.remedy}",
                f"For patients: {one.patients}",
                *_clauses(one),
                *_evidence(one),
            )
        )


def _clauses(one: Finding) -> Iterator[str]:
    for words, references in (
        ("Law in force", one.law),
        ("Standards and guidance", one.guidance),
        ("Proposed, not in force", one.proposed),
    ):
        if references:
            yield f"{words}: {'; '.join(reference.words for reference in references)}"


def _evidence(one: Finding) -> Iterator[str]:
    for words, records in (("For it", one.confirming), ("Against it", one.refuting), ("Too old", one.stale)):
        yield from (f"{words}: {_record(record)}" for record in records)
    yield from (f"Not counted, {aside.reason}: {_record(aside.record)}" for aside in one.aside)
    yield from (f"Settled: {settled.words}" for settled in one.settled)
    if one.omitted:
        yield f"And {one.omitted} more records."


def _record(record: Record) -> str:
    return f"{record.line} (in the console: {record.link})" if record.link else record.line


def _unseen(report: Report) -> Iterator[str]:
    yield from ("## What could not be seen", "")
    found = [report.by_control[name] for name in report.unseen]
    rows = [(one.title, one.verdict.value, one.because, "; ".join(one.would_show)) for one in found]
    yield from table(("Measure", "Verdict", "Because", "What would show it"), rows) or ("Nothing.", "")


def _risks(report: Report) -> Iterator[str]:
    yield from ("## Risk register", "")
    if report.unregistered:
        yield from (f"Gaps without an entry: {len(report.unregistered)}.", "")
    for row in report.risks:
        yield from (f"### {text(row.risk.threat)}", "")
        yield from items(_risk(row))
    if not report.risks:
        yield from ("The register is empty.", "")


def _risk(row: RiskRow) -> Iterator[str]:
    risk = row.risk
    yield f"State: {row.state.value}; {row.level.value}, {row.score} of 25"
    yield f"Measure: {row.title or risk.control}"
    yield f"Asset: {risk.asset}"
    yield f"Vulnerability: {risk.vulnerability}"
    yield f"Likelihood {risk.likelihood} of 5: {risk.likelihood_reason}"
    yield f"Impact {risk.impact} of 5: {risk.impact_reason}"
    due = f", due {risk.due.isoformat()}" if risk.due is not None else ""
    yield f"Owner: {risk.owner or 'nobody'}{due}"
    if risk.accepted_until is not None:
        yield f"Accepted until {risk.accepted_until.isoformat()} by {risk.accepted_by}"
    if row.addressable:
        clauses = ", ".join(row.addressable)
        yield f"Rationale for HIPAA {clauses} (addressable): {risk.rationale or 'none on record'}"
    elif risk.rationale:
        yield f"Rationale: {risk.rationale}"
    yield from (f"To look at: {words}" for words in row.waits)


def _beside(report: Report) -> Iterator[str]:
    if not report.comparison:
        return
    yield from ("## Beside others", "", "Counts of hospitals; 95 % Wilson intervals in brackets.", "")
    rows = [(one.text, one.ours_text or "not answered", _cohort(one), _then(one)) for one in report.comparison]
    yield from table(("Question", "Here", "Cohort", "Published"), rows)


def _cohort(one: Compared) -> str:
    if one.cohort_date is None and not one.cohort_n:
        return "none"
    day = f", {one.cohort_date.isoformat()}" if one.cohort_date is not None else ""
    shown = _shares(one.cohort) if one.cohort else f"not shown: {one.cohort_hidden}"
    return f"{shown}; n = {one.cohort_n}{day}"


def _then(one: Compared) -> str:
    found = [f"{one.published_year}: {_shares(one.published)}; n = {one.published_n}"] if one.published else []
    found += [f"{figure.year}: {figure.text} {figure.percent} %; n: {figure.n}" for figure in one.figures]
    return ". ".join(found) or "none"


def _shares(shares: Sequence[Share]) -> str:
    return ", ".join(_share(one) for one in shares)


def _share(one: Share) -> str:
    interval = f" [{one.low:g} to {one.high:g}]" if one.low is not None and one.high is not None else ""
    return f"{one.text} {one.count} ({one.percent} %){interval}"


def _change(report: Report) -> Iterator[str]:
    yield from ("## Change since last time", "")
    change = report.change
    if change is None:
        yield from ("There is no report before this one.", "")
        return
    since = f"Since the report of {change.at.date().isoformat()}: " if change.at is not None else ""
    before = f" Then: {change.before}; now: {report.standing.words}." if change.before else ""
    yield from (text(f"{since}{change.words}{before}"), "")
    rows = ((one.title, one.before, one.now, one.direction.value) for one in change.moved)
    yield from table(("Measure", "Before", "Now", "Direction"), rows)
    yield from items(f"New measure: {title}" for title in change.appeared)
    yield from items(f"No longer a measure: {name}" for name in change.gone)


def _findings(report: Report) -> Iterator[str]:
    yield from ("## All measures", "")
    for area in report.areas:
        found = [one for one in report.findings if one.area == area.id]
        if found:
            yield from (f"### {text(area.title)}", "", f"{text(area.counts.words)}.", "")
            yield from table(("Measure", "Verdict", "Because"), (_line(one) for one in found))


def _line(one: Finding) -> tuple[str, str, str]:
    exemption = one.exemption
    if exemption is None:
        return one.title, one.verdict_words, one.because
    decided = f"{exemption.reason} ({exemption.approver}, to be reviewed by {exemption.review.isoformat()})"
    return one.title, one.verdict_words, f"{one.because} {decided}"


def _references(report: Report) -> Iterator[str]:
    unique = {one.id: one for finding in report.findings for one in finding.references}
    rows = [
        (f"{one.standard} ({one.edition}), {one.clause}", one.says, one.level.value, one.known)
        for one in sorted(unique.values(), key=lambda one: (one.standard, one.clause, one.id))
    ]
    yield from ("## References", "")
    yield from _cited(row for row in rows if row[2] != "proposed")
    proposed = [row for row in rows if row[2] == "proposed"]
    if proposed:
        yield from ("Proposed rules: not law, and part of no score.", "")
        yield from _cited(proposed)


def _cited(rows: Iterable[tuple[str, str, str, str]]) -> list[str]:
    return table(("Reference", "Says", "Level", "Known"), rows)
