"""One question asked of somebody: shown, answered, withdrawn, and what two people answered at once. Knows no address.

Whoever asks says where the pages lie (`Way`), so that a signed-in person and one with a link are asked alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from leadglass.assess.answers import MAX_NOTE
from leadglass.assess.instrument import Section
from leadglass.assess.question import NEUTRAL_ANSWERS, Form, Question
from leadglass.assessor.knowledge import knowledge
from leadglass.console.page import Visit
from leadglass.console.survey_form import MAX_PERSON, NUMBER, Fault, Read, Typed, read, shown, typed
from leadglass.console.survey_view import WHO, Row, Survey, answer_words, minutes
from leadglass.errors import LeadglassError
from leadglass.store.appstate.survey import AnswerConflict, answer_set, numbers, record_answer

_SECOND = 1_000_000_000
FIELDS = ("basis", "before", "choice", "number", "note", "person")


@dataclass(frozen=True, slots=True)
class Way:
    """Where the pages of somebody's questions lie, and what is said of them.

    Attributes:
        base: of the questions' addresses, which end in their ids.
        check: where all answers of the section stand.
        share: they came by a link: no account, this section only.
        person: who a visitor by link says to be; empty before.
    """

    base: str
    check: str
    share: bool = False
    person: str = ""

    def to(self, question: str) -> str:
        """The address of a question."""
        return f"{self.base}/{question}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, as it is asked of somebody.

    Attributes:
        by: who answers, as it is recorded. source: "console" or "link".
        basis: number of the answer of record when it was looked up.
    """

    survey: Survey
    row: Row
    way: Way
    basis: int
    by: str
    source: Literal["console", "link"]


@dataclass(frozen=True, slots=True)
class Saved:
    """What was just saved.

    Attributes:
        row: its question, with the answer of record now.
        hidden: questions that are not asked because of it. kept: how many of them have answers, which are kept.
    """

    row: Row
    hidden: int
    kept: int


def surveyed(visit: Visit) -> tuple[Survey, dict[str, int]]:
    """The survey with the answers of record, and the number of each.

    Numbers are read first: if somebody answers in between, a form is based on too old an answer, and asks back.
    """
    engine, instrument = visit.console.engine, knowledge().instrument
    bases = numbers(engine)
    return Survey(instrument, answer_set(engine, instrument)), bases


def show(visit: Visit, asked: Asked) -> Response:
    """The question, with the answer of record filled in."""
    answer = asked.row.answer
    value, note = (answer.value, answer.note) if answer else (None, "")
    return _render(visit, asked, shown(value, note, asked.basis), ())


def save(visit: Visit, asked: Asked) -> Response:
    """Record what was typed, or withdraw the answer of record."""
    form = typed({name: visit.secret(name) for name in FIELDS})
    withdrawn = visit.field("action") == "withdraw"
    found = Read(None, ()) if withdrawn else read(asked.row.question, form)
    faults = found.faults if asked.by else (Fault("person", "Say who you are"), *found.faults)
    if faults:
        return _render(visit, asked, form, faults)
    return _record(visit, asked, form, found.value)


def _record(visit: Visit, asked: Asked, form: Typed, value: str | int | None) -> Response:
    question, console = asked.row.question, visit.console
    try:
        record_answer(
            console.engine,
            asked.survey.instrument,
            question.id,
            value,
            by=asked.by,
            address=visit.address,
            at=datetime.fromtimestamp(console.clock() / _SECOND, UTC),
            note=form.note if value is not None else "",
            basis=form.basis,
            source=asked.source,
        )
    except AnswerConflict as conflict:
        return _conflict(visit, asked, form, value, conflict)
    except LeadglassError as error:
        said = f"{error.message[:1].upper()}{error.message[1:]}"
        return _render(visit, asked, form, (Fault("choice-1" if question.codes else "number", said),))
    return RedirectResponse(_onward(visit, asked), 303)


def saved(visit: Visit, survey: Survey, section: Section | None = None) -> Saved | None:
    """What the answer that was just saved came to; the address names its question.

    Args:
        visit: whose address names the question.
        survey: with the answer.
        section: the only one the visitor may know of; None for all.
    """
    row = survey.rows.get(visit.query("saved"))
    if row is None or (section is not None and row.section is not section):
        return None
    hidden = [one for one in survey.hidden_by(row.question.id) if section is None or one.section is section]
    return Saved(row, len(hidden), sum(one.answer is not None for one in hidden))


def _onward(visit: Visit, asked: Asked) -> str:
    """Where to go from a question that was answered: back to where one came from, or on."""
    survey, _ = surveyed(visit)  # the answer may have hidden what came next
    row = survey.rows[asked.row.question.id]
    following = None if visit.field("from") == "check" else survey.waiting_after(row)
    address = asked.way.to(following.question.id) if following else asked.way.check
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'saved': row.question.id})}"


def _conflict(visit: Visit, asked: Asked, form: Typed, value: str | int | None, conflict: AnswerConflict) -> Response:
    """Both answers side by side; one of them is chosen, and what was of record stays in the history."""
    theirs, question = conflict.current, asked.row.question
    return visit.render(
        "assess_conflict.html",
        409,
        way=asked.way,
        row=asked.row,
        mine_form=shown(value, form.note, theirs.number),
        person=form.person,
        by=asked.by,
        origin=visit.field("from"),
        onward=_skip(asked, visit.field("from")),
        mine="" if value is None else answer_words(question, value),
        theirs=theirs,
        theirs_said=answer_words(question, theirs.answer.value) if theirs.answer else "",
    )


def _render(visit: Visit, asked: Asked, form: Typed, faults: tuple[Fault, ...]) -> Response:
    survey, row, question = asked.survey, asked.row, asked.row.question
    origin = visit.field("from") or visit.query("from")
    return visit.render(
        "assess_question.html",
        400 if faults else 200,
        way=asked.way,
        row=row,
        survey=survey,
        part=survey.part(row.section),
        place=survey.place(row),
        form=form,
        faults=faults,
        origin=origin,
        choices=_choices(question),
        is_number=question.form is Form.NUMBER,
        before=survey.before(row),
        onward=_skip(asked, origin),
        may=asked.way.share or visit.may("answer"),
        saved=saved(visit, survey, row.section if asked.way.share else None),
        secluded=known(survey, row.section) if asked.way.share else None,
        who=WHO,
        minutes=minutes,
        max_note=MAX_NOTE,
        max_person=MAX_PERSON,
    )


def known(survey: Survey, section: Section) -> frozenset[str]:
    """Questions that somebody with a link to a section may know of."""
    return frozenset(row.question.id for row in survey.of(section))


def _skip(asked: Asked, origin: str) -> str:
    """Where to go without an answer."""
    following = None if origin == "check" else asked.survey.waiting_after(asked.row)
    return asked.way.to(following.question.id) if following else asked.way.check


def _choices(question: Question) -> list[tuple[str, str]]:
    """The radios: code and text; those of a number begin with the number itself."""
    if question.form is not Form.NUMBER:
        return list(question.answers.items())
    neutral = [(code, text) for code, text in question.answers.items() if code in NEUTRAL_ANSWERS]
    return [(NUMBER, "The number above"), *neutral]
