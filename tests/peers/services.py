"""Requests of queries, retrieves and commitments, byte by byte, as any device or archive may say them. Judges nothing.

Written, like the other peers, apart from `leadglass.wire`.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

from bench.peers import pdus
from bench.peers.objects import element
from tests.peers.caller import Caller
from tests.peers.link import Link, Message, data_pdus

FIND_MODEL, MOVE_MODEL, GET_MODEL = (b"1.2.840.10008.5.1.4.1.2.2." + digit for digit in (b"1", b"2", b"3"))
COMMITMENT = b"1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = b"1.2.840.10008.1.20.1.1"
CT, FIND, ECHO, MOVE, GET, COMMIT = 1, 3, 5, 7, 9, 11
SERVICES = tuple(
    (uid, pdus.EXPLICIT_LITTLE)
    for uid in (pdus.CT_IMAGE, FIND_MODEL, pdus.VERIFICATION, MOVE_MODEL, GET_MODEL, COMMITMENT)
)
"""Presentation contexts with the ids above."""

C_FIND_RQ, C_GET_RQ, C_MOVE_RQ, C_CANCEL_RQ, N_EVENT_REPORT_RQ, N_ACTION_RQ = (
    0x0020, 0x0010, 0x0021, 0x0FFF, 0x0100, 0x0130,
)  # fmt: skip
PENDING, CANCELLED = 0xFF00, 0xFE00


def keys(level: str = "STUDY", *, patient: str = "", study: str = "", series: str = "", instance: str = "") -> bytes:
    """An identifier in explicit VR little endian."""
    rows = (
        (0x00080018, "UI", instance), (0x00080052, "CS", level), (0x00100020, "LO", patient),
        (0x0020000D, "UI", study), (0x0020000E, "UI", series),
    )  # fmt: skip
    return b"".join(element(tag, vr, text.encode("latin-1")) for tag, vr, text in rows if text)


def transaction(uid: str) -> bytes:
    """What storage commitment is about, with one object."""
    item = element(0x00081150, "UI", pdus.CT_IMAGE) + element(0x00081155, "UI", b"2.25.3")
    sequence = pack("<HHI", 0xFFFE, 0xE000, len(item)) + item
    return element(0x00081195, "UI", uid.encode()) + element(0x00081199, "SQ", sequence)


def request(
    context: int, field: int, number: int, sop_class: bytes, data: bytes, more: Sequence[tuple[int, bytes]] = ()
) -> bytes:
    """A request with a data set; ``more`` elements of its command set."""
    rows = [
        (0x0100, pack("<H", field)), (0x0110, pack("<H", number)), (0x0700, pack("<H", 0)),
        (0x0800, pack("<H", 1)), *more,
    ]  # fmt: skip
    if not any(element in {0x0002, 0x0003} for element, _ in more):
        rows.append((0x0002, sop_class + b"\0" * (len(sop_class) & 1)))
    return pdus.command(context, sorted(rows)) + (data_pdus(context, data) or _nothing(context))


def _nothing(context: int) -> bytes:
    """A data set without an element."""
    return pdus.PDU_HEADER.pack(pdus.P_DATA_TF, 6) + pdus.PDV_HEADER.pack(2, context, pdus.LAST)


def find(number: int, data: bytes) -> bytes:
    return request(FIND, C_FIND_RQ, number, FIND_MODEL, data)


def move(number: int, destination: str, data: bytes) -> bytes:
    return request(MOVE, C_MOVE_RQ, number, MOVE_MODEL, data, [(0x0600, destination.encode().ljust(16))])


def get(number: int, data: bytes) -> bytes:
    return request(GET, C_GET_RQ, number, GET_MODEL, data)


def commit(number: int, uid: str) -> bytes:
    named = [(0x0003, COMMITMENT), (0x1001, COMMITMENT_INSTANCE), (0x1008, pack("<H", 1))]
    return request(COMMIT, N_ACTION_RQ, number, COMMITMENT, transaction(uid), named)


def report(context: int, number: int, uid: str) -> bytes:
    """The N-EVENT-REPORT of a commitment."""
    named = [(0x0002, COMMITMENT), (0x1000, COMMITMENT_INSTANCE), (0x1002, pack("<H", 1))]
    return request(context, N_EVENT_REPORT_RQ, number, COMMITMENT, transaction(uid), named)


def cancel(context: int, number: int) -> bytes:
    rows = ((0x0100, pack("<H", C_CANCEL_RQ)), (0x0120, pack("<H", number)), (0x0800, pack("<H", pdus.NO_DATA_SET)))
    return pdus.command(context, rows)


def answer(asked: Message, status: int, data: bytes = b"", **counters: int) -> bytes:
    """A response, with a data set where one is given, and counters of sub-operations."""
    elements = {0x0002: 0, 0x0003: 0, 0x1000: 0, 0x1001: 0}
    rows = [(element, asked.command[element]) for element in elements if element in asked.command]
    names = {"remaining": 0x1020, "completed": 0x1021, "failed": 0x1022, "warning": 0x1023}
    rows += [
        (0x0100, pack("<H", asked.field | 0x8000)), (0x0120, asked.command[0x0110]),
        (0x0800, pack("<H", 1 if data else pdus.NO_DATA_SET)), (0x0900, pack("<H", status)),
        *((names[name], pack("<H", count)) for name, count in counters.items()),
    ]  # fmt: skip
    head = pdus.command(asked.context, sorted(rows))
    return head + data_pdus(asked.context, data) if data else head


def match(number: int) -> bytes:
    """What a query returned: a patient of its own."""
    rows = (
        (0x00080052, "CS", b"STUDY"), (0x00100010, "PN", b"Found^%d" % number), (0x00100020, "LO", b"F%d" % number),
        (0x0020000D, "UI", b"2.25.8.%d" % number),
    )  # fmt: skip
    return b"".join(element(tag, vr, value) for tag, vr, value in rows)


def asked_of(link: Link) -> Message:
    """The next message, which must be one."""
    message = link.message()
    assert isinstance(message, Message), f"no message: {message!r}"
    return message


class Device(Caller):
    """A caller of every service."""

    def open(self) -> Device:
        """An association with all of `SERVICES`, every one accepted."""
        self.associate(SERVICES)
        return self

    def ask(self, said: bytes) -> Message:
        """Send a request; the first response."""
        self.link.send(said)
        return self.answer()
