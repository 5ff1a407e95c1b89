"""A worker's listening sockets: connections taken as they come, or left in the queue while there is no room."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial

from leadglass.io.loop import IN, Loop
from leadglass.io.transport import tune

ACCEPTED_AT_ONCE = 16  # connections taken before others are served

Room = Callable[[bool], bool]
Taken = Callable[[socket.socket, str, int, bool], None]
Count = Callable[[str, int], None]


class Listening:
    """The sockets of one worker.

    Args:
        loop: of the worker.
        sockets: each with whether TLS is spoken there.
        room: whether one more may be taken, over TLS or not.
        taken: gets each: socket, address, port, whether over TLS.
        count: adds to a counter.
    """

    def __init__(
        self, loop: Loop, sockets: list[tuple[socket.socket, bool]], room: Room, taken: Taken, count: Count
    ) -> None:
        self._loop = loop
        self._sockets = sockets
        self._room = room
        self._taken = taken
        self._count = count
        self._paused: list[tuple[socket.socket, bool]] = []

    def open(self) -> None:
        """Begin to take connections."""
        for listener, tls in self._sockets:
            listener.setblocking(False)
            tune(listener)
            self._loop.add(listener.fileno(), IN, partial(self._accept, listener, tls))

    def _accept(self, listener: socket.socket, tls: bool, events: int) -> None:  # noqa: ARG002 (a handler)
        for _ in range(ACCEPTED_AT_ONCE):
            if not self._room(tls):
                self._pause(listener, tls)
                return
            try:
                sock, address = listener.accept()
            except BlockingIOError:
                return
            except OSError:  # no descriptors, no memory: what waits is taken once there are some again
                self._count("accept_failed", 1)
                self._pause(listener, tls)
                return
            sock.setblocking(False)
            self._taken(sock, address[0], address[1], tls)

    def _pause(self, listener: socket.socket, tls: bool) -> None:
        self._loop.remove(listener.fileno())
        self._paused.append((listener, tls))

    def resume(self) -> None:
        """There may be room again."""
        paused, self._paused = self._paused, []
        for listener, tls in paused:
            self._loop.add(listener.fileno(), IN, partial(self._accept, listener, tls))

    def close(self) -> None:
        """Take nothing any more."""
        self._paused.clear()
        for listener, _ in self._sockets:
            self._loop.remove(listener.fileno())
            listener.close()
