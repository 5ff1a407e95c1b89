"""The survey as its pages show it: sections, questions, answers in words, what hides what. Pure; stores nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.branch import Progress, State, View, view
from leadglass.assess.instrument import Instrument, Section
from leadglass.assess.question import Question, Who
from leadglass.console.text import number

STATES: dict[State, tuple[str, str]] = {
    State.HIDDEN: ("info", "not asked"),
    State.UNANSWERED: ("warn", "not answered"),
    State.UNKNOWN: ("info", "not known"),
    State.NOT_APPLICABLE: ("info", "not applicable"),
    State.ANSWERED: ("good", "answered"),
}
"""Tone and words of a question's state."""

WHO: dict[Who, str] = {
    Who.PACS_ADMINISTRATOR: "PACS administrator",
    Who.IT_ADMINISTRATOR: "IT administrator",
    Who.RADIOLOGIST: "radiologist",
    Who.BIOMEDICAL_ENGINEER: "biomedical engineer",
    Who.NETWORK_DESIGNER: "network designer",
}
"""Who would know, in words."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a question is not asked: an earlier question and what was answered to it (empty: it is not asked itself)."""

    question: Question
    answered: str


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what became of it.

    Attributes:
        number: its place on paper, from 1.
        answer: of record, also while it is hidden; said: it in words.
        reasons: why it is not asked; empty where it is.
    """

    number: int
    section: Section
    question: Question
    state: State
    answer: Answer | None
    said: str
    reasons: tuple[Reason, ...]

    @property
    def hidden(self) -> bool:
        """Whether an earlier answer makes it pointless."""
        return self.state is State.HIDDEN


@dataclass(frozen=True, slots=True)
class Part:
    """A section in the list of sections.

    Attributes:
        first: the question to begin or go on with; None where all is answered.
    """

    section: Section
    progress: Progress
    hidden: int
    first: Row | None

    @property
    def state(self) -> tuple[str, str]:
        """Tone and words."""
        if not self.progress.unanswered:
            return ("good", "complete")
        done = self.progress.asked - self.progress.unanswered
        return ("warn", f"{done} of {self.progress.asked} answered") if done else ("info", "not begun")


@dataclass(frozen=True)
class Survey:
    """Instrument and answers of record together."""

    instrument: Instrument
    answers: AnswerSet

    @cached_property
    def view(self) -> View:
        """What is asked, and how far one is."""
        return view(self.instrument, self.answers.values())

    @cached_property
    def rows(self) -> dict[str, Row]:
        """All questions by id, in the order of the page."""
        pairs = [(section, question) for section in self.instrument.sections for question in section.questions]
        return {pair[1].id: self._row(place, *pair) for place, pair in enumerate(pairs, 1)}

    def section(self, name: str) -> Section | None:
        """The section called so."""
        return next((section for section in self.instrument.sections if section.id == name), None)

    def part(self, section: Section) -> Part:
        """How far a section is."""
        rows = self.of(section)
        waiting = next((row for row in rows if row.state is State.UNANSWERED), None)
        return Part(section, self.view.sections[section.id], sum(row.hidden for row in rows), waiting)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All sections, in order."""
        return tuple(self.part(section) for section in self.instrument.sections)

    def of(self, section: Section) -> list[Row]:
        """A section's questions."""
        return [self.rows[question.id] for question in section.questions]

    def before(self, row: Row) -> Row | None:
        """The question asked before one in its section; None for the first."""
        earlier = (one for one in reversed(self.of(row.section)) if one.number < row.number and not one.hidden)
        return next(earlier, None)

    def waiting_after(self, row: Row) -> Row | None:
        """The next question of the same section that waits for an answer."""
        later = (one for one in self.of(row.section) if one.number > row.number)
        return next((one for one in later if one.state is State.UNANSWERED), None)

    def place(self, row: Row) -> tuple[int, int]:
        """Which of how many: the question's place among those asked in its section now."""
        asked = [one.number for one in self.of(row.section) if not one.hidden]
        return sum(place <= row.number for place in asked), len(asked)

    def hidden_by(self, question: str) -> list[Row]:
        """Questions that are not asked because of the answer to one, directly or through each other."""
        because = {question}
        found = []
        for row in self.rows.values():
            if any(reason.question.id in because for reason in row.reasons):
                because.add(row.question.id)
                found.append(row)
        return found

    def _row(self, place: int, section: Section, question: Question) -> Row:
        answer = self.answers.answers.get(question.id)
        said = answer_words(question, answer.value) if answer else ""
        return Row(
            place, section, question, self.view.states[question.id], answer, said, tuple(self._reasons(question))
        )

    def _reasons(self, question: Question) -> Iterator[Reason]:
        questions, values = self.instrument.by_id, self.answers.values()
        for skip in question.skip:
            earlier = questions[skip.question]
            if self.view.states[earlier.id] is State.HIDDEN:
                yield Reason(earlier, "")
            elif earlier.id in values and earlier.code(values[earlier.id]) in skip.answers:
                yield Reason(earlier, answer_words(earlier, values[earlier.id]))


def answer_words(question: Question, value: str | int) -> str:
    """An answer as people read it: "Yes", "412 beds"."""
    if isinstance(value, int):
        return f"{number(value)} {question.unit}".rstrip()
    return question.answers.get(value, value)


def minutes(seconds: int) -> str:
    """What answering takes somebody who knows, in words, rounded up."""
    if not seconds:
        return "nothing left"
    return "under a minute" if seconds < 60 else f"about {-(-seconds // 60)} min"


def branch_words(question: Question, rows: Mapping[str, Row]) -> list[str]:
    """When a question may be left out, in words for paper."""
    found = []
    for skip in question.skip:
        earlier = rows[skip.question]
        answers = " or ".join(f"“{earlier.question.answers[code]}”" for code in skip.answers)
        found.append(f"Leave out if {answers} was answered to question {earlier.number}.")
    return found
