"""Table 1 of the founding article, rebuilt from its tallies: as text, JSON or CSV. Never a hospital's answers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from leadglass.assess.instrument import Instrument
from leadglass.assess.published import Published
from leadglass.assess.table1 import Cell, Line, table_1
from leadglass.assess.tally import headings
from leadglass.cli.survey_rows import as_csv

BLANK = "blank, read as 0"
_WIDTH = 110  # characters of a footnote's line
_ITEM = 62  # characters of an item's line


def value(published: Published, instrument: Instrument) -> dict[str, Any]:
    """The table as plain values; ``printed`` is what the article prints, null for an empty cell."""
    lines, notes = table_1(published, instrument)
    rows = [
        {
            "row": line.row,
            "component": line.component,
            "symbols": line.symbols.split(),
            "question": _question(line, published),
            "item": line.text,
            "n": line.n,
            "cells": [
                {"code": one.code, "count": one.count, "percent": one.percent, "printed": one.printed}
                for one in line.cells
            ],
            "note": line.note or None,
        }
        for line in lines
    ]
    return {
        "year": published.year, "source": published.source, "sample": published.sample, "rows": rows, "notes": notes,
    }  # fmt: skip


def csv(published: Published, instrument: Instrument) -> str:
    """The table, one line a cell."""
    lines, notes = table_1(published, instrument)
    header = ("row", "component", "symbols", "item", "n", "code", "count", "percent", "printed", "note")
    return as_csv(
        header,
        (
            (line.row, line.component, line.symbols, line.text, line.n, cell.code, cell.count, cell.percent,
             "" if cell.printed is None else cell.printed, notes[line.note - 1] if line.note else "")
            for line in lines
            for cell in line.cells
        ),
    )  # fmt: skip


def text(published: Published, instrument: Instrument) -> str:
    """The table for people, footnotes below it."""
    lines, notes = table_1(published, instrument)
    return "\n".join(
        (
            published.source,
            f"Sample: {published.sample}",
            "",
            *(part for line in lines for part in _row(line, instrument, published)),
            "",
            *_notes(notes),
        )
    )


def _row(line: Line, instrument: Instrument, published: Published) -> Iterator[str]:
    words = headings(instrument.by_id[_question(line, published)])
    cells = "  ".join(f"{words[cell.code]} {_cell(cell)}" for cell in line.cells)
    mark = f" [{line.note}]" if line.note else ""
    head = f"{line.row:>2}  {line.component:<9}"
    first, *others = textwrap.wrap(line.text, _ITEM) or [""]
    yield f"{head} {first:<{_ITEM}} n={line.n}  {cells}{mark}"
    yield from (f"{'':<{len(head)}} {other}" for other in others)


def _cell(cell: Cell) -> str:
    return f"({BLANK})" if cell.printed is None else f"{cell.count} ({cell.percent} %)"


def _notes(notes: Sequence[str]) -> Iterator[str]:
    for number, note in enumerate(notes, 1):
        yield from textwrap.wrap(f"[{number}] {note}", _WIDTH, subsequent_indent="    ")


def _question(line: Line, published: Published) -> str:
    return next(item.question for item in published.items if item.row == line.row)
