"""Presentation contexts as proposed and as answered (PS3.8 9.3.2.2, 9.3.3.2). Never judges what may be proposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadglass.wire.dicom.field import read_class_uid
from leadglass.wire.dicom.item import encode_item, split_items
from leadglass.wire.dicom.violation import PduError

MAX_CONTEXTS = 128  # odd ids from 1 to 255

CONTEXT_RQ = 0x20
CONTEXT_AC = 0x21
ABSTRACT_SYNTAX = 0x30
TRANSFER_SYNTAX = 0x40

ACCEPTANCE = 0
USER_REJECTION = 1
NO_REASON = 2
ABSTRACT_SYNTAX_NOT_SUPPORTED = 3
TRANSFER_SYNTAXES_NOT_SUPPORTED = 4


@dataclass(frozen=True, slots=True)
class PresentationContext:
    """A context as proposed.

    Attributes:
        id: odd, 1 to 255.
        abstract_syntax: the SOP Class UID.
        transfer_syntaxes: UIDs in the order proposed.
        raw: the whole item.
    """

    id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ContextResult:
    """A context as answered.

    Attributes:
        id: odd, 1 to 255.
        result: 0 acceptance, 1 user rejection, 2 no reason, 3 abstract syntax, 4 transfer syntaxes not supported.
        transfer_syntax: the UID accepted; empty when it was not.
        raw: the whole item.
    """

    id: int
    result: int
    transfer_syntax: str
    raw: bytes = field(default=b"", repr=False)


def parse_context(pdu: bytes, start: int, stop: int, tolerated: list[str]) -> PresentationContext:
    """The proposed context whose item value is ``pdu[start:stop]``; deviations are appended to ``tolerated``.

    Raises:
        PduError: "even-context-id", "truncated-item", "no-abstract-syntax", "two-abstract-syntaxes", or an item error.
    """
    identifier = _context_id(pdu, start, stop)
    if pdu[start + 1] or pdu[start + 3]:
        tolerated.append("reserved-bytes")
    if pdu[start + 2]:
        tolerated.append("reserved-result-byte")
    abstract: str | None = None
    transfer: list[str] = []
    for kind, reserved, begin, end in split_items(pdu, start + 4, stop):
        if kind not in (ABSTRACT_SYNTAX, TRANSFER_SYNTAX):
            tolerated.append("unknown-item")
            continue
        uid, deviation = read_class_uid(pdu[begin:end], PduError)
        if reserved:
            tolerated.append("reserved-bytes")
        if deviation:
            tolerated.append(deviation)
        if kind == TRANSFER_SYNTAX:
            transfer.append(uid)
        elif abstract is None:
            abstract = uid
        else:
            raise PduError("two-abstract-syntaxes", f"context {identifier} has more than one abstract syntax")
    if abstract is None:
        raise PduError("no-abstract-syntax", f"context {identifier} has no abstract syntax")
    if not transfer:
        tolerated.append("no-transfer-syntax")
    return PresentationContext(identifier, abstract, tuple(transfer), pdu[start - 4 : stop])


def parse_result(pdu: bytes, start: int, stop: int, tolerated: list[str]) -> ContextResult:
    """The answered context whose item value is ``pdu[start:stop]``; deviations are appended to ``tolerated``.

    The transfer syntax of a context that was not accepted is not significant (PS3.8 9.3.3.2) and not read.

    Raises:
        PduError: "even-context-id", "truncated-item", "no-transfer-syntax", "two-transfer-syntaxes", or an item error.
    """
    identifier = _context_id(pdu, start, stop)
    result = pdu[start + 2]
    if pdu[start + 1] or pdu[start + 3]:
        tolerated.append("reserved-bytes")
    if result > TRANSFER_SYNTAXES_NOT_SUPPORTED:
        tolerated.append("context-result")
    accepted: list[str] = []
    if result == ACCEPTANCE:
        for kind, reserved, begin, end in split_items(pdu, start + 4, stop):
            if kind != TRANSFER_SYNTAX:
                tolerated.append("unknown-item")
                continue
            uid, deviation = read_class_uid(pdu[begin:end], PduError)
            if reserved:
                tolerated.append("reserved-bytes")
            if deviation:
                tolerated.append(deviation)
            accepted.append(uid)
        if not accepted:
            raise PduError("no-transfer-syntax", f"context {identifier} is accepted without a transfer syntax")
        if len(accepted) > 1:
            raise PduError("two-transfer-syntaxes", f"context {identifier} is accepted with {len(accepted)}")
    return ContextResult(identifier, result, accepted[0] if accepted else "", pdu[start - 4 : stop])


def _context_id(pdu: bytes, start: int, stop: int) -> int:
    if stop - start < 4:
        raise PduError("truncated-item", f"a presentation context of {stop - start} bytes")
    if not pdu[start] & 1:
        raise PduError("even-context-id", f"presentation context id {pdu[start]}")
    return pdu[start]


def encode_context(identifier: int, abstract_syntax: str, transfer_syntaxes: Sequence[str]) -> bytes:
    """A context to propose."""
    return encode_item(
        CONTEXT_RQ,
        bytes((identifier, 0, 0, 0))
        + encode_item(ABSTRACT_SYNTAX, abstract_syntax.encode("ascii"))
        + b"".join(encode_item(TRANSFER_SYNTAX, syntax.encode("ascii")) for syntax in transfer_syntaxes),
    )


def encode_result(identifier: int, result: int, transfer_syntax: str) -> bytes:
    """An answered context; one transfer syntax is sent whatever the result, because peers expect it."""
    return encode_item(
        CONTEXT_AC,
        bytes((identifier, 0, result, 0)) + encode_item(TRANSFER_SYNTAX, transfer_syntax.encode("ascii")),
    )
