"""A workstation (SCU) that queries, moves and gets once, and says what came as JSON. Never keeps an object.

`python -m bench.peers.retriever find|move|get --port P …`. Plain sockets: a tool's own cost (DCMTK writes each response
to its log, and each object to a file) would hide what stands between it and the archive.
"""

from __future__ import annotations

import argparse
import json
import socket
import time
from collections.abc import Callable, Iterator
from struct import pack
from typing import Any, NamedTuple

from bench.peers import pdus

STUDY_ROOT_FIND = b"1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_MOVE = b"1.2.840.10008.5.1.4.1.2.2.2"
STUDY_ROOT_GET = b"1.2.840.10008.5.1.4.1.2.2.3"
STUDY_ROOT = (STUDY_ROOT_FIND, STUDY_ROOT_MOVE, STUDY_ROOT_GET)
_FIND_RQ, _GET_RQ, _MOVE_RQ, _RESPONSE = 0x0020, 0x0010, 0x0021, 0x8000  # PS3.7 E.1
_PENDING, _SUCCESS = 0xFF00, 0x0000
_RETRIEVE, _STORAGE = 1, 3  # presentation contexts
_COMPLETED = 0x1021  # Number of Completed Sub-operations
_STUDY_INSTANCE_UID = 0x0020000D
_BUFFER = 524_288


class Message(NamedTuple):
    """A DIMSE message; its data set was counted and let go."""

    context: int
    elements: dict[int, bytes]
    data: int

    def number(self, element: int) -> int:
        """An element's value."""
        return int.from_bytes(self.elements[element], "little")


class Workstation:
    """One association, blocking."""

    def __init__(self, arguments: argparse.Namespace, model: bytes, *, gets: bool = False) -> None:
        contexts = [(model, pdus.IMPLICIT_LITTLE)]
        if gets:
            contexts.append((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE))
        self.sock = socket.create_connection((arguments.host, arguments.port), arguments.seconds)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        request = pdus.associate_rq(arguments.calling, arguments.called, contexts, arguments.pdu)
        if gets:  # SCP/SCU Role Selection (PS3.7 D.3.3.4): the objects come to us
            request = _with_role(request, pdus.CT_IMAGE)
        self.sock.sendall(request)
        answer = bytes(self._pdu())
        if answer[0] != pdus.ASSOCIATE_AC or len(pdus.accepted_contexts(answer)) != len(contexts):
            raise ConnectionError(f"not accepted: {answer[:12]!r}")

    def _pdu(self) -> memoryview:
        """The next PDU whole, valid until the call after it."""
        while True:
            there = self._end - self._start
            if there >= 6:
                size = 6 + int.from_bytes(self._view[self._start + 2 : self._start + 6], "big")
                if there >= size:
                    pdu = self._view[self._start : self._start + size]
                    self._start += size
                    return pdu
            if self._end == _BUFFER or not there:
                self._view[:there] = bytes(self._view[self._start : self._end])
                self._start, self._end = 0, there
            got = self.sock.recv_into(self._view[self._end :])
            if not got:
                raise ConnectionError("closed by the side under load")
            self._end += got

    def messages(self) -> Iterator[Message]:
        """Messages as they come."""
        command, elements, data = bytearray(), dict[int, bytes](), 0
        while True:
            pdu = self._pdu()
            if pdu[0] != pdus.P_DATA_TF:
                raise ConnectionError(f"PDU type {pdu[0]}")
            position = 6
            while position < len(pdu):
                length, context, control = pdus.PDV_HEADER.unpack_from(pdu, position)
                whole = False
                if control & pdus.COMMAND:
                    command += pdu[position + 6 : position + 4 + length]
                    if control & pdus.LAST:
                        elements, data = pdus.command_elements(command), 0
                        command.clear()
                        whole = elements[0x0800] == pack("<H", pdus.NO_DATA_SET)
                else:
                    data += length - 2
                    whole = bool(control & pdus.LAST)
                if whole:
                    yield Message(context, elements, data)
                position += 4 + length

    def ask(self, operation: int, model: bytes, identifier: bytes, to: str = "") -> None:
        """Sends a request with its identifier."""
        elements = [
            (0x0002, model + b"\0" * (len(model) % 2)),
            (0x0100, pack("<H", operation)),
            (0x0110, pack("<H", 1)),
            (0x0700, pack("<H", 0)),
            (0x0800, pack("<H", 0)),
        ]
        if to:
            elements.insert(3, (0x0600, to.encode() + b" " * (len(to) % 2)))
        body = pdus.PDV_HEADER.pack(len(identifier) + 2, _RETRIEVE, pdus.LAST) + identifier
        self.sock.sendall(pdus.command(_RETRIEVE, elements) + pdus.PDU_HEADER.pack(pdus.P_DATA_TF, len(body)) + body)

    def release(self) -> None:
        """In order."""
        self.sock.sendall(pdus.RELEASE_RQ_PDU)
        if self._pdu()[0] != pdus.RELEASE_RP:
            raise ConnectionError("no A-RELEASE-RP")
        self.sock.close()


def _with_role(request: bytes, sop_class: bytes) -> bytes:
    """The A-ASSOCIATE-RQ with the SCP role proposed for ``sop_class`` at the end of its user information."""
    role = pdus.item(0x54, pack(">H", len(sop_class)) + sop_class + b"\1\1")
    kind, start, end = pdus.items(request, 74, len(request))[-1]
    assert kind == 0x50
    body = request[6 : start - 4] + pdus.item(0x50, request[start:end] + role)
    return pdus.PDU_HEADER.pack(pdus.ASSOCIATE_RQ, len(body)) + body


def _implicit(*elements: tuple[int, bytes]) -> bytes:
    """A data set in implicit VR little endian; UIDs padded with NUL, everything else with a space."""
    parts = []
    for tag, value in elements:
        padding = b"\0" if tag == _STUDY_INSTANCE_UID else b" "
        even = value + padding * (len(value) % 2)
        parts.append(pack("<HHI", tag >> 16, tag & 0xFFFF, len(even)) + even)
    return b"".join(parts)


def find(arguments: argparse.Namespace) -> dict[str, Any]:
    """A study root query at STUDY level for every study whose Patient ID begins with ``--patient``."""
    workstation = Workstation(arguments, STUDY_ROOT_FIND)
    identifier = _implicit(
        (0x00080020, b""), (0x00080050, b""), (0x00080052, b"STUDY"), (0x00081030, b""), (0x00100010, b""),
        (0x00100020, arguments.patient.encode()), (_STUDY_INSTANCE_UID, b""),
    )  # fmt: skip
    began = time.perf_counter()
    workstation.ask(_FIND_RQ, STUDY_ROOT_FIND, identifier)
    responses = 0
    for message in workstation.messages():
        status = message.number(0x0900)
        if status not in {_PENDING, 0xFF01}:
            break
        responses += 1
    seconds = time.perf_counter() - began
    workstation.release()
    return {"status": status, "count": responses, "seconds": seconds}


def move(arguments: argparse.Namespace) -> dict[str, Any]:
    """A study root move of the study ``--study`` to ``--to``."""
    workstation = Workstation(arguments, STUDY_ROOT_MOVE)
    began = time.perf_counter()
    workstation.ask(_MOVE_RQ, STUDY_ROOT_MOVE, _study(arguments.study), arguments.to)
    return _retrieved(workstation, began, _MOVE_RQ)


def get(arguments: argparse.Namespace) -> dict[str, Any]:
    """A study root get of the study ``--study``; every object is taken with Success."""
    workstation = Workstation(arguments, STUDY_ROOT_GET, gets=True)
    began = time.perf_counter()
    workstation.ask(_GET_RQ, STUDY_ROOT_GET, _study(arguments.study))
    return _retrieved(workstation, began, _GET_RQ)


def _study(uid: str) -> bytes:
    return _implicit((0x00080052, b"STUDY"), (_STUDY_INSTANCE_UID, uid.encode()))


def _retrieved(workstation: Workstation, began: float, operation: int) -> dict[str, Any]:
    size = 0
    for message in workstation.messages():
        field = message.number(0x0100)
        if field == pdus.C_STORE_RQ:
            size += message.data
            workstation.sock.sendall(pdus.response(message.context, message.elements, _SUCCESS))
        elif field == operation | _RESPONSE and message.number(0x0900) != _PENDING:
            break
    seconds = time.perf_counter() - began
    workstation.release()
    return {"status": message.number(0x0900), "count": message.number(_COMPLETED), "bytes": size, "seconds": seconds}


def main() -> None:
    """Reads the arguments, asks once and prints what came."""
    parser = argparse.ArgumentParser(description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--host", default="127.0.0.1")
    shared.add_argument("--port", type=int, required=True)
    shared.add_argument("--calling", default="BENCH")
    shared.add_argument("--called", default="ORTHANC")
    shared.add_argument("--pdu", type=int, default=16_384, help="maximum length announced")
    shared.add_argument("--seconds", type=float, default=120.0, help="give up after this long")
    asks = parser.add_subparsers(dest="ask", required=True)
    asks.add_parser("find", parents=[shared]).add_argument("--patient", required=True)
    moves = asks.add_parser("move", parents=[shared])
    moves.add_argument("--study", required=True)
    moves.add_argument("--to", required=True)
    asks.add_parser("get", parents=[shared]).add_argument("--study", required=True)
    arguments = parser.parse_args()
    plays: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {"find": find, "move": move, "get": get}
    print(json.dumps(plays[arguments.ask](arguments)))


if __name__ == "__main__":
    main()
