"""A network described by uploaded files and not yet kept: what waits for a person to complete it. Never of record."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.network.draft import Draft
from leadglass.network.intake import Taken

MAX_NETWORK_OFFERS = 4  # in memory at one time; each is bounded by its files


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
