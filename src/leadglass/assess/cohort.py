"""Many hospitals' answers together: a tally an item, in all and by band of size. Never which hospital answered what.

What is printed of it is decided elsewhere: a tally of few hospitals can give one of them away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from leadglass.assess.branch import view
from leadglass.assess.instrument import Instrument
from leadglass.assess.tally import Tally, folded


class Size(StrEnum):
    """By what hospitals are grouped: the question whose bands are used."""

    BEDS = "beds"
    EXAMS = "exams"


def coded(instrument: Instrument, values: Mapping[str, str | int]) -> dict[str, str]:
    """One hospital's response: the answer code of each question that was asked and answered, numbers as their bands."""
    asked = view(instrument, values).asked
    questions = instrument.by_id
    codes = {name: questions[name].code(value) for name, value in values.items() if name in asked}
    return {name: code for name, code in codes.items() if code is not None}


def tallies(instrument: Instrument, responses: Iterable[Mapping[str, str]]) -> dict[str, Tally]:
    """The tally of each question, by id; a question that a response does not have was skipped there."""
    counts = _empty(instrument)
    for response in responses:
        _count(counts, response)
    return {question.id: folded(question, counts[question.id]) for question in instrument.questions}


def by_size(instrument: Instrument, responses: Iterable[Mapping[str, str]], size: Size) -> dict[str, dict[str, Tally]]:
    """The tally of each question in each band of size, by question id and band, bands in rising order.

    Responses without a band (unknown, not applicable, skipped) are in none.
    """
    bands = list(instrument.by_id[size.value].codes)
    counts = {band: _empty(instrument) for band in bands}
    for response in responses:
        place = counts.get(response.get(size.value, ""))
        if place is not None:
            _count(place, response)
    return {
        question.id: {band: folded(question, counts[band][question.id]) for band in bands}
        for question in instrument.questions
    }


def _empty(instrument: Instrument) -> dict[str, dict[str, int]]:
    return {question.id: dict.fromkeys(question.answers, 0) for question in instrument.questions}


def _count(counts: dict[str, dict[str, int]], response: Mapping[str, str]) -> None:
    """Count one response; codes that the instrument does not have count nowhere."""
    for name, code in response.items():
        place = counts.get(name)
        if place is not None and code in place:
            place[code] += 1
