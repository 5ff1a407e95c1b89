"""A-ASSOCIATE-RQ and A-ASSOCIATE-AC: parsed, and built (PS3.8 9.3.2, 9.3.3). Never decides what is accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from struct import Struct
from typing import TypeVar

from leadglass.wire.dicom.field import check_title, read_class_uid
from leadglass.wire.dicom.header import ASSOCIATE_AC, ASSOCIATE_RQ, MAX_ASSOCIATE_PDU, check_header, encode_pdu
from leadglass.wire.dicom.item import encode_item, split_items
from leadglass.wire.dicom.presentation import (
    CONTEXT_AC,
    CONTEXT_RQ,
    MAX_CONTEXTS,
    ContextResult,
    PresentationContext,
    encode_context,
    encode_result,
    parse_context,
    parse_result,
)
from leadglass.wire.dicom.uids import APPLICATION_CONTEXT
from leadglass.wire.dicom.uids import IMPLEMENTATION_CLASS_UID as OUR_CLASS_UID
from leadglass.wire.dicom.uids import IMPLEMENTATION_VERSION_NAME as OUR_VERSION_NAME
from leadglass.wire.dicom.user_information import (
    ASYNCHRONOUS_OPERATIONS_WINDOW,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    USER_INFORMATION,
    Role,
    SubItem,
    UserInformation,
    encode_role,
    encode_user_information,
    parse_user_information,
)
from leadglass.wire.dicom.violation import PduError

APPLICATION_CONTEXT_ITEM = 0x10
_FIXED = slice(6, 74)  # protocol version, reserved, called title, calling title, 32 reserved bytes
_FIXED_LENGTH = 68
_CALLED = slice(10, 26)
_CALLING = slice(26, 42)
_RESERVED = slice(42, 74)
_NO_RESERVED = bytes(32)
_VERSION_1 = b"\0\1\0\0"
_DICOM_CONTEXT_ITEM = encode_item(APPLICATION_CONTEXT_ITEM, APPLICATION_CONTEXT.encode("ascii"))
_ORDER = {APPLICATION_CONTEXT_ITEM: 0, CONTEXT_RQ: 1, CONTEXT_AC: 1, USER_INFORMATION: 2}
_WINDOW = Struct(">HH")

Context = TypeVar("Context", PresentationContext, ContextResult)


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
    application_item: bytes = field(default=_DICOM_CONTEXT_ITEM, repr=False)
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
    application_item: bytes = field(default=_DICOM_CONTEXT_ITEM, repr=False)
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
    tolerated = check_header(pdu, ASSOCIATE_RQ, limit, _FIXED_LENGTH)
    called, calling = pdu[_CALLED], pdu[_CALLING]
    for title in (called, calling):
        if deviation := check_title(title, PduError):
            tolerated.append(deviation)
    if pdu[6:10] != _VERSION_1:
        tolerated.append("protocol-version" if pdu[6:8] != b"\0\1" else "reserved-bytes")
    if pdu[_RESERVED] != _NO_RESERVED:
        tolerated.append("reserved-bytes")
    contexts, information, name, item, unknown = _variable(pdu, CONTEXT_RQ, parse_context, tolerated)
    return AssociateRQ(
        called, calling, contexts, information, name, pdu[_FIXED], item, unknown, tuple(dict.fromkeys(tolerated))
    )


def parse_associate_ac(pdu: bytes, limit: int = MAX_ASSOCIATE_PDU) -> AssociateAC:
    """An A-ASSOCIATE-AC; arguments and errors as for `parse_associate_rq`."""
    tolerated = check_header(pdu, ASSOCIATE_AC, limit, _FIXED_LENGTH)
    if pdu[6:8] != b"\0\1":
        tolerated.append("protocol-version")
    contexts, information, name, item, unknown = _variable(pdu, CONTEXT_AC, parse_result, tolerated)
    return AssociateAC(contexts, information, name, pdu[_FIXED], item, unknown, tuple(dict.fromkeys(tolerated)))


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
        application = _DICOM_CONTEXT_ITEM
    if information is None:
        tolerated.append("no-user-information")
        information = UserInformation()
    return tuple(contexts), information, name, application, tuple(unknown)


def build_associate_rq(
    called: bytes,
    calling: bytes,
    contexts: Sequence[tuple[int, str, Sequence[str]]],
    maximum_length: int,
    *,
    implementation_class_uid: str = OUR_CLASS_UID,
    implementation_version_name: str = OUR_VERSION_NAME,
    asynchronous_window: tuple[int, int] | None = None,
    roles: Sequence[Role] = (),
    further: Sequence[bytes] = (),
) -> bytes:
    """An A-ASSOCIATE-RQ.

    Args:
        called: the 16-byte field (`model.ae_title.ae_field`).
        calling: likewise.
        contexts: (id, abstract syntax, transfer syntaxes), 1 to 128.
        maximum_length: bytes we take in a P-DATA-TF, 0 for no limit.
        implementation_class_uid: of the software, empty to leave it out.
        implementation_version_name: of the software, empty to leave it out.
        asynchronous_window: (invoked, performed) to propose.
        roles: to propose.
        further: encoded user information sub-items.

    Raises:
        ValueError: a title is not 16 bytes, or an item grows past 65,535 bytes.
    """
    items = [encode_context(number, abstract, syntaxes) for number, abstract, syntaxes in contexts]
    information = _information(
        maximum_length,
        class_uid=implementation_class_uid,
        version=implementation_version_name,
        window=asynchronous_window,
        roles=roles,
        further=further,
    )
    return encode_pdu(ASSOCIATE_RQ, fixed_part(called, calling) + _DICOM_CONTEXT_ITEM + b"".join(items) + information)


def build_associate_ac(
    called: bytes,
    calling: bytes,
    results: Sequence[tuple[int, int, str]],
    maximum_length: int,
    *,
    implementation_class_uid: str = OUR_CLASS_UID,
    implementation_version_name: str = OUR_VERSION_NAME,
    asynchronous_window: tuple[int, int] | None = None,
    roles: Sequence[Role] = (),
    further: Sequence[bytes] = (),
) -> bytes:
    """An A-ASSOCIATE-AC; ``results`` are (id, result, transfer syntax), the rest as for `build_associate_rq`."""
    items = [encode_result(number, result, syntax) for number, result, syntax in results]
    information = _information(
        maximum_length,
        class_uid=implementation_class_uid,
        version=implementation_version_name,
        window=asynchronous_window,
        roles=roles,
        further=further,
    )
    return encode_pdu(ASSOCIATE_AC, fixed_part(called, calling) + _DICOM_CONTEXT_ITEM + b"".join(items) + information)


def fixed_part(called: bytes, calling: bytes) -> bytes:
    """Bytes 7 to 74 of an association PDU.

    Raises:
        ValueError: a title field is not 16 bytes.
    """
    if len(called) != 16 or len(calling) != 16:
        raise ValueError("an AE title field has 16 bytes")
    return _VERSION_1 + called + calling + _NO_RESERVED


def _information(
    maximum_length: int,
    *,
    class_uid: str,
    version: str,
    window: tuple[int, int] | None,
    roles: Sequence[Role],
    further: Sequence[bytes],
) -> bytes:
    raws: list[bytes] = []
    if class_uid:
        raws.append(encode_item(IMPLEMENTATION_CLASS_UID, class_uid.encode("ascii")))
    if window is not None:
        raws.append(encode_item(ASYNCHRONOUS_OPERATIONS_WINDOW, _WINDOW.pack(*window)))
    raws.extend(encode_role(role) for role in roles)
    if version:
        raws.append(encode_item(IMPLEMENTATION_VERSION_NAME, version.encode("ascii")))
    raws.extend(further)
    return encode_user_information(maximum_length, [SubItem(raw[0], "", raw) for raw in raws])
