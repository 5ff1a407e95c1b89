"""Matches of iptables as conditions, each by its option. Never a rule as a whole.

man iptables-extensions(8) is their reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leadglass.network.address import EVERY, network, number
from leadglass.network.headers import ICMP, ICMPV6
from leadglass.network.headers import PROTOCOLS as EVERY_PROTOCOL
from leadglass.network.importers.iptables.ipset import Sets, match_set
from leadglass.network.importers.netfilter import fields, names
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import (
    ALWAYS,
    ESTABLISHED,
    INVALID,
    NEVER,
    NEW,
    REDIRECTED,
    RELATED,
    UNTRACKED,
    Condition,
    any_of,
    depends,
    exactly,
)
from leadglass.network.intervals import Intervals, of, one, span, union

_LATER = union([ESTABLISHED, RELATED, INVALID, UNTRACKED])


@dataclass(frozen=True, slots=True)
class Context:
    """Where a rule is read.

    Attributes:
        ports: the interfaces. version: IP version of the table.
        sets: contents of ipsets that were handed in.
        tracked: connection tracking has seen the packet.
    """

    ports: Ports
    version: Intervals
    sets: Sets
    tracked: bool = True


@dataclass
class Reading:
    """What one option of a rule may need of those before it."""

    protocols: Intervals = EVERY_PROTOCOL
    module: str = ""


Read = Callable[[Sequence[str], Reading, Context], Condition]


def _addresses(end: str) -> Read:
    def read(values: Sequence[str], _: Reading, context: Context) -> Condition:
        return exactly(**{end: union(_address(one_, context.version) for one_ in values[0].split(","))})

    return read


def _address(written: str, version: Intervals) -> Intervals:
    """An address with its length or mask; a mask may have holes."""
    address, slash, mask = written.partition("/")
    if slash and not mask.isdigit():
        bits = number(mask) - version.first
        whole = number(address)
        found = fields.address_mask(bits, one(((whole - version.first) & bits) + version.first), version)
        if found is None:
            raise ValueError("a mask with many holes")
        return found
    return network(written).common(version)


def _range(end: str) -> Read:
    def read(values: Sequence[str], _: Reading, context: Context) -> Condition:
        return exactly(**{end: network(values[0]).common(context.version)})

    return read


def _interface(end: str) -> Read:
    def read(values: Sequence[str], _: Reading, context: Context) -> Condition:
        name = values[0]
        return exactly(**{end: context.ports.numbers(f"{name[:-1]}*" if name.endswith("+") else name)})

    return read


def _protocol(values: Sequence[str], _: Reading, __: Context) -> Condition:
    return exactly(protocol=protocols(values[0]))


def protocols(written: str) -> Intervals:
    """The protocols of "-p": by name or number; KeyError for an unknown name."""
    if written in {"all", "0"}:
        return EVERY_PROTOCOL
    return one(int(written) if written.isdigit() else {**names.PROTOCOLS, "icmp6": 58}[written.lower()])


def _ports(*ends: str) -> Read:
    """Ports "80", "80:90", ":90", "80,443,8000:8010"; with two ends either may be one of them."""

    def read(values: Sequence[str], reading: Reading, _: Context) -> Condition:
        ports = union(_port_span(part) for part in values[0].split(","))
        return any_of(fields.port(end, ports, reading.protocols) for end in ends)

    return read


def _port_span(written: str) -> Intervals:
    low, colon, high = written.partition(":")
    first = _port(low) if low else 0
    last = (_port(high) if high else 65_535) if colon else first
    return span(first, last)


def _port(written: str) -> int:
    found = int(written)  # iptables-save prints numbers
    if not 0 <= found <= 65_535:
        raise ValueError(f"port {written}")
    return found


def _icmp(protocol: int) -> Read:
    types, codes = (
        (names.ICMP_TYPES, names.ICMP_CODES) if protocol == ICMP else (names.ICMPV6_TYPES, names.ICMPV6_CODES)
    )

    def read(values: Sequence[str], _: Reading, __: Context) -> Condition:
        written = values[0]
        if written == "any":
            return fields.icmp_domain(protocol)
        kind, slash, code = written.partition("/")
        if slash:
            return fields.icmp(one(int(kind)), one(int(code)), protocol)
        if kind.isdigit():
            return fields.icmp(one(int(kind)), fields.BYTE, protocol)
        if kind in types:
            return fields.icmp(one(types[kind]), fields.BYTE, protocol)
        of_code = {"fragmentation-needed": (3, 4), "network-unreachable": (3, 0), "ttl-zero-during-transit": (11, 0)}
        if protocol == ICMP and kind in of_code:
            return fields.icmp(one(of_code[kind][0]), one(of_code[kind][1]), protocol)
        code_ = codes[kind]
        return fields.icmp(one(3 if protocol == ICMP else 1), one(code_), protocol)

    return read


def _state(values: Sequence[str], _: Reading, context: Context) -> Condition:
    bits, more = [], []
    for state in values[0].split(","):
        if state in {"DNAT", "SNAT"}:
            more.append(_translated(state) if context.tracked else NEVER)
        else:
            bits.append(one(names.STATES[state.lower()]))
    return any_of([fields.state(union(bits), tracked=context.tracked), *more])


def _translated(which: str) -> Condition:
    """Of a new connection that is forwarded: only whether its destination was translated; its source is later."""
    later = exactly(state=_LATER).may
    first = exactly(state=NEW, tag=REDIRECTED) if which == "DNAT" else NEVER
    return Condition((*first.may, *later), first.must)


def _flags(values: Sequence[str], _: Reading, __: Context) -> Condition:
    mask, wanted = (_bits(value) for value in values)
    return fields.flags(of((bits, bits) for bits in range(256) if bits & mask == wanted))


def _bits(written: str) -> int:
    if written == "ALL":
        return 0x3F
    return 0 if written == "NONE" else sum(names.FLAGS[name.lower()] for name in written.split(","))


def _syn(_: Sequence[str], __: Reading, ___: Context) -> Condition:
    return fields.flags(of((bits, bits) for bits in range(256) if bits & 0x17 == 2))


def _fragment(_: Sequence[str], __: Reading, ___: Context) -> Condition:
    return NEVER  # the first fragment begins a connection; tracking puts the others together


def _comment(_: Sequence[str], __: Reading, ___: Context) -> Condition:
    return ALWAYS


def _packet_type(values: Sequence[str], _: Reading, __: Context) -> Condition:
    return fields.packet_type(one(names.PACKETS[values[0]]))


def _direction(values: Sequence[str], _: Reading, context: Context) -> Condition:
    if not context.tracked:
        return NEVER
    first = exactly(state=NEW) if values[0] == "ORIGINAL" else NEVER
    return Condition((*first.may, *exactly(state=_LATER).may), first.must)


def _address_type(end: str) -> Read:
    def read(values: Sequence[str], _: Reading, context: Context) -> Condition:
        kinds = set(values[0].split(","))
        if not context.ports.complete:
            return depends("the device's own addresses")
        own = exactly(**{end: context.ports.every_own}) if "LOCAL" in kinds else NEVER
        if kinds == {"LOCAL"}:
            return own
        rest = exactly(**{end: EVERY.without(context.ports.every_own)})
        return Condition((*own.may, *rest.may), own.must, depends="what the routes make of an address")

    return read


def _in_set(values: Sequence[str], _: Reading, context: Context) -> Condition:
    return match_set(context.sets, values[0], values[1].split(","), context.version)


def _words_of(on: str) -> Read:
    return lambda _, __, ___: depends(on)


DEPENDS = {
    "limit": "a rate", "hashlimit": "a rate", "connlimit": "how many connections there are",
    "recent": "what came before",
    "time": "the time", "string": "what the packet carries", "bpf": "what the packet carries",
    "u32": "what the packet carries", "owner": "a user of the device", "mark": "a mark", "connmark": "a mark",
    "connbytes": "how much was carried", "connlabel": "a label", "quota": "a quota", "quota2": "a quota",
    "statistic": "chance", "rateest": "a rate", "length": "the packet's length", "ttl": "the packet's hops",
    "hl": "the packet's hops", "dscp": "the packet's class", "tos": "the packet's class", "ecn": "congestion",
    "mac": "the address of the link", "physdev": "the port of a bridge", "policy": "whether IPsec carries it",
    "rpfilter": "the way back", "socket": "a socket of the device", "helper": "a helper of connection tracking",
    "realm": "the routing realm", "osf": "the sender's system", "cgroup": "a group of processes", "cpu": "a processor",
    "nfacct": "an account", "devgroup": "the interface's group", "geoip": "a data base of countries",
    "ah": "IPsec's header", "esp": "IPsec's header", "frag": "extension headers", "dst": "extension headers",
    "hbh": "extension headers", "rt": "extension headers", "ipv6header": "extension headers",
    "eui64": "the address of the link",
    "cluster": "the cluster's node", "ipvs": "the balancer", "tcpmss": "the segment's size",
}  # fmt: skip
"""Matches whose outcome no configuration tells, with what they depend on."""

MATCHES: Mapping[str, tuple[int, Read]] = {
    **dict.fromkeys(("-s", "--source", "--src"), (1, _addresses("source"))),
    **dict.fromkeys(("-d", "--destination", "--dst"), (1, _addresses("destination"))),
    **dict.fromkeys(("-i", "--in-interface"), (1, _interface("ingress"))),
    **dict.fromkeys(("-o", "--out-interface"), (1, _interface("egress"))),
    **dict.fromkeys(("-p", "--protocol", "--proto"), (1, _protocol)),
    **dict.fromkeys(("-f", "--fragment"), (0, _fragment)),
    **dict.fromkeys(("--sport", "--source-port", "--sports", "--source-ports"), (1, _ports("source_port"))),
    **dict.fromkeys(
        ("--dport", "--destination-port", "--dports", "--destination-ports"), (1, _ports("destination_port"))
    ),
    "--ports": (1, _ports("source_port", "destination_port")),
    "--tcp-flags": (2, _flags),
    "--syn": (0, _syn),
    "--tcp-option": (1, _words_of("options of TCP")),
    "--chunk-types": (2, _words_of("chunks of SCTP")),
    "--dccp-types": (1, _words_of("the type of a packet")),
    "--icmp-type": (1, _icmp(ICMP)),
    "--icmpv6-type": (1, _icmp(ICMPV6)),
    "--ctstate": (1, _state),
    "--state": (1, _state),
    "--ctdir": (1, _direction),
    **{
        name: (1, _words_of("the connection"))
        for name in ("--ctstatus", "--ctexpire", "--ctorigsrc", "--ctorigdst", "--ctreplsrc", "--ctrepldst",
                     "--ctorigsrcport", "--ctorigdstport", "--ctreplsrcport", "--ctrepldstport")
    },
    "--ctproto": (1, _protocol),
    "--src-range": (1, _range("source")),
    "--dst-range": (1, _range("destination")),
    "--comment": (1, _comment),
    "--pkt-type": (1, _packet_type),
    "--src-type": (1, _address_type("source")),
    "--dst-type": (1, _address_type("destination")),
    **dict.fromkeys(("--limit-iface-in", "--limit-iface-out"), (0, _words_of("the interface of an address"))),
    "--match-set": (2, _in_set),
    **dict.fromkeys(("-c", "--set-counters"), (2, _comment)),
}  # fmt: skip
"""Options with how many values each has, and what they say."""
