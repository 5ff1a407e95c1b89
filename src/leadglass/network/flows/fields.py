"""Columns of text become columns of numbers; what is not one becomes null, never another number. Column by column.

Each is read the plain way first, all at once; only what that leaves is looked at more closely.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from leadglass.network.flows.spans import EARLIEST, LATEST
from leadglass.network.headers import ICMP, ICMPV6, SCTP, TCP, UDP

MAX_COUNT = 1 << 38  # bytes or packets of one flow: what is more counts as so many; sums of all stay exact

_NAMES = {
    "tcp": TCP, "udp": UDP, "sctp": SCTP, "icmp": ICMP, "icmp4": ICMP, "icmp6": ICMPV6, "icmpv6": ICMPV6,
    "ipv6-icmp": ICMPV6, "icmp-v6": ICMPV6, "igmp": 2, "ipip": 4, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
    "ospf": 89, "ospfigp": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "udplite": 136, "dccp": 33, "rsvp": 46,
}  # fmt: skip
_UNITS = {"K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}  # as nfdump abbreviates
_FLAGS = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "C": 128}  # as nfdump and SiLK write them


def number(text: pl.Series) -> pl.Series:
    """Finite numbers."""
    return _then(text, _float(text), lambda rest: _float(rest.str.strip_chars()))


def _float(text: pl.Series) -> pl.Series:
    value = text.cast(pl.Float64, strict=False)
    return value.set(~value.is_finite().fill_null(value=False), None)


def whole(text: pl.Series, highest: int) -> pl.Series:
    """Whole numbers from 0 to ``highest``, in decimal digits."""
    value = text.cast(pl.Int64, strict=False)
    value = _then(text, value, lambda rest: rest.str.strip_chars().cast(pl.Int64, strict=False))
    return value.set(~value.is_between(0, highest).fill_null(value=False), None)


def count(text: pl.Series) -> pl.Series:
    """How many bytes or packets; "1.2 M" as nfdump abbreviates is 1,200,000."""

    def abbreviated(rest: pl.Series) -> pl.Series:
        parts = rest.str.strip_chars().str.extract_groups(r"^(\d{1,15}(?:\.\d{1,9})?)\s*([KMGT]?)$").struct
        unit = parts.field("2").replace_strict(_UNITS, default=1.0, return_dtype=pl.Float64)
        product = (parts.field("1").cast(pl.Float64, strict=False) * unit).round()
        return product.clip(0, MAX_COUNT).cast(pl.Int64)

    return _then(text, whole(text, (1 << 63) - 1), abbreviated).clip(0, MAX_COUNT)


def protocol(text: pl.Series) -> pl.Series:
    """Protocols by number or name."""

    def named(rest: pl.Series) -> pl.Series:
        lower = rest.str.strip_chars().str.to_lowercase()
        return lower.replace_strict(_NAMES, default=None, return_dtype=pl.UInt8)

    return _then(text, whole(text, 255).cast(pl.UInt8), named)


def port(text: pl.Series) -> pl.Series:
    """Ports."""
    return whole(text, 65_535).cast(pl.UInt16)


def icmp(text: pl.Series) -> pl.Series:
    """ICMP's type × 256 + code, written as that or as nfdump does, "8.0"."""

    def dotted(rest: pl.Series) -> pl.Series:
        parts = rest.str.strip_chars().str.extract_groups(r"^(\d{1,3})\.(\d{1,3})$").struct
        kind, code = (whole(parts.field(name), 255) for name in ("1", "2"))
        return (kind * 256 + code).cast(pl.UInt16)

    return _then(text, port(text), dotted)


def seconds(text: pl.Series) -> pl.Series:
    """UTC seconds of times, between `spans.EARLIEST` and `spans.LATEST`.

    A number counts seconds since 1970, or thousandths, millionths, billionths of them: of these readings at most one is
    between 1990 and 2100. Else a date and time, "2026-01-31 13:59:59.5", with "/" or "T", with "Z" or an offset; one
    without is taken for UTC.
    """
    value = number(text)
    found = _dated(value)
    for unit in (1e3, 1e6, 1e9):
        if found.null_count() == text.null_count():
            return found
        found = found.fill_null(_dated(value / unit))
    return _then(text, found, lambda rest: _dated(_stamp(rest)))


def _dated(value: pl.Series) -> pl.Series:
    return value.set(~value.is_between(EARLIEST, LATEST).fill_null(value=False), None)


def _stamp(text: pl.Series) -> pl.Series:
    plain = text.str.strip_chars().str.replace_all("/", "-").str.replace("[Tt]", " ")
    zone = plain.str.extract_groups(r"\d:\d\d(?:\.\d+)?\s*([+-])(\d\d):?(\d\d)$").struct
    hours, minutes = (zone.field(name).cast(pl.Float64, strict=False) for name in ("2", "3"))
    sign = zone.field("1").replace_strict({"-": -1.0}, default=1.0, return_dtype=pl.Float64)
    shift = (sign * (hours * 3_600 + minutes * 60)).fill_null(0.0)
    bare = plain.str.replace(r"\s*(?:[Zz]|UTC)$", "").str.replace(r"(:\d\d(?:\.\d+)?)\s*[+-]\d\d:?\d\d$", "${1}")
    stamp = bare.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    return stamp.dt.epoch("us") / 1e6 - shift


def flags(text: pl.Series) -> pl.Series:
    """Flags of TCP as a number, "0x1b" or letters ("...AP.SF", "FS PA"); null where they are none of these."""

    def spelled(rest: pl.Series) -> pl.Series:
        plain = rest.str.strip_chars()
        hexadecimal = plain.str.extract(r"^0[xX]([0-9a-fA-F]{1,4})$", 1).str.to_integer(base=16, strict=False)
        letters = sum(
            (plain.str.contains(letter, literal=True).cast(pl.Int64) * bit for letter, bit in _FLAGS.items()),
            start=pl.Series([0] * len(plain), dtype=pl.Int64),
        )
        known = plain.str.contains(r"^[FSRPAUECX. ]*[FSRPAUECX.][FSRPAUECX. ]*$").fill_null(value=False)
        return hexadecimal.cast(pl.Int64).fill_null(letters.set(~known, None))

    unique = text.drop_nulls().unique()
    value = _then(unique, whole(unique, 65_535), spelled)
    return text.replace_strict(unique, value, default=None, return_dtype=pl.Int64) & 255


def _then(text: pl.Series, found: pl.Series, closer: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """What ``closer`` makes of the texts that were not found."""
    missing = text.is_not_null() & found.is_null()
    at = missing.arg_true()
    return found.scatter(at, closer(text.gather(at)).cast(found.dtype)) if len(at) else found
