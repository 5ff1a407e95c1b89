"""Items of association PDUs: type, reserved byte, 16-bit length, value (PS3.8 9.3.2). Never recurses."""

from __future__ import annotations

from struct import Struct

from leadglass.wire.dicom.violation import PduError

MAX_ITEMS = 1024  # at one level; 128 contexts and as many role or extended items are far below
ITEM_HEADER = Struct(">BBH")
_unpack = ITEM_HEADER.unpack_from


def split_items(data: bytes, start: int, stop: int) -> list[tuple[int, int, int, int]]:
    """The items that lie in ``data[start:stop]`` as (type, reserved byte, first index of the value, its end).

    Raises:
        PduError: "truncated-item" (fewer than 4 bytes for a header), "pdu-item-overrun", "too-many-items".
    """
    found: list[tuple[int, int, int, int]] = []
    while start < stop:
        if stop - start < 4:
            raise PduError("truncated-item", f"{stop - start} bytes left where an item begins")
        kind, reserved, length = _unpack(data, start)
        start += 4
        end = start + length
        if end > stop:
            raise PduError("pdu-item-overrun", f"item {kind:02X}H of {length} bytes where {stop - start} are left")
        if len(found) == MAX_ITEMS:
            raise PduError("too-many-items", f"more than {MAX_ITEMS} items in one place")
        found.append((kind, reserved, start, end))
        start = end
    return found


def encode_item(kind: int, value: bytes) -> bytes:
    """An item.

    Raises:
        ValueError: the value is longer than 65,535 bytes.
    """
    if len(value) > 0xFFFF:
        raise ValueError(f"an item holds 65,535 bytes at most, not {len(value)}")
    return ITEM_HEADER.pack(kind, 0, len(value)) + value
