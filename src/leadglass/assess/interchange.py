"""Answers as a JSON file that another Leadglass, or a person, can read. Never takes what it does not know.

A file with a fault is refused whole, with every fault named; an answer to a question that this instrument does not have
is no fault: it is kept beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from leadglass.assess.answers import MAX_NAME, MAX_NOTE, Answer, AnswerSet, Kept
from leadglass.assess.instrument import Instrument
from leadglass.assess.supersede import Moved, number, supersede
from leadglass.errors import LeadglassError

FORMAT: Literal["leadglass-answers-1"] = "leadglass-answers-1"
MAX_FILE = 16_777_216  # bytes: as many answers as may stand in it, with the longest notes in escaped characters
MAX_ANSWERS = 1_000
MAX_FAULTS = 20  # named in one message; the rest are counted

_Version = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\.[0-9]{1,3}$")]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
_When = Annotated[datetime, msgspec.Meta(tz=True)]


class AnswerFileError(LeadglassError):
    """A file of answers that cannot be taken."""


class AnswerRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One answer: the code or the number, who answered when, and a note."""

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    value: Annotated[str, msgspec.Meta(max_length=32)] | Annotated[int, msgspec.Meta(ge=0)]
    by: _Name
    at: _When
    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] = ""


class KeptRow(AnswerRow, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An answer to a question that the file's version does not have; ``version`` is the one it was given to."""

    version: _Version


class AnswerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A hospital's answers of record."""

    format: Literal["leadglass-answers-1"]
    instrument: _Version
    facility: Annotated[str, msgspec.Meta(max_length=MAX_NAME)] = ""
    answers: Annotated[tuple[AnswerRow, ...], msgspec.Meta(max_length=MAX_ANSWERS)]
    kept: Annotated[tuple[KeptRow, ...], msgspec.Meta(max_length=MAX_ANSWERS)] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What a file held.

    Attributes:
        answers: brought to the present instrument. moved: those that were renamed or recoded for it.
        version: of the instrument the file was written for. facility: whose answers it says they are.
    """

    answers: AnswerSet
    moved: tuple[Moved, ...]
    version: str
    facility: str


def schema() -> dict[str, Any]:
    """The JSON Schema of a file of answers."""
    return msgspec.json.schema(AnswerFile)


def write(answers: AnswerSet, facility: str = "") -> bytes:
    """The file; the same answers give the same bytes."""
    rows = [AnswerRow(question=name, **_fields(answer)) for name, answer in sorted(answers.answers.items())]
    kept = [KeptRow(question=one.question, version=one.version, **_fields(one.answer)) for one in answers.kept]
    kept.sort(key=lambda row: (row.version, row.question, row.at))
    file = AnswerFile(
        format=FORMAT, instrument=answers.version, facility=facility, answers=tuple(rows), kept=tuple(kept)
    )
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def _fields(answer: Answer) -> dict[str, Any]:
    return {"value": answer.value, "by": answer.by, "at": answer.at, "note": answer.note}


def read(data: bytes, instrument: Instrument) -> Received:
    """The answers in a file, brought to the present instrument.

    Raises:
        AnswerFileError: larger than `MAX_FILE`, no such file, of a later instrument, a question answered twice, or an
            answer of the present version that is none to its question; all such answers are named.
    """
    if len(data) > MAX_FILE:
        raise AnswerFileError(f"larger than {MAX_FILE} bytes", "is this a file of answers?")
    try:
        file = msgspec.json.decode(data, type=AnswerFile)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        hint = "a file of answers is written by an export; docs/reference/answer-file.schema.json says what it holds"
        raise AnswerFileError(f"no file of answers: {error}", hint) from None
    if number(file.instrument) > number(instrument.version):
        hint = "upgrade this Leadglass, or export from the version it has"
        raise AnswerFileError(f"answers to instrument {file.instrument}; this one is {instrument.version}", hint)
    _check(file, instrument)
    answers = {row.question: _answer(row) for row in file.answers}
    kept = tuple(Kept(row.version, row.question, _answer(row)) for row in file.kept)
    found, moved = supersede(AnswerSet(file.instrument, answers, kept), instrument)
    return Received(found, tuple(moved), file.instrument, file.facility)


def _answer(row: AnswerRow) -> Answer:
    return Answer(row.value, row.by, row.at, row.note)


def _check(file: AnswerFile, instrument: Instrument) -> None:
    questions = instrument.by_id if file.instrument == instrument.version else {}
    seen: set[str] = set()
    faults = []
    for row in file.answers:
        if row.question in seen:
            faults.append(f"{row.question!r} is answered twice")
        seen.add(row.question)
        question = questions.get(row.question)
        if question is not None and question.code(row.value) is None:
            faults.append(f"{row.value!r} is no answer to {row.question!r}")
    if faults:
        more = f", and {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        hint = "docs/reference/questions.md lists the answers to each question"
        raise AnswerFileError("; ".join(faults[:MAX_FAULTS]) + more, hint)
