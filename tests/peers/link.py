"""One end of a DICOM connection, byte by byte, for peers that follow a script. It checks nothing by itself.

PDUs come from `bench.peers.pdus`, which was written apart from `leadglass.wire`: peers and product share no faults.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass

from bench.peers import pdus

DEADLINE = 30.0  # seconds for whatever a test waits for; generous, for a loaded machine


@dataclass(frozen=True)
class Message:
    """A whole DIMSE message."""

    context: int
    command: dict[int, bytes]
    data: bytes | None

    @property
    def field(self) -> int:
        return int.from_bytes(self.command[0x0100], "little")

    @property
    def message_id(self) -> int:
        return int.from_bytes(self.command[0x0110], "little")

    @property
    def answers(self) -> int:
        return int.from_bytes(self.command[0x0120], "little")

    @property
    def status(self) -> int:
        return int.from_bytes(self.command[0x0900], "little")

    @property
    def sop_instance(self) -> str:
        return self.command[0x1000].rstrip(b"\0 ").decode("ascii")


class Link:
    """A connected socket that speaks in PDUs."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(DEADLINE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *parts: bytes) -> None:
        self.sock.sendall(b"".join(parts))

    def pdu(self) -> bytes:
        """The next PDU, whole; nothing at the end of the stream, however it ended."""
        head = self._exactly(6)
        size = int.from_bytes(head[2:6], "big")
        body = self._exactly(size)
        return head + body if len(head) == 6 and len(body) == size else b""

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                got = self.sock.recv(min(size - len(parts), 262_144))
            except ConnectionError:
                return b""
            if not got:
                return b""
            parts += got
        return bytes(parts)

    def message(self, first: bytes = b"") -> Message | bytes:
        """The next whole DIMSE message, or the PDU that came instead (nothing at the end of the stream)."""
        command, data, context = bytearray(), bytearray(), 0
        elements: dict[int, bytes] = {}
        pdu = first or self.pdu()
        while True:
            if not pdu or pdu[0] != pdus.P_DATA_TF:
                return pdu
            for context, control, payload in fragments(pdu):
                if control & pdus.COMMAND:
                    command += payload
                    if control & pdus.LAST:
                        elements = pdus.command_elements(command)
                        if elements[0x0800] == b"\x01\x01":
                            return Message(context, elements, None)
                else:
                    data += payload
                    if control & pdus.LAST:
                        return Message(context, elements, bytes(data))
            pdu = self.pdu()

    def close(self) -> None:
        self.sock.close()


def fragments(pdu: bytes) -> Iterable[tuple[int, int, bytes]]:
    """Context id, message control header and payload of each PDV of a P-DATA-TF."""
    position = 6
    while position < len(pdu):
        length = int.from_bytes(pdu[position : position + 4], "big")
        yield pdu[position + 4], pdu[position + 5], pdu[position + 6 : position + 4 + length]
        position += 4 + length


def data_pdus(context: int, data: bytes, size: int = 16_384) -> bytes:
    """A data set as P-DATA-TF PDUs of at most ``size`` bytes."""
    parts = []
    step = size - 6
    for start in range(0, len(data), step):
        body = data[start : start + step]
        last = pdus.LAST if start + step >= len(data) else 0
        parts += [
            pdus.PDU_HEADER.pack(pdus.P_DATA_TF, len(body) + 6),
            pdus.PDV_HEADER.pack(len(body) + 2, context, last),
            body,
        ]
    return b"".join(parts)
