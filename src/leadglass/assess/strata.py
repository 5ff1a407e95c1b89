"""The table of one item: each hospital's answer and its bands of size, and the rows it is counted in. Never prints.

A row is the total, or one band of beds or exams (one-way strata). Hospitals whose size is not known are a row too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from leadglass.assess.cohort import Size
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import Question
from leadglass.assess.tally import columns


class Row(NamedTuple):
    """A row of an item's table; the total has neither.

    Attributes:
        size: by what hospitals are grouped.
        band: code of the band; empty for hospitals whose size is not known.
    """

    size: Size | None = None
    band: str = ""


TOTAL = Row()
_MASK = (1 << 64) - 1


class Standing(NamedTuple):
    """Where one hospital stands in an item's table.

    Attributes:
        column: its answer is counted in. beds, exams: its bands, empty where not known.
    """

    column: str
    beds: str = ""
    exams: str = ""

    @property
    def rows(self) -> tuple[Row, Row, Row]:
        """The rows it is counted in."""
        return TOTAL, Row(Size.BEDS, self.beds), Row(Size.EXAMS, self.exams)


Table = Mapping[str, Standing]
"""One item's hospitals, by contribution id; who skipped it, or to whom it does not apply, is in no row."""

Counts = dict[Row, Counter[str]]
"""Hospitals by row and column; rows without a hospital are left out, the total never is."""


def tables(instrument: Instrument, responses: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Question, Table]]:
    """Every question with its table, in order, from responses (answer codes by question) by contribution id."""
    questions = list(instrument.questions)
    placed = [list(columns(question).items()) for question in questions]
    sheet = _sheet(questions, placed, responses)
    strata: dict[tuple[str, str], int] = {}
    bands = [frozenset(instrument.by_id[size.value].codes) for size in Size]
    of = [strata.setdefault(_stratum(response, bands), len(strata)) for response in responses.values()]
    for index, question in enumerate(questions):
        # Few standings and many hospitals: each standing is made once.
        made = [[Standing(column, *stratum) for stratum in strata] for _, column in placed[index]]
        answers = sheet[index :: len(questions)]
        yield (
            question,
            {name: made[code - 1][stratum] for name, code, stratum in zip(responses, answers, of, strict=True) if code},
        )


def _sheet(
    questions: Sequence[Question],
    placed: Sequence[Sequence[tuple[str, str]]],
    responses: Mapping[str, Mapping[str, str]],
) -> bytearray:
    """One byte a hospital and question: the answer's place from 1, 0 without one. Each response is read once."""
    numbers = {
        question.id: (index, {code: number for number, (code, _) in enumerate(placed[index], 1)})
        for index, question in enumerate(questions)
    }
    width = len(questions)
    sheet = bytearray(width * len(responses))
    nowhere: tuple[int, dict[str, int]] = (0, {})
    start = 0
    for response in responses.values():
        for name, code in response.items():
            index, codes = numbers.get(name, nowhere)
            number = codes.get(code)
            if number:
                sheet[start + index] = number
        start += width
    return sheet


def _stratum(response: Mapping[str, str], bands: Sequence[frozenset[str]]) -> tuple[str, str]:
    beds, exams = response.get(Size.BEDS, ""), response.get(Size.EXAMS, "")
    return beds if beds in bands[0] else "", exams if exams in bands[1] else ""


def counts(table: Table) -> Counts:
    """How many hospitals each row has in each column."""
    found: Counts = {TOTAL: Counter()}
    for standing, count in Counter(table.values()).items():
        _add(found, ((row, standing.column) for row in standing.rows), count)
    return found


def moved(before: Table, now: Table) -> tuple[Counts, Counts]:
    """Who joined and who left each row, by the column they came to or left; a changed answer is both."""
    joined: Counts = {}
    left: Counts = {}
    names = {name for name, _ in before.items() ^ now.items()}
    ways = Counter(zip(map(before.get, names), map(now.get, names), strict=True))  # few: from standing to standing
    for (was, here), count in ways.items():
        _add(joined, _cells(here) - _cells(was), count)
        _add(left, _cells(was) - _cells(here), count)
    return joined, left


def _cells(standing: Standing | None) -> set[tuple[Row, str]]:
    return {(row, standing.column) for row in standing.rows} if standing else set()


def _add(counts: Counts, cells: Iterable[tuple[Row, str]], count: int) -> None:
    for row, column in cells:
        if row not in counts:
            counts[row] = Counter()
        counts[row][column] += count


def members(table: Table) -> dict[Row, int]:
    """For each row a number that is the same wherever it has the same hospitals with the same answers.

    It holds within this process, whose secret key hashes names and columns: two different rows share a number with a
    chance of about 1 in 2^60.
    """
    sums: dict[Standing, int] = {}
    for name, standing in table.items():
        sums[standing] = sums.get(standing, 0) + hash(name)
    found = {TOTAL: 0}
    for standing, total in sums.items():
        for row in standing.rows:
            found[row] = (found.get(row, 0) + total * hash(standing.column)) & _MASK
    return found
