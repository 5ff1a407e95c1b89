"""Why no identity is claimed, and which deviations were passed over: stable names. No behaviour."""

from __future__ import annotations

from enum import StrEnum


class Finding(StrEnum):
    """A head is unreadable where two honest readers could disagree about whose it is, or a bound is met."""

    HEAD_TOO_LONG = "head-too-long"  # identity is not complete within the bound
    DEFLATE_BOMB = "deflate-bomb"  # nor within the bound of inflated bytes
    DEFLATE_CORRUPT = "deflate-corrupt"  # not an RFC 1951 stream
    ENCODING_MISMATCH = "encoding-mismatch"  # the first element is not in the negotiated transfer syntax
    VR_UNKNOWN = "vr-unknown"  # readers differ whether its length has 16 or 32 bits
    UNDEFINED_LENGTH = "undefined-length"  # on what is no sequence
    ELEMENT_OVERRUN = "element-overrun"  # a value ends past its item, its sequence or the data set
    ITEM_EXPECTED = "item-expected"  # a sequence holds something else
    DELIMITER = "delimiter"  # a delimiter where none belongs, or one with a length
    NESTING = "nesting"  # sequences too deep
    TOO_MANY_ELEMENTS = "too-many-elements"  # out of order, or in sequences: a bomb that costs time, not memory
    TRUNCATED = "truncated"  # the data set ended inside a header or an open sequence
    GROUP_RESERVED = "group-reserved"  # command or file meta elements (groups 0000, 0002) in a data set
    VALUE_TOO_LONG = "value-too-long"  # an identity element beyond any sane length
    IDENTITY_VR = "identity-vr"  # an identity element that is no text
    IDENTITY_AMBIGUOUS = "identity-ambiguous"  # repeated with another value, out of order, or several values
    UID_HOSTILE = "uid-hostile"  # a UID with control characters or path separators


class Deviation(StrEnum):
    """Tolerated, and counted."""

    IMPLICIT_IN_EXPLICIT = "implicit-in-explicit"  # only in a transfer syntax we do not know
    GROUP_LENGTH = "group-length"  # retired (gggg,0000); never believed
    ODD_LENGTH = "odd-length"
    TAG_ORDER = "tag-order"  # of elements that are not identity
    DUPLICATE = "duplicate-element"  # an identity element repeated with the same value
    IDENTITY_VR = "identity-vr"  # another text VR, or UN
    CHARACTER_SET = "character-set"  # unknown or misspelt defined term
    UNDECODABLE = "undecodable-text"
    CONTROL_CHARACTERS = "control-characters"
    MULTIPLE_VALUES = "multiple-values"  # in an element of VM 1 that is not Patient ID
    UID_CHARACTERS = "uid-characters"
    UID_LENGTH = "uid-length"
