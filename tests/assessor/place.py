"""A gateway for the assessor's tests: real configuration, application state, and projection of real events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.question import Bearing
from leadglass.assess.verdict import Judgement
from leadglass.assessor.current import Assessment, assess_now
from leadglass.assessor.gateway import gather
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.noted import Noted
from leadglass.assessor.sight import nanoseconds
from leadglass.config import Configuration, load
from leadglass.model.event import Association, AssociationClosed, Body, Event, EventId
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.store.appstate.peers import save_peer
from leadglass.store.appstate.survey import import_answers
from leadglass.store.appstate.unknown_peers import record_unknown
from leadglass.store.projection.interface import Projection

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
PIN = "sha256:" + "ab" * 32
TLS: dict[str, Any] = {"tls": "TLSv1.3 TLS_AES_256_GCM_SHA384", "certificate": PIN}

SITE = '[site]\nname = "St. Elsewhere"\ndata = "data"\n'
ARCHIVE = '[[archive]]\nid = "pacs"\nhost = "127.0.0.1"\nport = 4242\n'
ROUTE = '[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
ENFORCING = ROUTE + 'mode = "enforce"\n'
TLS_FILES = '[tls]\ncertificate = "own.crt"\nkey = "own.key"\n'
TLS_ONLY = "[[listener]]\nport = 2762\ntls = true\n"
PLAIN = SITE + ARCHIVE + ROUTE
SECURE = SITE + TLS_ONLY + ARCHIVE + "tls = true\n" + ENFORCING + TLS_FILES


@dataclass
class Place:
    """The gateway and what is known of it; ``at`` moves by hand."""

    folder: Path
    engine: Engine
    projection: Projection
    at: datetime = NOW
    configuration: Configuration = field(init=False)

    def __post_init__(self) -> None:
        for name in ("own.crt", "own.key"):
            (self.folder / name).write_text("")
        self.configured(PLAIN)

    def configured(self, text: str) -> None:
        """From now on the gateway has this configuration."""
        file = self.folder / "leadglass.toml"
        file.write_text(text)
        self.configuration = load(file)

    def happened(self, *bodies: Body, before: timedelta = 60 * SECOND, writer: str = "w0") -> None:
        """Events of one time before now, taken into the projection."""
        log, first = self.projection.position()
        time = nanoseconds(self.at - before)
        leaves = [
            (f"{first + number + 1:064x}", Event(EventId(writer, 1, first + number + 1), time + number, "PACS", body))
            for number, body in enumerate(bodies)
        ]
        self.projection.apply(log or "2026-11", first, leaves)

    def peer(self, name: str = "ct1", **changes: Any) -> Peer:
        """Approve a peer."""
        one = Peer(**{"id": name, "title": name.upper(), "networks": ("10.0.0.7/32",), **changes})
        save_peer(self.engine, one, "admin", "local")
        return one

    def waits(self, title: str, before: timedelta = 60 * SECOND, address: str = "10.0.9.9") -> None:
        """A caller nobody knows called."""
        time = nanoseconds(self.at - before)
        record_unknown(self.engine, UnknownPeer(address, title, "PACS", time, time, 1))

    def answered(self, before: timedelta = DAY, **answers: str) -> None:
        """Somebody answered questions; their ids with underscores."""
        given = {name.replace("_", "-"): Answer(value, "ann", self.at - before) for name, value in answers.items()}
        instrument = knowledge().instrument
        theirs = AnswerSet(instrument.version, given)
        take = frozenset(given)
        import_answers(self.engine, instrument, theirs, by="ann", address="local", at=self.at, take=take)

    def noted(self) -> tuple[Noted, ...]:
        """What the gateway knows now."""
        return gather(self.engine, self.configuration, self.projection, self.at)

    def of(self, fact: str, control: str, bearing: Bearing | None = None) -> list[Noted]:
        """What one kind of fact says of a control now."""
        return [
            one
            for one in self.noted()
            if one.evidence.id.split(":")[1:3] == [fact, control] and bearing in {None, one.evidence.bearing}
        ]

    def assessed(self) -> Assessment:
        """How the hospital stands now."""
        return assess_now(self.engine, knowledge(), self.configuration.site.name, self.at, self.noted())

    def judged(self, control: str) -> Judgement:
        """The judgement on one control now."""
        return next(one for one in self.assessed().judgements if one.control == control)


def who(number: int = 1, **changes: Any) -> Association:
    """The CT's association with the PACS, in the clear."""
    given = {"address": "10.0.0.7", "port": 40_001, "calling": "CT1", "called": "PACS", "peer": "ct1"}
    return Association(number, **{**given, "archive": "pacs", "mode": "enforce", **changes})


def closed(number: int = 1, started: int = 1, **changes: Any) -> AssociationClosed:
    """The end of it."""
    return AssociationClosed(who(number, **changes), started, "released")
