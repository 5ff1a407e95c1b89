"""How transfer syntaxes encode the elements of a data set (PS3.5 7 and Annex A), as tables. Never reads a value."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

# PS3.5 7.1.2: explicit VRs with a 16-bit length; all others have two reserved bytes and a 32-bit length.
SHORT_VRS = (
    *("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS"),
    *("LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"),
)
LONG_VRS = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")

UNDEFINED = 0xFFFF_FFFF
"""The length of what ends at a delimiter."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """Byte order and VR convention of a data set. VRs are held as the 16-bit number their two letters read as.

    Attributes:
        explicit: whether elements carry their VR.
        explicit_header: group, element, VR, 16-bit length.
        implicit_header: group, element, 32-bit length; also the header of items and delimiters.
        long_length: the 32-bit length of a long VR.
        short, long: the VRs by the width of their length.
        sequence, unknown: SQ and UN.
        names: VRs by number.
    """

    explicit: bool
    explicit_header: Struct
    implicit_header: Struct
    long_length: Struct
    short: frozenset[int]
    long: frozenset[int]
    sequence: int
    unknown: int
    names: dict[int, str]

    def contents(self, vr: int, length: int) -> Encoding | None:
        """How the items of an element are encoded; None when it has none (UN of undefined length: PS3.5 6.2.2)."""
        if vr == self.sequence:
            return self
        return IMPLICIT_LITTLE if vr == self.unknown and length == UNDEFINED else None


def _encoding(order: str, *, explicit: bool) -> Encoding:
    half = Struct(order + "H")
    number = {vr: half.unpack(vr.encode())[0] for vr in SHORT_VRS + LONG_VRS}
    return Encoding(
        explicit=explicit,
        explicit_header=Struct(order + "HHHH"),
        implicit_header=Struct(order + "HHL"),
        long_length=Struct(order + "L"),
        short=frozenset(number[vr] for vr in SHORT_VRS),
        long=frozenset(number[vr] for vr in LONG_VRS),
        sequence=number["SQ"],
        unknown=number["UN"],
        names={value: vr for vr, value in number.items()},
    )


IMPLICIT_LITTLE = _encoding("<", explicit=False)
EXPLICIT_LITTLE = _encoding("<", explicit=True)
EXPLICIT_BIG = _encoding(">", explicit=True)


@dataclass(frozen=True, slots=True)
class Syntax:
    """What a transfer syntax says of its data sets.

    Attributes:
        encoding: of the elements, after inflating.
        deflated: the whole data set is an RFC 1951 stream (PS3.5 A.5).
        certain: False where the encoding is only the rule for new and private syntaxes, to be checked against the data.
    """

    encoding: Encoding
    deflated: bool = False
    certain: bool = True


_IMPLICIT = Syntax(IMPLICIT_LITTLE)
_EXPLICIT = Syntax(EXPLICIT_LITTLE)
_DEFLATED = Syntax(EXPLICIT_LITTLE, deflated=True)
_PRIVATE = Syntax(EXPLICIT_LITTLE, certain=False)

_STANDARD_ROOT = "1.2.840.10008.1.2."

_SYNTAXES = {
    "1.2.840.10008.1.2": _IMPLICIT,
    "1.2.840.10008.1.2.1": _EXPLICIT,
    "1.2.840.10008.1.2.1.99": _DEFLATED,
    "1.2.840.10008.1.2.2": Syntax(EXPLICIT_BIG),
    "1.2.840.10008.1.2.4.95": _DEFLATED,  # JPIP Referenced Deflate
    "1.2.840.10008.1.2.4.205": _DEFLATED,  # JPIP HTJ2K Referenced Deflate
    "1.2.840.10008.1.20": _IMPLICIT,  # Papyrus 3, retired
    "1.2.840.113619.5.2": _IMPLICIT,  # GE private: big endian in the pixels only
}


def syntax(uid: str) -> Syntax:
    """What the transfer syntax ``uid`` says of its data sets; what is new is explicit little endian (PS3.5 10.1)."""
    known = _SYNTAXES.get(uid)
    if known is not None:
        return known
    return _EXPLICIT if uid.startswith(_STANDARD_ROOT) else _PRIVATE
