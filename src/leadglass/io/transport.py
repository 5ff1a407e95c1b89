"""A non-blocking TCP connection with what waits to leave and what waits to be read on. It interprets nothing.

All transports of a worker read into one shared buffer: kernel copying is most of a relay's cost.
"""

from __future__ import annotations

import ipaddress
import socket
from math import inf

READ = 294_912  # bytes taken at once: a CT slice of 512 KiB with its command in two
QUICKACK_BELOW = 65_536  # a shorter read that leaves a message unfinished may be a sender in Nagle's algorithm

KEEPALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))


def tune(sock: socket.socket) -> None:
    """TCP_NODELAY and keep-alive. Accepted sockets inherit them from their listener."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def begin(family: int, target: tuple[str, int] | tuple[str, int, int, int]) -> socket.socket:
    """A connection under way: writable once it is open or has failed (SO_ERROR tells).

    Raises:
        OSError: it failed at once.
    """
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        tune(sock)
        sock.connect(target)
    except BlockingIOError:
        return sock
    except OSError:
        sock.close()
        raise
    return sock


def plain_address(text: str) -> str:
    """An address as it is compared and recorded: no zone, IPv4-mapped IPv6 as IPv4 (RFC 4291 2.5.5.2)."""
    if ":" not in text:
        return text
    address = ipaddress.IPv6Address(text.partition("%")[0])
    return str(address.ipv4_mapped or address)


class Transport:
    """One end.

    Attributes:
        sock: the socket.
        fd: its descriptor, also after it is closed.
        out: bytes that wait for the socket to be writable.
        tail: bytes that were read and not used up.
        watched: the event mask in epoll, -1 when not registered.
        blocked_since: monotonic time since when nothing of ``out`` left, else inf.
        ended: the peer will send no more.
        closing: close once ``out`` has left.
        lingering: sending is over, reading is thrown away until the peer closes.
        broken: why it failed, empty while it works.
    """

    __slots__ = ("blocked_since", "broken", "closing", "ended", "fd", "lingering", "out", "sock", "tail", "watched")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.out = bytearray()
        self.tail = bytearray()
        self.watched = -1
        self.blocked_since = inf
        self.ended = False
        self.closing = False
        self.lingering = False
        self.broken = ""

    def read(self, view: memoryview) -> int:
        """Bytes read into ``view``; 0 when there are none now (look at `ended` and `broken`)."""
        try:
            size = self.sock.recv_into(view)
        except BlockingIOError:
            return 0
        except OSError as error:
            self.broken = error.strerror or str(error)
            self.ended = True
            return 0
        if size == 0:
            self.ended = True
        return size

    def acknowledge(self) -> None:
        """Acknowledge what was read at once: a sender in Nagle's algorithm holds the rest back until then."""
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def write(self, data: bytes | bytearray | memoryview, now: float) -> None:
        """Send, or keep what does not go."""
        if self.broken:
            return
        if self.out:
            self.out += data
            return
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.broken = error.strerror or str(error)
            return
        if sent < len(data):
            self.out += memoryview(data)[sent:]
            self.blocked_since = now

    def end_output(self) -> None:
        """Say that nothing more comes; reading goes on.

        Raises:
            OSError: the connection has gone.
        """
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def flush(self, now: float) -> None:
        """Send what waits, as far as it goes."""
        try:
            sent = self.sock.send(self.out)
        except BlockingIOError:
            return
        except OSError as error:
            self.broken = error.strerror or str(error)
            self.out.clear()
            return
        if sent:
            del self.out[:sent]
            self.blocked_since = now if self.out else inf
