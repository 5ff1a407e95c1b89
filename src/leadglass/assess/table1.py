"""Table 1 of the founding article, rebuilt from its tallies, with what is to be said below it. Never marks up."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.assess.instrument import Instrument
from leadglass.assess.published import Item, Published


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        code: its column. count: answers. percent: as the counts give it by largest remainder.
        printed: as the article prints it; None for an empty cell.
    """

    code: str
    count: int
    percent: int
    printed: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row.

    Attributes:
        row, component, symbols, text: as in the article; the text is that of our question.
        n: answers. cells: in the order of the columns. note: number of its footnote, 0 without one.
    """

    row: int
    component: str
    symbols: str
    text: str
    n: int
    cells: tuple[Cell, ...]
    note: int


def table_1(published: Published, instrument: Instrument) -> tuple[list[Line], list[str]]:
    """All rows, and the footnotes in the order of their numbers."""
    notes: list[str] = []
    lines = []
    for item in published.items:
        if item.note:
            notes.append(item.note)
        text = instrument.by_id[item.question].text
        note = len(notes) if item.note else 0
        lines.append(Line(item.row, item.component, item.symbols, text, item.n, _cells(item), note))
    return lines, notes


def _cells(item: Item) -> tuple[Cell, ...]:
    percentages = item.tally.percentages
    return tuple(
        Cell(code, count, percent, None if code in item.blank else item.percentages.get(code, percent))
        for (code, count), percent in zip(item.counts.items(), percentages.values(), strict=True)
    )
