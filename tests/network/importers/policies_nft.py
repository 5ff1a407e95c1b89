"""Random rulesets in nft's language. Nothing of the product."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.network.importers.policies import choice

NFT_MATCHES = choice(
    "ip saddr 10.1.0.0/24",
    "ip saddr != 10.1.0.7",
    "ip daddr { 10.2.0.5, 10.3.0.0/16 }",
    "ip daddr 10.2.0.0-10.2.0.255",
    "ip6 saddr fd00:1::/64",
    "ip6 daddr != { fd00:2::5, fd00:3::/32 }",
    "ip saddr @hosts",
    "ip daddr != @hosts",
    "ip saddr & 255.0.255.255 == 10.0.0.7",
    "ip daddr & 255.255.1.0 == 10.2.0.0",
    "tcp dport 104",
    "tcp dport { 22, 104, 2000-3000 }",
    "tcp dport != { 22, 443 }",
    "tcp dport >= 1024",
    "udp dport < 443",
    "tcp sport 104",
    "tcp sport != 1024-65535",
    "meta l4proto { tcp, udp } th dport 104",
    "meta l4proto tcp",
    "meta l4proto != { tcp, udp }",
    "ip protocol icmp",
    "ip protocol != tcp",
    "icmp type echo-request",
    "icmpv6 type echo-request",
    "icmp type { echo-request, timestamp-request }",
    "icmp code 0",
    'iifname "eth0"',
    'iifname "eth*"',
    'iifname != { "eth0", "lo" }',
    'oifname "dmz0"',
    'oifname != "eth*"',
    "iif eth1",
    'iifname . oifname { "eth0" . "eth1", "eth1" . "dmz0" }',
    'iifname . tcp dport != { "eth0" . 104 }',
    "ip saddr . tcp dport { 10.1.0.0/16 . 104, 10.2.0.5 . 22-443 }",
    "ip saddr . meta l4proto . th dport @services",
    "meta nfproto ipv4",
    "meta nfproto ipv6",
    "meta protocol ip6",
    "ip version 4",
    "ct state new",
    "ct state established,related",
    "ct state != established",
    "ct state { new, untracked }",
    "ct state invalid",
    "ct state ! established,related",
    "ct state new",
    "meta pkttype broadcast",
    "meta pkttype host",
    "fib daddr type local",
    "tcp dport & 0xff08 == 0x0008",
    "meta nfproto . meta l4proto { ipv4 . tcp, ipv6 . udp }",
)
NFT_UNSURE = choice(
    "th dport { 104, 443 }",
    "meta mark 0",
    "ct status dnat",
    "ct direction original",
    "limit rate 10000/second",
    "ip ttl > 5",
    "meta length > 5",
    "ip6 nexthdr tcp",
    "tcp flags syn",
    "tcp flags & (syn|ack) == ack",
    "tcp flags & (fin|syn|rst|ack) == syn",
    "tcp flags != syn",
    "tcp flags ! ack,rst",
    "fib saddr . iif oif exists",
    "meta cpu 0",
    "ct mark 0",
    "ip saddr @changing",
    "numgen random mod 2 0",
    "ct original ip daddr 10.2.0.5",
    "ct status ! dnat",
    "meta skuid 0",
)
NFT_VMAPS = choice(
    "tcp dport vmap { 22 : drop, 104 : accept, 443-3000 : jump one }",
    "ip saddr vmap { 10.1.0.0/16 : jump two, * : return }",
    "ct state vmap { established : accept, related : accept, invalid : drop }",
    "ip daddr . tcp dport vmap @ways",
    'iifname vmap { "eth0" : goto one, "dmz0" : jump two }',
    "meta l4proto vmap { tcp : jump one, udp : goto two }",
)
NFT_VERDICTS = choice("accept", "accept", "drop", "counter", "return", "reject", "continue", "log accept")
_JUMPS = {"base": ("jump one", "goto one", "jump two", "goto two"), "one": ("jump two", "goto two"), "two": ()}
_SETS = """
  set hosts { type ipv4_addr; flags interval; elements = { 10.1.0.7, 10.2.0.0/24 } ; }
  set changing { type ipv4_addr; flags dynamic,timeout; timeout 1h; }
  set services { type ipv4_addr . inet_proto . inet_service; flags interval;
    elements = { 10.1.0.0/24 . tcp . 100-110, 10.3.0.9 . udp . 443 } ; }
  map ways { type ipv4_addr . inet_service : verdict;
    elements = { 10.2.0.5 . 104 : accept, 10.3.0.9 . 22 : jump two } ; }
"""
NFT_NAT = {
    "prerouting": choice(
        "ip daddr 10.2.1.5 dnat ip to 10.2.0.5",
        "ip daddr 10.3.0.9 tcp dport 443 dnat ip to 10.2.0.5:104",
        "meta nfproto ipv4 tcp dport 22 dnat ip to 10.3.0.9:443",
        'iifname "eth0" ip daddr 10.2.0.0/24 dnat ip prefix to ip daddr map { 10.2.0.0/24 : 10.3.0.0/24 }',
        "dnat ip to tcp dport map { 104 : 10.2.0.5, 443 : 10.3.0.9 }",
        "ip6 daddr fd00:2::5 dnat ip6 to fd00:3::9",
        "tcp dport 2762 redirect to :104",
        "tcp dport 11112 accept",
        "ip saddr 10.1.0.200 return",
        "udp dport 443 drop",
        "jump natted",
        "goto natted",
        "ct state new counter",
    ),
    "postrouting": choice(
        'oifname "eth1" masquerade',
        "ip saddr 10.1.0.0/24 snat ip to 10.200.2.1",
        "ip saddr 10.1.0.7 snat ip to 10.1.0.200:1024-65535",
        "ip saddr 10.3.0.0/24 snat ip prefix to ip saddr map { 10.3.0.0/24 : 10.3.255.0/24 }",
        "tcp dport 443 accept",
        "ip6 saddr fd00:1::7 snat ip6 to fd00:1::99",
        "ip daddr 10.2.0.5 return",
        "jump natted",
        "goto natted",
    ),
}


@st.composite
def nft_rule(draw: st.DrawFn, where: str, *, sure: bool) -> str:
    if where != "two" and draw(st.integers(0, 7)) == 0:
        found = draw(NFT_VMAPS)
        if where == "base" or ("one" not in found.split("vmap")[1]):
            return found
    matches = draw(st.lists(NFT_MATCHES if sure else NFT_MATCHES | NFT_UNSURE, max_size=2))
    verdicts = NFT_VERDICTS if not _JUMPS[where] else NFT_VERDICTS | choice(*_JUMPS[where])
    verdict = draw(verdicts)
    if verdict == "reject" and "meta protocol ip6" in matches and len(matches) > 1:
        verdict = "drop"  # beside an IPv4 match it never matches, and before a reject nft does not list it
    return " ".join([*matches, verdict])


_LATER = ("oif", "jump", "goto", "@ways")


def _chain(name: str, head: str, rules: list[str]) -> str:
    return "\n  ".join([f"chain {name} {{", *([head] if head else []), *rules, "}\n"])


@st.composite
def nft_policy(draw: st.DrawFn, *, sure: bool, nat: bool) -> str:
    """A ruleset; nft may refuse it where two matches contradict each other."""

    def rules(where: str, most: int) -> list[str]:
        return draw(st.lists(nft_rule(where, sure=sure), max_size=most))

    def policy() -> str:
        return draw(choice("accept", "drop"))

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
        parts.append(
            _chain(
                "natted",
                "",
                draw(
                    st.lists(
                        choice("ip daddr 10.2.1.5 return", "tcp dport 104 accept", "ct state new counter"), max_size=2
                    )
                ),
            )
        )
        for hook in draw(st.sampled_from([("prerouting",), ("postrouting",), ("prerouting", "postrouting")])):
            lines = draw(st.lists(NFT_NAT[hook], min_size=1, max_size=4))
            base = "dstnat" if hook == "prerouting" else "srcnat"
            parts.append(_chain(hook, f"type nat hook {hook} priority {base}; policy accept;", lines))
    return "table inet leadglass {\n" + "".join(parts) + "}\n"
