"""A-ASSOCIATE-RQ and A-ASSOCIATE-AC of our own making (PS3.8 9.3.2, 9.3.3). Never used to pass on another's."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

from leadglass.wire.dicom.associate import DICOM_CONTEXT_ITEM, VERSION_1
from leadglass.wire.dicom.header import ASSOCIATE_AC, ASSOCIATE_RQ, encode_pdu
from leadglass.wire.dicom.item import encode_item
from leadglass.wire.dicom.presentation import encode_context, encode_result
from leadglass.wire.dicom.uids import IMPLEMENTATION_CLASS_UID as OUR_CLASS_UID
from leadglass.wire.dicom.uids import IMPLEMENTATION_VERSION_NAME as OUR_VERSION_NAME
from leadglass.wire.dicom.user_information import (
    ASYNCHRONOUS_OPERATIONS_WINDOW,
    IMPLEMENTATION_CLASS_UID,
    IMPLEMENTATION_VERSION_NAME,
    Role,
    SubItem,
    encode_role,
    encode_user_information,
)

_WINDOW = Struct(">HH")
_NO_RESERVED = bytes(32)


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
    return encode_pdu(ASSOCIATE_RQ, _fixed_part(called, calling) + DICOM_CONTEXT_ITEM + b"".join(items) + information)


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
    return encode_pdu(ASSOCIATE_AC, _fixed_part(called, calling) + DICOM_CONTEXT_ITEM + b"".join(items) + information)


def _fixed_part(called: bytes, calling: bytes) -> bytes:
    """Bytes 7 to 74 of an association PDU.

    Raises:
        ValueError: a title field is not 16 bytes.
    """
    if len(called) != 16 or len(calling) != 16:
        raise ValueError("an AE title field has 16 bytes")
    return VERSION_1 + called + calling + _NO_RESERVED


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
