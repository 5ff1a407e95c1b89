"""Random tables as iptables-restore reads them. Nothing of the product."""

from __future__ import annotations

from hypothesis import strategies as st
from tests.network.importers.policies import choice

IPT_MATCHES = choice(
    "-s 10.1.0.0/24",
    "! -s 10.1.0.7",
    "-d 10.2.0.5",
    "-d 10.3.0.0/16",
    "! -d 10.2.0.0/16",
    "-s 10.0.0.7/255.0.255.255",
    "-i eth0",
    "! -i eth0",
    "-i eth+",
    "! -o eth+",
    "-o dmz0",
    "-p tcp",
    "! -p tcp",
    "-p udp",
    "-p icmp",
    "-p 99",
    "-p tcp -m tcp --dport 104",
    "-p tcp -m tcp ! --dport 443",
    "-p tcp -m tcp --sport 1024:65535",
    "-p udp -m udp --dport :442",
    "-p tcp -m tcp --dport 1024:",
    "-p tcp -m multiport --dports 22,104,2000:3000",
    "-p tcp -m multiport ! --dports 22,443",
    "-p udp -m multiport --ports 104,443",
    "-p icmp -m icmp --icmp-type 8",
    "-p icmp -m icmp --icmp-type echo-request",
    "-p icmp -m icmp --icmp-type any",
    "-m conntrack --ctstate NEW",
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    "-m conntrack ! --ctstate ESTABLISHED",
    "-m conntrack --ctstate INVALID",
    "-m state --state NEW,UNTRACKED",
    "-m iprange --src-range 10.1.0.0-10.1.0.100",
    "-m iprange ! --dst-range 10.2.0.0-10.2.0.255",
    '-m comment --comment "the modality network"',
    "-m addrtype --dst-type LOCAL",
    "-m pkttype --pkt-type broadcast",
)
IPT_UNSURE = choice(
    "-m limit --limit 10000/sec",
    "-m mark --mark 0x0/0xff",
    "-p tcp -m tcp --syn",
    "-p tcp -m tcp ! --syn",
    "-p tcp -m tcp --tcp-flags SYN,ACK ACK",
    "-m ttl --ttl-gt 5",
    "-m length --length 0:100",
    "-m conntrack --ctstate DNAT",
    "-m connmark --mark 0x1",
    "-m statistic --mode random --probability 0.5",
    "-m mac --mac-source 02:00:00:00:01:02",
    "-m conntrack --ctdir ORIGINAL",
    "-m addrtype --src-type UNICAST",
    "-f",
)
IPT_TARGETS = choice(
    "-j ACCEPT", "-j ACCEPT", "-j DROP", "-j RETURN", "-j REJECT", "", "-j LOG", "-j MARK --set-mark 0x1"
)
_IPT_JUMPS = {"FORWARD": ("-j one", "-g one", "-j two", "-g two"), "one": ("-j two", "-g two"), "two": ()}
IPT_NAT = {
    "PREROUTING": choice(
        "-d 10.2.1.5/32 -j DNAT --to-destination 10.2.0.5",
        "-d 10.3.0.9/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.2.0.5:104",
        "-p tcp -m tcp --dport 22 -j DNAT --to-destination 10.3.0.9:443",
        "-i eth0 -d 10.2.0.0/24 -j NETMAP --to 10.3.0.0/24",
        "-p tcp -m tcp --dport 2762 -j REDIRECT --to-ports 104",
        "-p tcp -m tcp --dport 11112 -j ACCEPT",
        "-s 10.1.0.200/32 -j RETURN",
        "-j natted",
        "-g natted",
        "-m addrtype --dst-type LOCAL -j natted",
    ),
    "POSTROUTING": choice(
        "-o eth1 -j MASQUERADE",
        "-s 10.1.0.0/24 -j SNAT --to-source 10.200.2.1",
        "-s 10.1.0.7/32 -p tcp -j SNAT --to-source 10.1.0.200:1024-65535",
        "-s 10.3.0.0/24 -j NETMAP --to 10.3.255.0/24",
        "-p tcp -m tcp --dport 443 -j ACCEPT",
        "-d 10.2.0.5/32 -j RETURN",
        "-j natted",
    ),
}


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
    lines += [
        rule(chain)
        for chain, most in (("FORWARD", 6), ("one", 4), ("two", 3))
        for _ in range(draw(st.integers(0, most)))
    ]
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
