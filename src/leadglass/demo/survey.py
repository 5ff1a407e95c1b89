"""The answers the demonstration hospital begins with, read from ``survey.toml``. Never replaces a person's answer."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources

import msgspec
from sqlalchemy import Engine

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.instrument import Instrument
from leadglass.assessor.knowledge import knowledge
from leadglass.store.appstate.survey import history, import_answers


@dataclass(frozen=True, slots=True)
class Person:
    """Who answered, and what.

    Attributes:
        by: name and role. days: before the first start.
        answers: by question; notes: to some of them.
    """

    by: str
    days: int
    answers: dict[str, str | int]
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """All of it."""

    person: tuple[Person, ...]


def survey() -> Survey:
    """The shipped one."""
    text = resources.files("leadglass.demo").joinpath("survey.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Survey)


def given(of: Survey, instrument: Instrument, at: datetime) -> AnswerSet:
    """The answers as they stand at a time, aware."""
    return AnswerSet(
        instrument.version,
        {
            question: Answer(value, person.by, at - timedelta(days=person.days), person.notes.get(question, ""))
            for person in of.person
            for question, value in person.answers.items()
        },
    )


def answer(engine: Engine, at: datetime) -> bool:
    """Answer the survey where nobody ever did; whether nobody had.

    Args:
        engine: the application state.
        at: now, aware.

    Raises:
        LeadglassError: the answers cannot be stored.
    """
    if history(engine, limit=1):
        return False
    instrument = knowledge().instrument
    answers = given(survey(), instrument, at)
    import_answers(engine, instrument, answers, by="demonstration", address="local", at=at, source="demo")
    return True
