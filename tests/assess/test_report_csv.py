"""Claims about the report as CSV."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.assess import cases

from leadglass.assess.plain import plain
from leadglass.assess.report import Report
from leadglass.assess.report_csv import BOM, COLUMNS, cell, write

CALCULATED = "=+-@\t\r|%＝＋－＠"


def rows(report: Report, separator: str = ",") -> list[list[str]]:
    text = write(report).removeprefix(BOM).decode("utf-8")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def test_there_is_a_row_for_every_control_with_all_columns() -> None:
    report = cases.report()
    head, *found = rows(report)
    assert tuple(head) == COLUMNS
    assert {len(row) for row in found} == {len(COLUMNS)}
    table = [dict(zip(head, row, strict=True)) for row in found]
    assert [row["control"] for row in table] == [one.control for one in report.findings]
    assert [row["verdict"] for row in table] == [one.verdict.value for one in report.findings]
    ranks = {row["control"]: row["gap rank"] for row in table if row["gap rank"]}
    assert ranks == {gap.control: str(gap.rank) for gap in report.gaps}
    contradicted = next(row for row in table if row["control"] == cases.ENCRYPTED)
    assert "CT2 opened a clear association" in contradicted["evidence against"]
    assert contradicted["contradiction settled"].startswith("disputed by")


def test_proposed_rules_stand_in_a_column_of_their_own() -> None:
    head, *found = rows(cases.report())
    law, proposed = head.index("law in force"), head.index("proposed, not law")
    assert any(row[proposed] for row in found)
    assert not [row[law] for row in found if "proposed" in row[law]]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_cell_is_calculated_in_whatever_way_a_spreadsheet_splits_the_file(separator: str) -> None:
    for row in rows(cases.report(cases.HOSTILE), separator):
        assert not [one for one in row if one.lstrip(" \"'").startswith(tuple(CALCULATED)) and not one.startswith("'")]


@settings(deadline=None)
@given(st.text(st.one_of(st.sampled_from(CALCULATED + " ;,\"'a1"), st.characters(codec=None)), max_size=30))
def test_a_cell_of_any_text_is_text(text: str) -> None:
    found = cell(plain(text))
    for part in found.split(";"):
        start = part.lstrip(" \"'")
        assert not start.startswith(tuple(CALCULATED)) or "'" in part[: len(part) - len(start)]
    assert found.replace("'", "") == plain(text).replace("'", "")


def test_what_is_harmless_stays_as_it_is() -> None:
    for text in ("", "A firewall; a gateway", "2026-11-24", "x = 1", "10.0.0.1"):
        assert cell(text) == text


def test_lines_end_as_rfc_4180_says_and_the_file_says_that_it_is_utf_8() -> None:
    data = write(cases.report())
    assert data.startswith(BOM)
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == len(cases.report().findings) + 1
