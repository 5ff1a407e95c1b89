"""The user information item of an association (PS3.8 annex D, PS3.7 annex D.3.3). Never decodes credentials."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from struct import Struct

from leadglass.wire.dicom.field import printable, read_class_uid
from leadglass.wire.dicom.item import encode_item, split_items
from leadglass.wire.dicom.violation import PduError

USER_INFORMATION = 0x50
MAXIMUM_LENGTH = 0x51
IMPLEMENTATION_CLASS_UID = 0x52
ASYNCHRONOUS_OPERATIONS_WINDOW = 0x53
ROLE_SELECTION = 0x54
IMPLEMENTATION_VERSION_NAME = 0x55
EXTENDED_NEGOTIATION = 0x56
COMMON_EXTENDED_NEGOTIATION = 0x57
USER_IDENTITY = 0x58
USER_IDENTITY_RESPONSE = 0x59

ABSENT_MAXIMUM_LENGTH = 16_384  # what a peer that states none surely takes
SMALLEST_MAXIMUM_LENGTH = 8  # a PDV header and two bytes; 0 is no limit

_LONGEST_VERSION = 64  # bytes of a version name that are shown; the standard allows 16
_SINGLE = frozenset(
    (
        MAXIMUM_LENGTH,
        IMPLEMENTATION_CLASS_UID,
        ASYNCHRONOUS_OPERATIONS_WINDOW,
        IMPLEMENTATION_VERSION_NAME,
        USER_IDENTITY,
        USER_IDENTITY_RESPONSE,
    )
)
_U16 = Struct(">H")
_WINDOW = Struct(">HH")
_MAXIMUM = Struct(">BBHI")


@dataclass(frozen=True, slots=True)
class SubItem:
    """A sub-item as received. ``sop_class`` is the one it speaks of, empty for items that speak of the association."""

    kind: int
    sop_class: str
    raw: bytes = field(repr=False)  # may hold credentials


@dataclass(frozen=True, slots=True)
class Role:
    """SCP/SCU role selection for a SOP class: proposed, or granted (PS3.7 D.3.3.4)."""

    sop_class: str
    scu: bool
    scp: bool


@dataclass(frozen=True, slots=True)
class ExtendedNegotiation:
    """SOP Class Extended Negotiation (PS3.7 D.3.3.5): its application information is the service class's own."""

    sop_class: str
    application_information: bytes


@dataclass(frozen=True, slots=True)
class CommonExtendedNegotiation:
    """SOP Class Common Extended Negotiation (PS3.7 D.3.3.6)."""

    sop_class: str
    service_class: str
    related_general_sop_classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """That a user identity was sent, and of which type (PS3.7 D.3.3.7); its fields stay in the raw sub-item.

    Attributes:
        type: 1 user name, 2 user name and passcode, 3 Kerberos, 4 SAML, 5 JSON web token.
        response_requested: the requestor wants a positive response.
    """

    type: int
    response_requested: bool


@dataclass(frozen=True, slots=True)
class UserInformation:
    """What the two sides tell of themselves.

    Attributes:
        maximum_length: of a P-DATA-TF PDU's variable field it can take, in bytes; 0 is no limit; 16,384 when not said.
        implementation_class_uid, implementation_version_name: of the software.
        asynchronous_window: (invoked, performed), 0 is unlimited; None when absent, which means (1, 1).
        roles, extended, common_extended: by SOP class.
        user_identity: of a request. The response of an AC is only among the sub-items.
        sub_items: all of them, as received, in their order.
    """

    maximum_length: int = ABSENT_MAXIMUM_LENGTH
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    asynchronous_window: tuple[int, int] | None = None
    roles: tuple[Role, ...] = ()
    extended: tuple[ExtendedNegotiation, ...] = ()
    common_extended: tuple[CommonExtendedNegotiation, ...] = ()
    user_identity: UserIdentity | None = None
    sub_items: tuple[SubItem, ...] = ()


def parse_user_information(pdu: bytes, start: int, stop: int, tolerated: list[str]) -> UserInformation:
    """The item whose value is ``pdu[start:stop]``; deviations are appended to ``tolerated``.

    Raises:
        PduError: "duplicate-sub-item", "sub-item-length", "maximum-length-too-small", or an item or UID error.
    """
    maximum_length = -1
    implementation = version = ""
    window: tuple[int, int] | None = None
    identity: UserIdentity | None = None
    roles: list[Role] = []
    extended: list[ExtendedNegotiation] = []
    common: list[CommonExtendedNegotiation] = []
    sub_items: list[SubItem] = []
    seen: set[int] = set()
    for kind, reserved, begin, end in split_items(pdu, start, stop):
        if kind in _SINGLE:
            if kind in seen:
                raise PduError("duplicate-sub-item", f"sub-item {kind:02X}H stands twice")
            seen.add(kind)
        if reserved and kind != COMMON_EXTENDED_NEGOTIATION:  # there it is the sub-item's version
            tolerated.append("reserved-bytes")
        sop_class = ""
        if kind == MAXIMUM_LENGTH:
            _expect(kind, end - begin == 4)
            maximum_length = int.from_bytes(pdu[begin:end], "big")
            if 0 < maximum_length < SMALLEST_MAXIMUM_LENGTH:
                raise PduError("maximum-length-too-small", f"nothing fits into {maximum_length} bytes")
        elif kind == IMPLEMENTATION_CLASS_UID:
            implementation = _uid(pdu[begin:end], tolerated)
        elif kind == IMPLEMENTATION_VERSION_NAME:
            version = printable(pdu[begin : min(end, begin + _LONGEST_VERSION)].rstrip(b"\0 "))
            if not 1 <= end - begin <= 16:
                tolerated.append("implementation-version-name")
        elif kind == ASYNCHRONOUS_OPERATIONS_WINDOW:
            _expect(kind, end - begin == 4)
            window = _WINDOW.unpack_from(pdu, begin)
        elif kind == ROLE_SELECTION:
            sop_class, after = _counted_uid(kind, pdu, begin, end, tolerated)
            _expect(kind, end - after == 2)
            if pdu[after] > 1 or pdu[after + 1] > 1:
                tolerated.append("role-value")
            roles.append(Role(sop_class, pdu[after] != 0, pdu[after + 1] != 0))
        elif kind == EXTENDED_NEGOTIATION:
            sop_class, after = _counted_uid(kind, pdu, begin, end, tolerated)
            extended.append(ExtendedNegotiation(sop_class, pdu[after:end]))
        elif kind == COMMON_EXTENDED_NEGOTIATION:
            common.append(_common_extended(pdu, begin, end, tolerated))
            sop_class = common[-1].sop_class
        elif kind == USER_IDENTITY:
            identity = _user_identity(pdu, begin, end)
        elif kind == USER_IDENTITY_RESPONSE:
            _expect(kind, end - begin >= 2 and _U16.unpack_from(pdu, begin)[0] == end - begin - 2)
        else:
            tolerated.append("unknown-item")
        sub_items.append(SubItem(kind, sop_class, pdu[begin - 4 : end]))
    if maximum_length < 0:
        tolerated.append("no-maximum-length")
        maximum_length = ABSENT_MAXIMUM_LENGTH
        if stop - start > 0xFFFF - _MAXIMUM.size:
            raise PduError("sub-item-length", "no room for the maximum length that is missing")
    return UserInformation(
        maximum_length,
        implementation,
        version,
        window,
        tuple(roles),
        tuple(extended),
        tuple(common),
        identity,
        tuple(sub_items),
    )


def _expect(kind: int, holds: bool) -> None:
    if not holds:
        raise PduError("sub-item-length", f"sub-item {kind:02X}H has a wrong length, or a field longer than it")


def _uid(value: bytes, tolerated: list[str]) -> str:
    uid, deviation = read_class_uid(value, PduError)
    if deviation:
        tolerated.append(deviation)
    return uid


def _counted_uid(kind: int, pdu: bytes, begin: int, end: int, tolerated: list[str]) -> tuple[str, int]:
    """A UID behind its 16-bit length, and the index after it."""
    _expect(kind, end - begin >= 2)
    after = begin + 2 + _U16.unpack_from(pdu, begin)[0]
    _expect(kind, after <= end)
    return _uid(pdu[begin + 2 : after], tolerated), after


def _common_extended(pdu: bytes, begin: int, end: int, tolerated: list[str]) -> CommonExtendedNegotiation:
    kind = COMMON_EXTENDED_NEGOTIATION
    sop_class, after = _counted_uid(kind, pdu, begin, end, tolerated)
    service_class, after = _counted_uid(kind, pdu, after, end, tolerated)
    _expect(kind, end - after >= 2)
    stop = after + 2 + _U16.unpack_from(pdu, after)[0]
    _expect(kind, stop <= end)
    after += 2
    related: list[str] = []
    while after < stop:
        uid, after = _counted_uid(kind, pdu, after, stop, tolerated)
        related.append(uid)
    return CommonExtendedNegotiation(sop_class, service_class, tuple(related))


def _user_identity(pdu: bytes, begin: int, end: int) -> UserIdentity:
    """Checks the lengths of both fields, and copies neither."""
    _expect(USER_IDENTITY, end - begin >= 6)
    after = begin + 4 + _U16.unpack_from(pdu, begin + 2)[0]
    _expect(USER_IDENTITY, end - after >= 2)
    _expect(USER_IDENTITY, after + 2 + _U16.unpack_from(pdu, after)[0] <= end)
    return UserIdentity(pdu[begin], pdu[begin + 1] != 0)


def encode_user_information(
    maximum_length: int, sub_items: Collection[SubItem], sop_classes: Collection[str] | None = None
) -> bytes:
    """The item with our maximum length in the place of theirs, all other sub-items byte for byte.

    Args:
        maximum_length: ours, bytes, 0 for no limit.
        sub_items: as received; a maximum length stands first where they have none.
        sop_classes: sub-items that speak of another SOP class are left out; None keeps all.
    """
    ours = _MAXIMUM.pack(MAXIMUM_LENGTH, 0, 4, maximum_length)
    parts: list[bytes] = []
    placed = False
    for item in sub_items:
        if item.kind == MAXIMUM_LENGTH:
            parts.append(ours)
            placed = True
        elif not item.sop_class or sop_classes is None or item.sop_class in sop_classes:
            parts.append(item.raw)
    if not placed:
        parts.insert(0, ours)
    return encode_item(USER_INFORMATION, b"".join(parts))


def encode_role(role: Role) -> bytes:
    """A role selection sub-item."""
    uid = role.sop_class.encode("ascii")
    return encode_item(ROLE_SELECTION, _U16.pack(len(uid)) + uid + bytes((role.scu, role.scp)))
