"""What was uploaded and not yet taken: one offer a session, in memory, for a while. Never of record."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from leadglass.reporting.workbook_reader import Gathered

MAX_OFFERS = 8  # of answers in memory at one time; each is bounded by its file
LASTS = 3_600_000_000_000  # ns: an hour to look at what a file would change


class Dated(Protocol):
    """What is offered."""

    @property
    def at(self) -> int:
        """When it was put here, UTC ns."""


Something = TypeVar("Something", bound=Dated)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a file offers.

    Attributes:
        name: of the file, hostile text. source: "file" or "workbook", for the record.
        gathered: what it holds.
        at: when it came, UTC ns.
    """

    name: str
    source: str
    gathered: Gathered
    at: int


class Offers(Generic[Something]):
    """The waiting offers of one kind, at most ``most``. Used from several threads."""

    def __init__(self, most: int = MAX_OFFERS) -> None:
        self._most = most
        self._waiting: OrderedDict[str, Something] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: str, offer: Something) -> None:
        """Keep an offer, instead of an earlier one of the session; the oldest of all makes place."""
        with self._lock:
            self._waiting.pop(session, None)
            self._waiting[session] = offer
            while len(self._waiting) > self._most:
                self._waiting.popitem(last=False)

    def look(self, session: str, now: int) -> Something | None:
        """The session's offer, when it still lasts."""
        with self._lock:
            offer = self._waiting.get(session)
            if offer is not None and now - offer.at > LASTS:
                del self._waiting[session]
                return None
            return offer

    def drop(self, session: str) -> None:
        """Forget the session's offer."""
        with self._lock:
            self._waiting.pop(session, None)
