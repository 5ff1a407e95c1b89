"""The seven PDU types of the DICOM upper layer (PS3.8 9.3), parsed and built. Never reads a data set."""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct

from leadglass.wire.dicom.associate import (
    AssociateAC,
    AssociateRQ,
    parse_associate_ac,
    parse_associate_rq,
)
from leadglass.wire.dicom.associate_building import build_associate_ac, build_associate_rq
from leadglass.wire.dicom.header import (
    A_ABORT,
    A_RELEASE_RP,
    A_RELEASE_RQ,
    ASSOCIATE_RJ,
    HEADER_LENGTH,
    MAX_ASSOCIATE_PDU,
    P_DATA_TF,
    check_header,
    encode_pdu,
)
from leadglass.wire.dicom.violation import PduError

__all__ = [
    "MAX_ASSOCIATE_PDU",
    "RELEASE_RP",
    "RELEASE_RQ",
    "Abort",
    "AssociateAC",
    "AssociateRJ",
    "AssociateRQ",
    "PduError",
    "PresentationDataValue",
    "abort",
    "associate_rj",
    "build_associate_ac",
    "build_associate_rq",
    "p_data",
    "parse_abort",
    "parse_associate_ac",
    "parse_associate_rj",
    "parse_associate_rq",
    "parse_p_data",
    "parse_release",
]

RELEASE_RQ = encode_pdu(A_RELEASE_RQ, bytes(4))
RELEASE_RP = encode_pdu(A_RELEASE_RP, bytes(4))

DEFAULT_P_DATA_LENGTH = 131_072  # of the variable field, where the peer sets no limit
PDV_HEADER_LENGTH = 6  # length, context id, message control header

_FOUR_BYTES = 4
_MAX_FOUR_BYTES = HEADER_LENGTH + _FOUR_BYTES
_PDV_HEADER = Struct(">IBB")
_P_DATA_HEADER = Struct(">BBIIBB")


@dataclass(frozen=True, slots=True)
class AssociateRJ:
    """A rejection (PS3.8 9.3.4).

    Attributes:
        result: 1 permanent, 2 transient.
        source: 1 service-user, 2 service-provider (ACSE), 3 service-provider (presentation).
        reason: depends on the source.
        tolerated: names of deviations.
    """

    result: int
    source: int
    reason: int
    tolerated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Abort:
    """An abort (PS3.8 9.3.8). ``source`` 0 is the service-user, 2 the provider, which alone has reasons."""

    source: int
    reason: int
    tolerated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PresentationDataValue:
    """A PDV (PS3.8 9.3.5.1, annex E.2)."""

    context_id: int
    is_command: bool
    is_last: bool
    fragment: bytes = field(repr=False)


def parse_associate_rj(pdu: bytes) -> AssociateRJ:
    """An A-ASSOCIATE-RJ; any result, source and reason, known or not, is handed on.

    Raises:
        PduError: it is not ten bytes of this type.
    """
    tolerated = check_header(pdu, ASSOCIATE_RJ, _MAX_FOUR_BYTES, _FOUR_BYTES)
    if pdu[6]:
        tolerated.append("reserved-bytes")
    return AssociateRJ(pdu[7], pdu[8], pdu[9], tuple(dict.fromkeys(tolerated)))


def parse_abort(pdu: bytes) -> Abort:
    """An A-ABORT; any source and reason is handed on.

    Raises:
        PduError: it is not ten bytes of this type.
    """
    tolerated = check_header(pdu, A_ABORT, _MAX_FOUR_BYTES, _FOUR_BYTES)
    if pdu[6] or pdu[7]:
        tolerated.append("reserved-bytes")
    return Abort(pdu[8], pdu[9], tuple(dict.fromkeys(tolerated)))


def parse_release(pdu: bytes) -> tuple[str, ...]:
    """The deviations of an A-RELEASE-RQ or A-RELEASE-RP (PS3.8 9.3.6, 9.3.7), which say nothing else.

    Raises:
        PduError: it is not ten bytes of one of the two types.
    """
    kind = A_RELEASE_RP if pdu[:1] == b"\6" else A_RELEASE_RQ
    tolerated = check_header(pdu, kind, _MAX_FOUR_BYTES, _FOUR_BYTES)
    if any(pdu[6:]):
        tolerated.append("reserved-bytes")
    return tuple(dict.fromkeys(tolerated))


def parse_p_data(pdu: bytes, limit: int) -> tuple[PresentationDataValue, ...]:
    """The PDVs of a whole P-DATA-TF. The relay scans PDUs as they arrive instead; this is for whole ones.

    Args:
        pdu: the whole PDU with its header.
        limit: bytes of the whole PDU at most.

    Raises:
        PduError: "pdv-length" (below 2), "pdv-overrun", "truncated-pdv", "even-context-id", or a header error.
    """
    check_header(pdu, P_DATA_TF, limit, PDV_HEADER_LENGTH)
    values: list[PresentationDataValue] = []
    at, stop = HEADER_LENGTH, len(pdu)
    while at < stop:
        if stop - at < PDV_HEADER_LENGTH:
            raise PduError("truncated-pdv", f"{stop - at} bytes left where a PDV begins")
        length, context_id, control = _PDV_HEADER.unpack_from(pdu, at)
        if length < 2:
            raise PduError("pdv-length", f"a PDV of {length} bytes")
        if length > stop - at - 4:
            raise PduError("pdv-overrun", f"a PDV of {length} bytes where {stop - at - 4} are left")
        if not context_id & 1:
            raise PduError("even-context-id", f"presentation context id {context_id}")
        end = at + 4 + length
        values.append(
            PresentationDataValue(context_id, bool(control & 1), bool(control & 2), pdu[at + PDV_HEADER_LENGTH : end])
        )
        at = end
    return tuple(values)


def associate_rj(result: int, source: int, reason: int) -> bytes:
    """An A-ASSOCIATE-RJ."""
    return encode_pdu(ASSOCIATE_RJ, bytes((0, result, source, reason)))


def abort(source: int, reason: int) -> bytes:
    """An A-ABORT."""
    return encode_pdu(A_ABORT, bytes((0, 0, source, reason)))


def p_data(context_id: int, command: bytes, data_set: bytes | None = None, max_length: int = 0) -> bytes:
    """A whole message as P-DATA-TF PDUs, one PDV each: the command set, then the data set (PS3.8 annex E).

    Args:
        context_id: of an accepted context.
        command: an encoded command set.
        data_set: an encoded data set, None for a message without one.
        max_length: bytes of a PDU's variable field the peer takes, 0 for no limit (then 131,072).

    Raises:
        ValueError: ``max_length`` leaves no room for two bytes.
    """
    room = ((max_length or DEFAULT_P_DATA_LENGTH) - PDV_HEADER_LENGTH) & ~1  # fragments are even (PS3.8 annex E)
    if room < 2:
        raise ValueError(f"a maximum length of {max_length} bytes takes no fragment")
    pdus = _fragments(context_id, 1, command, room)
    if data_set is not None:
        pdus += _fragments(context_id, 0, data_set, room)
    return b"".join(pdus)


def _fragments(context_id: int, control: int, content: bytes, room: int) -> list[bytes]:
    parts: list[bytes] = []
    for at in range(0, max(len(content), 1), room):
        fragment = content[at : at + room]
        last = 2 if at + room >= len(content) else 0
        size = len(fragment)
        parts.append(_P_DATA_HEADER.pack(P_DATA_TF, 0, size + PDV_HEADER_LENGTH, size + 2, context_id, control | last))
        parts.append(fragment)
    return parts
