"""The answerer (SCP): accepts every context, answers C-ECHO and C-STORE, sinks the data. Never keeps an object.

`python -m bench.peers.answerer --port P [--max-pdu N] [--archive FILE] [--warn N --fail N --mute N]`
Prints one JSON line when it listens. Ends at SIGTERM, or when its standard input ends under ``--tied``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.peers import pdus

if TYPE_CHECKING:
    from hashlib import _Hash

BUFFER = 262_144
_ACCEPTS_KEPT = 64

SUCCESS, WARNING, FAILURE = 0x0000, 0xB000, 0xA700


class Archive:
    """What counts as kept: one line "uid status sha256" for each object, written before its response is sent."""

    def __init__(self, path: Path | None, warn: int, fail: int, mute: int) -> None:
        self.digests = path is not None
        self._fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600) if path else -1
        self._warn, self._fail, self._mute = warn, fail, mute

    def answer(self, sop_instance: bytes, digest: str) -> int:
        """The status for an object received whole, -1 to keep it and hang up without an answer.

        The instance number stands in the UID's last seven digits, so the rule is the same whoever asks.
        """
        name = sop_instance.rstrip(b"\0 ").decode("ascii", "backslashreplace")
        number = int(name[-7:]) if name[-7:].isdigit() else 0
        status = SUCCESS
        if self._fail and number % self._fail == 1:
            return FAILURE
        if self._warn and number % self._warn == 2:
            status = WARNING
        if self._mute and number % self._mute == 3:
            status = -1
        if self._fd >= 0:
            os.write(self._fd, f"{name} {status} {digest}\n".encode())
        return status


class Caller:
    """One connection: what of which PDU it is in. Fragments are passed over by index, commands collected."""

    def __init__(self, sock: socket.socket, archive: Archive, max_pdu: int, accepts: dict[bytes, bytes]) -> None:
        self.sock = sock
        self._archive = archive
        self._max_pdu = max_pdu
        self._accepts = accepts
        self._pdu = 0  # bytes of the P-DATA-TF still to come
        self._pdv = 0  # bytes of the fragment still to come
        self._control = 0
        self._context = 0
        self._carry = b""  # a header that a read cut in two
        self._command = bytearray()
        self._request: dict[int, bytes] = {}
        self._digest: _Hash | None = None

    def take(self, data: memoryview) -> bool:
        """Takes what was read; False when the connection is to be closed."""
        if self._carry:
            data = memoryview(self._carry + bytes(data))
            self._carry = b""
        position, end = 0, len(data)
        while position < end:
            if self._pdv:
                taken = min(self._pdv, end - position)
                if self._control & pdus.COMMAND:
                    self._command += data[position : position + taken]
                elif self._digest is not None:
                    self._digest.update(data[position : position + taken])
                position += taken
                self._pdv -= taken
                if not self._pdv and self._control & pdus.LAST and not self._message_part():
                    return False
                continue
            if self._pdu:
                if end - position < 6:
                    break
                length, self._context, self._control = pdus.PDV_HEADER.unpack_from(data, position)
                self._pdu -= length + 4
                self._pdv = length - 2
                position += 6
                if not self._pdv and self._control & pdus.LAST and not self._message_part():
                    return False
                continue
            if end - position < 6:
                break
            kind, length = pdus.PDU_HEADER.unpack_from(data, position)
            if kind == pdus.P_DATA_TF:
                self._pdu = length
                position += 6
                continue
            if end - position < 6 + length:
                break
            if not self._control_pdu(kind, bytes(data[position : position + 6 + length])):
                return False
            position += 6 + length
        if position < end:
            self._carry = bytes(data[position:])
        return True

    def _control_pdu(self, kind: int, pdu: bytes) -> bool:
        if kind == pdus.ASSOCIATE_RQ:
            answer = self._accepts.get(pdu)
            if answer is None:
                answer = pdus.associate_ac(pdu, self._max_pdu)
                if len(self._accepts) < _ACCEPTS_KEPT:
                    self._accepts[pdu] = answer
            self.sock.send(answer)
            return True
        if kind == pdus.RELEASE_RQ:
            self.sock.send(pdus.RELEASE_RP_PDU)
            return True
        return False

    def _message_part(self) -> bool:
        """A command or a data set has ended: answers where that ends the message."""
        if self._control & pdus.COMMAND:
            self._request = pdus.command_elements(self._command)
            self._command.clear()
            if self._request[0x0100] == b"\x30\x00":
                self.sock.send(pdus.response(self._context, self._request, SUCCESS))
            elif self._archive.digests:
                self._digest = hashlib.sha256()
            return True
        digest = self._digest.hexdigest() if self._digest is not None else ""
        self._digest = None
        status = self._archive.answer(self._request[0x1000], digest)
        if status < 0:
            return False
        self.sock.send(pdus.response(self._context, self._request, status))
        return True


class Answerer:
    """The loop around the callers: one listener, one shared buffer."""

    def __init__(self, listener: socket.socket, archive: Archive, max_pdu: int) -> None:
        self._listener = listener
        self._archive = archive
        self._max_pdu = max_pdu
        self._callers: dict[int, Caller] = {}
        self._accepts: dict[bytes, bytes] = {}
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)

    def run(self, tied: bool) -> None:
        """Serves until its process is told to end."""
        listening = self._listener.fileno()
        with select.epoll() as epoll:
            epoll.register(listening, select.EPOLLIN)
            if tied:
                epoll.register(0, select.EPOLLHUP | select.EPOLLIN)
            while True:
                for fd, _ in epoll.poll():
                    if fd == listening:
                        self._accept(epoll)
                    elif fd == 0:
                        return
                    else:
                        self._read(fd)

    def _accept(self, epoll: select.epoll) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._callers[sock.fileno()] = Caller(sock, self._archive, self._max_pdu, self._accepts)
            epoll.register(sock.fileno(), select.EPOLLIN)

    def _read(self, fd: int) -> None:
        caller = self._callers[fd]
        try:
            count = caller.sock.recv_into(self._buffer)
            if count and caller.take(self._view[:count]):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # the caller is gone; so is its connection
        del self._callers[fd]
        caller.sock.close()


def main() -> None:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--max-pdu", type=int, default=16_384, help="maximum length announced")
    parser.add_argument("--archive", type=Path, help="write 'uid status sha256' for each object received whole")
    parser.add_argument("--warn", type=int, default=0, help="answer one in N with B000H")
    parser.add_argument("--fail", type=int, default=0, help="answer one in N with A700H and do not keep it")
    parser.add_argument("--mute", type=int, default=0, help="keep one in N and hang up without an answer")
    parser.add_argument("--tied", action="store_true", help="end when standard input ends")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    listener = socket.create_server(("127.0.0.1", arguments.port), backlog=1024)
    listener.setblocking(False)
    archive = Archive(arguments.archive, arguments.warn, arguments.fail, arguments.mute)
    print(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid()}), flush=True)
    Answerer(listener, archive, arguments.max_pdu).run(arguments.tied)


if __name__ == "__main__":
    main()
