"""Networks described by uploaded files and not yet kept: one a session, in memory, for a while. Never of record."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from leadglass.network.draft import Draft
from leadglass.network.intake import Taken

MAX_OFFERS = 4  # in memory at one time; each is bounded by its files
LASTS = 3_600_000_000_000  # ns: an hour to say what each subnet is


@dataclass(frozen=True, slots=True)
class NetworkOffer:
    """What was made of files.

    Attributes:
        draft: the hospital, to be completed.
        configurations: masked.
        basis: number of the network that it extends.
        at: when it came, UTC ns.
    """

    draft: Draft
    configurations: tuple[Taken, ...]
    basis: int
    at: int


class NetworkOffers:
    """The waiting offers. Used from several threads."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, NetworkOffer] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: str, offer: NetworkOffer) -> None:
        """Keep an offer, instead of an earlier one of the session; the oldest of all makes place."""
        with self._lock:
            self._waiting.pop(session, None)
            self._waiting[session] = offer
            while len(self._waiting) > MAX_OFFERS:
                self._waiting.popitem(last=False)

    def look(self, session: str, now: int) -> NetworkOffer | None:
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
