from __future__ import annotations

from tests.assess.data import INSTRUMENT, PUBLISHED
from tests.assess.test_published import TABLE_1

from leadglass.assess.table1 import table_1

LINES, NOTES = table_1(PUBLISHED, INSTRUMENT)


def test_the_table_prints_what_the_article_prints() -> None:
    printed = {line.row: (line.n, *(cell.printed for cell in line.cells)) for line in LINES}
    assert printed == {**TABLE_1, 11: (33, 36, 64, None)}


def test_the_counts_give_the_printed_percentages_in_sixteen_rows() -> None:
    differing = [line.row for line in LINES if any(cell.printed not in {cell.percent, None} for cell in line.cells)]
    assert differing == [1]
    assert [(cell.count, cell.percent, cell.printed) for cell in LINES[0].cells] == [(36, 95, 94), (1, 3, 3), (1, 2, 3)]


def test_footnotes_stand_at_the_rows_they_speak_of() -> None:
    noted = {line.row: NOTES[line.note - 1] for line in LINES if line.note}
    assert list(noted) == [1, 6, 11]
    assert "37" in noted[1]
    assert "blank" in noted[11]


def test_rows_keep_component_and_symbols() -> None:
    assert [line.symbols for line in LINES if line.component == "Firewall"] == ["D F M N O P"] * 6
    assert LINES[8].text == "Does the hospital detect abnormal activity on its network?"
