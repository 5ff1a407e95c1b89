"""An answer as somebody typed it, and what is wrong with it. Pure; an answer it returns is one to its question."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from leadglass.assess.answers import MAX_NOTE
from leadglass.assess.question import MAX_NUMBER, NEUTRAL_ANSWERS, Form, Question
from leadglass.console.text import number

MAX_PERSON = 80  # characters of the name of somebody who answers by link
MAX_BASIS = 12  # digits
NUMBER = "number"
"""The choice beside "I do not know": what stands in the field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and the field (its id on the page) in which it can be put right."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it came, ready to be shown again.

    Attributes:
        choice: an answer code, or `NUMBER`. number: digits, as typed. note: with bare line feeds.
        before: the answer that the form was filled with, as its field shows it.
        basis: number of the answer of record that the form showed, 0 for none.
        person: who answers, on pages that need no account.
    """

    choice: str = ""
    number: str = ""
    note: str = ""
    before: str = ""
    basis: int = 0
    person: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a form says: a value, or faults."""

    value: str | int | None
    faults: tuple[Fault, ...]


def typed(fields: Mapping[str, str]) -> Typed:
    """The form's fields. A basis that is no number is that of nobody: it can only lead to a question back."""
    basis = fields.get("basis", "")
    return Typed(
        choice=fields.get("choice", ""),
        number=fields.get("number", "").strip(),
        note=fields.get("note", "").replace("\r\n", "\n").strip(),
        before=fields.get("before", ""),
        basis=int(basis) if _digits(basis) and len(basis) <= MAX_BASIS else 0,
        person=person(fields.get("person", "")),
    )


def shown(value: str | int | None, note: str, basis: int) -> Typed:
    """The form filled with an answer."""
    text = "" if value is None else str(value)
    if isinstance(value, int):
        return Typed(NUMBER, text, note, text, basis)
    return Typed(text, "", note, text, basis)


def read(question: Question, form: Typed) -> Read:
    """The answer that a form holds, or every fault in it."""
    value, fault = _number(question, form) if question.form is Form.NUMBER else _choice(question, form)
    faults = [fault] if fault else []
    if len(form.note) > MAX_NOTE:
        faults.append(
            Fault("note", f"The note has {number(len(form.note))} characters; at most {number(MAX_NOTE)} fit")
        )
    if any(unicodedata.category(one) == "Cc" and one not in "\n\t" for one in form.note):
        faults.append(Fault("note", "The note holds a control character: write it again without"))
    return Read(None if faults else value, tuple(faults))


def person(name: str) -> str:
    """The name of somebody who answers by link: one line, nothing unseen; empty where it is none."""
    plain = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in name)
    whole = " ".join(plain.split())
    return whole if len(whole) <= MAX_PERSON else ""


def _choice(question: Question, form: Typed) -> tuple[str | None, Fault | None]:
    if question.code(form.choice) is not None:
        return form.choice, None
    return None, Fault("choice-1", "Choose an answer, or skip the question for now")


def _number(question: Question, form: Typed) -> tuple[str | int | None, Fault | None]:
    """The number or the neutral answer; of both, the one that was left as the form showed it gives way."""
    neutral = form.choice in NEUTRAL_ANSWERS and question.code(form.choice) is not None
    if neutral and form.number in {"", form.before}:
        return form.choice, None
    if neutral and form.choice != form.before:
        text = f"A number and “{question.answers[form.choice]}” cannot both be: clear the number, or choose the number"
        return None, Fault("number", text)
    if not form.number:
        return None, Fault("number", "Write a number, or choose an answer below it, or skip the question for now")
    if not _digits(form.number):
        return None, Fault("number", "Write a whole number, 0 or larger, in digits alone, for instance 1200")
    if len(form.number) > len(str(MAX_NUMBER)) or int(form.number) > MAX_NUMBER:
        return None, Fault("number", f"The number is too large: at most {number(MAX_NUMBER)}")
    return int(form.number), None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
