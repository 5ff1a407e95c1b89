"""What is known of a network, from where, and how: claimed, configured or observed. Kept apart; never made one here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from leadglass.network.hospital import Machine, Zone
from leadglass.network.rule import Place


class Kind(StrEnum):
    """How a fact is known."""

    CLAIMED = "claimed"  # somebody wrote it down: a list, an inventory
    CONFIGURED = "configured"  # a device is set so
    OBSERVED = "observed"  # a scan or traffic showed it


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that one source says.

    Attributes:
        subject: what it is about: "zone ct", "machine pacs-1".
        words: what is said of it.
        place: where. digest: of the source, `digest`.
    """

    kind: Kind
    subject: str
    words: str
    place: Place
    digest: str


@dataclass(frozen=True, slots=True)
class Listening:
    """A machine answers on a port.

    Attributes:
        address: its place (`network.address`). protocol, port: by number.
        service: what the scanner takes it for; empty where it does not say.
    """

    address: int
    protocol: int
    port: int
    service: str
    place: Place


@dataclass(frozen=True, slots=True)
class Proposed:
    """What one import proposes; nothing of it is so until a person takes it (`merge`).

    Attributes:
        file: its name. digest: of its text.
        zones, machines: as they would stand in the hospital's file.
        unnamed: names of those machines that the importer had to make up.
        listening: services that answered.
        facts: what each record says.
        told: what a person should look at, with its place.
    """

    file: str
    digest: str
    zones: tuple[Zone, ...] = ()
    machines: tuple[Machine, ...] = ()
    unnamed: frozenset[str] = frozenset()
    listening: tuple[Listening, ...] = ()
    facts: tuple[Fact, ...] = ()
    told: tuple[tuple[Place, str], ...] = ()


def digest(text: str) -> str:
    """SHA-256 of a source's text, hexadecimal. The text has no secrets: it is masked before."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
