"""Writes small data sets in any encoding, for tests. Never used by the product."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack

from hypothesis import strategies as st

IMPLICIT, EXPLICIT, BIG, DEFLATED = (f"1.2.840.10008.1.2{tail}" for tail in ("", ".1", ".2", ".1.99"))
SYNTAXES = (IMPLICIT, EXPLICIT, BIG, DEFLATED)

LONG = {"OB", "SQ", "UN", "UT"}
UNDEFINED = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Element:
    """An element; ``items`` make it a sequence, of undefined length if ``open_ended``."""

    tag: int
    vr: str
    value: bytes = b""
    items: tuple[tuple[Element, ...], ...] = ()
    open_ended: bool = False


def encode(elements: Sequence[Element], syntax: str) -> bytes:
    """The data set in a transfer syntax."""
    data = _encode(elements, ">" if syntax == BIG else "<", explicit=syntax != IMPLICIT)
    if syntax != DEFLATED:
        return data
    deflater = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


def _encode(elements: Sequence[Element], order: str, *, explicit: bool) -> bytes:
    data = b""
    for element in elements:
        value, length = element.value, len(element.value)
        if element.vr == "SQ":
            value = b"".join(
                _item(item, order, explicit=explicit, open_ended=element.open_ended) for item in element.items
            )
            length = len(value)
            if element.open_ended:
                value, length = value + pack(order + "HHL", 0xFFFE, 0xE0DD, 0), UNDEFINED
        data += pack(order + "HH", element.tag >> 16, element.tag & 0xFFFF)
        if not explicit:
            data += pack(order + "L", length)
        elif element.vr in LONG:
            data += element.vr.encode() + pack(order + "HL", 0, length)
        else:
            data += element.vr.encode() + pack(order + "H", length)
        data += value
    return data


def _item(elements: Sequence[Element], order: str, *, explicit: bool, open_ended: bool) -> bytes:
    value = _encode(elements, order, explicit=explicit)
    if open_ended:
        return pack(order + "HHL", 0xFFFE, 0xE000, UNDEFINED) + value + pack(order + "HHL", 0xFFFE, 0xE00D, 0)
    return pack(order + "HHL", 0xFFFE, 0xE000, len(value)) + value


IDENTITY = {
    0x0008_0016: "UI",
    0x0008_0018: "UI",
    0x0008_0050: "SH",
    0x0008_0060: "CS",
    0x0010_0010: "PN",
    0x0010_0020: "LO",
    0x0010_0021: "LO",
    0x0020_000D: "UI",
    0x0020_000E: "UI",
}

_text = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789^-", min_size=1, max_size=12).map(
    lambda text: text.encode("ascii")
)
_uid = st.text("0123456789.", min_size=1, max_size=30).map(lambda text: b"1" + text.encode("ascii"))
# FF fills: a value that begins like an item would be taken for a sequence where there are no VRs.
_others = st.builds(
    Element, st.integers(0x0008_0061, 0x0010_000F), st.sampled_from(["OB", "UN", "LO"]), st.integers(0, 300).map(bytes)
)


@st.composite
def _sequences(draw: st.DrawFn) -> Element:
    element = Element(0x0010_0020, "LO", b"IN SEQUENCE ")
    for _ in range(draw(st.integers(0, 5))):
        element = Element(
            0x0008_1140, "SQ", items=((element,),) * draw(st.integers(1, 3)), open_ended=draw(st.booleans())
        )
    items = tuple((element,) for _ in range(draw(st.integers(0, 3))))
    return Element(draw(st.integers(0x0008_0061, 0x0010_000F)), "SQ", items=items, open_ended=draw(st.booleans()))


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[dict[int, bytes], list[Element]]:
    """Identity values by tag, and the elements of a data set that has them among others."""
    values = {
        tag: draw(_uid if vr == "UI" else _text)
        for tag, vr in IDENTITY.items()
        if draw(st.integers(0, 4)) or tag < 0x0008_0020
    }
    others = draw(st.lists(_others | _sequences(), max_size=5, unique_by=lambda element: element.tag))
    elements = [Element(tag, IDENTITY[tag], value + b" " * (len(value) & 1)) for tag, value in values.items()]
    elements += [*others, Element(0x0028_0010, "US", b"\0\0"), Element(0x7FE0_0010, "OB", bytes(64))]
    return values, sorted(elements, key=lambda element: element.tag)
