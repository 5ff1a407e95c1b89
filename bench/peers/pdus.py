"""PDUs and command sets as the bench's own peers write and read them. Never a validating parser.

Written apart from `leadglass.wire` on purpose: a bench must not share the faults or the cost of what it measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, pack, unpack_from

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)  # PS3.8 9.3.1

APPLICATION_CONTEXT = b"1.2.840.10008.3.1.1.1"
VERIFICATION = b"1.2.840.10008.1.1"
CT_IMAGE = b"1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = b"1.2.840.10008.5.1.4.1.1.4"
ULTRASOUND_IMAGE = b"1.2.840.10008.5.1.4.1.1.6.1"
IMPLICIT_LITTLE = b"1.2.840.10008.1.2"
EXPLICIT_LITTLE = b"1.2.840.10008.1.2.1"

C_STORE_RQ, C_STORE_RSP, C_ECHO_RQ, C_ECHO_RSP = 0x0001, 0x8001, 0x0030, 0x8030  # PS3.7 E.1
NO_DATA_SET = 0x0101
LAST, COMMAND = 0x02, 0x01  # bits of the message control header, PS3.8 E.2

PDU_HEADER = Struct(">BxI")
PDV_HEADER = Struct(">IBB")  # item length, presentation context id, message control header

RELEASE_RQ_PDU = PDU_HEADER.pack(RELEASE_RQ, 4) + bytes(4)
RELEASE_RP_PDU = PDU_HEADER.pack(RELEASE_RP, 4) + bytes(4)
ABORT_PDU = PDU_HEADER.pack(ABORT, 4) + bytes(4)


def item(kind: int, value: bytes) -> bytes:
    """One item of an A-ASSOCIATE PDU (PS3.8 9.3.2)."""
    return pack(">BxH", kind, len(value)) + value


def _user_information(max_pdu: int) -> bytes:
    return item(
        0x50,
        item(0x51, pack(">I", max_pdu)) + item(0x52, b"2.25.190000000000000001") + item(0x55, b"LEADGLASS_BENCH"),
    )


def associate_rq(calling: str, called: str, contexts: Sequence[tuple[bytes, bytes]], max_pdu: int) -> bytes:
    """An A-ASSOCIATE-RQ (PS3.8 9.3.2) that proposes (SOP class, transfer syntax) as contexts 1, 3, 5 and so on."""
    proposed = b"".join(
        item(0x20, bytes((2 * i + 1, 0, 0, 0)) + item(0x30, sop_class) + item(0x40, syntax))
        for i, (sop_class, syntax) in enumerate(contexts)
    )
    titles = called.encode().ljust(16) + calling.encode().ljust(16)
    body = pack(">HH", 1, 0) + titles + bytes(32) + item(0x10, APPLICATION_CONTEXT) + proposed
    body += _user_information(max_pdu)
    return PDU_HEADER.pack(ASSOCIATE_RQ, len(body)) + body


def items(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """The items in ``data[start:end]`` as (type, start of value, end of value)."""
    found = []
    while start + 4 <= end:
        kind, length = unpack_from(">BxH", data, start)
        found.append((kind, start + 4, start + 4 + length))
        start += 4 + length
    return found


def associate_ac(request: bytes, max_pdu: int) -> bytes:
    """The A-ASSOCIATE-AC (PS3.8 9.3.3) that accepts every context of ``request`` with its first transfer syntax."""
    accepted = b""
    for kind, start, end in items(request, 74, len(request)):
        if kind == 0x20:
            syntax = next(request[s:e] for k, s, e in items(request, start + 4, end) if k == 0x40)
            accepted += item(0x21, bytes((request[start], 0, 0, 0)) + item(0x40, syntax))
    body = request[6:74] + item(0x10, APPLICATION_CONTEXT) + accepted + _user_information(max_pdu)
    return PDU_HEADER.pack(ASSOCIATE_AC, len(body)) + body


def accepted_contexts(answer: bytes) -> set[int]:
    """The ids an A-ASSOCIATE-AC accepts."""
    return {
        answer[start] for kind, start, _ in items(answer, 74, len(answer)) if kind == 0x21 and not answer[start + 2]
    }


def announced_pdu(answer: bytes) -> int:
    """The maximum length an A-ASSOCIATE PDU announces (PS3.8 D.1); 0 is no limit."""
    for kind, start, end in items(answer, 74, len(answer)):
        if kind == 0x50:
            for sub, value, _ in items(answer, start, end):
                if sub == 0x51:
                    return int.from_bytes(answer[value : value + 4], "big")
    return 0


def _element(element: int, value: bytes) -> bytes:
    return pack("<HHI", 0, element, len(value)) + value


def _uid(value: bytes) -> bytes:
    return value + b"\0" * (len(value) & 1)


def command(context: int, elements: Sequence[tuple[int, bytes]]) -> bytes:
    """A P-DATA-TF with one command set (PS3.7 6.3.1), whole in one PDV."""
    body = b"".join(_element(element, value) for element, value in elements)
    body = _element(0, pack("<I", len(body))) + body
    return PDU_HEADER.pack(P_DATA_TF, len(body) + 6) + PDV_HEADER.pack(len(body) + 2, context, COMMAND | LAST) + body


def c_echo_rq(context: int, message_id: int) -> bytes:
    """A C-ECHO-RQ (PS3.7 9.3.5.1)."""
    return command(
        context,
        (
            (0x0002, _uid(VERIFICATION)),
            (0x0100, pack("<H", C_ECHO_RQ)),
            (0x0110, pack("<H", message_id)),
            (0x0800, pack("<H", NO_DATA_SET)),
        ),
    )


def c_store_rq(context: int, message_id: int, sop_class: bytes, sop_instance: bytes) -> bytes:
    """The command of a C-STORE-RQ (PS3.7 9.3.1.1)."""
    return command(
        context,
        (
            (0x0002, _uid(sop_class)),
            (0x0100, pack("<H", C_STORE_RQ)),
            (0x0110, pack("<H", message_id)),
            (0x0700, pack("<H", 0)),
            (0x0800, pack("<H", 0)),
            (0x1000, _uid(sop_instance)),
        ),
    )


def response(context: int, request: dict[int, bytes], status: int) -> bytes:
    """The C-STORE-RSP or C-ECHO-RSP to a request's elements."""
    field = int.from_bytes(request[0x0100], "little") | 0x8000
    elements = [
        (0x0002, request[0x0002]),
        (0x0100, pack("<H", field)),
        (0x0120, request[0x0110]),
        (0x0800, pack("<H", NO_DATA_SET)),
        (0x0900, pack("<H", status)),
    ]
    if 0x1000 in request:
        elements.append((0x1000, request[0x1000]))
    return command(context, elements)


def command_elements(body: bytes | bytearray) -> dict[int, bytes]:
    """The elements of a command set, by element number."""
    elements: dict[int, bytes] = {}
    position, end = 0, len(body)
    while position + 8 <= end:
        _, element, length = unpack_from("<HHI", body, position)
        position += 8
        elements[element] = bytes(body[position : position + length])
        position += length
    return elements


def status_of(pdu: bytes) -> int:
    """Status (0000,0900) of a response that stands whole in one P-DATA-TF."""
    value = command_elements(pdu[12:]).get(0x0900, b"")
    if len(value) != 2:
        raise ValueError("a response without a status")
    return int.from_bytes(value, "little")
