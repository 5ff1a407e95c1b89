"""The gateway as the facts about it see it: configuration, registry, record, at one time. Judges nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from leadglass.config import Configuration
from leadglass.config.lines import Location, locations
from leadglass.model.event import BypassChanged
from leadglass.model.peer import Peer
from leadglass.model.route import Listener
from leadglass.model.status import CertificateEnd, UnknownPeer
from leadglass.policy.names import listed
from leadglass.store.projection.interface import Filter, Projection, Row

CONFIGURATION = "the gateway's configuration"
REGISTRY = "the gateway's registry of peers"
RECORD = "the gateway's record"
"""Sources of evidence: what one of them says can contradict what another says."""

LOOK_BACK = timedelta(days=30)  # into the record: as long as what was seen there stays fresh
MAX_EVENTS = 500  # of one kind looked at, the newest
MAX_TEXT = 1_048_576  # bytes of the configuration file
MAX_LINES = 8  # named in one place
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Sight:
    """What is looked at.

    Attributes:
        configuration: as it is in force. lines: of its tables and keys. digest: SHA-256 of its file.
        approved: peers of the registry that may call.
        projection: the record.
        at: now, aware.
        waiting: callers nobody decided about.
        ends: certificates of peers that end within 60 days or have ended.
        bypasses: by route, the last bypass that began or ended within `LOOK_BACK`.
    """

    configuration: Configuration
    approved: tuple[Peer, ...]
    projection: Projection
    at: datetime
    waiting: Sequence[UnknownPeer] = ()
    ends: Sequence[CertificateEnd] = ()
    lines: dict[Location, int] = field(default_factory=dict)
    digest: str = ""
    bypasses: dict[str, Row] = field(default_factory=dict)

    @property
    def now(self) -> int:
        """UTC ns."""
        return nanoseconds(self.at)

    @property
    def since(self) -> int:
        """The beginning of `LOOK_BACK`, UTC ns."""
        return nanoseconds(self.at - LOOK_BACK)

    @property
    def plain_listeners(self) -> tuple[Listener, ...]:
        """Listeners that take DICOM without TLS."""
        return tuple(one for one in self.configuration.listeners if not one.tls)

    def bypassed(self, route: str) -> bool:
        """Whether a route relays without policy now."""
        row = self.bypasses.get(route)
        return row is not None and isinstance(row.event.body, BypassChanged) and row.event.body.until > self.now

    def events(self, kind: str) -> tuple[Row, ...]:
        """Events of a kind within `LOOK_BACK`, newest first, at most `MAX_EVENTS`."""
        return self.projection.events(Filter(kinds=(kind,), since=self.since, until=self.now + 1), "", MAX_EVENTS).rows

    def place(self, table: str, indexes: Sequence[int] = (), key: str = "") -> str:
        """Where in the configuration file something is said; a default stands nowhere, its table does.

        Args:
            table: its name.
            indexes: of tables that stand several times: which ones.
            key: in the table.
        """
        places: list[Location] = [(table, index, key) for index in indexes] or [(table, key)]
        found = sorted({line for place in places if (line := self._line(place))})
        words = f"{self.configuration.file.name}, [{table}]{f' {key}' if key else ''}"
        if found:
            return f"{words}, line {listed(tuple(map(str, found)), MAX_LINES)}"
        return f"{words} (default)" if self.lines else words

    def _line(self, location: Location) -> int:
        return next((self.lines[location[:n]] for n in range(len(location), 0, -1) if location[:n] in self.lines), 0)


def sight(
    configuration: Configuration,
    peers: Sequence[Peer],
    projection: Projection,
    at: datetime,
    waiting: Sequence[UnknownPeer] = (),
    ends: Sequence[CertificateEnd] = (),
) -> Sight:
    """All of it; the file's text is only read to say in which line something stands.

    Raises:
        ProjectionError: the record cannot be read.
    """
    try:
        with configuration.file.open("rb") as file:
            raw = file.read(MAX_TEXT)
    except OSError:  # what is in force is known without it
        raw = b""
    approved = tuple(peer for peer in peers if peer.status == "approved")
    seen = Sight(
        configuration,
        approved,
        projection,
        at,
        waiting,
        ends,
        locations(raw.decode("utf-8", "replace")),
        hashlib.sha256(raw).hexdigest() if raw else "",
    )
    bypasses: dict[str, Row] = {}
    for row in seen.events("bypass-changed"):
        if isinstance(row.event.body, BypassChanged):
            bypasses.setdefault(row.event.body.route, row)
    return replace(seen, bypasses=bypasses)


def nanoseconds(at: datetime) -> int:
    """UTC ns of an aware datetime."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000


def moment(time: int) -> datetime:
    """UTC ns as an aware datetime."""
    return _EPOCH + timedelta(microseconds=time // 1_000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
