"""Prints the cohort, and shows it as printed. What is printed is kept first; what is shown was printed before.

Printing is somebody's act and not a page's: each printing binds the next (`assess.disclosure`), so that a table which
was printed at every look would soon print nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import numpy as np
from sqlalchemy import Engine

from leadglass.assess import beside, contribution
from leadglass.assess.association import Draw, Numbers
from leadglass.assess.beside import Beside
from leadglass.assess.cohort import coded
from leadglass.assess.cohort_file import CohortFileError
from leadglass.assess.cohort_file import read as read_cohort
from leadglass.assess.disclosure import Edition, Limits
from leadglass.assess.printed import Past, PrintedCohort, past, printed, printing, with_present
from leadglass.assessor.knowledge import Knowledge
from leadglass.config.values import AssessmentSettings
from leadglass.store.appstate.cohort import (
    cohort_state,
    contribution_id,
    editions,
    keep_editions,
    printings_state,
    responses,
)
from leadglass.store.appstate.cohort_file import Handed, handed
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.survey import answer_set

LOT = 1_000_000
"""Answers of hospitals whose printing is kept at once: all items of 10,000 hospitals. About 100 bytes each."""


@dataclass(frozen=True, slots=True)
class Printing:
    """What a printing came to.

    Attributes:
        hospitals: contributions that were judged.
        items: items of which a row was printed that says something new. rows: rows printed of these.
    """

    hospitals: int
    items: int
    rows: int


def limits_of(settings: AssessmentSettings) -> Limits:
    """What rows must pass, as configured."""
    return Limits(settings.min_hospitals, settings.min_cell)


def print_cohort(engine: Engine, known: Knowledge, limits: Limits, *, by: str, address: str, at: datetime) -> Printing:
    """Print every row that may be printed and says something new; it is kept for good.

    Args:
        engine: the application state.
        known: the instrument.
        limits: what rows must pass.
        by: who prints.
        address: where they sit.
        at: now, aware.

    Raises:
        AppStateConflictError: somebody else prints at the same time, or there is no room to remember another printing.
            What was kept until then is printed, the rest is not.
    """
    given = responses(engine, known.instrument)
    made = printing(known.instrument, given, lambda question: editions(engine, question), limits, at)
    items = rows = 0
    while True:
        basis = printings_state(engine)  # before the earlier printings are read
        try:
            lot = _lot(made)
        except ValueError as error:
            raise AppStateConflictError(str(error), "the last printing stays") from None
        if not lot:
            return Printing(len(given), items, rows)
        keep_editions(engine, lot, at, by=by, address=address, basis=basis)
        items, rows = items + len(lot), rows + sum(len(one.printed) for one in lot.values())


def _lot(made: Iterator[tuple[str, Edition]]) -> dict[str, Edition]:
    """The next items, as many as fit into memory; empty at the end."""
    lot: dict[str, Edition] = {}
    hospitals = 0
    for question, edition in made:
        lot[question] = edition
        hospitals += len(edition.table)
        if hospitals >= LOT:
            break
    return lot


def printed_cohort(engine: Engine, known: Knowledge, limits: Limits) -> PrintedCohort:
    """The cohort as it was printed until now."""
    given = responses(engine, known.instrument)
    return printed(known.instrument, given, lambda question: editions(engine, question), limits, drawing)


@dataclass(frozen=True, slots=True)
class Compared:
    """The cohort that this hospital stands beside.

    Attributes:
        cohort: as printed.
        handed: the file it was read from; None where it is made of the contributions received here.
        fault: why a file that was handed in is not used.
    """

    cohort: PrintedCohort
    handed: Handed | None = None
    fault: str = ""


class LastPrinted:
    """The printed cohort, computed anew only when a response came or somebody printed. Used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._past: tuple[object, dict[str, Past]] = None, {}
        self._cohort: tuple[object, PrintedCohort] | None = None
        self._read: tuple[Handed, Compared] | None = None

    def beside(self, engine: Engine, known: Knowledge, limits: Limits) -> Compared:
        """The cohort that was handed in, where there is one; else as `cohort`."""
        file = handed(engine)
        if file is None:
            return Compared(self.cohort(engine, known, limits))
        with self._lock:
            if self._read is not None and self._read[0] == file:
                return self._read[1]
        try:
            found = Compared(read_cohort(file.content, known.instrument), file)
        except CohortFileError as error:  # taken in by another version of the program
            return Compared(self.cohort(engine, known, limits), file, f"{error.message}: {error.hint}")
        with self._lock:
            self._read = file, found
        return found

    def cohort(self, engine: Engine, known: Knowledge, limits: Limits) -> PrintedCohort:
        """As `printed_cohort`."""
        instrument = known.instrument
        with self._lock:  # one thread computes, the others wait for what it finds
            printings = instrument.version, printings_state(engine)
            if self._past[0] != printings:
                self._past = printings, past(instrument, lambda question: editions(engine, question), drawing)
            state = printings, cohort_state(engine), limits
            if self._cohort is None or self._cohort[0] != state:
                given = responses(engine, instrument)
                self._cohort = state, with_present(instrument, given, self._past[1], limits)
            return self._cohort[1]


def own_codes(engine: Engine, known: Knowledge) -> dict[str, str]:
    """This hospital's response: the answer code of each question that was asked and answered, numbers as bands."""
    return coded(known.instrument, answer_set(engine, known.instrument).values())


def own_contribution(engine: Engine, known: Knowledge) -> bytes:
    """The file this hospital gives to a cohort; the same answers give the same bytes."""
    return contribution.write(contribution_id(engine), known.instrument, own_codes(engine, known))


def beside_others(engine: Engine, known: Knowledge, cohort: PrintedCohort, at: datetime) -> tuple[Beside, ...]:
    """This hospital beside the cohort, 2007 and 2005."""
    return beside.beside(known.instrument, known.published, own_codes(engine, known), cohort, at)


def drawing(name: str) -> Draw:
    """Draws for the association of that name, the same in every process and version.

    NumPy promises the stream of `RandomState` for good, that of its newer generators not (NEP 19).
    """
    seed = int.from_bytes(sha256(name.encode()).digest()[:4])
    state = np.random.RandomState(np.random.MT19937(np.random.SeedSequence(seed)))

    def draw(good: Numbers, bad: Numbers, wanted: Numbers) -> Numbers:
        found = np.zeros_like(wanted)
        some = wanted > 0  # it refuses to draw none
        found[some] = state.hypergeometric(good[some], bad[some], wanted[some])
        return found

    return draw
