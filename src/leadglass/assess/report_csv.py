"""The findings as a table in CSV, one row a control. Never a cell that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from leadglass.assess.report import Report
from leadglass.assess.report_finding import Cited, Finding, Record
from leadglass.assess.report_parts import RiskRow

BOM = b"\xef\xbb\xbf"
"""Without it spreadsheets take UTF-8 for something else."""

COLUMNS = (
    "area",
    "control",
    "statement",
    "verdict",
    "assurance",
    "because",
    "gap rank",
    "effect",
    "effort",
    "recommendation",
    "why it matters to patients",
    "law in force",
    "standards and guidance",
    "proposed, not law",
    "evidence for",
    "evidence against",
    "evidence too old",
    "contradiction settled",
    "not applicable because",
    "risks",
    "what would show it",
    "report",
    "facility",
    "date",
)

_CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_SPLIT = re.compile(r"(;[\s\"']*)([=+\-@＝＋－＠|%])")


def cell(text: str) -> str:
    """``text`` as a cell that a spreadsheet shows and does not calculate: an apostrophe goes before what it might.

    A spreadsheet set to semicolons splits cells at them, so that what follows one is looked at too.
    Source: OWASP, CSV Injection.
    """
    inner = _SPLIT.sub(r"\1'\2", text)
    return f"'{inner}" if inner.lstrip(" \"'").startswith(_CALCULATED) else inner


def write(report: Report) -> bytes:
    """The table, UTF-8 with a byte order mark, lines ended as RFC 4180 says; the same report gives the same bytes."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    areas = {area.id: area.title for area in report.areas}
    ranks = {gap.control: str(gap.rank) for gap in report.gaps}
    for one in report.findings:
        risks = [row for row in report.risks if row.risk.control == one.control]
        row = (areas.get(one.area, one.area), *_finding(one, ranks.get(one.control, ""), risks))
        table.writerow([cell(text) for text in (*row, report.id, report.facility, report.day.isoformat())])
    return BOM + out.getvalue().encode("utf-8")


def _finding(one: Finding, rank: str, risks: Sequence[RiskRow]) -> tuple[str, ...]:
    return (
        one.control,
        one.title,
        one.verdict.value,
        one.assurance.value if one.assurance is not None else "",
        one.because,
        rank,
        one.effect.value,
        one.effort.value,
        one.remedy,
        one.patients,
        _references(one.law),
        _references(one.guidance),
        _references(one.proposed),
        _records(one.confirming),
        _records(one.refuting),
        _records(one.stale),
        "; ".join(
            f"{word.outcome.value} by {word.by}, {word.at.date().isoformat()} {word.note}" for word in one.settled
        ),
        f"{one.exemption.reason} ({one.exemption.approver})" if one.exemption is not None else "",
        "; ".join(f"{row.risk.id}: {row.state.value}, {row.level.value} ({row.score} of 25)" for row in risks),
        "; ".join(one.would_show),
    )


def _references(references: Iterable[Cited]) -> str:
    return "; ".join(one.words for one in references)


def _records(records: Iterable[Record]) -> str:
    return "; ".join(one.line for one in records)
