"""The instrument: all questions in the order of page and paper, with its version. Never anybody's answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from leadglass.assess.control import Catalogue, Id, Text
from leadglass.assess.question import NEUTRAL_ANSWERS, PUBLISHED_ITEMS, Code, Form, Question


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Questions that one person can answer in one sitting."""

    id: Id
    title: Text
    intro: Text
    questions: Annotated[tuple[Question, ...], msgspec.Meta(min_length=1)]

    @property
    def seconds(self) -> int:
        """What answering all of it takes."""
        return sum(question.seconds for question in self.questions)


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of a question of an earlier version.

    Attributes:
        since: the version in which it changed.
        question: its id before.
        to: its id now; empty where no question means the same any more.
        codes: answer codes before to those now; a code that is missing here is kept beside, not converted.
    """

    since: Annotated[str, msgspec.Meta(max_length=20)]
    question: Id
    to: Annotated[str, msgspec.Meta(max_length=40)] = ""
    codes: dict[Code, Code] = {}


class Instrument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All questions in the order of page and paper.

    Attributes:
        version: "2026.1"; versions compare as numbers.
        changes: what became of questions of earlier versions.
    """

    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]
    title: Text
    sections: tuple[Section, ...]
    changes: tuple[Change, ...] = ()

    @property
    def questions(self) -> Iterator[Question]:
        """All of them, in order."""
        return (question for section in self.sections for question in section.questions)

    @property
    def by_id(self) -> dict[str, Question]:
        """All of them by id."""
        return {question.id: question for question in self.questions}


def faults(instrument: Instrument, catalogue: Catalogue) -> list[str]:
    """What no single question can show: ids, controls, earlier questions, bearings. Empty when sound."""
    controls = {control.id for control in catalogue.controls}
    earlier: dict[str, Question] = {}
    found = (
        [] if len({one.id for one in instrument.sections}) == len(instrument.sections) else ["a section stands twice"]
    )
    for question in instrument.questions:
        if question.id in earlier:
            found.append(f"question {question.id!r} stands twice")
        found += [f"question {question.id!r}: {fault}" for fault in _faults(question, earlier, controls)]
        earlier[question.id] = question
    rows = sorted(question.table1 for question in instrument.questions if question.table1 is not None)
    if rows != list(range(1, PUBLISHED_ITEMS + 1)):
        found.append(f"the published items are {rows}")
    asked = {control for question in instrument.questions for control in question.bears}
    found += [f"control {control!r} has no question" for control in sorted(controls - asked)]
    return found


def _faults(question: Question, earlier: dict[str, Question], controls: set[str]) -> list[str]:
    found = [f"no control {name!r}" for name in question.bears if name not in controls]
    if question.profile == bool(question.bears):
        found.append("bears on controls, or describes the facility: one of them")
    for name, bearings in question.bears.items():
        if list(bearings) != list(question.codes):
            found.append(f"the answers for {name!r} are {list(bearings)}, not {list(question.codes)}")
    if (question.form is Form.CHOICE) != bool(question.options) or (question.form is Form.NUMBER) != bool(
        question.bands
    ):
        found.append("options belong to a choice and bands to a number")
    bounds = [band.below for band in question.bands]
    inner = [bound for bound in bounds[:-1] if bound is not None]
    if bounds and (bounds[-1] is not None or len(inner) != len(bounds) - 1 or inner != sorted(set(inner))):
        found.append("bands rise, and only the last is open")
    own = [option.code for option in question.options] + [band.code for band in question.bands]
    if len(set(own)) != len(own):
        found.append("an answer stands twice")
    if set(question.codes) & set(NEUTRAL_ANSWERS):
        found.append("the neutral answers are not the question's own")
    if question.table1 is not None and question.skip:
        found.append("a published item is never hidden")
    for skip in question.skip:
        if skip.question not in earlier:
            found.append(f"skips on {skip.question!r}, which does not stand before it")
        elif not set(skip.answers) <= set(earlier[skip.question].answers):
            found.append(f"skips on answers that {skip.question!r} does not have")
    return found
