"""Claims about handshakes on a worker's loop: bounded in number and time, told, and gone when they are over."""

from __future__ import annotations

import gc
import socket
import ssl
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from OpenSSL import SSL
from tests.io.tls_pair import device_context, hospital
from tests.peers.authority import Identity, make

from leadglass.flow.surroundings import Rules, Surroundings
from leadglass.io.loop import Loop
from leadglass.io.tls_contexts import TlsContexts
from leadglass.io.tls_transport import TlsTransport
from leadglass.model.certificate import Certificate
from leadglass.model.generation import Generation
from leadglass.model.route import Limits, Settings, Timers
from leadglass.policy import defaults
from leadglass.relay.handshakes import LINGER, PATIENCE, TOLD_EVERY, Handshakes

LIMIT = 3
TIMER = 10.0


class Steps(Loop):
    """The loop, a round at a time."""

    def once(self) -> None:
        for descriptor, events in self._epoll.poll(0.01):
            handler = self._handlers.get(descriptor)
            if handler is not None:
                handler(events)


class Worker:
    """The loop, the time as the test says, and what it was told."""

    def __init__(self, contexts: TlsContexts) -> None:
        settings = Settings(Timers(handshake=TIMER), Limits(handshakes=LIMIT))
        generation = Generation(1, "UTC", settings, (), (), (), defaults(), "")
        self.loop: Loop = Steps()
        self.surroundings = Surroundings(Rules.build(generation), 100.0, 0, datetime.now(UTC))
        self.counters: Counter[str] = Counter()
        self.stood: list[TlsTransport] = []
        self.failed: list[tuple[str, str, Certificate | None]] = []
        self.freed = 0
        self.contexts = contexts
        self.handshakes = Handshakes(self)

    def count(self, name: str, amount: int) -> None:
        self.counters[name] += amount

    def secured(self, transport: TlsTransport, address: str, port: int) -> None:
        self.stood.append(transport)

    def handshake_failed(self, address: str, port: int, error: str, certificate: Certificate | None) -> None:
        self.failed.append((address, error, certificate))

    def handshake_over(self) -> None:
        self.freed += 1

    def once(self) -> None:
        assert isinstance(self.loop, Steps)
        self.loop.once()

    def begin(self, address: str = "10.0.0.1") -> socket.socket:
        """A device's end of a connection that the worker has taken."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self.handshakes.begin(self.contexts.accept(ours), address, 1)
        return theirs

    def pass_time(self, seconds: float) -> None:
        self.surroundings.now += seconds
        self.handshakes.tick()


@pytest.fixture
def house(tmp_path: Path) -> tuple[Worker, Identity]:
    authority, contexts = hospital(tmp_path)
    return Worker(contexts), authority


@contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def shake(worker: Worker, theirs: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """The device's handshake, and the worker's rounds until both are done or have failed."""
    device = context.wrap_socket(theirs, do_handshake_on_connect=False)
    before = len(worker.stood) + len(worker.failed)
    for _ in range(200):
        try:
            device.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            break
        worker.once()
        if len(worker.stood) + len(worker.failed) > before:
            break
    return device


def test_one_that_stands_is_handed_on_and_makes_room(house: tuple[Worker, Identity], tmp_path: Path) -> None:
    worker, authority = house
    identity = make("ct1", issuer=authority)
    with shake(worker, worker.begin(), device_context(tmp_path, identity)):
        (transport,) = worker.stood
        found = transport.verification.certificate
        assert found is not None
        assert found.fingerprint == identity.fingerprint
        assert worker.counters == {"handshakes:how=done": 1}
        assert len(worker.handshakes) == 0
        assert worker.freed == 1
        transport.close()


def test_one_that_fails_is_told_with_its_certificate_and_its_alert_can_be_read(
    house: tuple[Worker, Identity], tmp_path: Path
) -> None:
    worker, _ = house
    with shake(worker, worker.begin(), device_context(tmp_path, None)) as device:
        ((address, error, certificate),) = worker.failed
        assert (address, certificate) == ("10.0.0.1", None)
        assert "did not return a certificate" in error
        with pytest.raises(ssl.SSLError, match=r"(?i)certificate required|handshake failure"):
            device.recv(1)
        assert len(worker.handshakes) == 1
        device.shutdown(socket.SHUT_RDWR)
        worker.once()
        assert len(worker.handshakes) == 0


def test_who_does_not_read_the_alert_is_let_go(house: tuple[Worker, Identity], tmp_path: Path) -> None:
    worker, _ = house
    with shake(worker, worker.begin(), device_context(tmp_path, None)):
        worker.pass_time(LINGER)
        assert len(worker.handshakes) == 0


def test_when_all_places_are_taken_the_oldest_goes_once_it_had_its_time(house: tuple[Worker, Identity]) -> None:
    worker, _ = house
    ends = []
    for _ in range(LIMIT):
        assert worker.handshakes.room()
        ends.append(worker.begin())
        ends[-1].send(b"\x16\x03\x01")
        worker.once()
    assert not worker.handshakes.room()
    worker.pass_time(PATIENCE)
    assert worker.handshakes.room()
    assert len(worker.handshakes) == LIMIT
    worker.begin()
    assert len(worker.handshakes) == LIMIT
    assert ends[0].recv(1) == b""
    assert worker.counters == {"handshakes:how=displaced": 1}
    worker.handshakes.stop()
    assert len(worker.handshakes) == 0


def test_the_timer_ends_it_and_the_silent_are_only_counted(house: tuple[Worker, Identity]) -> None:
    worker, _ = house
    silent, slow = worker.begin(), worker.begin()
    slow.send(b"\x16\x03")
    worker.once()
    worker.pass_time(TIMER)
    assert silent.recv(1) == slow.recv(1) == b""
    assert worker.counters == {"handshakes:how=silent": 1, "handshakes:how=overdue": 1}
    assert [error for _, error, _ in worker.failed] == ["not finished within 10 s"]


def test_the_same_fault_of_an_address_is_told_once_a_minute(house: tuple[Worker, Identity]) -> None:
    worker, _ = house

    def fail(address: str) -> None:
        end = worker.begin(address)
        end.send(b"GET / HTTP/1.1\r\n\r\n")
        worker.once()
        end.close()
        worker.once()

    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        fail(address)
    assert [address for address, _, _ in worker.failed] == ["10.0.0.1", "10.0.0.2"]
    assert worker.counters["handshakes_told_before"] == 1
    assert worker.counters["handshakes:how=failed"] == 3
    worker.pass_time(TOLD_EVERY)
    fail("10.0.0.1")
    assert len(worker.failed) == 3


@pytest.mark.parametrize("shown", [True, False])
def test_nothing_of_it_needs_the_garbage_collector(house: tuple[Worker, Identity], tmp_path: Path, shown: bool) -> None:
    worker, authority = house
    context = device_context(tmp_path, make("ct1", issuer=authority) if shown else None)
    with no_collector():
        theirs = worker.begin()
        (caller,) = worker.handshakes._callers.values()
        connection: weakref.ref[SSL.Connection] = weakref.ref(caller.transport._connection)
        handshake = caller.handshake
        del caller, handshake
        with shake(worker, theirs, context):
            pass
        worker.once()
        while worker.stood:
            worker.stood.pop().close()
        worker.handshakes.stop()
        assert connection() is None
