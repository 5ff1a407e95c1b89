"""What a rule's expression compares, as numbers in the kernel's range, and what each range means. Never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from leadglass.network.address import EVERY, IPV4, IPV6, network, number
from leadglass.network.headers import ICMP, ICMPV6
from leadglass.network.headers import PROTOCOLS as EVERY_PROTOCOL
from leadglass.network.importers.netfilter import fields, names
from leadglass.network.importers.netfilter.chain import Hook
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import (
    ALWAYS,
    AS_SENT,
    ESTABLISHED,
    INTERFACES,
    INVALID,
    NEVER,
    NEW,
    REDIRECTED,
    RELATED,
    UNTRACKED,
    Condition,
    depends,
    exactly,
)
from leadglass.network.importers.netfilter.documents import Json
from leadglass.network.intervals import Intervals, one, span, union

LATER = union([ESTABLISHED, RELATED, INVALID, UNTRACKED])
_PORTED = {"tcp": 6, "udp": 17, "sctp": 132, "dccp": 33, "udplite": 136}
_WHEN = frozenset({"mark", "priority", "length", "skuid", "skgid", "cpu", "cgroup", "random", "time", "day", "hour",
                   "rtclassid", "secmark", "ipsec", "iifgroup", "oifgroup", "iiftype", "oiftype", "iifkind", "oifkind",
                   "sdif", "sdifname", "ibrname", "obrname", "ibrpvid", "ibrvproto", "bri_iifpvid"})  # fmt: skip
_CT_WHEN = frozenset(
    {"mark", "expiration", "helper", "label", "bytes", "packets", "avgpkt", "zone", "id", "secmark", "event"}
)
_NOT_HELD = frozenset({"ttl", "hoplimit", "dscp", "ecn", "length", "id", "frag-off", "checksum", "flowlabel",
                       "hdrlength", "sequence", "ackseq", "window", "urgptr", "doff", "reserved", "mtu", "gateway",
                       "spi", "saddr", "daddr", "type", "code", "cfi", "pcp", "cpi"})  # fmt: skip


class UnreadError(ValueError):
    """A value or an expression that is not understood."""


@dataclass(frozen=True, slots=True)
class Term:
    """An expression.

    Attributes:
        universe: numbers that it can be.
        parse: the number or numbers of a value as written; raises `UnreadError`, ValueError, TypeError, KeyError.
        holds: the condition that it is one of these numbers.
        domain: the condition that it is there at all.
        bits: flags: a value in a comparison "in" or "!" is a mask.
        width: in bits, for masks.
        version: of an address.
    """

    universe: Intervals
    parse: Callable[[Json], Intervals]
    holds: Callable[[Intervals], Condition]
    domain: Condition = ALWAYS
    bits: bool = False
    width: int = 32
    version: Intervals | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Where a rule is read.

    Attributes:
        ports: the interfaces.
        hook: None where only names are looked for.
        tracked: connection tracking has seen the packet; None: not told.
    """

    ports: Ports
    hook: Hook | None = None
    tracked: bool | None = True


def term(expression: Json, context: Context) -> Term:
    """What an expression compares.

    Raises:
        UnreadError: it is not understood.
    """
    if isinstance(expression, dict) and len(expression) == 1:
        ((kind, value),) = expression.items()
        if isinstance(value, dict):
            if kind == "payload":
                return _payload(str(value.get("protocol", "")), str(value.get("field", "")))
            if kind == "meta":
                return _meta(str(value.get("key", "")), context)
            if kind == "ct":
                return _ct(str(value.get("key", "")), context)
            if kind == "fib":
                return _fib(value, context)
        if kind in {"numgen", "jhash", "symhash", "socket", "osf", "rt", "ipsec", "tcp option", "ip option", "exthdr",
                    "sctp chunk", "dccp option", "tunnel"}:  # fmt: skip
            return _when(f"what no configuration tells ({kind})")
    raise UnreadError(f"expression {str(expression)[:60]}")


def _when(on: str, domain: Condition = ALWAYS) -> Term:
    """Depends on what no header here holds: any value may be, none must."""
    return Term(INTERFACES, lambda _: INTERFACES, lambda _: depends(on), domain)


def _numbers(raw: Json, known: Mapping[str, int], universe: Intervals) -> Intervals:
    """A number, a name, a range, flags joined with "|"."""
    if isinstance(raw, dict) and "range" in raw:
        low, high = (_numbers(end, known, universe) for end in raw["range"])
        return span(low.first, high.first)
    if isinstance(raw, dict) and "|" in raw:
        raw = raw["|"]
    if isinstance(raw, list):
        bits = 0
        for each in raw:
            bits |= _numbers(each, known, universe).first
        return one(bits)
    if isinstance(raw, bool):
        raise UnreadError(f"value {raw!r}")
    if isinstance(raw, int):
        return one(raw)
    if isinstance(raw, str):
        found = known.get(raw)
        return one(int(raw, 0) if found is None else found)
    raise UnreadError(f"value {str(raw)[:60]}")


def _numeric(
    universe: Intervals,
    holds: Callable[[Intervals], Condition],
    known: Mapping[str, int] | None = None,
    domain: Condition = ALWAYS,
    *,
    bits: bool = False,
    width: int = 16,
) -> Term:
    return Term(universe, partial(_numbers, known=known or {}, universe=universe), holds, domain, bits, width)


def _address(raw: Json, version: Intervals) -> Intervals:
    if isinstance(raw, dict) and "prefix" in raw:
        return network(f"{raw['prefix']['addr']}/{int(raw['prefix']['len'])}")
    if isinstance(raw, dict) and "range" in raw:
        low, high = raw["range"]
        return span(number(low), number(high))
    if isinstance(raw, str):
        return one(number(raw))
    if isinstance(raw, int) and not isinstance(raw, bool):  # a mask's result may be printed as a number
        return one(raw + version.first)
    raise UnreadError(f"address {str(raw)[:60]}")


def _payload(protocol: str, field: str) -> Term:
    if protocol in {"ip", "ip6"}:
        version = IPV4 if protocol == "ip" else IPV6
        width = 32 if protocol == "ip" else 128
        if field in {"saddr", "daddr"}:
            end = "source" if field == "saddr" else "destination"
            return Term(
                version,
                partial(_address, version=version),
                lambda values: exactly(**{end: values.common(version)}),
                exactly(source=version),
                width=width,
                version=version,
            )
        here = exactly(source=version)
        if field == "protocol":
            return _numeric(
                EVERY_PROTOCOL, lambda values: exactly(source=version, protocol=values), names.PROTOCOLS, here, width=8
            )
        if field == "nexthdr":  # of the first header only: extension headers may stand before the protocol
            return _numeric(
                EVERY_PROTOCOL,
                lambda _: Condition(here.may, (), depends="extension headers"),
                names.PROTOCOLS,
                here,
                width=8,
            )
        if field == "version":
            here_is = one(4 if protocol == "ip" else 6)
            return _numeric(span(0, 15), lambda values: here if here_is.meets(values) else NEVER, domain=here, width=4)
        if field in _NOT_HELD:
            return _when(f"{protocol} {field}", here)
    if field in {"sport", "dport"} and (protocol in _PORTED or protocol == "th"):
        protocols = EVERY_PROTOCOL if protocol == "th" else one(_PORTED[protocol])
        end = f"{'source' if field == 'sport' else 'destination'}_port"
        return _numeric(
            span(0, 65_535),
            lambda values: fields.port(end, values, protocols),
            domain=exactly(protocol=protocols),
        )
    if protocol == "tcp" and field == "flags":
        return _numeric(fields.BYTE, fields.flags, names.FLAGS, exactly(protocol=one(6)), bits=True, width=8)
    if protocol in {"icmp", "icmpv6"} and field in {"type", "code"}:
        which = ICMP if protocol == "icmp" else ICMPV6
        types = names.ICMP_TYPES if which == ICMP else names.ICMPV6_TYPES
        codes = names.ICMP_CODES if which == ICMP else names.ICMPV6_CODES
        return _numeric(
            fields.BYTE,
            (lambda values: fields.icmp(values, fields.BYTE, which))
            if field == "type"
            else (lambda values: fields.icmp(fields.BYTE, values, which)),
            types if field == "type" else codes,
            fields.icmp_domain(which),
            width=8,
        )
    if protocol == "ether" and field == "type":
        return _ether_type()
    if protocol in {"ether", "vlan"} and field in {*_NOT_HELD, "id"}:
        return _when(f"{protocol} {field}")
    if protocol in {*_PORTED, "icmp", "icmpv6", "ah", "esp", "comp", "igmp"} and field in {
        *_NOT_HELD,
        *("cpi", "reqid"),
    }:
        code = {**_PORTED, "icmp": 1, "icmpv6": 58, "ah": 51, "esp": 50, "comp": 108, "igmp": 2}[protocol]
        return _when(f"{protocol} {field}", exactly(protocol=one(code)))
    raise UnreadError(f"field {protocol} {field}".strip())


def _ether_type() -> Term:
    known = {"ip": 0x0800, "ip6": 0x86DD, "arp": 0x0806, "vlan": 0x8100, "8021q": 0x8100, "8021ad": 0x88A8}

    def holds(values: Intervals) -> Condition:
        return exactly(source=union(part for code, part in ((0x0800, IPV4), (0x86DD, IPV6)) if values.has(code)))

    return _numeric(span(0, 0xFFFF), holds, known)


def _meta(key: str, context: Context) -> Term:
    if key in {"iifname", "oifname", "iif", "oif"}:
        return _interface(key, context)
    if key == "l4proto":
        return _numeric(EVERY_PROTOCOL, lambda values: exactly(protocol=values), names.PROTOCOLS, width=8)
    if key == "nfproto":

        def version(values: Intervals) -> Condition:
            return exactly(source=union(part for code, part in ((2, IPV4), (10, IPV6)) if values.has(code)))

        return _numeric(fields.BYTE, version, {"ipv4": 2, "ipv6": 10}, width=8)
    if key == "protocol":
        return _ether_type()
    if key == "pkttype":
        return _numeric(span(0, 7), fields.packet_type, names.PACKETS, width=8)
    if key in _WHEN:
        return _when(f"meta {key}")
    raise UnreadError(f"meta {key}")


def _interface(key: str, context: Context) -> Term:
    end = "ingress" if key.startswith("i") else "egress"
    unrouted = end == "egress" and context.hook in {Hook.INGRESS, Hook.PREROUTING}

    def parse(raw: Json) -> Intervals:
        if isinstance(raw, int) and not isinstance(raw, bool):
            found = context.ports.index(raw)
            if found is None:
                raise UnreadError(f"interface number {raw}")
            raw = found
        if not isinstance(raw, str):
            raise UnreadError(f"interface {str(raw)[:60]}")
        return context.ports.numbers(raw)

    def holds(values: Intervals) -> Condition:
        return depends("the way out, before it is chosen") if unrouted else exactly(**{end: values})

    return Term(INTERFACES, parse, holds)


def _ct(key: str, context: Context) -> Term:
    if context.tracked is None:
        return _when("whether the connection is tracked yet")
    if not context.tracked and key != "state":
        return _when(f"ct {key}", NEVER)  # there is no connection yet: the rule does not match
    if key == "state":
        return _numeric(
            fields.TRACKED, partial(fields.state, tracked=context.tracked), names.STATES, bits=True, width=8
        )
    if key == "direction":

        def direction(values: Intervals) -> Condition:
            first = exactly(state=NEW) if values.has(0) else NEVER
            return Condition((*first.may, *exactly(state=LATER).may), first.must)

        return _numeric(span(0, 1), direction, {"original": 0, "reply": 1}, width=8)
    if key == "status":
        return _status()
    if key == "l3proto":
        return _meta("nfproto", context)
    if key == "protocol":
        return _meta("l4proto", context)
    if key in _CT_WHEN or key.rsplit(" ", maxsplit=1)[-1] in {"saddr", "daddr", "proto-src", "proto-dst"}:
        return _when(f"ct {key}")
    raise UnreadError(f"ct {key}")


_STATUS = {"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32, "dying": 512}
_DONE = (0, 128, 256, 384)  # whether the kernel has looked for translations


def _status() -> Term:
    """Bits of a connection; of a new one that is forwarded they tell only whether its destination was translated."""

    def holds(values: Intervals) -> Condition:
        later = exactly(state=LATER).may
        new = [
            (exactly(state=NEW, tag=tag), [values.has(bit | done) for done in _DONE])
            for bit, tag in ((0, AS_SENT), (32, REDIRECTED))
        ]
        may = [case for condition, hits in new if any(hits) for case in condition.may]
        must = [case for condition, hits in new if all(hits) for case in condition.must]
        return Condition((*may, *later), tuple(must))

    return _numeric(span(0, 1023), holds, _STATUS, bits=True, width=10)


def _fib(value: dict[str, Json], context: Context) -> Term:
    flags = value.get("flags", [])
    flags = [flags] if isinstance(flags, str) else list(flags)
    if value.get("result") == "type" and flags in (["daddr"], ["saddr"]):
        end = "destination" if flags == ["daddr"] else "source"
        if not context.ports.complete:
            return _when("the device's own addresses")
        known = {"unspec": 0, "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6,
                 "unreachable": 7, "prohibit": 8}  # fmt: skip
        own = context.ports.every_own

        def holds(values: Intervals) -> Condition:
            # Own addresses are known; what else an address is depends on the routes.
            kinds = exactly(**{end: own}) if values.has(2) else NEVER
            others = values.without(one(2))
            if not others:
                return kinds
            rest = exactly(**{end: EVERY.without(own)})
            every = span(0, 8).without(one(2)).within(others)
            return Condition((*kinds.may, *rest.may), (*kinds.must, *(rest.must if every else ())), depends="fib")

        return _numeric(span(0, 8), holds, known, width=8)
    return _when("the way back (fib)")
