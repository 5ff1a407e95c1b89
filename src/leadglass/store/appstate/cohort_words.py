"""Answer codes as numbers: each word is stored once, and a response as pairs of its words' numbers. Judges none.

Ten thousand responses hold a few hundred different words. Stored so they take a sixth of the room, and read so they
share one string a word.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, insert, select

from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.tables import cohort_words

MAX_WORDS = 20_000  # far fewer than two bytes can name


def load_words(connection: Connection) -> list[str]:
    """All words, at their numbers."""
    return list(connection.execute(select(cohort_words.c.word).order_by(cohort_words.c.number)).scalars())


def pack(connection: Connection, responses: Iterable[Mapping[str, str]]) -> list[bytes]:
    """Responses as numbers; words that are new are stored within the caller's transaction.

    Raises:
        AppStateConflictError: there would be more than `MAX_WORDS`.
    """
    words = {word: number for number, word in enumerate(load_words(connection))}
    known = len(words)
    found = []
    for response in responses:
        pairs = [
            words.setdefault(word, len(words))
            for question in sorted(response)
            for word in (question, response[question])
        ]
        if len(words) > MAX_WORDS:
            raise AppStateConflictError(
                f"more than {MAX_WORDS} different questions and answers", "these are not answers to a survey"
            )
        found.append(struct.pack(f"<{len(pairs)}H", *pairs))
    new = [{"number": number, "word": word} for word, number in words.items() if number >= known]
    if new:
        connection.execute(insert(cohort_words), new)
    return found


def unpack(words: list[str], packed: bytes) -> dict[str, str]:
    """A response from its numbers."""
    numbers = struct.unpack(f"<{len(packed) // 2}H", packed)
    return dict(zip(map(words.__getitem__, numbers[::2]), map(words.__getitem__, numbers[1::2]), strict=True))
