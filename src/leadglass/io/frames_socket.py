"""One end of a framed Unix stream socket that never blocks, for epoll loops. Never reconnects by itself."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from leadglass.io.frames import FrameBuffer, FrameError, pack_frame

MAX_QUEUED = 4 * 1024 * 1024  # bytes waiting to be sent before the other side counts as stuck
MAX_RECEIVE = 1024 * 1024  # bytes taken by one call of receive()
_READ = 65_536


class FramedSocket:
    """A non-blocking client end.

    Args:
        path: of the listening socket.
        limit: longest payload in either direction, bytes.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._socket: socket.socket | None = None
        self._ended = True
        self._buffer = FrameBuffer(limit)
        self._unsent = bytearray()

    @property
    def closed(self) -> bool:
        """True before `connect`, and after either side has closed or failed."""
        return self._ended

    @property
    def wants_write(self) -> bool:
        """True while something waits for the socket to be writable."""
        return bool(self._unsent)

    def fileno(self) -> int:
        """The descriptor; it outlives the other side's end, so that epoll can let go of it. -1 after `close`."""
        return -1 if self._socket is None else self._socket.fileno()

    def connect(self) -> bool:
        """Connect anew, giving back the former descriptor and dropping what was unsent; True when it stands.

        A Unix socket connects at once or not at all.
        """
        self.close()
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            end.connect(str(self._path))
        except OSError:
            end.close()
            return False
        self._socket = end
        self._ended = False
        return True

    def send_payload(self, payload: bytes) -> None:
        """Queue a frame and send what goes at once. A side that takes nothing any more is closed, not waited for."""
        if self._ended:
            return
        frame = pack_frame(payload, self._limit)
        if len(self._unsent) + len(frame) > MAX_QUEUED + self._limit:
            self.end()
            return
        self._unsent += frame
        self.flush()

    def flush(self) -> None:
        """Send what waits, as far as it goes without blocking."""
        if self._socket is None or self._ended:
            return
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(memoryview(self._unsent)[:_READ].tobytes(), socket.MSG_NOSIGNAL)]
        except BlockingIOError:
            pass
        except OSError:
            self.end()

    def receive_payloads(self) -> list[bytes]:
        """Whole frames that have arrived, at most `MAX_RECEIVE` bytes of them a call. Closes at end and at nonsense."""
        payloads: list[bytes] = []
        taken = 0
        while self._socket is not None and not self._ended and taken < MAX_RECEIVE:
            try:
                data = self._socket.recv(_READ)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            taken += len(data)
            self._buffer.feed(data)
            try:
                payloads.extend(self._buffer.frames())
            except FrameError:
                data = b""
            if not data:
                self.end()
        self.flush()
        return payloads

    def close(self) -> None:
        """End it and give the descriptor back; safe to call twice."""
        self.end()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = None

    def end(self) -> None:
        """Take part no longer; the descriptor stays until `close` or `connect`."""
        self._ended = True
        self._buffer = FrameBuffer(self._limit)
        self._unsent.clear()
