"""IP addresses as integers of one line: IPv4 first, IPv6 after it, so that one kind of set holds both. No names.

An IPv4-mapped IPv6 address (RFC 4291 2.5.5.2) is the IPv4 address.
"""

from __future__ import annotations

import ipaddress

from leadglass.network.intervals import Intervals, of, span

V6 = 1 << 32
"""Where the IPv6 addresses begin."""

IPV4 = span(0, V6 - 1)
IPV6 = span(V6, V6 + (1 << 128) - 1)
EVERY = of((*IPV4.spans, *IPV6.spans))

_MAPPED = int(ipaddress.IPv6Address("::ffff:0:0"))


def number(text: str) -> int:
    """The place of an address.

    Raises:
        ValueError: it is none.
    """
    return _number(ipaddress.ip_address(text))


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    if isinstance(address, ipaddress.IPv4Address):
        return int(address)
    mapped = address.ipv4_mapped
    return int(mapped) if mapped is not None else V6 + int(address)


def text(place: int) -> str:
    """The address at a place."""
    return str(ipaddress.IPv4Address(place) if place < V6 else ipaddress.IPv6Address(place - V6))


def network(written: str) -> Intervals:
    """The addresses of "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1", "fd00::/8" or "10.0.0.1-10.0.0.9".

    Host bits may be set: an interface's address with its length names the network it is in.

    Raises:
        ValueError: it is none of these, or a range that falls.
    """
    first, dash, last = written.partition("-")
    if dash:
        low, high = number(first.strip()), number(last.strip())
        if low > high or (low < V6) != (high < V6):
            raise ValueError(f"not a range of addresses: {written!r}")
        return span(low, high)
    found = ipaddress.ip_network(written.strip(), strict=False)
    return span(_number(found[0]), _number(found[-1]))


def wildcard(address: str, mask: str) -> Intervals | None:
    """The addresses of "10.0.0.0" with wildcard mask "0.0.0.255"; None where the mask has holes.

    Raises:
        ValueError: either is no IPv4 address.
    """
    bits = int(ipaddress.IPv4Address(mask))
    if bits & (bits + 1):
        return None
    low = int(ipaddress.IPv4Address(address)) & ~bits
    return span(low, low | bits)


def networks(addresses: Intervals) -> list[str]:
    """The fewest networks that make up the set, as people write them, in order."""
    found: list[str] = []
    for first, last in addresses.spans:
        if first < V6:
            low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(min(last, V6 - 1))
            found += [str(part) for part in ipaddress.summarize_address_range(low, high)]
        if last >= V6:
            begin = ipaddress.IPv6Address(max(first, V6) - V6)
            found += [str(part) for part in ipaddress.summarize_address_range(begin, ipaddress.IPv6Address(last - V6))]
    return found


def spans(addresses: Intervals) -> list[str]:
    """The set as networks, and as "first-last" where a span is none, in order."""
    found = []
    for first, last in addresses.spans:
        for low, high in ((first, min(last, V6 - 1)), (max(first, V6), last)):
            if low <= high:
                parts = networks(Intervals(((low, high),)))
                found.append(parts[0] if len(parts) == 1 else f"{text(low)}-{text(high)}")
    return found
