"""One packet through a FortiGate's configuration, as a person would follow it in the text. Shares no code with parsers.

Knows what the fixtures and the random policies use, not all that a FortiGate knows. Answers "permit", "deny", or
"uncertain" where no configuration can tell (names that others resolve, schedules, people).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "sctp": 132, "esp": 50, "icmp6": 58}
Maybe = bool | None
Node = dict[str, Any]


@dataclass(frozen=True)
class Packet:
    ingress: str
    protocol: str
    source: str
    destination: str
    port: int
    source_port: int = 40_000


def expectations(text: str) -> list[tuple[str, Packet]]:
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            verdict, ingress, protocol, source, destination, *ports = line.split()
            found.append((verdict, Packet(ingress, protocol, source, destination, *map(int, ports))))
    return found


@lru_cache(maxsize=2)
def nested(text: str) -> Node:
    """The text as dictionaries: lists of words by name of a setting, dictionaries by name of a table or entry."""
    root: Node = {}
    stack = [root]
    text = re.sub(r"(?m)^\s*#.*$", "", text)
    for found in re.finditer(r'(?:[^\n"]|"(?:\\.|[^"\\])*")+', text):
        words = [
            re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare
            for quoted, bare in re.findall(r'"((?:\\.|[^"\\])*)"|(\S+)', found[0])
        ]
        if not words:
            continue
        match words[0]:
            case "config":
                stack.append(stack[-1].setdefault("config " + " ".join(words[1:]), {}))
            case "edit":
                stack.append(stack[-1].setdefault(words[1], {"edit": words[1]}))
            case "set":
                stack[-1][words[1]] = words[2:]
            case "unset":
                stack[-1].pop(words[1], None)
            case "next":
                stack.pop()
            case "end":
                if "edit" in stack.pop():
                    stack.pop()
    return root


def decided(text: str, packet: Packet) -> str:
    root = nested(text)
    found = re.match(r"#config-version=\w+-(\d+)\.(\d+)(?:\.(\d+))?", text)
    version = tuple(int(part or 0) for part in found.groups()) if found else None
    everywhere = root.get("config global", root)
    vdoms = {name: node for name, node in root.get("config vdom", {}).items() if isinstance(node, dict)} or {"": root}
    interfaces = everywhere.get("config system interface", {})
    if packet.ingress not in interfaces:
        return "deny"
    where = interfaces[packet.ingress].get("vdom", ["root"])[0] if "config vdom" in root else ""
    mine = {
        name: node
        for name, node in interfaces.items()
        if not where or node.get("vdom", ["root"])[0] == where
    }  # fmt: skip
    return Follow(vdoms.get(where, {}), mine, version, everywhere).decided(packet)


def both(*answers: Maybe) -> Maybe:
    return False if False in answers else None if None in answers else True


def either(answers: list[Maybe]) -> Maybe:
    return True if True in answers else None if None in answers else False


def negated(answer: Maybe, *, yes: bool) -> Maybe:
    return answer if answer is None or not yes else not answer


def on(node: Node, name: str, default: str = "disable") -> bool:
    return bool(node.get(name, [default])[0] == "enable")


def within(address: str, low: str, high: str) -> bool:
    one, first, last = ip_address(address), ip_address(low), ip_address(high)
    return one.version == first.version and int(first) <= int(one) <= int(last)


class Follow:
    def __init__(self, vdom: Node, interfaces: Node, version: tuple[int, ...] | None, everywhere: Node) -> None:
        self.vdom = vdom
        self.interfaces = interfaces
        self.version = version
        self.everywhere = everywhere
        self.central = on(self.table("system settings"), "central-nat")

    def table(self, name: str) -> Node:
        found: Node = self.vdom.get("config " + name, {})
        return found

    def decided(self, packet: Packet) -> str:
        if self.interfaces[packet.ingress].get("status", ["up"])[0] != "up":
            return "deny"
        inner, vip = self.translated(packet)
        outcomes: set[str] = set()
        for egress in self.ways(inner):
            closed = egress in {"blackhole", packet.ingress}
            outcomes |= {"deny"} if closed else self.policies(inner, packet, vip, egress)
        return outcomes.pop() if len(outcomes) == 1 else "uncertain" if outcomes else "deny"

    # --- destination translation -----------------------------------------------------------------------------------

    def named(self) -> set[str]:
        found: set[str] = set()
        for policy in self.entries("firewall policy"):
            if on(policy, "status", "enable") and policy.get("schedule") != ["none"]:
                for name in [*policy.get("dstaddr", []), *policy.get("dstaddr6", [])]:
                    found |= set(self.table("firewall vipgrp").get(name, {}).get("member", [name]))
        return found

    def entries(self, table: str) -> list[Node]:
        return [node for node in self.table(table).values() if isinstance(node, dict)]

    def translated(self, packet: Packet) -> tuple[Packet, str]:
        named = self.named()
        for vip in self.entries("firewall vip"):
            name = vip["edit"]
            if not self.central and name not in named:
                continue
            if vip.get("extintf", ["any"])[0] not in {"any", packet.ingress}:
                continue
            low, _, high = vip["extip"][0].partition("-")
            if not within(packet.destination, low, high or low):
                continue
            filters = vip.get("src-filter", ["0.0.0.0/0"])
            if not any(ip_address(packet.source) in ip_network(one) for one in filters):
                continue
            start = ip_address(vip["mappedip"][0].partition("-")[0])
            inner = replace(
                packet, destination=str(start + (int(ip_address(packet.destination)) - int(ip_address(low))))
            )
            if on(vip, "portforward"):
                if packet.protocol != vip.get("protocol", ["tcp"])[0]:
                    continue
                first, _, last = vip["extport"][0].partition("-")
                if not int(first) <= packet.port <= int(last or first):
                    continue
                mapped: list[str] = vip["mappedport" if "mappedport" in vip else "extport"]
                after = int(mapped[0].partition("-")[0])
                inner = replace(inner, port=after + packet.port - int(first))
            return inner, name
        return packet, ""

    # --- routes ------------------------------------------------------------------------------------------------------

    def networks(self, interface: Node) -> list[Any]:
        six = interface.get("config ipv6", {})
        written = [interface.get("ip"), six.get("ip6-address")]
        if on(interface, "secondary-IP"):
            written += [one.get("ip") for one in interface.get("config secondaryip", {}).values()]
        return [ip_interface("/".join(one)).network for one in written if one and one[0] != "0.0.0.0"]

    def ways(self, packet: Packet) -> set[str]:
        """Where it leaves; several where they are as good."""
        to = ip_address(packet.destination)
        found: list[tuple[int, int, int, str]] = []
        for name, interface in self.interfaces.items():
            if interface.get("status", ["up"])[0] == "up":
                found += [(-net.prefixlen, 0, 0, name) for net in self.networks(interface) if to in net]
        six = to.version == 6
        for route in self.entries("router static6" if six else "router static"):
            if not on(route, "status", "enable"):
                continue
            net = ip_network("/".join(route.get("dst", ["::/0"] if six else ["0.0.0.0", "0.0.0.0"])), strict=False)
            device = "blackhole" if on(route, "blackhole") else route.get("device", [""])[0]
            up = device == "blackhole" or self.interfaces.get(device, {}).get("status", ["up"])[0] == "up"
            if to in net and up:
                found.append(
                    (-net.prefixlen, int(route.get("distance", [10])[0]), int(route.get("priority", [0])[0]), device)
                )
        return {one[3] for one in found if one[:3] == min(found)[:3]}

    # --- policies ----------------------------------------------------------------------------------------------------

    def policies(self, packet: Packet, before: Packet, vip: str, egress: str) -> set[str]:
        """Every outcome that it may have."""
        found: set[str] = set()
        if self.selected(packet, egress) is None:
            found.add("deny")
        six = ip_address(packet.source).version == 6
        old = self.entries("firewall policy6")
        for policy in [*self.entries("firewall policy"), *old]:
            answer = self.matches(policy, packet, before, vip, egress, six=six, old=policy in old)
            if answer is not False:
                found.add("permit" if policy.get("action", ["deny"])[0] == "accept" else "deny")
                if answer:
                    return found
        for zone in self.entries("system zone"):
            if zone.get("intrazone", ["deny"])[0] == "allow" and {packet.ingress, egress} <= set(
                zone.get("interface", [])
            ):
                return found | {"permit"}
        return found | {"deny"}

    def selected(self, packet: Packet, egress: str) -> Maybe:
        selectors = [one for one in self.entries("vpn ipsec phase2-interface") if one["phase1name"] == [egress]]
        for one in selectors:
            ends = [ip_network("/".join(one.get(f"{end}-subnet", ["0.0.0.0", "0.0.0.0"]))) for end in ("src", "dst")]
            if ip_address(packet.source) in ends[0] and ip_address(packet.destination) in ends[1]:
                return True
        return None if selectors else True

    def matches(
        self, policy: Node, packet: Packet, before: Packet, vip: str, egress: str, *, six: bool, old: bool
    ) -> Maybe:
        if not on(policy, "status", "enable") or (old and not six):
            return False
        schedule = self.scheduled(policy.get("schedule", [""])[0])
        ending = "6" if six and not old else ""
        conditions: list[Maybe] = [
            self.side(policy.get("srcintf", []), packet.ingress),
            self.side(policy.get("dstintf", []), egress),
            schedule,
            None if "groups" in policy else True,
        ]
        told = [one for one in ("", "6") if policy.get(f"srcaddr{one}") or policy.get(f"dstaddr{one}")]
        isdb = on(policy, "internet-service")
        if told and ending not in told and not isdb and not old:
            return False
        sources = policy.get(f"srcaddr{ending}", [])
        source = either([self.address(one, packet.source) for one in sources]) if sources else None
        conditions.append(negated(source, yes=on(policy, f"srcaddr{ending}-negate") and bool(sources)))
        if isdb and not six:
            return both(*conditions, None)
        conditions.append(self.destination(policy, packet, before, vip, ending))
        services = policy.get("service", [])
        service = either([self.service(one, packet) for one in services]) if services else None
        conditions.append(negated(service, yes=on(policy, "service-negate") and bool(services)))
        return both(*conditions)

    def destination(self, policy: Node, packet: Packet, before: Packet, vip: str, ending: str) -> Maybe:
        names = policy.get(f"dstaddr{ending}", [])
        accept = policy.get("action", ["deny"])[0] == "accept"
        if not names:
            return None
        groups = self.table("firewall vipgrp")
        virtual = [] if self.central else [one for one in names if one in groups or one in self.table("firewall vip")]
        plain = [one for one in names if one not in virtual]
        if vip and not self.central:
            if any(vip == one or vip in groups.get(one, {}).get("member", []) for one in virtual):
                return True
            if not plain:
                return False
            negate = on(policy, f"dstaddr{ending}-negate")
            seen = [
                negated(either([self.address(one, where) for one in plain]), yes=negate)
                for where in (packet.destination, before.destination)
            ]
            if seen == [False, False]:
                return False
            if accept:
                return None
            given = policy.get("match-vip", [""])[0]
            default = None if self.version in {None, (7, 2, 3)} else self.version > (7, 2, 3)
            matching = {"enable": True, "disable": False}.get(given, default)
            return both(matching, True if seen == [True, True] else None)
        if not plain:
            return False
        found = either([self.address(one, packet.destination) for one in plain])
        return negated(found, yes=on(policy, f"dstaddr{ending}-negate"))

    def side(self, names: list[str], interface: str) -> Maybe:
        if "any" in names:
            return True
        zones = self.table("system zone")
        answers: list[Maybe] = [] if names else [None]
        for name in names:
            if name in zones:
                answers.append(interface in zones[name].get("interface", []))
            else:
                answers.append(name == interface if name in self.interfaces else None)
        return either(answers)

    def scheduled(self, name: str) -> Maybe:
        node = self.table("firewall schedule recurring").get(name)
        if node is None:
            return {"always": True, "none": False}.get(name)
        if node.get("day") == ["none"]:
            return False
        return True if len(node.get("day", [])) == 7 and node.get("start") == node.get("end") else None

    # --- objects -----------------------------------------------------------------------------------------------------

    def address(self, name: str, where: str, above: tuple[str, ...] = ()) -> Maybe:
        if name in above:
            return None
        six = "6" if ip_address(where).version == 6 else ""
        group = self.table(f"firewall addrgrp{six}").get(name)
        node = self.table(f"firewall address{six}").get(name)
        if node is None and group is not None:
            if not group.get("member"):
                return None
            inner = (*above, name)
            answer = either([self.address(one, where, inner) for one in group["member"]])
            if on(group, "exclude"):
                excluded = either([self.address(one, where, inner) for one in group.get("exclude-member", [])])
                answer = both(answer, negated(excluded, yes=True))
            return answer
        if node is None:
            return {"all": True, "none": where == "0.0.0.0"}.get(name)
        kind = node.get("type", ["ipmask"])[0]
        if six:
            return ip_address(where) in ip_network(node.get("ip6", ["::/0"])[0])
        if kind == "ipmask":
            return ip_address(where) in ip_network("/".join(node.get("subnet", ["0.0.0.0", "0.0.0.0"])))
        if kind == "iprange":
            low, high = node.get("start-ip"), node.get("end-ip")
            return within(where, low[0], high[0]) if low and high else None
        if kind == "wildcard":
            if len(node.get("wildcard", [])) != 2:
                return None
            base, mask = (int(ip_address(one)) for one in node["wildcard"])
            return int(ip_address(where)) & mask == base & mask
        return None

    def service(self, name: str, packet: Packet) -> Maybe:
        node = self.table("firewall service custom").get(name)
        group = self.table("firewall service group").get(name)
        if node is None and group is not None:
            members = group.get("member", [])
            return either([self.service(one, packet) for one in members]) if members else None
        if node is None:
            known = {"HTTPS": ("tcp", 443), "PING": ("icmp", 8), "SYSLOG": ("udp", 514)}.get(name)
            return name == "ALL" or ((packet.protocol, packet.port) == known if known else None)
        kind = node.get("protocol", ["TCP/UDP/SCTP"])[0]
        if kind == "IP":
            return node.get("protocol-number", ["0"])[0] in {"0", str(PROTOCOLS[packet.protocol])}
        if kind in {"ICMP", "ICMP6"}:
            return packet.protocol == {"ICMP": "icmp", "ICMP6": "icmp6"}[kind] and node.get("icmptype", [packet.port])[
                0
            ] in {packet.port, str(packet.port)}
        ranges = [(one, range_) for one in ("tcp", "udp", "sctp") for range_ in node.get(f"{one}-portrange", [])]
        if not ranges:
            return None
        return any(
            protocol == packet.protocol
            and inside(packet.port, range_.partition(":")[0])
            and inside(packet.source_port, range_.partition(":")[2])
            for protocol, range_ in ranges
        )


def inside(port: int, written: str) -> bool:
    if not written:
        return True
    low, _, high = written.partition("-")
    return int(low) <= port <= int(high or low)
