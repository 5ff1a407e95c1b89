"""Expressions of nft's JSON: of the packet, its interfaces, its connection. Never a verdict."""

from __future__ import annotations

from functools import partial

from leadglass.network.address import EVERY, IPV4, IPV6
from leadglass.network.headers import PROTOCOLS as EVERY_PROTOCOL
from leadglass.network.importers.netfilter import fields, names
from leadglass.network.importers.netfilter.chain import Hook
from leadglass.network.importers.netfilter.condition import (
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
from leadglass.network.importers.nftables.payload import ether_type, payload
from leadglass.network.importers.nftables.terms import Context, Term, UnreadError, numeric, when
from leadglass.network.intervals import Intervals, one, span, union

LATER = union([ESTABLISHED, RELATED, INVALID, UNTRACKED])
_WHEN = frozenset({"mark", "priority", "length", "skuid", "skgid", "cpu", "cgroup", "random", "time", "day", "hour",
                   "rtclassid", "secmark", "ipsec", "iifgroup", "oifgroup", "iiftype", "oiftype", "iifkind", "oifkind",
                   "sdif", "sdifname", "ibrname", "obrname", "ibrpvid", "ibrvproto", "bri_iifpvid"})  # fmt: skip
_CT_WHEN = frozenset(
    {"mark", "expiration", "helper", "label", "bytes", "packets", "avgpkt", "zone", "id", "secmark", "event"}
)


def term(expression: Json, context: Context) -> Term:
    """What an expression compares.

    Raises:
        UnreadError: it is not understood.
    """
    if isinstance(expression, dict) and len(expression) == 1:
        ((kind, value),) = expression.items()
        if isinstance(value, dict):
            if kind == "payload":
                return payload(str(value.get("protocol", "")), str(value.get("field", "")))
            if kind == "meta":
                return _meta(str(value.get("key", "")), context)
            if kind == "ct":
                return _ct(str(value.get("key", "")), context)
            if kind == "fib":
                return _fib(value, context)
        if kind in {"numgen", "jhash", "symhash", "socket", "osf", "rt", "ipsec", "tcp option", "ip option", "exthdr",
                    "sctp chunk", "dccp option", "tunnel"}:  # fmt: skip
            return when(f"what no configuration tells ({kind})")
    raise UnreadError(f"expression {str(expression)[:60]}")


def _meta(key: str, context: Context) -> Term:
    if key in {"iifname", "oifname", "iif", "oif"}:
        return _interface(key, context)
    if key == "l4proto":
        return numeric(EVERY_PROTOCOL, lambda values: exactly(protocol=values), names.PROTOCOLS, width=8)
    if key == "nfproto":

        def version(values: Intervals) -> Condition:
            return exactly(source=union(part for code, part in ((2, IPV4), (10, IPV6)) if values.has(code)))

        return numeric(fields.BYTE, version, {"ipv4": 2, "ipv6": 10}, width=8)
    if key == "protocol":
        return ether_type()
    if key == "pkttype":
        return numeric(span(0, 7), fields.packet_type, names.PACKETS, width=8)
    if key in _WHEN:
        return when(f"meta {key}")
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
        return when("whether the connection is tracked yet")
    if not context.tracked and key != "state":
        return when(f"ct {key}", NEVER)  # there is no connection yet: the rule does not match
    if key == "state":
        return numeric(fields.TRACKED, partial(fields.state, tracked=context.tracked), names.STATES, bits=True, width=8)
    if key == "direction":

        def direction(values: Intervals) -> Condition:
            first = exactly(state=NEW) if values.has(0) else NEVER
            return Condition((*first.may, *exactly(state=LATER).may), first.must)

        return numeric(span(0, 1), direction, {"original": 0, "reply": 1}, width=8)
    if key == "status":
        return _status()
    if key == "l3proto":
        return _meta("nfproto", context)
    if key == "protocol":
        return _meta("l4proto", context)
    if key in _CT_WHEN or key.rsplit(" ", maxsplit=1)[-1] in {"saddr", "daddr", "proto-src", "proto-dst"}:
        return when(f"ct {key}")
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

    return numeric(span(0, 1023), holds, _STATUS, bits=True, width=10)


def _fib(value: dict[str, Json], context: Context) -> Term:
    flags = value.get("flags", [])
    flags = [flags] if isinstance(flags, str) else list(flags)
    if value.get("result") == "type" and flags in (["daddr"], ["saddr"]):
        end = "destination" if flags == ["daddr"] else "source"
        if not context.ports.complete:
            return when("the device's own addresses")
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

        return numeric(span(0, 8), holds, known, width=8)
    return when("the way back (fib)")
