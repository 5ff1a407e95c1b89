"""Claims about the report as Markdown, asked of a parser of CommonMark."""

from __future__ import annotations

from markdown_it import MarkdownIt
from tests.assess import cases

from leadglass.assess import report_json
from leadglass.assess.report import Report
from leadglass.assess.report_markdown import write

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def kinds(report: Report) -> list[str]:
    tokens = PARSER.parse(write(report).decode("utf-8"))
    return [kind.type for token in tokens for kind in (token, *(token.children or ()))]


def headings(report: Report) -> list[str]:
    return [line[3:] for line in write(report).decode("utf-8").splitlines() if line.startswith("## ")]


def test_hostile_text_marks_nothing_up_and_keeps_the_outline() -> None:
    plain, hostile = kinds(cases.report()), kinds(cases.report(cases.HOSTILE))
    for kind in ("link_open", "image", "html_inline", "html_block", "em_open", "code_inline", "fence", "s_open"):
        assert kind not in hostile
    for kind in ("heading_open", "list_item_open", "table_open", "tr_open", "strong_open"):
        assert hostile.count(kind) == plain.count(kind)
    assert headings(cases.report(cases.HOSTILE)) == headings(cases.report())


def test_every_part_of_the_report_has_its_chapter() -> None:
    report = cases.report(previous=report_json.write(cases.report()))
    assert headings(report) == [
        "Summary",
        "The facility",
        "Verdicts by area",
        "Contradictions",
        "Gaps",
        "What could not be seen",
        "Risk register",
        "Beside others",
        "Change since last time",
        "All measures",
        "References",
        "Notes",
    ]


def test_each_gap_has_recommendation_reference_and_evidence() -> None:
    report = cases.report()
    text = write(report).decode("utf-8").partition("## Gaps")[2].partition("## What could not be seen")[0]
    parts = text.split("\n### ")[1:]
    assert len(parts) == len(report.gaps)
    for gap, part in zip(report.gaps, parts, strict=True):
        assert part.startswith(f"{gap.rank}. ")
        assert "\n- What to do: " in part
        assert "verified)" in part
        assert "\n- Against it: " in part


def test_an_unverified_reference_and_proposed_rules_are_marked() -> None:
    text = write(cases.report()).decode("utf-8")
    references = text.partition("## References")[2]
    law, _, proposed = references.partition("Proposed rules: not law, and part of no score.")
    assert "| proposed |" not in law
    assert proposed.count("| proposed |") == sum(
        1
        for one in {ref.id: ref for finding in cases.report().findings for ref in finding.references}.values()
        if one.level == "proposed"
    )


def test_every_score_has_numerator_denominator_and_unknowns_beside_it() -> None:
    report = cases.report()
    text = write(report).decode("utf-8")
    assert f"**{report.standing.words}**" in text
    for area in report.areas:
        assert text.count(area.counts.words) >= 1


def test_an_empty_chapter_says_so() -> None:
    text = write(cases.report(judgements=(), risks=(), beside=())).decode("utf-8")
    assert "None was found. What could not be seen is listed below." in text
    assert "The register is empty." in text
    assert "There is no report before this one." in text
    assert "## Beside others" not in text


def test_a_hidden_row_of_the_cohort_prints_n_and_why_and_no_count() -> None:
    text = write(cases.report(beside=cases.beside_rows(hidden=True))).decode("utf-8")
    assert text.count("not shown: held back; n = 20") == len(cases.beside_rows())
