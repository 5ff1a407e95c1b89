"""A scripted dialogue with an `Association`: what each end says, what the outside answers, and what came of it.

It stands in for the relay, without sockets or clock: bytes that are not used up come again in front of what follows,
nothing is given to a stream that holds, effects are carried out in order. It fails at once when the association asks
for something that can never be right: bytes for an end it has closed, or a second closing of a transfer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import inf
from typing import Any, TypeVar

from tests.flow.messages import CT, EVERYTHING, TRANSACTION, associate_ac, associate_rq

from leadglass.flow.association import Association, Phase
from leadglass.flow.effects import (
    AskExpected,
    AskRegistrar,
    Close,
    Connect,
    Count,
    Expect,
    Extend,
    Gate,
    Record,
    Send,
    Side,
    Soon,
)
from leadglass.flow.judge import Told
from leadglass.flow.surroundings import Rules, Surroundings
from leadglass.model.event import Body, InstanceBegun, InstanceOutcome, TransferBegun, TransferClosed
from leadglass.model.expectation import ExpectedMove, ExpectedReport
from leadglass.model.generation import Generation
from leadglass.model.peer import Hours, Peer
from leadglass.model.route import Archive, Limits, Mode, Route, Settings, Timers
from leadglass.policy import defaults
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ
from leadglass.wire.dicom.user_information import Role

CALLER, ARCHIVE = Side.CALLER, Side.ARCHIVE
TUESDAY = datetime.fromisoformat("2026-11-24T10:00+01:00")
ADDRESS = "10.2.0.7"
CT_SCANNER = Peer("ct2", "CT2", ("10.2.0.0/16",), operations=("C-ECHO", "C-STORE"), sop_classes=(CT,), plain=True)
WORKSTATION = Peer("ws", "WS", ("10.2.0.0/16",), operations=("*",), plain=True, host="10.2.0.7", port=11_112)
LIMITED = Peer("lim", "LIM", ("10.2.0.0/16",), operations=("*",), max_associations=2, plain=True)
ROGUE = Peer("rogue", "ROGUE", ("10.2.0.0/16",), "blocked", operations=("*",))
NIGHT = Peer("night", "NIGHT", ("10.2.0.0/16",), operations=("*",), hours=(Hours((1,), 60, 120),), plain=True)
VIEWER = Peer(
    "viewer", "VIEWER", ("10.2.0.0/16",), operations=("C-FIND", "C-MOVE", "C-GET"), plain=True,
    destinations=("VIEWER",), levels=("STUDY", "WORKLIST"), host="10.2.0.9", port=104,
)  # fmt: skip
PRINTER = Peer("printer", "PRINTER", ("10.2.0.0/16",), operations=("C-ECHO",), plain=True)  # listens nowhere
PEERS = (CT_SCANNER, WORKSTATION, LIMITED, ROGUE, NIGHT, VIEWER, PRINTER)
PACS = Archive("pacs", "10.20.0.5", 4242, "ORTHANC")
ROUTE = Route("PACS", "pacs", Mode.ENFORCE)
NOT_P9 = """
@id("not-p9")
@why("Patient P9 is shown to nobody.")
forbid (principal, action, resource) when { context.patient == "P9" };
"""

Found = TypeVar("Found")


@lru_cache(maxsize=64)
def rules(
    route: Route = ROUTE,
    timers: Timers = Timers(),  # noqa: B008 (frozen)
    limits: Limits = Limits(),  # noqa: B008 (frozen)
    policies: str = "",
    peers: tuple[Peer, ...] = PEERS,
) -> Rules:
    """A generation of the peers above, with the shipped policies and ``policies``, built."""
    settings, text = Settings(timers, limits), defaults() + policies
    return Rules.build(Generation(7, "Europe/Amsterdam", settings, (PACS,), (route,), peers, text, ""))


def moved(
    study: str = "1.2.3", *, peer: str = "ws", calling: str = "WS", message_id: int = 1, destination: str = "WS",
    until: int = 1_790_000_600_000_000_000, **keys: tuple[str, ...],
) -> ExpectedMove:  # fmt: skip
    """A C-MOVE of a study, or of other unique keys, as the registrar keeps it."""
    keys.setdefault("studies", (study,) if study else ())
    number = f"w0-1-{message_id}"
    levels = {"instances": "IMAGE", "series": "SERIES", "studies": "STUDY", "patients": "PATIENT"}
    level = next((level for key, level in levels.items() if keys.get(key)), "STUDY")
    return ExpectedMove(number, "pacs", destination, peer, ADDRESS, calling, message_id, level, until=until, **keys)


def committed(
    transaction: str = TRANSACTION, calling: str = "WS", until: int = 1_790_000_600_000_000_000, archive: str = "pacs"
) -> ExpectedReport:
    """A storage commitment as the registrar keeps it."""
    return ExpectedReport(transaction, archive, calling.lower(), ADDRESS, calling, until)


def knows(asked: AskExpected) -> Told:
    """A registrar that has seen the commitment that WS asked for."""
    return Told(report=committed()) if asked.transaction == TRANSACTION else Told()


@dataclass(slots=True)
class Gated:
    """A record that something waits for, and has not been told of."""

    record: Record


@dataclass
class Playbook:
    """One association.

    Attributes:
        keep: whether a record with a gate is kept: True, False, or None to answer later with `open_gates`.
        tell: what the registrar says may come; None to answer later with `expected`.
        keep_expected: why it could not keep an expectation, "" when it did; None to answer later with `kept`.
        sent: bytes that left to each end.
        log: everything that left, in order: (side, bytes) of a `Send`, bodies of records, expectations.
        asked, expects, extends: what the registrar was asked and told.
    """

    given: Rules = field(default_factory=rules)
    address: str = ADDRESS
    full: bool = False
    keep: Callable[[Record], bool | None] = lambda _: True
    tell: Callable[[AskExpected], Told | None] = lambda _: None
    keep_expected: Callable[[Expect], str | None] = lambda _: ""

    def __post_init__(self) -> None:
        self.surroundings = Surroundings(self.given, 1_000.0, 1_790_000_000_000_000_000, TUESDAY, writer="w0-1")
        self.association = Association(1, self.address, 40_000, self.surroundings, full=self.full)
        self.sent = (bytearray(), bytearray())
        self.log: list[tuple[Side, bytes] | Body | Expect] = []
        self.alarms: list[str] = []
        self.counts: dict[str, int] = {}
        self.closed: set[Side] = set()
        self.connects: list[str] = []
        self.questions: list[AskRegistrar] = []
        self.asked: list[AskExpected] = []
        self.expects: list[Expect] = []
        self.extends: list[Extend] = []
        self.soon = False
        self.waiting: list[Gated] = []
        self.most_held = 0
        self._tails = (bytearray(), bytearray())
        self._ended: list[Side] = []
        self._transfers: set[int] = set()
        self._executing = False
        self._taken: list[int] = [0, 0]

    # --- what the ends do --------------------------------------------------------------------------------------

    def says(self, side: Side, data: bytes, cut: int = 0) -> None:
        """Bytes from one end, in reads of ``cut`` bytes (0: one read)."""
        for at in range(0, len(data), cut or len(data) or 1):
            self._tails[side].extend(data[at : at + (cut or len(data))])
            self.association.bytes[side] += len(data[at : at + (cut or len(data))])
            self.association.heard[side] = self.surroundings.now
            self._settle()

    def caller(self, data: bytes, cut: int = 0) -> None:
        """Bytes from the caller."""
        self.says(CALLER, data, cut)

    def archive(self, data: bytes, cut: int = 0) -> None:
        """Bytes from the archive."""
        self.says(ARCHIVE, data, cut)

    def closes(self, side: Side, reason: str = "closed by the other side") -> None:
        """An end's connection ends; what it sent before is read first."""
        self._ended.append(side)
        self._reasons = reason
        self._settle()

    # --- what the outside answers ------------------------------------------------------------------------------

    def connected(self) -> None:
        """The archive's connection opens."""
        self.association.connected()
        self._settle()

    def unreachable(self, reason: str = "Connection refused") -> None:
        """It does not."""
        self.association.unreachable(reason)
        self._settle()

    def admitted(self, peer: Peer | None, cause: str = "") -> None:
        """The registrar answers."""
        self.association.admitted(peer, cause)
        self._settle()

    def expected(self, told: Told) -> None:
        """The registrar tells what may come, to the question asked last."""
        asked = self.asked[-1]
        self.association.expected(asked.number, asked.side, told)
        self._settle()

    def kept(self, error: str = "") -> None:
        """The registrar kept the expectation told last, or could not."""
        expect = self.expects[-1]
        self.association.kept(expect.number, expect.side, error)
        self._settle()

    def open_gates(self, kept: bool = True, *, but: Side | None = None) -> None:
        """Tell of every record that was not told of yet; of those that hold up ``but`` the contrary."""
        waiting, self.waiting = self.waiting, []
        for gated in waiting:
            self._tell(gated.record, kept is not (gated.record.side is but))
        self._settle()

    def passes(self, seconds: float, blocked: tuple[float, float] = (inf, inf)) -> None:
        """Time goes by, and the timers are looked at."""
        surroundings = self.surroundings
        surroundings.now += seconds
        surroundings.utc += int(seconds * 1e9)
        surroundings.at += timedelta(seconds=seconds)
        self.association.tick(blocked)
        self._settle()

    def stops(self) -> None:
        """The deadline of a shutdown."""
        self.association.stop()
        self._settle()

    # --- the stand-in for the relay ----------------------------------------------------------------------------

    def _settle(self) -> None:
        self._execute()
        moved = True
        while moved:
            moved = False
            for side in Side:
                moved |= self._feed(side)
            if not moved:
                moved = self._lose()
        for side in Side:
            stream = self.association.streams[side]
            self.association.partial[side] = bool(self._tails[side]) and not stream.holding
        self.most_held = max(self.most_held, sum(map(len, self._tails)))

    def _feed(self, side: Side) -> bool:
        stream, tail = self.association.streams[side], self._tails[side]
        if stream.holding or not (tail or stream.waiting):
            return False
        if len(tail) < stream.need and not stream.waiting:
            return False
        view = memoryview(bytes(tail))
        if stream.flows(view):  # as the relay does with short reads
            self.sent[side.other].extend(view)
            self.log.append((side.other, bytes(view)))
            tail.clear()
            return True
        used = self.association.receive(side, view)
        assert 0 <= used <= len(view)
        self._execute()
        del tail[:used]
        return used > 0 or (self.association.streams[side].waiting and not stream.holding)

    def _lose(self) -> bool:
        for side in self._ended:
            if not self.association.streams[side].holding or self.association.phase is Phase.OVER:
                self._ended.remove(side)
                self.association.lost(side, self._reasons)
                self.closed.add(side)
                self._execute(gone=side)
                return True
        return False

    def _execute(self, gone: Side | None = None) -> None:
        if self._executing:
            return
        self._executing = True
        effects = self.association.effects
        while effects:
            batch = effects[:]
            effects.clear()
            for effect in batch:
                if isinstance(effect, Send):
                    if effect.side is not gone:
                        assert effect.side not in self.closed, f"bytes for {effect.side.name}, which is closed"
                        self.sent[effect.side].extend(effect.data)
                        self.log.append((effect.side, bytes(effect.data)))
                elif isinstance(effect, Record):
                    self._record(effect)
                elif isinstance(effect, Close):
                    self.closed.add(effect.side)
                elif isinstance(effect, Connect):
                    self.connects.append(effect.archive)
                elif isinstance(effect, AskRegistrar):
                    self.questions.append(effect)
                elif isinstance(effect, Soon):
                    self.soon = True
                elif isinstance(effect, AskExpected | Expect | Extend):
                    self._consult(effect)
                else:
                    assert isinstance(effect, Count)
                    self.counts[effect.name] = self.counts.get(effect.name, 0) + effect.amount
        self._executing = False

    def _consult(self, effect: AskExpected | Expect | Extend) -> None:
        if isinstance(effect, AskExpected):
            self.asked.append(effect)
            told = self.tell(effect)
            if told is not None:
                self.association.expected(effect.number, effect.side, told)
        elif isinstance(effect, Expect):
            self.expects.append(effect)
            self.log.append(effect)
            error = self.keep_expected(effect)
            if error is not None:
                self.association.kept(effect.number, effect.side, error)
        else:
            self.extends.append(effect)

    def _record(self, record: Record) -> None:
        body = record.body
        if isinstance(body, TransferBegun):
            assert body.transfer not in self._transfers
            self._transfers.add(body.transfer)
        elif isinstance(body, TransferClosed):
            assert self._transfers >= set(body.transfers), "closed twice, or never begun"
            self._transfers -= set(body.transfers)
        self.log.append(body)
        if record.alarm:
            self.alarms.append(record.alarm)
        if record.gate is Gate.NONE:
            return
        kept = self.keep(record)
        if kept is None:
            self.waiting.append(Gated(record))
        else:
            self._tell(record, kept)

    def _tell(self, record: Record, kept: bool) -> None:
        self.association.recorded(record.side, kept)
        self._execute()

    # --- shortcuts ---------------------------------------------------------------------------------------------

    @classmethod
    def opened(cls, calling: str = "WS", *, rq: bytes = b"", ac: bytes = b"", **settings: Any) -> Playbook:
        """An association that is open, what was said to open it forgotten."""
        book = cls(**settings)
        book.caller(rq or associate_rq(calling))
        if book.questions:
            book.admitted(None)
        book.connected()
        book.archive(ac or associate_ac(bytes(book.sent[ARCHIVE])))
        assert book.association.phase is Phase.OPEN
        book.forget()
        return book

    @classmethod
    def departmental(cls, calling: str = "WS", **settings: Any) -> Playbook:
        """The same with contexts for all of a department's services, the caller receiving objects of a C-GET."""
        rq = associate_rq(calling, contexts=EVERYTHING, roles=(Role(CT, scu=True, scp=True),))
        return cls.opened(calling, rq=rq, **settings)

    @classmethod
    def reversed(cls, *moves: ExpectedMove, called: str = "WS", rq: bytes = b"", **settings: Any) -> Playbook:
        """An association that the archive PACS opened to a device, for these moves."""
        settings.setdefault("address", PACS.host)
        tell = settings.pop("tell", None)
        book = cls(**settings)
        book.caller(rq or associate_rq("ORTHANC", called))
        if len(book.asked) == 1 and not book.connects and not book.closed:
            book.expected(Told(moves))
        book.connected()
        book.archive(associate_ac(bytes(book.sent[ARCHIVE])))
        assert book.association.phase is Phase.OPEN
        book.forget()
        book.tell = tell or book.tell
        return book

    def forget(self) -> None:
        """What was said and recorded so far is looked at no more."""
        for out in self.sent:
            out.clear()
        self.log.clear()
        self.asked.clear()

    def releases(self) -> None:
        """An orderly release by the caller."""
        self.caller(RELEASE_RQ)
        self.archive(RELEASE_RP)

    @property
    def phase(self) -> Phase:
        """Where the association stands."""
        return self.association.phase

    @property
    def to_caller(self) -> bytes:
        """Bytes that left to the caller."""
        return bytes(self.sent[CALLER])

    @property
    def to_archive(self) -> bytes:
        """Bytes that left to the archive."""
        return bytes(self.sent[ARCHIVE])

    def records(self, kind: type[Found]) -> list[Found]:
        """The bodies of one kind, in order."""
        return [body for body in self.log if isinstance(body, kind)]

    def only(self, kind: type[Found]) -> Found:
        """The one body of a kind."""
        (found,) = self.records(kind)
        return found

    def outcomes(self) -> list[str]:
        """Of the instances, in the order they were recorded."""
        return [body.outcome for body in self.records(InstanceOutcome)]

    def at(self, kind: type[object], number: int = 0) -> int:
        """Where in the log a body stands."""
        return [index for index, entry in enumerate(self.log) if isinstance(entry, kind)][number]

    def first_data(self, side: Side) -> int:
        """Where in the log the first P-DATA-TF for an end stands."""
        return next(
            index
            for index, entry in enumerate(self.log)
            if isinstance(entry, tuple) and entry[0] is side and entry[1][:1] == b"\4"
        )

    def accounts(self) -> None:
        """At the end: every transfer begun is closed, every instance has its outcome."""
        assert self.phase is Phase.OVER
        assert not self._transfers, "transfers begun and not closed"
        begun = [body.instance for body in self.records(InstanceBegun)]
        assert sorted(begun) == sorted(body.instance for body in self.records(InstanceOutcome))


def observing(mode: Mode = Mode.OBSERVE, **of_route: object) -> Rules:
    """The same on a route in another mode, or with other behaviour."""
    return rules(replace(ROUTE, mode=mode, **of_route))  # type: ignore[arg-type]  # fields of Route
