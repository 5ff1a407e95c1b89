"""Which questions are asked, how far one is, what the answers claim: one pure function. Never loses an answer.

Four things are told apart: hidden (an earlier answer makes the question pointless), unanswered, "I do not know" and
"not applicable". An answer to a hidden question stays of record and counts for nothing while it is hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from leadglass.assess.instrument import Instrument
from leadglass.assess.question import NOT_APPLICABLE, UNKNOWN, Bearing, Question


class State(StrEnum):
    """What became of a question."""

    HIDDEN = "hidden"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one is.

    Attributes:
        asked: questions that are not hidden.
        answered, unknown, not_applicable: of these; the rest are unanswered.
        seconds_left: what the unanswered ones take, at most: answers may hide some.
    """

    asked: int
    answered: int
    unknown: int
    not_applicable: int
    seconds_left: int

    @property
    def unanswered(self) -> int:
        """Questions that wait."""
        return self.asked - self.answered - self.unknown - self.not_applicable


class Claimed(StrEnum):
    """What the answers alone say of a control."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not met"
    OPEN = "open"  # answered, and what was answered says neither
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Score:
    """What the answers claim; a numerator never stands without the rest.

    Attributes:
        claims: by control id, in the order of the questions; controls whose questions are all hidden are left out.
    """

    claims: dict[str, Claimed]

    def count(self, claimed: Claimed) -> int:
        """Controls of which this is said."""
        return sum(one is claimed for one in self.claims.values())

    @property
    def numerator(self) -> int:
        """Controls that are claimed to be met."""
        return self.count(Claimed.MET)

    @property
    def denominator(self) -> int:
        """Controls that are claimed to be met, partly met or not met."""
        return self.numerator + self.count(Claimed.PARTLY) + self.count(Claimed.NOT_MET)

    @property
    def unknowns(self) -> int:
        """Controls that apply and of which nothing is claimed."""
        return self.count(Claimed.OPEN) + self.count(Claimed.UNKNOWN) + self.count(Claimed.UNANSWERED)


@dataclass(frozen=True, slots=True)
class View:
    """The survey as these answers make it.

    Attributes:
        states: of every question, by id, in order.
        sections: progress by section id, in order.
        progress: of all sections together.
        score: what the answers claim.
        refused: ids of answers that are no answers to their question, or to no question; they count for nothing.
    """

    states: dict[str, State]
    sections: dict[str, Progress]
    progress: Progress
    score: Score
    refused: tuple[str, ...]

    @property
    def asked(self) -> frozenset[str]:
        """Ids of the questions that are not hidden."""
        return frozenset(name for name, state in self.states.items() if state is not State.HIDDEN)

    def next_after(self, question: str | None = None) -> str | None:
        """The first unanswered question after one, else the first of all; None when none waits."""
        names = list(self.states)
        start = names.index(question) + 1 if question in self.states else 0
        waiting = (name for name in (*names[start:], *names[:start]) if self.states[name] is State.UNANSWERED)
        return next(waiting, None)


def view(instrument: Instrument, answers: Mapping[str, str | int]) -> View:
    """The survey as ``answers`` (values by question id) make it."""
    questions = instrument.by_id
    codes: dict[str, str] = {}
    for name, value in answers.items():
        code = questions[name].code(value) if name in questions else None
        if code is not None:
            codes[name] = code
    states: dict[str, State] = {}
    for question in instrument.questions:
        states[question.id] = _state(question, codes, states)
    sections = {section.id: _progress(section.questions, states) for section in instrument.sections}
    return View(
        states=states,
        sections=sections,
        progress=_progress(tuple(instrument.questions), states),
        score=_score(instrument, codes, states),
        refused=tuple(name for name in answers if name not in codes),
    )


def _state(question: Question, codes: dict[str, str], states: dict[str, State]) -> State:
    """A question after a hidden one that decides about it is hidden too."""
    for skip in question.skip:
        if states[skip.question] is State.HIDDEN or codes.get(skip.question) in skip.answers:
            return State.HIDDEN
    return _STATES.get(codes.get(question.id), State.ANSWERED)


_STATES: dict[str | None, State] = {
    None: State.UNANSWERED,
    UNKNOWN: State.UNKNOWN,
    NOT_APPLICABLE: State.NOT_APPLICABLE,
}


def _progress(questions: tuple[Question, ...], states: dict[str, State]) -> Progress:
    found = [states[question.id] for question in questions]
    return Progress(
        asked=len(found) - found.count(State.HIDDEN),
        answered=found.count(State.ANSWERED),
        unknown=found.count(State.UNKNOWN),
        not_applicable=found.count(State.NOT_APPLICABLE),
        seconds_left=sum(one.seconds for one in questions if states[one.id] is State.UNANSWERED),
    )


def _score(instrument: Instrument, codes: dict[str, str], states: dict[str, State]) -> Score:
    said: dict[str, list[tuple[State, Bearing]]] = {}
    for question in instrument.questions:
        state = states[question.id]
        if state is State.HIDDEN:
            continue
        code = codes.get(question.id, UNKNOWN)
        for control in question.bears:
            said.setdefault(control, []).append((state, question.bearing(control, code)))
    return Score({control: _claimed(records) for control, records in said.items()})


def _claimed(records: list[tuple[State, Bearing]]) -> Claimed:
    """What several questions together say of a control; what is unknown never becomes a No."""
    bearings = {bearing for _, bearing in records}
    states = {state for state, _ in records}
    if Bearing.PARTLY in bearings or {Bearing.CONFIRMS, Bearing.REFUTES} <= bearings:
        return Claimed.PARTLY
    if Bearing.REFUTES in bearings:
        return Claimed.NOT_MET
    if Bearing.CONFIRMS in bearings:
        return Claimed.MET
    if State.ANSWERED in states:
        return Claimed.OPEN
    if State.UNKNOWN in states:
        return Claimed.UNKNOWN
    return Claimed.UNANSWERED if State.UNANSWERED in states else Claimed.NOT_APPLICABLE
