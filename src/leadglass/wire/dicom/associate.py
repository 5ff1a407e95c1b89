"""A-ASSOCIATE-RQ and A-ASSOCIATE-AC: parsed (PS3.8 9.3.2, 9.3.3). Never decides what is accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from leadglass.wire.dicom.field import check_title, read_class_uid
from leadglass.wire.dicom.header import ASSOCIATE_AC, ASSOCIATE_RQ, MAX_ASSOCIATE_PDU, check_header
from leadglass.wire.dicom.item import encode_item, split_items
from leadglass.wire.dicom.presentation import (
    CONTEXT_AC,
    CONTEXT_RQ,
    MAX_CONTEXTS,
    ContextResult,
    PresentationContext,
    parse_context,
    parse_result,
)
from leadglass.wire.dicom.uids import APPLICATION_CONTEXT
from leadglass.wire.dicom.user_information import (
    USER_INFORMATION,
    UserInformation,
    parse_user_information,
)
from leadglass.wire.dicom.violation import PduError

APPLICATION_CONTEXT_ITEM = 0x10
MAX_KEPT = 256  # parsed A-ASSOCIATE PDUs kept, of each kind
MAX_KEPT_BYTES = 16_384  # of a PDU that is kept
_CREDENTIALS = frozenset((0x58, 0x59))  # user identity and its server response (PS3.7 D.3.3.7)
_FIXED = slice(6, 74)  # protocol version, reserved, called title, calling title, 32 reserved bytes
_FIXED_LENGTH = 68
_CALLED = slice(10, 26)
_CALLING = slice(26, 42)
_RESERVED = slice(42, 74)
_NO_RESERVED = bytes(32)
VERSION_1 = b"\0\1\0\0"
DICOM_CONTEXT_ITEM = encode_item(APPLICATION_CONTEXT_ITEM, APPLICATION_CONTEXT.encode("ascii"))
_ORDER = {APPLICATION_CONTEXT_ITEM: 0, CONTEXT_RQ: 1, CONTEXT_AC: 1, USER_INFORMATION: 2}

Context = TypeVar("Context", PresentationContext, ContextResult)
Parsed = TypeVar("Parsed", "AssociateRQ", "AssociateAC")


@dataclass(frozen=True, slots=True)
class AssociateRQ:
    """An association as requested.

    Attributes:
        called, calling: the 16-byte title fields as received; `model.ae_title.ae_title` makes names of them.
        contexts: as proposed, in their order.
        user_information: what the requestor says of itself.
        application_context: UID, empty when absent.
        fixed: bytes 7 to 74 of the PDU.
        application_item: the raw item, or DICOM's where it is absent.
        unknown_items: raw items of no known type.
        tolerated: names of deviations, each once.
    """

    called: bytes
    calling: bytes
    contexts: tuple[PresentationContext, ...]
    user_information: UserInformation
    application_context: str = APPLICATION_CONTEXT
    fixed: bytes = field(default=b"", repr=False)
    application_item: bytes = field(default=DICOM_CONTEXT_ITEM, repr=False)
    unknown_items: tuple[bytes, ...] = field(default=(), repr=False)
    tolerated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssociateAC:
    """An association as accepted. Its title fields are reserved and not tested (PS3.8 9.3.3).

    Attributes:
        contexts: as answered, in their order.
        user_information: what the acceptor says of itself.
        application_context: UID, empty when absent.
        fixed: bytes 7 to 74 of the PDU.
        application_item: the raw item, or DICOM's where it is absent.
        unknown_items: raw items of no known type.
        tolerated: names of deviations, each once.
    """

    contexts: tuple[ContextResult, ...]
    user_information: UserInformation
    application_context: str = APPLICATION_CONTEXT
    fixed: bytes = field(default=b"", repr=False)
    application_item: bytes = field(default=DICOM_CONTEXT_ITEM, repr=False)
    unknown_items: tuple[bytes, ...] = field(default=(), repr=False)
    tolerated: tuple[str, ...] = ()


def parse_associate_rq(pdu: bytes, limit: int = MAX_ASSOCIATE_PDU) -> AssociateRQ:
    """An A-ASSOCIATE-RQ.

    Args:
        pdu: the whole PDU with its 6-byte header.
        limit: bytes of the whole PDU at most.

    Raises:
        PduError: the PDU cannot be relied on; its findings are those of this package's parsers.
    """
    known = _requests.get(pdu)
    if known is None or len(pdu) > limit:
        known = _request(pdu, limit)
        _keep(_requests, pdu, known)
    return known


def parse_associate_ac(pdu: bytes, limit: int = MAX_ASSOCIATE_PDU) -> AssociateAC:
    """An A-ASSOCIATE-AC; arguments and errors as for `parse_associate_rq`."""
    known = _acceptances.get(pdu)
    if known is None or len(pdu) > limit:
        known = _acceptance(pdu, limit)
        _keep(_acceptances, pdu, known)
    return known


def _keep(known: dict[bytes, Parsed], pdu: bytes, parsed: Parsed) -> None:
    """A device sends the same request again and again; one with a user identity is never kept in memory."""
    information = parsed.user_information
    if len(pdu) > MAX_KEPT_BYTES or any(item.kind in _CREDENTIALS for item in information.sub_items):
        return
    if len(known) >= MAX_KEPT:
        known.clear()
    known[pdu] = parsed


def _request(pdu: bytes, limit: int) -> AssociateRQ:
    tolerated = check_header(pdu, ASSOCIATE_RQ, limit, _FIXED_LENGTH)
    called, calling = pdu[_CALLED], pdu[_CALLING]
    for title in (called, calling):
        if deviation := check_title(title, PduError):
            tolerated.append(deviation)
    if pdu[6:10] != VERSION_1:
        tolerated.append("protocol-version" if pdu[6:8] != b"\0\1" else "reserved-bytes")
    if pdu[_RESERVED] != _NO_RESERVED:
        tolerated.append("reserved-bytes")
    contexts, information, name, item, unknown = _variable(pdu, CONTEXT_RQ, parse_context, tolerated)
    return AssociateRQ(
        called, calling, contexts, information, name, pdu[_FIXED], item, unknown, tuple(dict.fromkeys(tolerated))
    )


def _acceptance(pdu: bytes, limit: int) -> AssociateAC:
    tolerated = check_header(pdu, ASSOCIATE_AC, limit, _FIXED_LENGTH)
    if pdu[6:8] != b"\0\1":
        tolerated.append("protocol-version")
    contexts, information, name, item, unknown = _variable(pdu, CONTEXT_AC, parse_result, tolerated)
    return AssociateAC(contexts, information, name, pdu[_FIXED], item, unknown, tuple(dict.fromkeys(tolerated)))


_requests: dict[bytes, AssociateRQ] = {}
_acceptances: dict[bytes, AssociateAC] = {}


def _variable(
    pdu: bytes,
    context_item: int,
    parse: Callable[[bytes, int, int, list[str]], Context],
    tolerated: list[str],
) -> tuple[tuple[Context, ...], UserInformation, str, bytes, tuple[bytes, ...]]:
    """The items after the fixed part: contexts, user information, application context (and raw), unknown ones."""
    contexts: list[Context] = []
    ids: set[int] = set()
    information: UserInformation | None = None
    application: bytes | None = None
    name = ""
    unknown: list[bytes] = []
    place = 0
    for kind, reserved, begin, end in split_items(pdu, 74, len(pdu)):
        if reserved:
            tolerated.append("reserved-bytes")
        if kind == context_item:
            if len(contexts) == MAX_CONTEXTS:
                raise PduError("too-many-contexts", f"more than {MAX_CONTEXTS} presentation contexts")
            context = parse(pdu, begin, end, tolerated)
            if context.id in ids:
                raise PduError("duplicate-context-id", f"presentation context id {context.id} stands twice")
            ids.add(context.id)
            contexts.append(context)
        elif kind == USER_INFORMATION:
            if information is not None:
                raise PduError("duplicate-item", "two user information items")
            information = parse_user_information(pdu, begin, end, tolerated)
        elif kind == APPLICATION_CONTEXT_ITEM:
            if application is not None:
                raise PduError("duplicate-item", "two application context items")
            application = pdu[begin - 4 : end]
            name, deviation = read_class_uid(pdu[begin:end], PduError)
            if deviation:
                tolerated.append(deviation)
        else:
            tolerated.append("unknown-item")
            unknown.append(pdu[begin - 4 : end])
            continue
        if _ORDER[kind] < place:
            tolerated.append("item-order")
        place = _ORDER[kind]
    if application is None:
        tolerated.append("no-application-context")
        application = DICOM_CONTEXT_ITEM
    if information is None:
        tolerated.append("no-user-information")
        information = UserInformation()
    return tuple(contexts), information, name, application, tuple(unknown)
