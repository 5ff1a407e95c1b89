"""A printed cohort as text, JSON or CSV. Never a number that was not printed, but how many hospitals there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from leadglass.assess.association import Association
from leadglass.assess.cohort import Size
from leadglass.assess.instrument import Instrument
from leadglass.assess.printed import PrintedCohort, PrintedItem, PrintedRow
from leadglass.assess.question import Question
from leadglass.assess.strata import TOTAL, Row
from leadglass.assess.tally import Tally, headings
from leadglass.cli.context import counted
from leadglass.cli.survey_rows import as_csv

HEADER = (
    "question", "text", "size", "band", "hospitals", "n", "answer", "count", "percent", "low", "high", "not printed",
)  # fmt: skip
ASSOCIATION = "an association, and no cause"


def as_json(cohort: PrintedCohort, instrument: Instrument, by: Size | None) -> dict[str, Any]:
    """All of it as plain values; bands of the size asked for."""
    return {
        "hospitals": cohort.hospitals,
        "limits": {"hospitals": cohort.limits.hospitals, "cell": cohort.limits.cell},
        "instrument": instrument.version,
        "by": by,
        "items": [
            {
                "question": name,
                "text": instrument.by_id[name].text,
                "rows": [{"size": row.size, "band": row.band, **_row_json(item.rows[row])} for row in _rows(item, by)],
                "association": _association_json(item.associations.get(by)) if by else None,
            }
            for name, item in cohort.items.items()
        ],
    }


def _row_json(row: PrintedRow) -> dict[str, Any]:
    tally = row.tally
    if tally is None:
        return {"hospitals": row.n, "not_printed": row.held}
    return {"hospitals": row.n, "n": tally.n, "cells": [_cell(tally, code) for code in tally.counts]}


def _cell(tally: Tally, code: str) -> dict[str, Any]:
    interval = tally.interval(code)
    assert interval is not None  # a printed row has answers
    return {
        "code": code,
        "count": tally.counts[code],
        "percent": tally.percentages[code],
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
    }


def _association_json(found: Association | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"tau_b": round(found.tau, 4), "p": round(found.p, 4), "n": found.n, "permutations": found.permutations}


def as_rows(cohort: PrintedCohort, instrument: Instrument, by: Size | None) -> str:
    """As CSV, one line a cell; a row that is not printed has one line with its reason."""
    return as_csv(HEADER, _lines(cohort, instrument, by))


def _lines(cohort: PrintedCohort, instrument: Instrument, by: Size | None) -> Iterator[Sequence[str | int | float]]:
    for name, item in cohort.items.items():
        for place in _rows(item, by):
            row = item.rows[place]
            head = (name, instrument.by_id[name].text, place.size or "", place.band, row.n)
            if row.tally is None:
                yield *head, "", "", "", "", "", "", row.held
                continue
            for code in row.tally.counts:
                yield *head, row.tally.n, *_cell(row.tally, code).values(), ""


def as_text(cohort: PrintedCohort, instrument: Instrument, by: Size | None) -> str:
    """For people."""
    limits = cohort.limits
    lines = [
        f"{counted(cohort.hospitals, 'hospital')}; a row is printed from {limits.hospitals} hospitals on, with "
        f"{limits.cell} or more in each cell that is not empty",
        "count (percent; 95 % interval)",
    ]
    for name, item in cohort.items.items():
        question = instrument.by_id[name]
        lines += ["", f"{name}: {question.text}"]
        lines += [f"  {_place(row, instrument)}  {_row(item.rows[row], question)}" for row in _rows(item, by)]
        if by and by.value != name:
            lines.append(f"  {_association(item.associations.get(by), by)}")
    return "\n".join(lines)


def _place(row: Row, instrument: Instrument) -> str:
    if row.size is None:
        return f"{'all':<22}"
    bands = instrument.by_id[row.size.value].codes
    return f"{bands.get(row.band, f'{row.size} not known')[:22]:<22}"


def _row(row: PrintedRow, question: Question) -> str:
    if row.tally is None:
        return f"n={row.n}  {row.held}"
    words = headings(question)
    cells = []
    for code, count in row.tally.counts.items():
        interval = row.tally.interval(code)
        assert interval is not None  # a printed row has answers
        low, high = round(100 * interval.low), round(100 * interval.high)
        cells.append(f"{words[code]} {count} ({row.tally.percentages[code]} %; {low}–{high})")
    return f"n={row.tally.n}  {'  '.join(cells)}"


def _association(found: Association | None, by: Size) -> str:
    if found is None:
        return f"no association with {by} is computed: a band is not printed, or all answer alike"
    return (
        f"Kendall's tau-b with {by}: {found.tau:+.2f}, p {found.p:.3f}, n={found.n}, "
        f"{found.permutations} permutations: {ASSOCIATION}"
    )


def _rows(item: PrintedItem, by: Size | None) -> list[Row]:
    """The total, and the bands of the size asked for."""
    return [row for row in item.rows if row == TOTAL or (by is not None and row.size is by)]
