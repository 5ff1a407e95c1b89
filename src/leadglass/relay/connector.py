"""Opens the archive's connection for one session: waits for its name, tries its addresses in turn. It sends nothing."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable

from leadglass.io.loop import OUT, Loop
from leadglass.io.transport import begin
from leadglass.relay.upstreams import SocketAddress, Upstreams


class Connector:
    """One connection under way.

    Attributes:
        archive: id of the archive; empty when nothing is under way.
    """

    __slots__ = ("_addresses", "_failed", "_loop", "_opened", "_sock", "_upstreams", "archive")

    def __init__(
        self,
        loop: Loop,
        upstreams: Upstreams,
        opened: Callable[[socket.socket], None],
        failed: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._upstreams = upstreams
        self._opened = opened
        self._failed = failed
        self._addresses: list[SocketAddress] = []
        self._sock: socket.socket | None = None
        self.archive = ""

    def start(self, archive: str) -> None:
        """Connect to ``archive``; one of the two callbacks follows, unless it is cancelled."""
        self.archive = archive
        self.tick()

    def tick(self) -> None:
        """Begin, once the first look-up of the archive's name is over."""
        if self.archive and self._sock is None and self._upstreams.sought(self.archive):
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
        archive, self.archive = self.archive, ""
        self._upstreams.succeeded(archive)
        self._opened(sock)

    def cancel(self) -> None:
        """Give up; no callback follows."""
        self.archive = ""
        self._addresses.clear()
        if self._sock is not None:
            self._loop.remove(self._sock.fileno())
            self._sock.close()
            self._sock = None
