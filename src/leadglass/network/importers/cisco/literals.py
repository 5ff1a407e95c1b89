"""Addresses as Cisco devices write them: "host", masks, wildcards, prefixes, ranges, names. Never objects."""

from __future__ import annotations

import ipaddress

from leadglass.network.address import EVERY, IPV4, IPV6, V6, network, number
from leadglass.network.importers.cisco.bounded import Addresses, exactly
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import EMPTY, Intervals, one, span

Aliases = dict[str, str]
"""Addresses by the names that the `name` command gave them."""

HOLES = Addresses(IPV4, EMPTY)  # a mask with holes in it: which addresses it matches is not one range
ANY: dict[str, Intervals] = {"any": EVERY, "any4": IPV4, "any6": IPV6}


def host(word: str, aliases: Aliases) -> Intervals:
    """One address.

    Raises:
        NotUnderstood: it is none.
    """
    try:
        return one(number(aliases.get(word, word)))
    except ValueError:
        raise NotUnderstood(f"no address: {word!r}") from None


def masked(word: str, mask: str, aliases: Aliases) -> Addresses:
    """The network of an IPv4 address and a mask.

    Raises:
        NotUnderstood: either is none.
    """
    at = 0 if word == "0" else host(word, aliases).first
    bits = 0 if mask == "0" else host(mask, {}).first
    if at >= V6 or bits >= V6:
        raise NotUnderstood(f"no IPv4 network: {word} {mask}")
    free = bits ^ (V6 - 1)
    if free & (free + 1):
        return HOLES
    return exactly(span(at & bits, at & bits | free))


def prefix(word: str, aliases: Aliases) -> Intervals:
    """An IPv6 prefix, "2001:db8::/64".

    Raises:
        NotUnderstood: it is none.
    """
    address, slash, length = word.partition("/")
    if not slash:
        raise NotUnderstood(f"no prefix: {word!r}")
    try:
        return network(f"{ipaddress.IPv6Address(aliases.get(address, address))}/{length}")
    except ValueError:
        raise NotUnderstood(f"no prefix: {word!r}") from None


def subnet(words: Words, aliases: Aliases) -> Addresses:
    """A network: address and mask, or an IPv6 prefix.

    Raises:
        NotUnderstood: it is neither.
    """
    word = words.take()
    return exactly(prefix(word, aliases)) if "/" in word else masked(word, words.take(), aliases)


def between(first: str, last: str, aliases: Aliases) -> Intervals:
    """A range of addresses.

    Raises:
        NotUnderstood: it is none, or it falls.
    """
    low, high = host(first, aliases).first, host(last, aliases).first
    if low > high or (low < V6) != (high < V6):
        raise NotUnderstood(f"no range of addresses: {first} {last}")
    return span(low, high)


def wildcard(word: str, mask: str) -> Addresses:
    """The addresses of an IPv4 address and a wildcard mask; with holes in it they lie within a range.

    Raises:
        NotUnderstood: either is none.
    """
    at, bits = host(word, {}).first, host(mask, {}).first
    if at >= V6 or bits >= V6:
        raise NotUnderstood(f"no IPv4 addresses: {word} {mask}")
    low = at & ~bits
    whole = span(low, low | bits)
    return Addresses(whole, whole if not bits & (bits + 1) else EMPTY)


def slashed(word: str) -> Intervals:
    """The network of "10.0.0.0/8".

    Raises:
        NotUnderstood: it is none.
    """
    try:
        return network(word)
    except ValueError:
        raise NotUnderstood(f"no network: {word!r}") from None
