"""A caller (SCU) that does exactly what a test says, also what no device should. It judges no answer."""

from __future__ import annotations

import itertools
import socket
import ssl
import time
from types import TracebackType
from typing import Self

from bench.peers import pdus
from bench.peers.objects import element
from tests.peers.link import Link, Message, data_pdus

CT, ECHO = 1, 3  # contexts of `CONTEXTS`
CONTEXTS = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE), (pdus.VERIFICATION, pdus.IMPLICIT_LITTLE))

_numbers = itertools.count(time.time_ns())


def new_uid() -> str:
    """A UID nobody used before (PS3.5 B.2)."""
    return f"2.25.{next(_numbers)}"


def ct_image(instance: str, *, patient: str = "P1", study: str = "2.25.1", size: int = 4096) -> bytes:
    """A CT image in explicit VR little endian, about ``size`` bytes long."""
    elements = (
        (0x00080016, "UI", pdus.CT_IMAGE),
        (0x00080018, "UI", instance.encode()),
        (0x00080060, "CS", b"CT"),
        (0x00100010, "PN", b"Test^Patient"),
        (0x00100020, "LO", patient.encode()),
        (0x0020000D, "UI", study.encode()),
        (0x0020000E, "UI", b"2.25.2"),
    )
    front = b"".join(element(tag, vr, value) for tag, vr, value in elements)
    rest = max(size - len(front) - 12, 2) & ~1
    return front + element(0x7FE00010, "OW", (bytes(range(256)) * (rest // 256 + 1))[:rest])


class Caller:
    """An association under the test's hands."""

    def __init__(
        self,
        port: int,
        calling: str,
        called: str,
        *,
        host: str = "127.0.0.1",
        receive_buffer: int = 0,
        tls: ssl.SSLContext | None = None,
    ):
        self.calling, self.called = calling, called
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(10)
        sock.connect((host, port))
        if tls is not None:
            sock = tls.wrap_socket(sock)
        self.link = Link(sock)
        self.port = sock.getsockname()[1]
        self._message = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        self.link.close()

    def request(self, contexts: tuple[tuple[bytes, bytes], ...] = CONTEXTS, max_pdu: int = 16_384) -> bytes:
        """Send an A-ASSOCIATE-RQ; the answering PDU."""
        self.link.send(pdus.associate_rq(self.calling, self.called, contexts, max_pdu))
        return self.link.pdu()

    def associate(self, contexts: tuple[tuple[bytes, bytes], ...] = CONTEXTS) -> Caller:
        """An association that must be accepted, with every context."""
        answer = self.request(contexts)
        assert answer[:1] == b"\x02", f"not accepted: {answer[:12]!r}"
        assert pdus.accepted_contexts(answer) == {2 * i + 1 for i in range(len(contexts))}
        return self

    def next_id(self) -> int:
        self._message += 1
        return self._message

    def start_over(self) -> None:
        """Use the same Message IDs again."""
        self._message = 0

    def send_store(self, instance: str, data: bytes, *, context: int = CT, sop_class: bytes = pdus.CT_IMAGE) -> int:
        """Send a whole C-STORE-RQ; its Message ID."""
        number = self.next_id()
        self.link.send(pdus.c_store_rq(context, number, sop_class, instance.encode()), data_pdus(context, data))
        return number

    def store(self, instance: str = "", data: bytes | None = None, *, sop_class: bytes = pdus.CT_IMAGE) -> int:
        """Store one instance; the status told."""
        instance = instance or new_uid()
        self.send_store(instance, ct_image(instance) if data is None else data, sop_class=sop_class)
        return self.answer().status

    def answer(self) -> Message:
        """The next message, which must be one."""
        answer = self.link.message()
        assert isinstance(answer, Message), f"no message: {answer!r}"
        return answer

    def send_echo(self) -> int:
        number = self.next_id()
        self.link.send(pdus.c_echo_rq(ECHO, number))
        return number

    def echo(self) -> int:
        """A C-ECHO; the status told."""
        self.send_echo()
        return self.answer().status

    def release(self) -> None:
        """Release in order; the answer must be an A-RELEASE-RP."""
        self.link.send(pdus.RELEASE_RQ_PDU)
        assert self.link.pdu() == pdus.RELEASE_RP_PDU
        self.link.close()


def rejection(answer: bytes) -> str:
    """The result, source and reason of an A-ASSOCIATE-RJ, "1/1/3"."""
    assert answer[:1] == b"\x03", f"no A-ASSOCIATE-RJ: {answer!r}"
    return "/".join(map(str, answer[7:10]))


def abort_of(pdu: bytes) -> tuple[int, int]:
    """Source and reason of an A-ABORT."""
    assert pdu[:1] == b"\x07", f"no A-ABORT: {pdu!r}"
    return pdu[8], pdu[9]


def context_results(answer: bytes) -> dict[int, int]:
    """The result of each context of an A-ASSOCIATE-AC (PS3.8 Table 9-18)."""
    assert answer[:1] == b"\x02", f"no A-ASSOCIATE-AC: {answer!r}"
    return {answer[start]: answer[start + 2] for kind, start, _ in pdus.items(answer, 74, len(answer)) if kind == 0x21}
