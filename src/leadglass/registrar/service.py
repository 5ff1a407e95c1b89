"""The registrar: one state of peers, places and generation for all workers. Never on the path of an image's bytes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass import __version__
from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.io.frames import FrameError, pack_frame
from leadglass.io.frames_async import read_frame
from leadglass.model.event import Alarm, Body, ConfigurationChanged
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.model.route import Mode
from leadglass.model.status import MAX_PLAIN_SHOWN, ChildStatus, LedgerStatus, Status, WorkerStatus
from leadglass.policy.registry import DAY, Registry
from leadglass.registrar import accepted
from leadglass.registrar.admission import Places
from leadglass.registrar.bypass import BypassError, Bypasses
from leadglass.registrar.certificate_ends import CertificateEnds
from leadglass.registrar.codec import decode, encode
from leadglass.registrar.connections import Connections
from leadglass.registrar.generations import build, difference
from leadglass.registrar.keeper import Keeper
from leadglass.registrar.messages import (
    MAX_FRAME,
    Answer,
    Ask,
    AskExpected,
    AskStatus,
    Bypass,
    Bypassed,
    Children,
    Ended,
    Everything,
    ExpectMove,
    ExpectReport,
    Extend,
    Frame,
    HandshakeFailed,
    Hello,
    Ledger,
    Prepared,
    Reload,
    Reloaded,
    Report,
)
from leadglass.registrar.unknown import Waiting
from leadglass.registrar.workers import WorkerLink, Workers
from leadglass.store.appstate.engine import reason_of
from leadglass.store.appstate.generation_number import next_generation
from leadglass.store.appstate.peers import load_peers
from leadglass.store.journal import JournalUnavailable

MAX_WORKERS_SHOWN = 128
MAX_WHO = 200  # characters of who asked, as recorded
UNKNOWN_INTERVAL = 1.0  # seconds between two writes of unknown callers
BYPASS_INTERVAL = 1.0  # seconds between two looks at what lasts
ENDS_INTERVAL = 3_600.0  # seconds between two looks at the ends of certificates
_SECOND = 1_000_000_000

_log = structlog.get_logger()


class Recorder(Protocol):
    """Writes events into this process's journal (`store.recorder`)."""

    def record(self, body: Body) -> object:
        """Append one event."""


class Registrar:
    """State and service.

    Args:
        directory: ``<data>/accepted``, where the configuration in force stands.
        engine: the application state.
        recorder: of this process's journal.
        now: UTC nanoseconds.
    """

    def __init__(self, directory: Path, engine: Engine, recorder: Recorder, now: Callable[[], int] = time.time_ns):
        self._directory = directory
        self._engine = engine
        self._recorder = recorder
        self._now = now
        self._generation: Generation | None = None
        self._registry = Registry(())
        self._limited: dict[str, Peer] = {}
        self._workers = Workers()
        self._places = Places()
        self._waiting = Waiting(engine)
        self._keeper = Keeper(engine, now, recorder.record)
        self._ends = CertificateEnds(engine, recorder.record, now)
        self._bypasses = Bypasses(directory, recorder.record, now)
        self._reports: dict[str, WorkerStatus] = {}
        self._children: tuple[ChildStatus, ...] = ()
        self._ledger: LedgerStatus | None = None
        self._change = asyncio.Lock()
        self._connections = Connections(self._connected)

    async def run(self, path: Path, stop: asyncio.Event) -> None:
        """Serve on the Unix socket ``path`` until ``stop`` is set.

        Raises:
            LeadglassError: the accepted configuration cannot be built.
            OSError: the socket cannot be bound.
        """
        self._bypasses.load()
        first = await self.reload("start")
        if first.error:
            raise LeadglassError(first.error, first.hint)
        await self._keeper.load()
        await self._connections.open(path)
        tasks = (self._keep_unknown(), self._keeper.run(), self._keep_ends(), self._keep_bypasses())
        keepers = [asyncio.create_task(task) for task in tasks]
        for keeper in keepers:
            keeper.add_done_callback(lambda _: stop.set())  # none ends by itself, but with a fault
        _log.info("registrar serves", generation=first.number)
        try:
            await stop.wait()
        finally:
            path.unlink(missing_ok=True)
            await self._connections.close()
            for keeper in keepers:
                keeper.cancel()
            ended = await asyncio.gather(*keepers, return_exceptions=True)
            await self._waiting.store(self._registry)
            await self._keeper.look()
        for error in ended:
            if isinstance(error, Exception):
                raise error

    async def reload(self, who: str) -> Reloaded:
        """Build from the candidate configuration, else the one in force, and the registry; commit in all or none."""
        async with self._change:
            current = self._generation
            number = 0 if current is None else current.number
            try:
                generation = await asyncio.to_thread(self._build)
            except LeadglassError as error:
                self._refuse(number, "", str(error), who)
                return Reloaded(number, str(error), error.hint)
            except (SQLAlchemyError, OSError) as error:
                self._refuse(number, "", reason_of(error), who)
                hint = "can the application state be reached? 'leadglass doctor' looks"
                return Reloaded(number, f"cannot be built: {reason_of(error)}", hint)
            if current is not None and generation.digest == current.digest:
                accepted.accept(self._directory)
                return Reloaded(current.number)
            fault = await self._workers.roll_out(generation)
            if fault:
                self._refuse(generation.number, generation.digest, fault, who)
                return Reloaded(
                    number, f"not in force: {fault}", "nothing has changed; see the worker's log, try again"
                )
            accepted.accept(self._directory)
            self._generation = generation
            self._registry = Registry(generation.peers, generation.settings.expired_grace_days)
            self._limited = {peer.id: peer for peer in generation.peers if peer.max_associations}
            what = difference(current, generation)
            self._recorder.record(ConfigurationChanged(generation.number, generation.digest, what, who))
            await self._waiting.store(self._registry)
            await self._look_at_ends()
            _log.info("generation in force", generation=generation.number, what=what, who=who)
            return Reloaded(generation.number)

    def _build(self) -> Generation:
        candidate = accepted.candidate(self._directory)
        file = candidate if candidate.exists() else accepted.in_force(self._directory)
        configuration, peers = load(file), load_peers(self._engine)
        built = self._bypasses.apply(build(configuration, peers, 0))
        if self._generation is not None and built.digest == self._generation.digest:
            return built
        above = self._bypasses.number
        return dataclasses.replace(built, number=max(next_generation(self._engine), above + 1))

    def _refuse(self, number: int, digest: str, why: str, who: str) -> None:
        accepted.withdraw(self._directory)
        self._recorder.record(ConfigurationChanged(number, digest, why, who, accepted=False))
        _log.warning("change refused", why=why, who=who)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link: WorkerLink | None = None
        try:
            while (payload := await read_frame(reader, MAX_FRAME)) is not None:
                frame = decode(payload)
                if isinstance(frame, Hello):
                    link = self._hello(frame, writer, link)
                elif link is not None:
                    self._from_worker(link, frame)
                else:
                    await self._from_other(writer, frame)
        except FrameError as error:
            _log.warning("connection dropped", reason=str(error), worker=link.hello.worker if link else "")
        except ConnectionError:
            pass  # the other side has gone
        finally:
            if link is not None and self._workers.remove(link):
                self._places.worker_gone(link.hello.worker)

    def _hello(self, hello: Hello, writer: asyncio.StreamWriter, former: WorkerLink | None) -> WorkerLink:
        if former is not None:
            raise FrameError("a second hello on one connection")
        self._places.worker_gone(hello.worker)
        link = WorkerLink(hello, writer)
        self._workers.add(link, self._generation)
        _log.info("worker connected", worker=hello.worker, pid=hello.pid)
        return link

    def _from_worker(self, link: WorkerLink, frame: Frame) -> None:
        worker = link.hello.worker
        match frame:
            case Ask():
                link.send(self._admit(worker, frame))
            case ExpectMove() | ExpectReport() | Extend() | AskExpected():
                self._keeper.take(frame, link.send)
            case HandshakeFailed():
                self._waiting.add_handshake(frame, self._now())
            case Ended():
                self._places.free(worker, frame.association)
            case Report():
                self._report(worker, frame.status)
            case Prepared():
                if frame.error and frame.number not in link.waiting:
                    text = f"worker {worker} cannot use generation {frame.number}: {frame.error}"
                    self._recorder.record(Alarm("critical", "generation-unusable", text))
                link.prepared(frame)
            case _:
                raise FrameError(f"a worker does not send {type(frame).__name__}")

    def _admit(self, worker: str, ask: Ask) -> Answer:
        now = self._now()
        found = self._registry.match(ask.address, ask.calling, ask.certificate, ask.tls, now // _SECOND)
        if found.peer is None or found.unpinned:
            self._waiting.add(ask, now)
        if found.peer is None:
            return Answer(ask.question)
        if found.cause:
            return Answer(ask.question, found.peer, found.cause)
        admitted = self._places.take(worker, ask.association, found.peer)
        return Answer(ask.question, found.peer, "" if admitted else "limit")

    def _report(self, worker: str, status: WorkerStatus) -> None:
        if worker not in self._reports and len(self._reports) >= MAX_WORKERS_SHOWN:
            return
        self._reports[worker] = status
        limited = {row.number: row.peer for row in status.associations if row.peer in self._limited}
        self._places.reported(worker, limited)

    async def _from_other(self, writer: asyncio.StreamWriter, frame: Frame) -> None:
        answer: Frame | None = None
        match frame:
            case AskStatus():
                answer = Everything(self.status())
            case Reload():
                answer = await self.reload(frame.who[:MAX_WHO])
            case Bypass():
                answer = await self._bypass(frame)
            case Children():
                self._children = frame.children
            case Ledger():
                self._ledger = frame.status
            case _:
                raise FrameError(f"{type(frame).__name__} before hello")
        if answer is not None:
            writer.write(pack_frame(encode(answer), MAX_FRAME))
            await writer.drain()

    def status(self) -> Status:
        """Everything at once."""
        generation = self._generation
        plain = [peer.id for peer in generation.peers if peer.plain and peer.status == "approved"] if generation else []
        return Status(
            time=self._now(),
            version=__version__,
            generation=generation.number if generation else 0,
            digest=generation.digest if generation else "",
            workers=tuple(self._reports[name] for name in sorted(self._reports)),
            children=self._children,
            ledger=self._ledger,
            unknown_peers=self._waiting.callers,
            observing=tuple(r.called for r in generation.routes if r.mode is not Mode.ENFORCE) if generation else (),
            plain=tuple(plain[:MAX_PLAIN_SHOWN]),
            plain_count=len(plain),
            certificate_ends=self._ends.found,
            bypasses=self._bypasses.active,
            state_error=self._keeper.fault,
        )

    async def _bypass(self, asked: Bypass) -> Bypassed:
        until, who = 0, asked.who[:MAX_WHO]
        try:
            if asked.minutes:
                begun = self._bypasses.begin(self._generation, asked.route, asked.minutes, asked.reason, who)
                until = begun.until
            else:
                self._bypasses.end(asked.route, who)
        except BypassError as error:
            return Bypassed(error.message, error.hint)
        waiting = await self._follow_bypasses(who)
        unwritten = self._bypasses.unwritten
        return Bypassed(hint=f"not kept over a restart: {unwritten}" if unwritten else "", until=until, waiting=waiting)

    async def _follow_bypasses(self, who: str) -> str:
        """Bring the routes as they are now into all workers; why not, where one does not follow.

        Built from what is in force, not anew: in an outage files and database may be gone.
        """
        async with self._change:
            current = self._generation
            changed = None if current is None else self._bypasses.apply(current)
            if current is None or changed is None or changed is current:
                return ""
            number = await asyncio.to_thread(self._number_above, current.number)
            generation = dataclasses.replace(changed, number=number)
            if why := await self._workers.roll_out(generation):
                _log.warning("bypasses not in force yet", why=why)
                return why
            self._generation = generation
            what = f"bypassed: {', '.join(row.route for row in self._bypasses.active) or 'none'}"
            with contextlib.suppress(JournalUnavailable):  # the bypass itself is told until it is recorded
                self._recorder.record(ConfigurationChanged(number, generation.digest, what, who))
            _log.info("generation in force", generation=number, what=what, who=who)
            return ""

    def _number_above(self, current: int) -> int:
        """The next generation's number; a state that gives none does not stop a bypass."""
        try:
            given = next_generation(self._engine)
        except (SQLAlchemyError, LeadglassError) as error:
            _log.error("the application state gives no number", error=str(error))
            given = 0
        number = max(given, current + 1, self._bypasses.number + 1)
        if number != given:
            self._bypasses.used(number)
        return number

    async def _keep_bypasses(self) -> None:
        while True:
            self._bypasses.tell()
            await self._follow_bypasses("")
            await asyncio.sleep(BYPASS_INTERVAL)

    async def _keep_unknown(self) -> None:
        while True:
            await self._waiting.store(self._registry)
            await asyncio.sleep(UNKNOWN_INTERVAL)

    async def _keep_ends(self) -> None:
        while True:
            await asyncio.sleep(ENDS_INTERVAL)
            await self._look_at_ends()

    async def _look_at_ends(self) -> None:
        if self._generation is not None:
            await self._ends.look(self._generation.settings.expired_grace_days * DAY, self._generation.tls)
