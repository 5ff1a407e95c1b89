"""Conversations over many sockets in one epoll loop: generators that yield while they wait. Never unbounded."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator

from bench.peers.pdus import PDU_HEADER

Conversation = Generator[int, None, None]
"""Yields the descriptor it waits on."""

_EDGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET
_MAX_PDU_READ = 1 << 20


class OverdueError(Exception):
    """A load did not end within its bound of time."""


class Link:
    """One connection to the side under load, TCP_NODELAY on; over TLS with a context."""

    def __init__(self, epoll: select.epoll, address: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tls = tls
        self._fd = self.sock.fileno()
        self._buffer = bytearray()
        self._address = address
        self._epoll = epoll

    def connect(self) -> Conversation:
        """Connects.

        Raises:
            OSError: nobody listens.
        """
        error = self.sock.connect_ex(self._address)
        self._epoll.register(self._fd, _EDGES)
        while error:
            yield self._fd
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise OSError(error, "connect")
        if self._tls is not None:
            yield from self._shake_hands(self._tls)

    def _shake_hands(self, tls: ssl.SSLContext) -> Conversation:
        sock = tls.wrap_socket(self.sock, server_hostname="localhost", do_handshake_on_connect=False)
        self.sock = sock
        while True:
            try:
                sock.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                yield self._fd
            else:
                return

    def send(self, data: bytes | memoryview) -> Conversation:
        """Sends all of ``data``."""
        view = memoryview(data)
        while view:
            try:
                view = view[self.sock.send(view) :]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                yield self._fd

    def receive(self) -> Generator[int, None, bytes]:
        """The next PDU, header included.

        Raises:
            ConnectionError: the side closed first.
        """
        buffer = self._buffer
        while True:
            if len(buffer) >= 6:
                length = PDU_HEADER.unpack_from(buffer)[1]
                if length > _MAX_PDU_READ:
                    raise ConnectionError(f"a PDU of {length} bytes")
                if len(buffer) >= 6 + length:
                    pdu = bytes(buffer[: 6 + length])
                    del buffer[: 6 + length]
                    return pdu
            try:
                data = self.sock.recv(65_536)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                yield self._fd
                continue
            if not data:
                raise ConnectionError("closed by the side under load")
            buffer += data

    def say_goodbye(self) -> Conversation:
        """Sends close_notify, waits for the other side's, and closes.

        Raises:
            ssl.SSLError: the other side ended otherwise, because it refused the certificate for one.
        """
        assert isinstance(self.sock, ssl.SSLSocket)
        while True:
            try:
                self.sock.unwrap()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                yield self._fd
            else:
                break
        self.close()

    def close(self) -> None:
        """Closes at once; the loop forgets the descriptor with it."""
        self.sock.close()


def run(start: Callable[[select.epoll, int], Conversation], count: int, concurrent: int, seconds: float) -> None:
    """Runs conversations ``start(epoll, 0) … start(epoll, count - 1)``, at most ``concurrent`` at a time.

    Raises:
        OverdueError: they did not all end within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    waiting: dict[int, Conversation] = {}
    numbers: Iterator[int] = iter(range(count))
    with select.epoll() as epoll:

        def resume(conversation: Conversation) -> None:
            """Runs until it waits; when it ends, the next one takes its place."""
            while True:
                try:
                    waiting[next(conversation)] = conversation
                except StopIteration:
                    number = next(numbers, None)
                    if number is None:
                        return
                    conversation = start(epoll, number)
                else:
                    return

        for number in range(min(concurrent, count)):
            next(numbers)
            resume(start(epoll, number))
        while waiting:
            left = deadline - time.monotonic()
            if left <= 0:
                raise OverdueError(f"{len(waiting)} conversations still open after {seconds:g} s")
            for fd, _ in epoll.poll(left):
                conversation = waiting.pop(fd, None)
                if conversation is not None:
                    resume(conversation)
