"""Random rulesets in nft's language and iptables', and packets that tell them apart. Nothing of the product."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from tests.network.importers.kernel import Sent, apart

HOSTS = {
    "eth0": ("10.1.0.7", "10.1.0.200", "fd00:1::7"),
    "eth1": ("10.2.0.5", "10.2.1.5", "fd00:2::5"),
    "dmz0": ("10.3.0.9", "10.3.255.9", "fd00:3::9"),
}
PORTS = (22, 104, 443, 2762, 11112)


@st.composite
def packets(draw: st.DrawFn) -> Sent:
    ingress, egress = draw(st.permutations(list(HOSTS)))[:2]
    source = draw(st.sampled_from(HOSTS[ingress]))
    sixth = ":" in source
    destination = draw(st.sampled_from([host for host in HOSTS[egress] if (":" in host) == sixth]))
    protocol = draw(st.sampled_from([6, 6, 6, 17, 17, 58 if sixth else 1, 99]))
    kinds = {1: st.sampled_from([8 << 8, 13 << 8]), 58: st.just(128 << 8), 99: st.just(0)}
    port = draw(kinds.get(protocol, st.sampled_from(PORTS)))
    return Sent(ingress, source, destination, protocol, port, draw(st.sampled_from([104, 1023, 40_000, 65_535])))


def batches(*, translated: bool) -> st.SearchStrategy[list[Sent]]:
    """Packets of different connections; where addresses are translated, of different source ports, as hosts choose them."""
    found = st.lists(packets(), min_size=12, max_size=12, unique_by=apart)
    return found.map(_spread) if translated else found


def _spread(sent: list[Sent]) -> list[Sent]:
    return [replace(one, source_port=30_000 + at) for at, one in enumerate(sent) if one.protocol in {1, 6, 17, 58}]


def choice(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


NFT_MATCHES = choice(
    "ip saddr 10.1.0.0/24", "ip saddr != 10.1.0.7", "ip daddr { 10.2.0.5, 10.3.0.0/16 }", "ip daddr 10.2.0.0-10.2.0.255",
    "ip6 saddr fd00:1::/64", "ip6 daddr != { fd00:2::5, fd00:3::/32 }", "ip saddr @hosts", "ip daddr != @hosts",
    "ip saddr & 255.0.255.255 == 10.0.0.7", "ip daddr & 255.255.1.0 == 10.2.0.0",
    "tcp dport 104", "tcp dport { 22, 104, 2000-3000 }", "tcp dport != { 22, 443 }", "tcp dport >= 1024", "udp dport < 443",
    "tcp sport 104", "tcp sport != 1024-65535", "meta l4proto { tcp, udp } th dport 104",
    "meta l4proto tcp", "meta l4proto != { tcp, udp }", "ip protocol icmp", "ip protocol != tcp",
    "icmp type echo-request", "icmpv6 type echo-request", "icmp type { echo-request, timestamp-request }", "icmp code 0",
    'iifname "eth0"', 'iifname "eth*"', 'iifname != { "eth0", "lo" }', 'oifname "dmz0"', 'oifname != "eth*"', "iif eth1",
    'iifname . oifname { "eth0" . "eth1", "eth1" . "dmz0" }', 'iifname . tcp dport != { "eth0" . 104 }',
    "ip saddr . tcp dport { 10.1.0.0/16 . 104, 10.2.0.5 . 22-443 }", "ip saddr . meta l4proto . th dport @services",
    "meta nfproto ipv4", "meta nfproto ipv6", "meta protocol ip6", "ip version 4",
    "ct state new", "ct state established,related", "ct state != established", "ct state { new, untracked }",
    "ct state invalid", "ct state ! established,related", "ct state new",
    "meta pkttype broadcast", "meta pkttype host", "fib daddr type local", "tcp dport & 0xff08 == 0x0008",
    "meta nfproto . meta l4proto { ipv4 . tcp, ipv6 . udp }",
)  # fmt: skip
NFT_UNSURE = choice(
    "th dport { 104, 443 }", "meta mark 0", "ct status dnat", "ct direction original", "limit rate 10000/second", "ip ttl > 5", "meta length > 5", "ip6 nexthdr tcp",
    "tcp flags syn", "tcp flags & (syn|ack) == ack", "tcp flags & (fin|syn|rst|ack) == syn", "tcp flags != syn",
    "tcp flags ! ack,rst", "fib saddr . iif oif exists", "meta cpu 0", "ct mark 0", "ip saddr @changing",
    "numgen random mod 2 0", "ct original ip daddr 10.2.0.5", "ct status ! dnat", "meta skuid 0",
)  # fmt: skip
NFT_VMAPS = choice(
    "tcp dport vmap { 22 : drop, 104 : accept, 443-3000 : jump one }", "ip saddr vmap { 10.1.0.0/16 : jump two, * : return }",
    "ct state vmap { established : accept, related : accept, invalid : drop }", "ip daddr . tcp dport vmap @ways",
    'iifname vmap { "eth0" : goto one, "dmz0" : jump two }', "meta l4proto vmap { tcp : jump one, udp : goto two }",
)  # fmt: skip
NFT_VERDICTS = choice("accept", "accept", "drop", "counter", "return", "reject", "continue", "log accept")
_JUMPS = {"base": ("jump one", "goto one", "jump two", "goto two"), "one": ("jump two", "goto two"), "two": ()}
_SETS = """
  set hosts { type ipv4_addr; flags interval; elements = { 10.1.0.7, 10.2.0.0/24 } ; }
  set changing { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
  set services { type ipv4_addr . inet_proto . inet_service; flags interval; elements = { 10.1.0.0/24 . tcp . 100-110, 10.3.0.9 . udp . 443 } ; }
  map ways { type ipv4_addr . inet_service : verdict; elements = { 10.2.0.5 . 104 : accept, 10.3.0.9 . 22 : jump two } ; }
"""  # fmt: skip
NFT_NAT = {
    "prerouting": choice(
        "ip daddr 10.2.1.5 dnat ip to 10.2.0.5", "ip daddr 10.3.0.9 tcp dport 443 dnat ip to 10.2.0.5:104",
        "meta nfproto ipv4 tcp dport 22 dnat ip to 10.3.0.9:443", 'iifname "eth0" ip daddr 10.2.0.0/24 dnat ip prefix to ip daddr map { 10.2.0.0/24 : 10.3.0.0/24 }',
        "dnat ip to tcp dport map { 104 : 10.2.0.5, 443 : 10.3.0.9 }", "ip6 daddr fd00:2::5 dnat ip6 to fd00:3::9",
        "tcp dport 2762 redirect to :104", "tcp dport 11112 accept", "ip saddr 10.1.0.200 return", "udp dport 443 drop",
        "jump natted", "goto natted", "ct state new counter",
    ),
    "postrouting": choice(
        'oifname "eth1" masquerade', "ip saddr 10.1.0.0/24 snat ip to 10.200.2.1", "ip saddr 10.1.0.7 snat ip to 10.1.0.200:1024-65535",
        "ip saddr 10.3.0.0/24 snat ip prefix to ip saddr map { 10.3.0.0/24 : 10.3.255.0/24 }", "tcp dport 443 accept",
        "ip6 saddr fd00:1::7 snat ip6 to fd00:1::99", "ip daddr 10.2.0.5 return", "jump natted", "goto natted",
    ),
}  # fmt: skip


@st.composite
def nft_rule(draw: st.DrawFn, where: str, *, sure: bool) -> str:
    if where != "two" and draw(st.integers(0, 7)) == 0:
        found = draw(NFT_VMAPS)
        if where == "base" or ("one" not in found.split("vmap")[1]):
            return found
    matches = draw(st.lists(NFT_MATCHES if sure else NFT_MATCHES | NFT_UNSURE, max_size=2))
    verdicts = NFT_VERDICTS if not _JUMPS[where] else NFT_VERDICTS | choice(*_JUMPS[where])
    return " ".join([*matches, draw(verdicts)])


_LATER = ("oif", "jump", "goto", "@ways")


def _chain(name: str, head: str, rules: list[str]) -> str:
    return "\n  ".join([f"chain {name} {{", *([head] if head else []), *rules, "}\n"])


@st.composite
def nft_policy(draw: st.DrawFn, *, sure: bool, nat: bool) -> tuple[str, list[str]]:
    """A ruleset as lines that nft may refuse (two matches may contradict each other), and its table's head and foot."""
    rules = lambda where, most: draw(st.lists(nft_rule(where, sure=sure), max_size=most))  # noqa: E731
    policy = lambda: draw(choice("accept", "drop"))  # noqa: E731
    parts = [_SETS, _chain("two", "", rules("two", 3)), _chain("one", "", rules("one", 4))]
    opening = ["ct state established,related accept"] if draw(st.booleans()) else []
    head = f"type filter hook forward priority {draw(choice('filter', 'mangle'))}; policy {policy()};"
    parts.append(_chain("forward", head, [*opening, *rules("base", 6)]))
    if draw(st.booleans()):
        head = f"type filter hook forward priority 10; policy {policy()};"
        parts.append(_chain("second", head, rules("base", 3)))
    if draw(st.booleans()):
        at = draw(choice("-300", "-150", "-90"))
        # Before routing the way out is not known: what a match of it makes there, kernels disagree on.
        kept = [rule for rule in rules("base", 2) if not any(word in rule for word in _LATER)]
        parts.append(_chain("early", f"type filter hook prerouting priority {at}; policy accept;", kept))
    if nat:
        parts.append(_chain("natted", "", draw(st.lists(choice(
            "ip daddr 10.2.1.5 return", "tcp dport 104 accept", "ct state new counter"), max_size=2))))  # fmt: skip
        for hook in draw(st.sampled_from([("prerouting",), ("postrouting",), ("prerouting", "postrouting")])):
            lines = draw(st.lists(NFT_NAT[hook], min_size=1, max_size=4))
            base = "dstnat" if hook == "prerouting" else "srcnat"
            parts.append(_chain(hook, f"type nat hook {hook} priority {base}; policy accept;", lines))
    return "table inet leadglass {\n" + "".join(parts) + "}\n", parts


IPT_MATCHES = choice(
    "-s 10.1.0.0/24", "! -s 10.1.0.7", "-d 10.2.0.5", "-d 10.3.0.0/16", "! -d 10.2.0.0/16", "-s 10.0.0.7/255.0.255.255",
    "-i eth0", "! -i eth0", "-i eth+", "! -o eth+", "-o dmz0",
    "-p tcp", "! -p tcp", "-p udp", "-p icmp", "-p 99", "-p tcp -m tcp --dport 104", "-p tcp -m tcp ! --dport 443",
    "-p tcp -m tcp --sport 1024:65535", "-p udp -m udp --dport :442", "-p tcp -m tcp --dport 1024:",
    "-p tcp -m multiport --dports 22,104,2000:3000", "-p tcp -m multiport ! --dports 22,443", "-p udp -m multiport --ports 104,443",
    "-p icmp -m icmp --icmp-type 8", "-p icmp -m icmp --icmp-type echo-request", "-p icmp -m icmp --icmp-type any",
    "-m conntrack --ctstate NEW", "-m conntrack --ctstate RELATED,ESTABLISHED", "-m conntrack ! --ctstate ESTABLISHED",
    "-m conntrack --ctstate INVALID", "-m state --state NEW,UNTRACKED",
    "-m iprange --src-range 10.1.0.0-10.1.0.100", "-m iprange ! --dst-range 10.2.0.0-10.2.0.255",
    '-m comment --comment "the modality network"', "-m addrtype --dst-type LOCAL", "-m pkttype --pkt-type broadcast",
)  # fmt: skip
IPT_UNSURE = choice(
    "-m limit --limit 10000/sec", "-m mark --mark 0x0/0xff", "-p tcp -m tcp --syn", "-p tcp -m tcp ! --syn",
    "-p tcp -m tcp --tcp-flags SYN,ACK ACK", "-m ttl --ttl-gt 5", "-m length --length 0:100", "-m conntrack --ctstate DNAT",
    "-m connmark --mark 0x1", "-m statistic --mode random --probability 0.5", "-m mac --mac-source 02:00:00:00:01:02",
    "-m conntrack --ctdir ORIGINAL", "-m addrtype --src-type UNICAST", "-f",
)  # fmt: skip
IPT_TARGETS = choice("-j ACCEPT", "-j ACCEPT", "-j DROP", "-j RETURN", "-j REJECT", "", "-j LOG", "-j MARK --set-mark 0x1")
_IPT_JUMPS = {"FORWARD": ("-j one", "-g one", "-j two", "-g two"), "one": ("-j two", "-g two"), "two": ()}
IPT_NAT = {
    "PREROUTING": choice(
        "-d 10.2.1.5/32 -j DNAT --to-destination 10.2.0.5", "-d 10.3.0.9/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.2.0.5:104",
        "-p tcp -m tcp --dport 22 -j DNAT --to-destination 10.3.0.9:443", "-i eth0 -d 10.2.0.0/24 -j NETMAP --to 10.3.0.0/24",
        "-p tcp -m tcp --dport 2762 -j REDIRECT --to-ports 104", "-p tcp -m tcp --dport 11112 -j ACCEPT", "-s 10.1.0.200/32 -j RETURN",
        "-j natted", "-g natted", "-m addrtype --dst-type LOCAL -j natted",
    ),
    "POSTROUTING": choice(
        "-o eth1 -j MASQUERADE", "-s 10.1.0.0/24 -j SNAT --to-source 10.200.2.1", "-s 10.1.0.7/32 -p tcp -j SNAT --to-source 10.1.0.200:1024-65535",
        "-s 10.3.0.0/24 -j NETMAP --to 10.3.255.0/24", "-p tcp -m tcp --dport 443 -j ACCEPT", "-d 10.2.0.5/32 -j RETURN", "-j natted",
    ),
}  # fmt: skip


def _options(match: str) -> list[str]:
    return [word for word in match.split() if word.startswith("-") and len(word) == 2 and word != "-m"]


@st.composite
def ipt_policy(draw: st.DrawFn, *, sure: bool, nat: bool) -> str:
    """What iptables-restore reads, of IPv4."""

    def rule(chain: str) -> str:
        matches = draw(st.lists(IPT_MATCHES if sure else IPT_MATCHES | IPT_UNSURE, max_size=2, unique=True))
        if len(matches) == 2 and {*_options(matches[0])} & {*_options(matches[1])}:
            matches.pop()  # an option may stand once
        targets = IPT_TARGETS if not _IPT_JUMPS.get(chain) else IPT_TARGETS | choice(*_IPT_JUMPS[chain])
        return f"-A {chain} {' '.join([*matches, draw(targets)])}"

    def policy() -> str:
        return draw(choice("ACCEPT", "DROP"))

    lines = ["*filter", f":FORWARD {policy()} [0:0]", ":one - [0:0]", ":two - [0:0]"]
    if draw(st.booleans()):
        lines.append("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
    lines += [rule(chain) for chain, most in (("FORWARD", 6), ("one", 4), ("two", 3)) for _ in range(draw(st.integers(0, most)))]
    lines.append("COMMIT")
    for table in draw(st.sampled_from([(), ("raw",), ("mangle",)])):
        kept = [rule("PREROUTING") for _ in range(draw(st.integers(0, 2)))]
        kept = [each for each in kept if " -o " not in each and "REJECT" not in each]
        lines += [f"*{table}", ":PREROUTING ACCEPT [0:0]", *kept, "COMMIT"]
    if nat:
        lines += ["*nat", ":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]", ":natted - [0:0]"]
        inner = choice("-d 10.2.1.5/32 -j RETURN", "-p tcp -m tcp --dport 104 -j ACCEPT", "-m conntrack --ctstate NEW")
        lines += [f"-A natted {each}" for each in draw(st.lists(inner, max_size=2))]
        for chain, rules in IPT_NAT.items():
            lines += [f"-A {chain} {each}" for each in draw(st.lists(rules, max_size=3))]
        lines.append("COMMIT")
    return "\n".join(lines) + "\n"
