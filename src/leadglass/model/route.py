"""Where traffic goes: listeners, archives, routes, and their bounds. Times in seconds, sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Mode(StrEnum):
    """What a route does with a refusal by policy or binding."""

    OBSERVE = "observe"  # forwarded, recorded as would-refuse
    ALERT = "alert"  # the same, and an alarm
    ENFORCE = "enforce"  # refused


FailureBehaviour = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds. Sources: PS3.8 9.1.4 (ARTIM); the rest are ours."""

    associate: float = 30.0  # A-ASSOCIATE-RQ after connect; also upstream's connect and answer
    stall: float = 60.0  # no byte inside a PDU
    idle: float = 3600.0  # no PDU on an association
    dimse_response: float = 600.0  # no response to a forwarded request
    release: float = 30.0  # a next hop silent at release
    transfer_idle: float = 60.0  # a transfer without an instance is closed on record
    drain: float = 30.0  # at SIGTERM, before A-ABORT
    registrar: float = 2.0  # an unanswered question is a refusal
    move_response: float = 3600.0  # between responses to a C-MOVE
    move_expected: float = 600.0  # objects of a C-MOVE may still come after its final response
    commitment_expected: float = 604_800.0  # an N-EVENT-REPORT after its N-ACTION
    handshake: float = 10.0  # a TLS handshake


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds, checked before memory is taken."""

    max_pdu: int = 131_072  # announced to each side at most, and to a side that announced 0
    association_pdu: int = 1_048_576  # an A-ASSOCIATE PDU
    command: int = 65_536  # a command set
    head: int = 262_144  # bytes of data set read to find identity
    inflate: int = 1_048_576  # of a deflated data set's head, inflated
    associations: int = 1_000  # at one time in a worker
    handshakes: int = 64  # TLS handshakes at one time in a worker


@dataclass(frozen=True, slots=True)
class Archive:
    """An application entity behind the gateway. ``host`` is a name or an address, IPv4 or IPv6.

    Attributes:
        title: its own AE title: sent as called title where a route maps it, and what it calls with itself.
        networks: CIDR ranges it calls from, for associations of its own; empty: ``host``, where that is an address.
        tls: it is spoken to over TLS.
        certificates: what proves it, as for a peer; empty with ``tls``: the trust list and its host name.
    """

    id: str
    host: str
    port: int
    title: str = ""
    networks: tuple[str, ...] = ()
    tls: bool = False
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Which archive serves a called AE title, and how its refusals are treated.

    Attributes:
        called: the title devices call, as `ae_title` yields it; compared with case.
        archive: id of the archive.
        mode: a new route observes.
        store_failure, other_failure: what happens when the record cannot be written.
        unreadable_head: "pass" forwards as patient unknown, "refuse" answers C000H.
        called_as: title told to the archive instead of ``called``; empty passes it unchanged.
        calling_as: title told to the archive instead of the caller's; empty passes it unchanged.
        bypassed_until: UTC nanoseconds until which it relays without policy; 0 is not at all.
    """

    called: str
    archive: str
    mode: Mode = Mode.OBSERVE
    store_failure: FailureBehaviour = "open"
    other_failure: FailureBehaviour = "closed"
    unreadable_head: Literal["pass", "refuse"] = "pass"
    called_as: str = ""
    calling_as: str = ""
    bypassed_until: int = 0


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket devices connect to. ``address`` is an IP address; ``::`` also takes IPv4. ``tls``: TLS only."""

    address: str
    port: int
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Timers and limits of the data plane.

    Attributes:
        timers, limits: see there.
        expired_grace_days: for how long after its end a pinned certificate still proves its peer.
    """

    timers: Timers = field(default_factory=Timers)
    limits: Limits = field(default_factory=Limits)
    expired_grace_days: int = 30
