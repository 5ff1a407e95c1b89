"""One hospital beside others, item by item: the cohort, 2007, 2005, each with its n and date. Never a judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leadglass.assess.instrument import Instrument
from leadglass.assess.printed import PrintedCohort
from leadglass.assess.published import Figure, Item, Published
from leadglass.assess.tally import Tally, columns

NO_COHORT = "no hospital has contributed"


@dataclass(frozen=True, slots=True)
class Beside:
    """One question.

    Attributes:
        question, text: its id and words.
        ours: the column this hospital's answer is counted in; None where it did not answer, was not asked, or says that
            it does not apply. `tally.headings` has its words.
        at: when ours was read.
        cohort: as last printed; None where it was not.
        cohort_n: hospitals in that tally; without one, hospitals that answered until now.
        cohort_hidden: why there is none; empty where there is.
        cohort_date: when it was printed.
        published: its row of 2007, with its n.
        figures: of other publications, each with its n and year.
    """

    question: str
    text: str
    ours: str | None
    at: datetime
    cohort: Tally | None
    cohort_n: int
    cohort_hidden: str
    cohort_date: datetime | None
    published: Item | None
    figures: tuple[Figure, ...] = ()


def beside(
    instrument: Instrument,
    published: Published,
    codes: Mapping[str, str],
    cohort: PrintedCohort | None,
    at: datetime,
) -> tuple[Beside, ...]:
    """Every question, in order.

    Args:
        instrument: the present version.
        published: results of 2007 and 2005.
        codes: this hospital's response, as `cohort.coded` gives it.
        cohort: as printed; None where there is none.
        at: when the response was read, aware.
    """
    items = {item.question: item for item in published.items}
    found = []
    for question in instrument.questions:
        total = cohort.items[question.id].total if cohort is not None and cohort.hospitals else None
        tally = total.tally if total else None
        found.append(
            Beside(
                question=question.id,
                text=question.text,
                ours=columns(question).get(codes.get(question.id, "")),
                at=at,
                cohort=tally,
                cohort_n=tally.n if tally else total.n if total else 0,
                cohort_hidden=total.held if total else NO_COHORT,
                cohort_date=total.at if total else None,
                published=items.get(question.id),
                figures=tuple(figure for figure in published.figures if figure.question == question.id),
            )
        )
    return tuple(found)
