"""A question as data, and what each possible answer says about each control. Never anybody's answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from leadglass.assess.control import Id, Text

UNKNOWN = "unknown"  # "I do not know": an answer, and never a No
NOT_APPLICABLE = "not-applicable"
NEUTRAL_ANSWERS = (UNKNOWN, NOT_APPLICABLE)
"""Answers that never confirm or refute anything."""

YES_NO = {"yes": "Yes", "no": "No"}
YES_PARTLY_NO = {"yes": "Yes", "partly": "Partly", "no": "No"}

PUBLISHED_ITEMS = 17  # rows of Table 1, its row of maintenance included

Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]


class Form(StrEnum):
    """How a question is answered."""

    YES_NO = "yes-no"
    YES_PARTLY_NO = "yes-partly-no"
    CHOICE = "choice"
    NUMBER = "number"


class Bearing(StrEnum):
    """What an answer says about a control."""

    CONFIRMS = "confirms"
    REFUTES = "refutes"
    PARTLY = "partly"  # confirms it for one part and refutes it for another
    NEUTRAL = "neutral"


class Who(StrEnum):
    """Who would know."""

    PACS_ADMINISTRATOR = "pacs-administrator"
    IT_ADMINISTRATOR = "it-administrator"
    RADIOLOGIST = "radiologist"
    BIOMEDICAL_ENGINEER = "biomedical-engineer"
    NETWORK_DESIGNER = "network-designer"


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One answer of a choice.

    Attributes:
        code: stable; what files and statistics hold.
        text: what people read.
        fold: the code under which the published table counts it; empty where it is its own.
    """

    code: Code
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    fold: Annotated[str, msgspec.Meta(max_length=32)] = ""


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A band of numbers: from the bound of the band before it up to ``below``, which is not in it.

    Attributes:
        below: None for the last.
    """

    code: Code
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    below: int | None = None


class Skip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer to an earlier question that makes this one pointless."""

    question: Id
    answers: Annotated[tuple[Code, ...], msgspec.Meta(min_length=1)]


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question.

    Attributes:
        options: of a choice. bands: of a number. unit: of a number.
        not_applicable: whether this answer is offered; "I do not know" always is.
        why, find_out: help: why it is asked, and how to find out.
        who: who would know, the likeliest first.
        seconds: what answering takes somebody who knows.
        table1: its row in the article's Table 1.
        profile: it describes the facility and bears on no control.
        skip: makes it pointless; any one of them suffices.
        bears: control id to answer code to bearing; every code but the neutral answers stands there.
    """

    id: Id
    text: Text
    form: Form
    options: tuple[Option, ...] = ()
    bands: tuple[Band, ...] = ()
    unit: Annotated[str, msgspec.Meta(max_length=40)] = ""
    not_applicable: bool = False
    why: Text
    find_out: Text
    who: Annotated[tuple[Who, ...], msgspec.Meta(min_length=1, max_length=5)]
    seconds: Annotated[int, msgspec.Meta(ge=5, le=60)]
    table1: Annotated[int, msgspec.Meta(ge=1, le=PUBLISHED_ITEMS)] | None = None
    profile: bool = False
    skip: tuple[Skip, ...] = ()
    bears: dict[Id, dict[Code, Bearing]] = {}

    @property
    def codes(self) -> dict[str, str]:
        """Every answer that can bear on a control, with its text, in the order of the page."""
        if self.form is Form.YES_NO:
            return YES_NO
        if self.form is Form.YES_PARTLY_NO:
            return YES_PARTLY_NO
        if self.form is Form.CHOICE:
            return {option.code: option.text for option in self.options}
        return {band.code: band.text for band in self.bands}

    @property
    def answers(self) -> dict[str, str]:
        """Every possible answer with its text, "I do not know" included."""
        offered = {UNKNOWN: "I do not know"}
        return (
            {**self.codes, **offered, NOT_APPLICABLE: "Not applicable"}
            if self.not_applicable
            else {**self.codes, **offered}
        )

    def code(self, value: str | int) -> str | None:
        """The answer code of a value: a code, or a number that a band holds; None where it is no answer to this."""
        if isinstance(value, str):
            # A number's bands are no answers of their own: the number is what was asked for.
            known = value in self.answers and (self.form is not Form.NUMBER or value in NEUTRAL_ANSWERS)
            return value if known else None
        if self.form is not Form.NUMBER or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
            return None
        return next((band.code for band in self.bands if band.below is None or value < band.below), None)

    def bearing(self, control: str, code: str) -> Bearing:
        """What an answer says about a control; "I do not know" and "not applicable" say nothing."""
        return self.bears.get(control, {}).get(code, Bearing.NEUTRAL)


MAX_NUMBER = 100_000_000
"""The largest number taken as an answer."""
