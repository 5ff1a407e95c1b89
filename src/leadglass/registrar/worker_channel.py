"""A worker's line to the registrar, for its epoll loop. Never blocks, never reconnects by itself."""

from __future__ import annotations

from pathlib import Path

from leadglass.io.frames import FrameError
from leadglass.io.frames_socket import FramedSocket
from leadglass.registrar.codec import decode, encode
from leadglass.registrar.messages import MAX_FRAME, Frame, Hello


class WorkerChannel:
    """One connection to ``run/registrar.sock``, to be made anew with `connect` whenever it is `closed`.

    Args:
        path: of the registrar's socket.
        worker: name of the process, "w0".
        pid: its process id.
        boot: as in its event ids.
    """

    def __init__(self, path: Path, worker: str, pid: int, boot: int) -> None:
        self._socket = FramedSocket(path, MAX_FRAME)
        self._hello = Hello(worker, pid, boot)

    @property
    def closed(self) -> bool:
        """True before `connect`, after a failed one, and when the registrar has gone."""
        return self._socket.closed

    @property
    def wants_write(self) -> bool:
        """True while bytes wait for the socket to be writable: then watch EPOLLOUT and call `flush`."""
        return self._socket.wants_write

    def fileno(self) -> int:
        """The descriptor for epoll; it stays open after the registrar's end until `close` or the next `connect`."""
        return self._socket.fileno()

    def connect(self) -> bool:
        """Connect and say `Hello`; False (and still closed) when the registrar does not listen."""
        if self._socket.connect():
            self.send(self._hello)
        return not self.closed

    def send(self, frame: Frame) -> None:
        """Send or queue a frame; dropped when closed (ask `closed` first where that matters)."""
        self._socket.send_payload(encode(frame))

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        self._socket.flush()

    def receive(self) -> list[Frame]:
        """The frames that have arrived, at most about 1 MiB of them a call; an unreadable frame closes the line."""
        try:
            return [decode(payload) for payload in self._socket.receive_payloads()]
        except FrameError:
            self._socket.end()
            return []

    def close(self) -> None:
        """End it; safe to call twice."""
        self._socket.close()
