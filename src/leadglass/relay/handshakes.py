"""TLS handshakes of callers: so many at a time, for so long, and each that fails is told. It admits nobody.

Who sends nothing takes no place from others for long: when all are taken, the one that has waited longest goes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from leadglass.flow.surroundings import Surroundings
from leadglass.io.loop import IN, Loop
from leadglass.io.tls_transport import TlsTransport
from leadglass.model.certificate import Certificate
from leadglass.relay.handshake import Handshake

PATIENCE = 1.0  # seconds a handshake has, however many wait; an honest one over a WAN takes less
LINGER = 1.0  # seconds for the other side to read why it failed
TOLD_EVERY = 60.0  # seconds in which the same fault of one address is told once
MAX_TOLD = 4_096  # addresses with faults remembered
DISCARD = 65_536  # bytes read and thrown away at once


class Worker(Protocol):
    """What the handshakes need of their worker."""

    loop: Loop

    @property
    def surroundings(self) -> Surroundings:
        """What holds now."""

    def count(self, name: str, amount: int) -> None:
        """Add to a counter."""

    def secured(self, transport: TlsTransport, address: str, port: int) -> None:
        """A handshake stands: an association may begin."""

    def handshake_failed(self, address: str, port: int, error: str, certificate: Certificate | None) -> None:
        """A handshake failed."""

    def handshake_over(self) -> None:
        """There is a place again."""


@dataclass(slots=True)
class _Caller:
    """One of them; ``handshake`` is None once it has failed and only its alert is to be read."""

    transport: TlsTransport
    address: str
    port: int
    since: float
    handshake: Handshake | None = None


class Handshakes:
    """Those under way, the oldest first."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._callers: dict[int, _Caller] = {}
        self._told: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._callers)

    def room(self) -> bool:
        """Whether one more may begin: there is a place, or the longest under way has had its time."""
        oldest = self._in_the_way()
        return oldest is None or oldest.handshake is None or self._waited(oldest) >= PATIENCE

    def _in_the_way(self) -> _Caller | None:
        """Who must go before another can begin."""
        if len(self._callers) < self._worker.surroundings.rules.settings.limits.handshakes:
            return None
        return next(iter(self._callers.values()))

    def _waited(self, caller: _Caller) -> float:
        return self._worker.surroundings.now - caller.since

    def begin(self, transport: TlsTransport, address: str, port: int) -> None:
        """A caller has connected, and there is `room`."""
        oldest = self._in_the_way()
        if oldest is not None:
            self._give_up(oldest, "too many handshakes at one time, and this one took long", "displaced")
        caller = _Caller(transport, address, port, self._worker.surroundings.now)
        self._callers[transport.fd] = caller
        caller.handshake = Handshake(
            self._worker.loop, self._worker.surroundings, transport, partial(self._done, caller),
            partial(self._failed, caller),
        )  # fmt: skip

    def tick(self) -> None:
        """Time has passed."""
        surroundings = self._worker.surroundings
        limit = surroundings.rules.settings.timers.handshake
        for caller in tuple(self._callers.values()):
            if caller.handshake is None:
                if self._waited(caller) >= LINGER:
                    self._drop(caller)
            elif self._waited(caller) >= limit:
                self._give_up(caller, f"not finished within {limit:g} s", "overdue")
        for fault in [fault for fault, since in self._told.items() if surroundings.now - since >= TOLD_EVERY]:
            del self._told[fault]

    def stop(self) -> None:
        """Let all go."""
        for caller in tuple(self._callers.values()):
            self._drop(caller)

    def _done(self, caller: _Caller) -> None:
        del self._callers[caller.transport.fd]
        self._worker.count("handshakes:how=done", 1)
        self._worker.secured(caller.transport, caller.address, caller.port)
        self._worker.handshake_over()

    def _failed(self, caller: _Caller, error: str) -> None:
        """Its alert is given time to be read: a reset would take it away."""
        self._tell(caller, error, "failed")
        caller.handshake = None
        caller.since = self._worker.surroundings.now
        try:
            caller.transport.end_output()
        except OSError:
            self._drop(caller)
            return
        self._worker.loop.add(caller.transport.fd, IN, partial(self._linger, caller))

    def _linger(self, caller: _Caller, events: int) -> None:  # noqa: ARG002 (a handler)
        with contextlib.suppress(BlockingIOError):
            try:
                ended = not caller.transport.sock.recv(DISCARD)
            except BlockingIOError:
                raise
            except OSError:
                ended = True
            if ended:
                self._drop(caller)

    def _give_up(self, caller: _Caller, error: str, how: str) -> None:
        if caller.handshake is not None:
            caller.handshake.cancel()
            self._tell(caller, error, how)
        self._drop(caller)

    def _drop(self, caller: _Caller) -> None:
        del self._callers[caller.transport.fd]
        self._worker.loop.remove(caller.transport.fd)
        caller.transport.close()
        self._worker.handshake_over()

    def _tell(self, caller: _Caller, error: str, how: str) -> None:
        """Once a minute for one address and fault; who connects and says nothing at all is a metric only."""
        if not caller.transport.heard:
            self._worker.count("handshakes:how=silent", 1)
            return
        self._worker.count(f"handshakes:how={how}", 1)
        fault = (caller.address, error)
        if fault in self._told:
            self._worker.count("handshakes_told_before", 1)
            return
        if len(self._told) >= MAX_TOLD:
            del self._told[next(iter(self._told))]
        self._told[fault] = self._worker.surroundings.now
        certificate = caller.transport.verification.certificate
        self._worker.handshake_failed(caller.address, caller.port, error, certificate)
