"""What a rule does: its statements as lines with a verdict. Never how a chain hangs together."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.address import EVERY, IPV4, IPV6, network, number
from leadglass.network.device import Rewrite
from leadglass.network.importers.netfilter.chain import Line, Nat
from leadglass.network.importers.netfilter.condition import (
    ALWAYS,
    Condition,
    all_of,
    depends,
    exactly,
    unread,
)
from leadglass.network.importers.netfilter.documents import Json
from leadglass.network.importers.netfilter.targets import FINAL, KEEPING, PASSING
from leadglass.network.importers.nftables.matching import UNREADABLE, Table, match, rows
from leadglass.network.importers.nftables.ruleset import Rule
from leadglass.network.importers.nftables.terms import Context, UnreadError
from leadglass.network.intervals import Intervals, one, span
from leadglass.network.rule import Action, Place

_PLAIN = {"accept": Action.PERMIT, "drop": Action.DENY, "reject": Action.DENY, "return": Action.RETURN}
_PASSING = frozenset({"counter", "log", "flow", "dup", "ct helper", "ct timeout", "ct expectation", "secmark", "last",
                      "tunnel", "continue", "comment"})  # fmt: skip
_SOMETIMES = {"limit": "a rate", "quota": "a quota", "ct count": "how many connections there are",
              "connlimit": "how many connections there are", "set": "room in a set that packets fill",
              "map": "room in a map that packets fill"}  # fmt: skip
_ELSEWHERE = frozenset({"queue", "fwd", "synproxy"})  # a program, another interface, the kernel itself decides
_HARMLESS = frozenset({"ttl", "hoplimit", "dscp", "ecn", "flowlabel", "checksum", "id", "frag-off"})
_NAT = frozenset({"dnat", "snat", "masquerade", "redirect"})


def lines(rule: Rule, table: Table, context: Context, doubts: list[Place]) -> Iterator[Line]:
    """The verdicts of a rule, in order; its place goes into ``doubts`` where it changes headers by itself."""
    condition = ALWAYS
    place = rule.place
    for statement in rule.statements:
        kind, value = (
            next(iter(statement.items())) if isinstance(statement, dict) and len(statement) == 1 else ("", None)
        )
        if kind == "match":
            condition = all_of(condition, match(value, table, context))
        elif kind in _PASSING:
            continue
        elif kind in _SOMETIMES:
            condition = all_of(condition, depends(_SOMETIMES[kind]))
        elif kind == "xt" and isinstance(value, dict) and value.get("type") == "match":
            condition = all_of(
                condition, unread(f"match of iptables ({value.get('name', '')}): iptables-save tells it")
            )
        elif kind == "xt" and isinstance(value, dict) and value.get("type") == "target":
            yield _of_iptables(str(value.get("name", "")), place, condition)
            return
        elif kind == "mangle":
            if _rewrites(value):
                doubts.append(place)
        elif kind == "notrack":
            yield Line(place, condition, Action.PASS, notrack=True)
        elif kind == "vmap":
            yield from _mapped(value, place, condition, table, context)
            return
        elif kind in _PLAIN:
            if kind == "reject":
                condition = all_of(condition, _rejected(value, condition, table))
            yield Line(place, condition, _PLAIN[kind])
            return
        elif kind in {"jump", "goto"}:
            yield _verdict(statement, place, condition)
            return
        elif kind in _NAT:
            yield from _translations(kind, value, place, condition, table, context)
            return
        elif kind == "tproxy":
            yield Line(place, condition, Action.UNKNOWN, keeps=True)
            return
        elif kind in _ELSEWHERE:
            yield Line(place, condition, Action.UNKNOWN)
            return
        else:
            yield Line(place, condition, Action.UNKNOWN, note=f"statement {str(statement)[:60]}")
            return
    yield Line(place, condition, Action.PASS)


def _of_iptables(name: str, place: Place, condition: Condition) -> Line:
    """A target of iptables, of which nft prints the name only."""
    if name == "MASQUERADE":
        return Line(place, condition, Action.PERMIT, nat=Nat(Rewrite.SOURCE, own=True))
    if name in KEEPING:
        return Line(place, condition, Action.DENY if name == "REDIRECT" else Action.UNKNOWN, keeps=True)
    if name in PASSING - {"CT"}:
        return Line(place, condition, Action.PASS, notrack=name == "NOTRACK")
    action = FINAL.get(name)
    if action is None:
        return Line(place, condition, Action.UNKNOWN, note=f"target of iptables ({name}): iptables-save tells it")
    return Line(place, condition, action)


def _rejected(value: Json, condition: Condition, table: Table) -> Condition:
    """What a reject says of the packets: nft prints no match of the IP version that stands before it.

    The kind of ICMP tells it; of a TCP reset nothing does (seen with nft 1.0.6: "meta nfproto ipv6 tcp dport 5 reject
    with tcp reset" is listed without its first match). "icmp code 0 meta protocol ip6 reject", which never matches, is
    listed without the contradiction: no listing tells it from a rule that does, and it is read as one.
    """
    kind = str(value.get("type", "")) if isinstance(value, dict) else ""
    if kind in {"icmp", "icmpv6"}:
        return exactly(source=IPV4 if kind == "icmp" else IPV6)
    both = all(any(case.source.meets(version) for case in condition.may) for version in (IPV4, IPV6))
    if kind == "tcp reset" and both and table.family not in {"ip", "ip6"}:
        return depends("the IP version, which nft does not print beside a TCP reset")
    return ALWAYS


def _verdict(verdict: Json, place: Place, condition: Condition) -> Line:
    if isinstance(verdict, dict) and len(verdict) == 1:
        ((kind, value),) = verdict.items()
        if kind in _PLAIN:
            return Line(place, condition, _PLAIN[kind])
        if kind in {"jump", "goto"}:
            return Line(place, condition, Action(kind), str(value["target"]))
        if kind == "continue":
            return Line(place, condition, Action.PASS)
        if kind == "queue":
            return Line(place, condition, Action.UNKNOWN)
    return Line(place, condition, Action.UNKNOWN, note=f"verdict {str(verdict)[:60]}")


def _mapped(value: Json, place: Place, condition: Condition, table: Table, context: Context) -> Iterator[Line]:
    try:
        found = list(rows(value, table, context))
    except UNREADABLE as fault:
        yield Line(place, condition, Action.UNKNOWN, note=str(fault))
        return
    for hit, verdict in found:
        yield _verdict(verdict, place, all_of(condition, hit))


def _rewrites(value: Json) -> bool:
    """Whether a mangle changes what filters and routes look at."""
    try:
        key = value["key"]
    except UNREADABLE:
        return True
    if isinstance(key, dict) and "payload" in key:
        return str(key["payload"].get("field", "")) not in _HARMLESS
    return not (isinstance(key, dict) and bool({"meta", "ct", "tcp option", "exthdr", "ip option"} & key.keys()))


def _translations(
    kind: str, value: Json, place: Place, condition: Condition, table: Table, context: Context
) -> Iterator[Line]:
    value = value if isinstance(value, dict) else {}
    if kind == "redirect":
        yield Line(place, condition, Action.DENY, keeps=True)
        return
    rewrite = Rewrite.DESTINATION if kind == "dnat" else Rewrite.SOURCE
    version = {"ip": IPV4, "ip6": IPV6}.get(str(value.get("family", "")), EVERY)
    try:
        port = _port(value["port"]) if "port" in value else None
        address = value.get("addr")
        if isinstance(address, dict) and "map" in address:
            offset = "netmap" in str(value.get("flags", "")) or value.get("type_flags") == "prefix"
            for hit, to in rows(address["map"], table, context):
                each, own = _target(to)
                yield Line(
                    place,
                    all_of(condition, hit),
                    Action.PERMIT,
                    nat=Nat(rewrite, each, own or port, keeps_offset=offset, version=version),
                )
            return
        to_address, own_port = _target(address) if address is not None else (None, None)
        nat = Nat(rewrite, to_address, own_port or port, own=kind == "masquerade", version=version)
        yield Line(place, condition, Action.PERMIT, nat=nat)
    except UNREADABLE as fault:
        yield Line(place, condition, Action.UNKNOWN, note=f"{kind}: {fault}")


def _target(written: Json) -> tuple[Intervals, Intervals | None]:
    """An address, a range or prefix of them, or one with its port."""
    if isinstance(written, dict) and "concat" in written:
        address, port = written["concat"]
        return _target(address)[0], _port(port)
    if isinstance(written, dict) and "prefix" in written:
        return network(f"{written['prefix']['addr']}/{int(written['prefix']['len'])}"), None
    if isinstance(written, dict) and "range" in written:
        low, high = written["range"]
        return span(number(low), number(high)), None
    if isinstance(written, str):
        return one(number(written)), None
    raise UnreadError(f"address {str(written)[:60]}")


def _port(written: Json) -> Intervals:
    if isinstance(written, dict) and "range" in written:
        low, high = written["range"]
        return span(int(low), int(high))
    return one(int(written))
