"""A relay worker: its loop, its listeners, its sessions. It wires; judgement is in flow."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from leadglass import __version__
from leadglass.config.values import Configuration
from leadglass.flow.association import Association, Phase
from leadglass.flow.effects import AskExpected, AskRegistrar, Expect, Extend, Side
from leadglass.flow.judge import Told
from leadglass.flow.surroundings import Rules, Surroundings
from leadglass.io.garbage import rest_garbage_collection
from leadglass.io.huge_pages import collapse_heap, huge_buffer
from leadglass.io.loop import IN, Loop
from leadglass.io.tls_contexts import TlsContexts
from leadglass.io.tls_transport import TlsTransport
from leadglass.io.transport import READ, Transport, plain_address
from leadglass.model.certificate import Certificate
from leadglass.model.event import ApplicationStarted, ApplicationStopped, CertificateRefused, UpstreamChanged
from leadglass.model.expectation import ExpectedMove, ExpectedReport
from leadglass.model.generation import Generation
from leadglass.model.status import LiveAssociation, WorkerStatus
from leadglass.registrar import messages
from leadglass.registrar.messages import Ask
from leadglass.registrar.worker_channel import WorkerChannel
from leadglass.relay.handshakes import Handshakes
from leadglass.relay.listening import Listening
from leadglass.relay.record import WorkerRecord
from leadglass.relay.registrar_link import RegistrarLink
from leadglass.relay.session import Session
from leadglass.relay.upstreams import Upstreams

TICK = 0.25  # seconds between looks at the timers
SOON = 0.05  # the same where something waits to be told of
REPORT_EVERY = 1.0
REJECTING = 200  # associations over the limit that are being told so at one time
LISTED = 200  # live associations in a report
MINUTE = 60_000_000_000


class RelayWorker:
    """One process's share of the traffic."""

    def __init__(self, configuration: Configuration, name: str, listeners: Iterable[int]) -> None:
        self.name = name
        self.loop = Loop()
        self.record = WorkerRecord(configuration.data.journals, name, configuration.journal)
        self.upstreams = Upstreams(self._upstream_changed)
        limits = configuration.settings.limits
        self.buffer = huge_buffer(max(limits.association_pdu, limits.max_pdu) + 16 + 2 * READ)
        self.window = self.buffer[:READ]  # what is read into where nothing is kept from before
        self._surroundings: Surroundings | None = None
        sockets = [socket.socket(fileno=descriptor) for descriptor in listeners]
        tls = [listener.tls for listener in configuration.listeners]
        self._listening = Listening(
            self.loop, list(zip(sockets, tls, strict=True)), self._room, self._taken, self.count
        )
        self._handshakes = Handshakes(self)
        self._contexts: dict[int, TlsContexts | None] = {}  # by generation: in force, and prepared
        self._sessions: dict[int, Session] = {}
        self._counters: Counter[str] = Counter()
        self._number = 0
        self._minute = 0
        self._tick_at = 0.0
        self._soon: set[Session] = set()
        self._report_at = 0.0
        self._drain_until = 0.0
        self._draining = False
        self._over: list[Session] = []  # to be taken apart when none of their frames is running
        self.boot = self.record.journal.boot
        channel = WorkerChannel(configuration.data.registrar_socket, name, os.getpid(), self.boot)
        self._link = RegistrarLink(channel, self.loop, self._build, self._use)

    @property
    def surroundings(self) -> Surroundings:
        """What holds now."""
        assert self._surroundings is not None, "sessions exist only after the first generation"
        return self._surroundings

    def run(self) -> None:
        """Serve until SIGTERM has drained the last association."""
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write)
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.loop.add(read, IN, lambda _: self._signalled(read))
        self.loop.add(self.record.fileno, IN, lambda _: self.record.serve())
        self.record.note(ApplicationStarted(self.name, __version__, os.getpid()))
        self._link.keep_up()
        self.loop.run(SOON, self._tick_soon, self._now)
        self.record.note(ApplicationStopped(self.name, "terminated"))
        self.record.journal.close()

    # --- generations and time ----------------------------------------------------------------------------------

    def _build(self, generation: Generation) -> Rules:
        """What a generation holds, made ready; raises ConfigurationError as `Rules.build` and `TlsContexts`."""
        rules = Rules.build(generation)
        in_force = self._surroundings
        if in_force is not None and in_force.rules.generation.tls == generation.tls:
            contexts = self.upstreams.tls
        else:
            contexts = None if generation.tls is None else TlsContexts(generation.tls)
        self._contexts = {generation.number: contexts}
        return rules

    def _use(self, rules: Rules) -> None:
        """A generation was committed: associations meet it at their next operation."""
        former, self.upstreams.tls = self.upstreams.tls, self._contexts.pop(rules.generation.number)
        self.upstreams.use(rules.archives.values(), {archive.id for archive in rules.generation.archives})
        if self._surroundings is None:
            self._surroundings = Surroundings(rules, 0.0, 0, datetime.now(UTC), writer=f"{self.name}-{self.boot:x}")
            self.record.surroundings = self._surroundings
            self._now()
            self._listening.open()
            rest_garbage_collection()
            collapse_heap()
        else:
            self._surroundings.rules = rules
            if self.upstreams.tls is not former and self.upstreams.tls is not None:
                self._verify_again(self.upstreams.tls)

    def _verify_again(self, contexts: TlsContexts) -> None:
        """Trust or revocation lists changed: callers that were let in meet that at their next message."""
        for session in self._sessions.values():
            transport = session.transports[Side.CALLER]
            if isinstance(transport, TlsTransport):
                certificate = contexts.again(transport)
                if certificate is not None:
                    session.association.reverified(certificate)

    def _now(self) -> float:
        surroundings = self._surroundings
        if surroundings is None:
            return time.monotonic()
        surroundings.now = now = time.monotonic()
        surroundings.utc = utc = time.time_ns()
        minute = utc // MINUTE
        if minute != self._minute:
            self._minute = minute
            surroundings.at = datetime.fromtimestamp(minute * 60, UTC)
        return now

    # --- associations ------------------------------------------------------------------------------------------

    def _room(self, tls: bool) -> bool:
        limit = self.surroundings.rules.settings.limits.associations + REJECTING
        return len(self._sessions) + len(self._handshakes) < limit and (not tls or self._handshakes.room())

    def _taken(self, sock: socket.socket, address: str, port: int, tls: bool) -> None:
        self._counters["connections"] += 1
        address = plain_address(address)
        if not tls:
            self._begin(Transport(sock), address, port)
        elif self.upstreams.tls is not None:
            self._handshakes.begin(self.upstreams.tls.accept(sock), address, port)
        else:  # a reload took [tls] away beside a listener that needs it: refused where it is read
            sock.close()

    def _begin(self, transport: Transport, address: str, port: int) -> Session:
        self._number += 1
        full = len(self._sessions) >= self.surroundings.rules.settings.limits.associations
        association = Association(self._number, address, port, self.surroundings, full=full)
        session = self._sessions[self._number] = Session(self, association, transport)
        return session

    def secured(self, transport: TlsTransport, address: str, port: int) -> None:
        """A handshake stands: an association may begin."""
        session = self._begin(transport, address, port)
        session.association.secured(transport.verification.certificate, transport.spoken())
        session.start()

    def handshake_failed(self, address: str, port: int, error: str, certificate: Certificate | None) -> None:
        """A caller's handshake failed: on record, and shown to whoever may pin its certificate."""
        shown = certificate or Certificate("")
        self.record.note(
            CertificateRefused(address, port, error, shown.fingerprint, shown.subject, shown.issuer, shown.not_after)
        )
        self._link.handshake_failed(address, certificate, error)

    def handshake_over(self) -> None:
        """There is a place again."""
        if not self._draining:
            self._listening.resume()

    def ended(self, session: Session) -> None:
        """The session holds nothing any more."""
        self._sessions.pop(session.association.number, None)
        self._over.append(session)
        if session.asked:
            self._link.ended(session.association.number)

    def ask(self, session: Session, question: AskRegistrar) -> None:
        """Put an association's question to the registrar."""
        association = session.association
        who = association.who

        def answered(peer: object, cause: str) -> None:
            association.admitted(peer, cause)  # type: ignore[arg-type]  # Answer.peer is a Peer or None
            session.told()

        self._link.ask(
            Ask(
                self._link.next_question(), association.number, who.address, who.calling, who.called,
                question.sop_classes, question.implementation_uid, question.implementation_version,
                association.certificate, bool(who.tls),
            ),
            answered,
        )  # fmt: skip

    def consult(self, session: Session, effect: AskExpected | Expect | Extend) -> None:
        """Ask or tell the registrar what is expected."""
        link, association = self._link, session.association
        if isinstance(effect, Extend):
            link.extend(effect.id, effect.until)
            return
        number, side, question = effect.number, effect.side, link.next_question()

        def kept(error: str) -> None:
            association.kept(number, side, error)
            session.told()

        def expected(moves: tuple[ExpectedMove, ...], report: ExpectedReport | None) -> None:
            association.expected(number, side, Told(moves, report))
            session.told()

        if isinstance(effect, AskExpected):
            frame = messages.AskExpected(question, effect.archive, effect.destination, effect.transaction, effect.named)
            link.expected(frame, expected)
        elif isinstance(effect.expectation, ExpectedMove):
            link.expect(messages.ExpectMove(question, effect.expectation), kept)
        else:
            link.expect(messages.ExpectReport(question, effect.expectation), kept)

    def soon(self, session: Session) -> None:
        """Let the session look at the time within 50 ms."""
        self._soon.add(session)

    def count(self, name: str, amount: int) -> None:
        """Add to a counter."""
        self._counters[name] += amount
        if name == "record_waived":
            self.record.waived += amount
        elif name == "record_refused":
            self.record.refused += amount

    def _upstream_changed(self, archive: str, up: bool, reason: str) -> None:
        self.record.note(UpstreamChanged(archive, up, reason))

    # --- time passes -------------------------------------------------------------------------------------------

    def _tick_soon(self) -> None:
        if self._soon:
            waiting, self._soon = self._soon, set()
            for session in waiting:
                session.tick()
        now = self._now()
        if now >= self._tick_at:
            self._tick_at = now + TICK
            self._tick()

    def _tick(self) -> None:
        self._link.keep_up()
        if self._surroundings is None:
            if self._draining:
                self.loop.stop()
            return
        self.record.tick()
        for session in tuple(self._sessions.values()):
            session.tick()
        self._handshakes.tick()
        for session in self._over:
            session.detach()
        self._over.clear()
        if not self._draining:
            self._listening.resume()
        now = self.surroundings.now
        if self._draining and (not self._sessions or now >= self._drain_until):
            self._stop()
        if now >= self._report_at:
            self._report_at = now + REPORT_EVERY
            self._link.report(self._status())

    def _signalled(self, descriptor: int) -> None:
        os.read(descriptor, 64)
        if self._draining:
            return
        self._draining = True
        self._listening.close()  # the supervisor closes its own copies when all is ending
        self._handshakes.stop()
        if self._surroundings is not None:
            self._drain_until = self.surroundings.now + self.surroundings.rules.settings.timers.drain

    def _stop(self) -> None:
        for session in tuple(self._sessions.values()):
            session.association.stop()
            session.told()
        self.loop.stop()

    def _status(self) -> WorkerStatus:
        journal = self.record.journal
        live = [session.association for session in self._sessions.values()]
        listed = [association for association in live if association.phase in {Phase.OPEN, Phase.RELEASING}][:LISTED]
        return WorkerStatus(
            self.name, os.getpid(), self.boot, self.surroundings.utc, self.surroundings.rules.generation.number,
            dict(self._counters), journal.free_bytes, journal.size_bytes, journal.impaired,
            self.record.impaired_since, self._counters["record_waived"], len(live),
            tuple(_live(self.name, association) for association in listed), self.upstreams.status(),
        )  # fmt: skip


def _live(worker: str, association: Association) -> LiveAssociation:
    who = association.who
    dialogue = association.dialogue
    return LiveAssociation(
        worker, association.number, who.address, who.calling, who.called, who.peer, who.archive, who.mode,
        association.started, 0 if dialogue is None else dialogue.stores,
        association.bytes[Side.CALLER], association.bytes[Side.ARCHIVE],
    )  # fmt: skip
