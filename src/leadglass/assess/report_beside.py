"""The hospital's answers beside the cohort's, 2007's and 2005's, as a report shows them. Never a hidden row."""

from __future__ import annotations

from collections.abc import Iterable

from leadglass.assess.beside import Beside
from leadglass.assess.instrument import Instrument
from leadglass.assess.plain import plain
from leadglass.assess.published import Figure, Published
from leadglass.assess.question import Question
from leadglass.assess.report_parts import Compared, Figured, Share
from leadglass.assess.tally import Tally, headings


def compared(instrument: Instrument, published: Published, rows: Iterable[Beside]) -> tuple[Compared, ...]:
    """The rows in their order; those of questions that the instrument does not have are left out."""
    questions = instrument.by_id
    return tuple(_row(questions[row.question], published, row) for row in rows if row.question in questions)


def _row(question: Question, published: Published, row: Beside) -> Compared:
    item = row.published
    ours = row.ours or ""
    hidden = plain(row.cohort_hidden)
    return Compared(
        question=question.id,
        text=question.text,
        ours=ours,
        ours_text=_text(question, ours),
        cohort=() if row.cohort is None or hidden else _shares(question, row.cohort),
        cohort_n=row.cohort_n,
        cohort_hidden=hidden,
        cohort_date=None if row.cohort_date is None else row.cohort_date.date(),
        published=() if item is None else _shares(question, item.tally),
        published_n=0 if item is None else item.n,
        published_year=0 if item is None else published.year,
        published_row=0 if item is None else item.row,
        published_note="" if item is None else item.note,
        figures=tuple(_figure(question, one) for one in row.figures),
    )


def _text(question: Question, code: str) -> str:
    return question.answers.get(code) or question.codes.get(code) or headings(question).get(code, code)


def _shares(question: Question, tally: Tally) -> tuple[Share, ...]:
    percentages = tally.percentages
    found = []
    for code, count in tally.counts.items():
        interval = tally.interval(code)
        found.append(
            Share(
                code=code,
                text=_text(question, code),
                count=count,
                percent=percentages.get(code, 0),
                low=None if interval is None else round(100 * interval.low, 1),
                high=None if interval is None else round(100 * interval.high, 1),
            )
        )
    return tuple(found)


def _figure(question: Question, one: Figure) -> Figured:
    text = _text(question, one.code)
    return Figured(year=one.year, text=text, percent=one.percent, n=one.n, source=one.source, note=one.note)
