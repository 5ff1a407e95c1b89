"""A hospital's answers as values: one answer of record a question. Never where they are kept, never a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from leadglass.assess.control import Kind
from leadglass.assess.evidence import SURVEY_SOURCE, Evidence
from leadglass.assess.instrument import Instrument

MAX_NOTE = 1_000  # characters
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of record.

    Attributes:
        value: an answer code, or the number itself.
        by: who answered; at: when, aware.
        note: what the answer leaves out, in the answerer's words.
    """

    value: str | int
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that this version of the instrument has no question for. It counts for nothing, and is not lost.

    Attributes:
        version: of the instrument it was given to.
        question: its id there.
    """

    version: str
    question: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A hospital's answers to one version of the instrument.

    Attributes:
        version: of the instrument.
        answers: by question id.
        kept: answers to questions that this version does not have.
    """

    version: str
    answers: dict[str, Answer] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()

    def values(self) -> dict[str, str | int]:
        """The values alone, as `branch.view` takes them."""
        return {name: answer.value for name, answer in self.answers.items()}


def claims(instrument: Instrument, answers: AnswerSet, asked: frozenset[str]) -> list[Evidence]:
    """What the answers say about controls, as evidence; one record a question and control.

    Args:
        instrument: the version that was answered.
        answers: of record.
        asked: ids of the questions that are not hidden: an answer to a hidden one says nothing.
    """
    found = []
    for question in instrument.questions:
        answer = answers.answers.get(question.id)
        code = question.code(answer.value) if answer is not None else None
        if answer is None or code is None or question.id not in asked:
            continue
        found += [
            Evidence(
                id=f"answer:{question.id}:{control}",
                control=control,
                kind=Kind.SURVEY,
                bearing=question.bearing(control, code),
                source=SURVEY_SOURCE,
                where=question.id,
                seen=answer.at,
            )
            for control in question.bears
        ]
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """A question that two sets answer differently."""

    question: str
    ours: Answer
    theirs: Answer


def merge(ours: AnswerSet, theirs: AnswerSet) -> tuple[AnswerSet, list[Difference]]:
    """Ours, with what only they answered, and every question that both answer differently: ours stays of record there.

    Args:
        ours: the answers of record.
        theirs: of the same version of the instrument.

    Raises:
        ValueError: the versions differ; `supersede` first.
    """
    if ours.version != theirs.version:
        raise ValueError("answers to different versions of the instrument")
    both = ours.answers.keys() & theirs.answers.keys()
    differing = [
        Difference(name, ours.answers[name], theirs.answers[name])
        for name in sorted(both)
        if ours.answers[name].value != theirs.answers[name].value
    ]
    kept = dict.fromkeys((*ours.kept, *theirs.kept))
    return replace(ours, answers={**theirs.answers, **ours.answers}, kept=tuple(kept)), differing
