"""Brings answers to an earlier version of the instrument to the present one. Never loses or converts one in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from leadglass.assess.answers import Answer, AnswerSet, Kept
from leadglass.assess.instrument import Change, Instrument


@dataclass(frozen=True, slots=True)
class Moved:
    """An answer that was brought over by what the instrument says of its question.

    Attributes:
        question: its id before; to: its id now.
        before, now: the values.
    """

    question: str
    to: str
    before: str | int
    now: str | int


def number(version: str) -> tuple[int, ...]:
    """A version as numbers: "2026.10" is after "2026.9"."""
    return tuple(int(part) for part in version.split("."))


def supersede(answers: AnswerSet, instrument: Instrument) -> tuple[AnswerSet, list[Moved]]:
    """The same answers under the present instrument, and those that were renamed or recoded.

    An answer whose question is gone, or whose value the present question does not take, is kept beside, with the
    version it was given to. One that was kept beside comes back when a version has its question again.

    Raises:
        ValueError: the answers are to a later version than the instrument.
    """
    if number(answers.version) > number(instrument.version):
        raise ValueError(f"answers to version {answers.version}; the instrument is {instrument.version}")
    changes = sorted(instrument.changes, key=lambda one: number(one.since))
    questions = instrument.by_id
    placed: dict[str, Answer] = {}
    kept: list[Kept] = []
    moved: list[Moved] = []
    waiting = [Kept(answers.version, name, answer) for name, answer in answers.answers.items()]
    for one in (*waiting, *answers.kept):
        name, value = follow(one.question, one.answer.value, one.version, changes)
        question = questions.get(name)
        if question is None or value is None or question.code(value) is None or name in placed:
            kept.append(one)
            continue
        placed[name] = replace(one.answer, value=value)
        if (name, value) != (one.question, one.answer.value):
            moved.append(Moved(one.question, name, one.answer.value, value))
    return AnswerSet(instrument.version, placed, tuple(kept)), moved


def follow(question: str, answer: str | int, version: str, changes: Iterable[Change]) -> tuple[str, str | int | None]:
    """Id and value of an answer after all changes since its version.

    No id where its question ended, no value where what was answered means nothing now.

    Args:
        question: id of what was answered.
        answer: its value.
        version: of the instrument it was given to.
        changes: of the instrument, oldest first.
    """
    name: str = question
    value: str | int | None = answer
    for change in changes:
        if change.question == name and number(change.since) > number(version):
            name = change.to
            if change.codes and isinstance(value, str):
                value = change.codes.get(value)
    return name, value
