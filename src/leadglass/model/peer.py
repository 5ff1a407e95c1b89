"""A peer: a device the hospital knows, and what it may do. Address and title together name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ANY = "*"
MAX_CERTIFICATES = 2  # the one in use and the next, so that a renewal has no gap

PeerStatus = Literal["approved", "blocked"]


@dataclass(frozen=True, slots=True)
class Hours:
    """A weekly window in the hospital's zone.

    Attributes:
        days: ISO weekdays, 1 Monday to 7 Sunday.
        start: first minute of the day inside, 0 to 1439.
        end: first minute outside, 1 to 1440; smaller than ``start`` when the window passes midnight
            (it then ends on the following day).
    """

    days: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Peer:
    """One entry of the registry.

    Attributes:
        id: stable name, lower case, used by policies and on record.
        title: the AE title it calls with, as `ae_title` yields it.
        networks: CIDR ranges it calls from, IPv4 or IPv6, at least one.
        status: approved peers are judged by policy; a blocked one is refused in every mode.
        operations: DIMSE operations by name ("C-STORE"), or ``*``.
        sop_classes: SOP Class UIDs, or ``*``.
        archives: archive ids, or ``*``.
        hours: when it may work; empty is always.
        max_associations: at one time, over all workers; 0 is no limit of its own.
        description: for people.
        certificates: what proves it, at most `MAX_CERTIFICATES`, any one of them: "sha256:" and the hex digest of a
            pinned leaf (DER), or "name:" and a SAN dNSName (else the CN) of a certificate that the hospital's trust
            list vouches for. Empty: its address range is all there is.
        plain: it may call without TLS; counted as a gap.
        host, port: where it listens itself: a destination of C-MOVE and of reports on a later association; "" for none.
        destinations: AE titles it may name as Move Destination, or ``*``.
        levels: Query/Retrieve Levels at which it may query and retrieve ("STUDY", "WORKLIST"), or ``*``.
    """

    id: str
    title: str
    networks: tuple[str, ...]
    status: PeerStatus = "approved"
    operations: tuple[str, ...] = ("C-ECHO",)
    sop_classes: tuple[str, ...] = (ANY,)
    archives: tuple[str, ...] = (ANY,)
    hours: tuple[Hours, ...] = ()
    max_associations: int = 0
    description: str = ""
    certificates: tuple[str, ...] = ()
    plain: bool = False
    host: str = ""
    port: int = 0
    destinations: tuple[str, ...] = (ANY,)
    levels: tuple[str, ...] = (ANY,)
