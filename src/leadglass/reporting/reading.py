"""A report as it is read: gathers the first page and the chapters into one sheet. Never adds anything of its own."""

from __future__ import annotations

from leadglass.assess.report import Report
from leadglass.reporting import chapters, first_page, others, pictures
from leadglass.reporting.sheet import LEFT_OUT, MAX_LIST, Fact, Sheet
from leadglass.reporting.wording import day, many

TITLE = "Security of the imaging network"


def read(report: Report, family: str = pictures.SANS) -> Sheet:
    """The sheet of a report; the same report gives the same sheet.

    Args:
        report: what is read.
        family: of the letters in pictures, as the reader's medium has them.
    """
    marks = first_page.marks(report)
    first, more = first_page.conflicts(report)
    change, changes = chapters.change(report)
    counts = ", ".join(f"{mark.count} {mark.label}" for mark in marks)
    signs = chapters.area_signs(report)
    lists = {
        "conflicts": len(report.contradictions),
        "lacks": len(report.gaps),
        "unseen": len(report.unseen),
        "risks": len(report.risks),
        "changes": 0 if report.change is None else len(report.change.moved),
    }
    return Sheet(
        title=TITLE,
        facility=report.facility,
        day=day(report.day),
        id=report.id,
        made_by=f"Report of {day(report.day)}, made by {report.by or 'somebody without a name'} with Leadglass",
        lead=first_page.lead(report),
        score=report.standing.words,
        basis=first_page.basis(report),
        marks=marks,
        waffle=pictures.waffle([(mark.kind, mark.count) for mark in marks], f"One sign a measure: {counts}."),
        waffle_label=f"One sign a measure: {counts}.",
        conflicts=tuple(chapters.conflict(report.by_control[name]) for name in report.contradictions[:MAX_LIST]),
        conflicts_first=first,
        conflicts_more=more,
        steps=first_page.steps(report),
        profile=tuple(Fact(name=one.text, value=one.value) for one in report.profile),
        progress=_progress(report),
        method=report.notes,
        areas=chapters.area_rows(report),
        areas_picture=pictures.areas(signs, f"Signs of the measures of each area: {counts}.", family),
        areas_label=f"Signs of the measures of each area. In all: {counts}. The table below has the numbers.",
        lacks=chapters.lacks(report),
        beside=others.rows(report),
        beside_notes=others.notes(report),
        beside_picture=others.picture(report, family),
        beside_label=others.LABEL,
        beside_key=others.keys(report),
        footnotes=others.footnotes(report),
        unseen=chapters.unseen(report),
        exempt=chapters.exempt(report),
        risks=chapters.risk_lines(report),
        references=tuple(chapters.references(report).values()),
        change=change,
        changes=changes,
        omitted={name: LEFT_OUT.format(count - MAX_LIST) for name, count in lists.items() if count > MAX_LIST},
        versions=(
            Fact(name="Report", value=report.id),
            Fact(name="Made", value=f"{report.at:%Y-%m-%d %H:%M} UTC by {report.by}"),
            Fact(name="Survey", value=f"version {report.instrument}"),
            Fact(name="Truth table of verdicts", value=f"version {report.truth_table}"),
            Fact(name="Format of its data", value=report.format),
        ),
    )


def _progress(report: Report) -> tuple[str, ...]:
    one = report.progress
    return (
        f"{many(one.asked, 'question')} apply here: {one.answered} are answered, {one.unknown} with “I do not know”, "
        f"{one.not_applicable} with “not applicable”, {one.unanswered} wait.",
    )
