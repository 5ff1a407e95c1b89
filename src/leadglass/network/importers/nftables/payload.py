"""Fields of a packet's headers in nft's JSON. Never what the kernel knows beside the packet."""

from __future__ import annotations

from functools import partial

from leadglass.network.address import IPV4, IPV6
from leadglass.network.headers import ICMP, ICMPV6
from leadglass.network.headers import PROTOCOLS as EVERY_PROTOCOL
from leadglass.network.importers.netfilter import fields, names
from leadglass.network.importers.netfilter.condition import (
    NEVER,
    Condition,
    exactly,
)
from leadglass.network.importers.nftables.terms import Term, UnreadError, address, numeric, when
from leadglass.network.intervals import Intervals, one, span, union

_PORTED = {"tcp": 6, "udp": 17, "sctp": 132, "dccp": 33, "udplite": 136}
_NOT_HELD = frozenset({"ttl", "hoplimit", "dscp", "ecn", "length", "id", "frag-off", "checksum", "flowlabel",
                       "hdrlength", "sequence", "ackseq", "window", "urgptr", "doff", "reserved", "mtu", "gateway",
                       "spi", "saddr", "daddr", "type", "code", "cfi", "pcp", "cpi"})  # fmt: skip


def payload(protocol: str, field: str) -> Term:
    """A field of a header, as nft names both.

    Raises:
        UnreadError: it is none known.
    """
    if protocol in {"ip", "ip6"}:
        version = IPV4 if protocol == "ip" else IPV6
        width = 32 if protocol == "ip" else 128
        if field in {"saddr", "daddr"}:
            end = "source" if field == "saddr" else "destination"
            return Term(
                version,
                partial(address, version=version),
                lambda values: exactly(**{end: values.common(version)}),
                exactly(source=version),
                width=width,
                version=version,
            )
        here = exactly(source=version)
        if field == "protocol":
            return numeric(
                EVERY_PROTOCOL, lambda values: exactly(source=version, protocol=values), names.PROTOCOLS, here, width=8
            )
        if field == "nexthdr":  # of the first header only: extension headers may stand before the protocol
            return numeric(
                EVERY_PROTOCOL,
                lambda _: Condition(here.may, (), depends="extension headers"),
                names.PROTOCOLS,
                here,
                width=8,
            )
        if field == "version":
            here_is = one(4 if protocol == "ip" else 6)
            return numeric(span(0, 15), lambda values: here if here_is.meets(values) else NEVER, domain=here, width=4)
        if field in _NOT_HELD:
            return when(f"{protocol} {field}", here)
    if field in {"sport", "dport"} and (protocol in _PORTED or protocol == "th"):
        protocols = EVERY_PROTOCOL if protocol == "th" else one(_PORTED[protocol])
        end = f"{'source' if field == 'sport' else 'destination'}_port"
        return numeric(
            span(0, 65_535),
            lambda values: fields.port(end, values, protocols),
            domain=exactly(protocol=protocols),
        )
    if protocol == "tcp" and field == "flags":
        return numeric(fields.BYTE, fields.flags, names.FLAGS, exactly(protocol=one(6)), bits=True, width=8)
    if protocol in {"icmp", "icmpv6"} and field in {"type", "code"}:
        which = ICMP if protocol == "icmp" else ICMPV6
        types = names.ICMP_TYPES if which == ICMP else names.ICMPV6_TYPES
        codes = names.ICMP_CODES if which == ICMP else names.ICMPV6_CODES
        return numeric(
            fields.BYTE,
            (lambda values: fields.icmp(values, fields.BYTE, which))
            if field == "type"
            else (lambda values: fields.icmp(fields.BYTE, values, which)),
            types if field == "type" else codes,
            fields.icmp_domain(which),
            width=8,
        )
    if protocol == "ether" and field == "type":
        return ether_type()
    if protocol in {"ether", "vlan"} and field in {*_NOT_HELD, "id"}:
        return when(f"{protocol} {field}")
    if protocol in {*_PORTED, "icmp", "icmpv6", "ah", "esp", "comp", "igmp"} and field in {
        *_NOT_HELD,
        *("cpi", "reqid"),
    }:
        code = {**_PORTED, "icmp": 1, "icmpv6": 58, "ah": 51, "esp": 50, "comp": 108, "igmp": 2}[protocol]
        return when(f"{protocol} {field}", exactly(protocol=one(code)))
    raise UnreadError(f"field {protocol} {field}".strip())


def ether_type() -> Term:
    """The protocol that the link names, of which only the IP versions are forwarded."""
    known = {"ip": 0x0800, "ip6": 0x86DD, "arp": 0x0806, "vlan": 0x8100, "8021q": 0x8100, "8021ad": 0x88A8}

    def holds(values: Intervals) -> Condition:
        return exactly(source=union(part for code, part in ((0x0800, IPV4), (0x86DD, IPV6)) if values.has(code)))

    return numeric(span(0, 0xFFFF), holds, known)
