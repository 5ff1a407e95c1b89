"""Opens the archive's connection for one session: its name, its addresses in turn, TLS. It says nothing of DICOM."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Protocol

from leadglass.flow.surroundings import Surroundings
from leadglass.io.loop import OUT, Loop
from leadglass.io.tls_transport import TlsTransport
from leadglass.io.transport import Transport, begin
from leadglass.model.route import Archive
from leadglass.relay.handshake import Handshake
from leadglass.relay.proof import unproved
from leadglass.relay.upstreams import SocketAddress, Upstreams


class Worker(Protocol):
    """What a connection needs of its worker."""

    loop: Loop
    upstreams: Upstreams

    @property
    def surroundings(self) -> Surroundings:
        """What holds now."""


class Connector:
    """One connection under way.

    Attributes:
        archive: id of the archive; empty when nothing is under way.
    """

    __slots__ = (
        "_addresses", "_failed", "_handshake", "_loop", "_opened", "_sock", "_surroundings", "_upstreams", "archive",
    )  # fmt: skip

    def __init__(self, worker: Worker, opened: Callable[[Transport], None], failed: Callable[[str], None]) -> None:
        self._loop = worker.loop
        self._upstreams = worker.upstreams
        self._surroundings = worker.surroundings
        self._opened = opened
        self._failed = failed
        self._addresses: list[SocketAddress] = []
        self._sock: socket.socket | None = None
        self._handshake: Handshake | None = None
        self.archive = ""

    def start(self, archive: str) -> None:
        """Connect to ``archive``; one of the two callbacks follows, unless it is cancelled."""
        self.archive = archive
        self.tick()

    def tick(self) -> None:
        """Begin, once the first look-up of the archive's name is over."""
        if self.archive and self._sock is None and self._handshake is None and self._upstreams.sought(self.archive):
            self._addresses = list(self._upstreams.addresses(self.archive))
            self._try_next("its name cannot be resolved")

    def _try_next(self, reason: str) -> None:
        while self._addresses:
            try:
                sock = begin(*self._addresses.pop(0))
            except OSError as error:
                reason = error.strerror or str(error)
                continue
            try:
                sock.getpeername()
            except OSError:  # under way
                self._sock = sock
                self._loop.add(sock.fileno(), OUT, self._ready)
            else:  # a near archive answers before `connect` returns
                self._done(sock)
            return
        self._give_up(reason)

    def _give_up(self, reason: str) -> None:
        archive, self.archive = self.archive, ""
        self._upstreams.failed(archive, reason)
        self._failed(reason)

    def _ready(self, events: int) -> None:  # noqa: ARG002 (SO_ERROR tells all)
        sock = self._sock
        assert sock is not None
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error == errno.EINPROGRESS:
            return
        self._sock = None
        self._loop.remove(sock.fileno())
        if error:
            sock.close()
            self._try_next(os.strerror(error))
        else:
            self._done(sock)

    def _done(self, sock: socket.socket) -> None:
        archive = self._upstreams.archive(self.archive)
        if archive is None or not archive.tls:
            self._succeed(Transport(sock))
        elif self._upstreams.tls is None:
            sock.close()
            self._give_up("TLS: there is no [tls] in the configuration")
        else:
            self._secure(self._upstreams.tls.connect(sock, archive.host), archive)

    def _secure(self, transport: TlsTransport, archive: Archive) -> None:
        def done() -> None:
            self._handshake = None
            rules, now = self._surroundings.rules, self._surroundings.utc // 1_000_000_000
            reason = unproved(archive, transport.verification, now, rules.settings.expired_grace_days)
            if reason:
                failed(reason)
            else:
                self._succeed(transport)

        def failed(reason: str) -> None:
            self._handshake = None
            transport.close()
            self._try_next(f"TLS: {reason}")

        self._handshake = Handshake(self._loop, self._surroundings, transport, done, failed)
        self._handshake.go_on()

    def _succeed(self, transport: Transport) -> None:
        archive, self.archive = self.archive, ""
        self._upstreams.succeeded(archive)
        self._opened(transport)

    def cancel(self) -> None:
        """Give up; no callback follows."""
        self.archive = ""
        self._addresses.clear()
        if self._sock is not None:
            self._loop.remove(self._sock.fileno())
            self._sock.close()
            self._sock = None
        if self._handshake is not None:
            self._handshake.cancel()
            self._handshake.transport.close()
            self._handshake = None
