"""Invented hospitals for measures and tests: the same seed invents the same. Nobody's answers."""

from __future__ import annotations

import random
from collections.abc import Iterator

from leadglass.assess.cohort import Size
from leadglass.assess.contribution import FORMAT, Contribution
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import Form, Question

SKIPPED = 0.06  # of questions; as in the published survey, where 29 to 38 of 38 answered
_NOT_KNOWN = 0.12


def responses(instrument: Instrument, count: int, seed: int = 1) -> dict[str, dict[str, str]]:
    """Answer codes by question by contribution id. Larger hospitals say yes somewhat more often."""
    return dict(_each(instrument, count, seed))


def contributions(instrument: Instrument, count: int, seed: int = 1) -> list[Contribution]:
    """The same as contributions."""
    return [
        Contribution(format=FORMAT, id=name, instrument=instrument.version, codes=codes)
        for name, codes in _each(instrument, count, seed)
    ]


def _each(instrument: Instrument, count: int, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    source = random.Random(seed)
    questions = list(instrument.questions)
    beds = list(instrument.by_id[Size.BEDS.value].codes)
    for _ in range(count):
        name = f"{source.getrandbits(128):032x}"
        size = min(int(source.gammavariate(2, 1)), len(beds) - 1)
        codes = {}
        for question in questions:
            if source.random() >= SKIPPED:
                codes[question.id] = _answer(question, size, source)
        yield name, codes


def _answer(question: Question, size: int, source: random.Random) -> str:
    if source.random() < _NOT_KNOWN:
        return source.choice([code for code in question.answers if code not in question.codes])
    codes = list(question.codes)
    if question.id in set(Size):
        return codes[min(max(size + source.choice((-1, 0, 0, 1)), 0), len(codes) - 1)]
    if question.form in {Form.YES_NO, Form.YES_PARTLY_NO}:
        weights = [2.0 + size, *(2.0 for _ in codes[1:])]
        return source.choices(codes, weights)[0]
    return source.choice(codes)
