"""The six bytes before every PDU: type, reserved byte, 32-bit length (PS3.8 9.3.1). Never reads what follows."""

from __future__ import annotations

from struct import Struct

from leadglass.wire.dicom.violation import PduError

ASSOCIATE_RQ = 0x01
ASSOCIATE_AC = 0x02
ASSOCIATE_RJ = 0x03
P_DATA_TF = 0x04
A_RELEASE_RQ = 0x05
A_RELEASE_RP = 0x06
A_ABORT = 0x07
PDU_NAMES = {
    ASSOCIATE_RQ: "A-ASSOCIATE-RQ",
    ASSOCIATE_AC: "A-ASSOCIATE-AC",
    ASSOCIATE_RJ: "A-ASSOCIATE-RJ",
    P_DATA_TF: "P-DATA-TF",
    A_RELEASE_RQ: "A-RELEASE-RQ",
    A_RELEASE_RP: "A-RELEASE-RP",
    A_ABORT: "A-ABORT",
}

HEADER_LENGTH = 6
MAX_ASSOCIATE_PDU = 1_048_576  # bytes with the header; 128 contexts with 60 transfer syntaxes take half of it

_HEADER = Struct(">BBI")


def check_header(pdu: bytes, kind: int, limit: int, smallest: int) -> list[str]:
    """Check that ``pdu`` is one whole PDU of type ``kind``; the list of deviations to go on with.

    Args:
        pdu: the whole PDU with its header.
        kind: the type it must have.
        limit: bytes of the whole PDU at most.
        smallest: bytes after the header at least.

    Raises:
        PduError: "truncated-pdu", "pdu-type", "pdu-too-long", "pdu-length".
    """
    if len(pdu) < HEADER_LENGTH:
        raise PduError("truncated-pdu", f"{len(pdu)} bytes are no PDU header")
    found, reserved, length = _HEADER.unpack_from(pdu)
    if found != kind:
        raise PduError("pdu-type", f"type {found:02X}H where {PDU_NAMES[kind]} is read")
    if length > limit - HEADER_LENGTH:
        raise PduError("pdu-too-long", f"a length of {length} bytes where {limit} are the bound")
    if length != len(pdu) - HEADER_LENGTH:
        raise PduError("pdu-length", f"a length of {length} bytes over {len(pdu) - HEADER_LENGTH}")
    if length < smallest:
        raise PduError("truncated-pdu", f"{PDU_NAMES[kind]} of {length} bytes where {smallest} are the least")
    return ["reserved-bytes"] if reserved else []


def encode_pdu(kind: int, body: bytes) -> bytes:
    """A PDU of this type around its body."""
    return _HEADER.pack(kind, 0, len(body)) + body
