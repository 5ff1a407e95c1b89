"""One packet through an ASA's configuration, line by line, as a person would follow it. Shares no code with parsers.

Knows what the fixtures use, not all an ASA knows: names, objects, groups, lists, levels, static routes, NAT, a crypto
map with a filter, an address pool. Whatever it does not know it passes over.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field, replace

PORTS = {"https": 443, "http": 80, "www": 80, "domain": 53, "telnet": 23, "ssh": 22, "smtp": 25, "snmp": 161}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "esp": 50, "gre": 47, "icmp6": 58}
ICMP = {"echo": 8, "echo-reply": 0, "traceroute": 30, "unreachable": 3}
Net = tuple[int, int, int]  # IP version, first, last


@dataclass(frozen=True)
class Packet:
    ingress: str
    protocol: str
    source: str
    destination: str
    port: int
    source_port: int = 40_000


@dataclass
class Side:
    """A named interface."""

    level: int | None = None
    nets: list[Net] = field(default_factory=list)
    own: str = ""
    management: bool = False
    shut: bool = False


@dataclass
class Nat:
    """A translation rule: what is inside as it is, and as the other side sees it."""

    sides: tuple[str, str]
    real: list[Net]
    mapped: list[Net]
    static: bool
    one_way: bool
    far_mapped: list[Net] | None = None
    far: list[Net] | None = None
    ports: tuple[str, int, int] | None = None

    def port(self, packet: Packet, which: int) -> bool:
        return self.ports is None or (packet.protocol, packet.port) == (self.ports[0], self.ports[which])

    def from_far(self, packet: Packet) -> bool:
        return self.far is None or inside(packet.source, self.far)


def passes(text: str, packet: Packet) -> bool:
    return Follow(text.splitlines()).passes(packet)


def number(address: str) -> int:
    return int(ipaddress.ip_address(address))


def inside(address: str, nets: list[Net]) -> bool:
    version = ipaddress.ip_address(address).version
    return any(one[0] == version and one[1] <= number(address) <= one[2] for one in nets)


def net(written: str) -> Net:
    found = ipaddress.ip_network(written, strict=False)
    return found.version, int(found[0]), int(found[-1])


class Follow:
    def __init__(self, lines: list[str]) -> None:
        self.lines = [line.rstrip() for line in lines if line.strip() and not line.strip().startswith(("!", ":"))]

    def starting(self, *heads: str) -> list[list[str]]:
        return [line.split() for line in self.lines if line.startswith(heads)]

    def body(self, head: str) -> list[list[str]]:
        found: list[list[str]] = []
        open_ = False
        for line in self.lines:
            if not line.startswith(" "):
                open_ = line == head or line.startswith(head + " ")
            elif open_:
                found.append(line.split())
        return found

    # -- names ------------------------------------------------------------------------------------------------------

    def address(self, word: str) -> str:
        for words in self.starting("name "):
            if len(words) > 2 and words[2] == word:
                return words[1]
        return word

    def pair(self, word: str, mask: str) -> Net:
        return net(f"{self.address(word)}/{mask}")

    def single(self, name: str) -> list[Net]:
        found: list[Net] = []
        for words in self.body(f"object network {name}"):
            if words[0] == "host":
                found = [net(self.address(words[1]))]
            elif words[0] == "subnet":
                found = [net(words[1]) if "/" in words[1] else self.pair(words[1], words[2])]
            elif words[0] == "range":
                found = [(4, number(words[1]), number(words[2]))]
        return found

    def group(self, name: str) -> list[Net]:
        found: list[Net] = []
        for words in self.body(f"object-group network {name}"):
            if words[0] == "group-object":
                found += self.group(words[1])
            elif words[:2] == ["network-object", "object"]:
                found += self.single(words[2])
            elif words[:2] == ["network-object", "host"]:
                found.append(net(self.address(words[2])))
            elif words[0] == "network-object":
                found.append(net(words[1]) if "/" in words[1] else self.pair(words[1], words[2]))
        return found

    def named(self, name: str) -> list[Net]:
        if name in {"any", "any4", "any6"}:
            return self.any(name)
        return self.single(name) or self.group(name)

    @staticmethod
    def any(word: str) -> list[Net]:
        four, six = net("0.0.0.0/0"), net("::/0")
        return {"any": [four, six], "any4": [four], "any6": [six]}[word]

    # -- access lists -----------------------------------------------------------------------------------------------

    def permitted(self, names: list[str], packet: Packet) -> bool:
        return any(self.decides(name, packet) is True for name in self.deciding(names, packet))

    def deciding(self, names: list[str], packet: Packet) -> list[str]:
        return [name for name in names if self.decides(name, packet) is not None][:1]

    def decides(self, name: str, packet: Packet) -> bool | None:
        for line in self.lines:
            words = line.split()
            if not line.startswith(f"access-list {name} extended ") or words[-1] == "inactive":
                continue
            if self.matches(words[4:], packet):
                return words[3] == "permit"
        return None

    def matches(self, words: list[str], packet: Packet) -> bool:
        words = list(words)
        protocol = words.pop(0)
        fits = protocol in {"ip", packet.protocol} or str(PROTOCOLS[packet.protocol]) == protocol
        if protocol == "object":
            fits = self.service(self.body(f"object service {words.pop(0)}"), packet)
        elif protocol == "object-group":
            name = words.pop(0)
            kinds = [one[1] for one in self.body(f"object-group protocol {name}")]
            fits = packet.protocol in kinds or self.service(self.body(f"object-group service {name}"), packet)
        fits &= inside(packet.source, self.taken(words))
        fits &= self.port(words, packet.source_port, packet.protocol, protocol)
        fits &= inside(packet.destination, self.taken(words))
        return fits & self.port(words, packet.port, packet.protocol, protocol)

    def taken(self, words: list[str]) -> list[Net]:
        first = words.pop(0)
        if first in {"any", "any4", "any6"}:
            return self.any(first)
        if first == "host":
            return [net(self.address(words.pop(0)))]
        if first == "object":
            return self.single(words.pop(0))
        if first == "object-group":
            return self.group(words.pop(0))
        if "/" in first:
            return [net(first)]
        return [self.pair(first, words.pop(0))]

    def port(self, words: list[str], port: int, protocol: str, written: str) -> bool:
        if not words:
            return True
        if words[0] == "object-group" and any(
            line.startswith((f"object-group service {words[1]} ", f"object-group icmp-type {words[1]}"))
            for line in self.lines
        ):
            words.pop(0)
            name = words.pop(0)
            if any(ICMP[one[1]] == port for one in self.body(f"object-group icmp-type {name}")):
                return protocol == "icmp"
            return any(
                self.operator(one[1:], port)
                for one in self.body(f"object-group service {name}")
                if one[0] == "port-object"
            )
        if words[0] in {"eq", "neq", "lt", "gt", "range"}:
            count = 3 if words[0] == "range" else 2
            taken = words[:count]
            del words[:count]
            return self.operator(taken, port)
        if written == "icmp" and words[0] in ICMP:
            return ICMP[words.pop(0)] == port
        return True

    @staticmethod
    def operator(words: list[str], port: int) -> bool:
        values = [PORTS[word] if word in PORTS else int(word) for word in words[1:]]
        return {
            "eq": port == values[0],
            "neq": port != values[0],
            "lt": port < values[0],
            "gt": port > values[0],
            "range": values[0] <= port <= values[-1],
        }[words[0]]

    def service(self, entries: list[list[str]], packet: Packet) -> bool:
        for words in entries:
            if words[:2] == ["service-object", "object"]:
                if self.service(self.body(f"object service {words[2]}"), packet):
                    return True
                continue
            if words[0] == "group-object":
                if self.service(self.body(f"object-group service {words[1]}"), packet):
                    return True
                continue
            if words[0] not in {"service", "service-object"} or words[1] != packet.protocol:
                continue
            rest, fits = words[2:], True
            if rest[:1] and rest[0] in ICMP:
                fits, rest = ICMP[rest[0]] == packet.port, []
            while rest:
                which = rest.pop(0)
                count = 3 if rest[0] == "range" else 2
                fits &= self.operator(rest[:count], packet.source_port if which == "source" else packet.port)
                del rest[:count]
            if fits:
                return True
        return False

    # -- interfaces and routes --------------------------------------------------------------------------------------

    def interfaces(self) -> dict[str, Side]:
        found: dict[str, Side] = {}
        for head in [line for line in self.lines if line.startswith("interface ")]:
            one, name = Side(), ""
            for words in self.body(head):
                if words[0] == "nameif":
                    name = words[1]
                elif words[0] == "security-level":
                    one.level = int(words[1])
                elif words[:2] == ["ip", "address"]:
                    one.nets.append(self.pair(words[2], words[3]))
                    one.own = words[2]
                elif words[:2] == ["ipv6", "address"]:
                    one.nets.append(net(words[2]))
                one.management |= words[0] == "management-only"
                one.shut |= words[0] == "shutdown"
            if name:
                found[name] = one
                if one.level is None:
                    one.level = 100 if name == "inside" else 0
        return found

    def out(self, destination: str) -> str | None:
        best: tuple[int, str] | None = None
        version = ipaddress.ip_address(destination).version
        table: list[tuple[str, Net]] = []
        for name, one in self.interfaces().items():
            if not one.shut:
                table += [(name, each) for each in one.nets]
        table += [(words[1], self.pair(words[2], words[3])) for words in self.starting("route ")]
        table += [(words[2], net(words[3])) for words in self.starting("ipv6 route ")]
        for pool in self.starting("ip local pool "):
            first, _, last = pool[4].partition("-")
            if any(words[0] == "enable" for words in self.body("webvpn")):
                table.append(("outside", (4, number(first), number(last))))
        for name, (kind, first_, last_) in table:
            if kind == version and first_ <= number(destination) <= last_:
                size = last_ - first_
                if best is None or size < best[0]:
                    best = size, name
        return best[1] if best else None

    # -- translation ------------------------------------------------------------------------------------------------

    def rules(self) -> list[Nat]:
        """Translation rules in the order an ASA tries them."""
        first: list[Nat] = []
        third: list[Nat] = []
        for words in self.starting("nat ("):
            if "inactive" in words:
                continue
            rest = [word for word in words if word != "after-auto"]
            rule = self.rule(rest, self.named(rest[4]), rest[3], rest[5])
            if "destination" in rest:
                at = rest.index("destination")
                rule.far_mapped, rule.far = self.named(rest[at + 2]), self.named(rest[at + 3])
            (third if "after-auto" in words else first).append(rule)
        return [*first, *self.object_rules(), *third]

    def object_rules(self) -> list[Nat]:
        found = []
        owner = ""
        for line in self.lines:
            words = line.split()
            if not line.startswith(" "):
                owner = words[2] if words[:2] == ["object", "network"] else ""
            elif owner and words[0] == "nat":
                rule = self.rule(words, self.single(owner), words[2], words[3])
                if "service" in words:
                    at = words.index("service")
                    real, mapped = (PORTS[word] if word in PORTS else int(word) for word in words[at + 2 : at + 4])
                    rule.ports = words[at + 1], real, mapped
                size = sum(one[2] - one[1] + 1 for one in rule.real)
                found.append(((not rule.static, size, rule.real, owner), rule))
        return [rule for _, rule in sorted(found, key=lambda one: one[0])]

    def rule(self, words: list[str], real: list[Net], kind: str, mapped: str) -> Nat:
        near, far = words[1].strip("()").split(",")
        if mapped == "interface":
            own = self.interfaces().get(far, Side()).own
            nets = [net(own)] if own else []
        else:
            nets = self.named(mapped) or [net(self.address(mapped))]
        return Nat((near, far), real, nets, kind == "static", "unidirectional" in words)

    def untranslated(self, packet: Packet) -> tuple[Packet, Nat | None]:
        for rule in self.rules():
            back = rule.static and not rule.one_way and rule.sides[1] in {"any", packet.ingress}
            if back and inside(packet.destination, rule.mapped) and rule.from_far(packet) and rule.port(packet, 2):
                real = self.shifted(packet.destination, rule.mapped, rule.real)
                port = packet.port if rule.ports is None else rule.ports[1]
                return replace(packet, destination=real, port=port), rule
            if rule.far is None or rule.far_mapped is None or rule.sides[0] not in {"any", packet.ingress}:
                continue
            if inside(packet.source, rule.real) and inside(packet.destination, rule.far_mapped):
                return replace(packet, destination=self.shifted(packet.destination, rule.far_mapped, rule.far)), rule
        return packet, None

    @staticmethod
    def shifted(address: str, seen: list[Net], real: list[Net]) -> str:
        place = real[0][1] + number(address) - seen[0][1]
        return str(ipaddress.IPv4Address(place) if real[0][0] == 4 else ipaddress.IPv6Address(place))

    def drops_reply(self, packet: Packet, egress: str, used: Nat | None) -> bool:
        """The reverse path check: the reply must meet the rule that the packet met."""
        for rule in self.rules():
            back = rule.sides[0] in {"any", egress} and rule.sides[1] in {"any", packet.ingress}
            if back and inside(packet.destination, rule.real) and rule.from_far(packet) and rule.port(packet, 1):
                return rule != used and rule.real != rule.mapped
            if rule.far is None or rule.sides[0] not in {"any", packet.ingress}:
                continue
            forth = rule.sides[1] in {"any", egress} and inside(packet.source, rule.real)
            if forth and inside(packet.destination, rule.far):
                return rule != used and rule.far != rule.far_mapped
        return False

    # -- tunnels ----------------------------------------------------------------------------------------------------

    def tunnel(self, packet: Packet, interface: str, *, outward: bool) -> str | None:
        """The filter of the tunnel that a packet comes out of or goes into; "" without a filter; None: no tunnel."""
        near, far = (packet.source, packet.destination) if outward else (packet.destination, packet.source)
        for words in self.starting("crypto map "):
            if words[3:4] == ["interface"] and words[4] == interface:
                for entry in self.starting(f"crypto map {words[2]} "):
                    selectors = [
                        line.split()[5:]
                        for line in self.lines
                        if entry[4:6] == ["match", "address"]
                        and line.startswith(f"access-list {entry[6]} extended permit ip ")
                    ]
                    for selector in selectors:
                        rest = list(selector)
                        if inside(near, self.taken(rest)) and inside(far, self.taken(rest)):
                            return self.filter(self.peer(entry))
        pool = self.pool_of(far)
        enabled = any(words == ["enable", interface] for words in self.body("webvpn"))
        enabled |= any(words[3:4] == ["interface"] and words[4] == interface for words in self.starting("crypto map "))
        enabled |= any(words[-1] == interface for words in self.starting("crypto ikev2 enable"))
        if pool and enabled:
            for head in {words[1] for words in self.starting("tunnel-group ")}:
                body = self.body(f"tunnel-group {head} general-attributes")
                if ["address-pool", pool] in body:
                    return self.filter(head)
        return None

    def pool_of(self, address: str) -> str:
        for words in self.starting("ip local pool "):
            first, _, last = words[4].partition("-")
            if inside(address, [(4, number(first), number(last))]):
                return words[3]
        return ""

    def peer(self, entry: list[str]) -> str:
        for words in self.starting(f"crypto map {entry[2]} {entry[3]} set peer "):
            return words[6]
        return ""

    def filter(self, group: str) -> str:
        policy = "DfltGrpPolicy"
        for words in self.body(f"tunnel-group {group} general-attributes"):
            if words[0] == "default-group-policy":
                policy = words[1]
        for name in (policy, "DfltGrpPolicy"):
            for words in self.body(f"group-policy {name} attributes"):
                if words[0] == "vpn-filter":
                    return "" if words[1] == "none" else words[2]
        return ""

    # -- all of it --------------------------------------------------------------------------------------------------

    def passes(self, packet: Packet) -> bool:
        interfaces = self.interfaces()
        if packet.ingress not in interfaces or interfaces[packet.ingress].shut:
            return False
        decrypted = self.tunnel(packet, packet.ingress, outward=False)
        real, used = self.untranslated(packet)
        egress = self.out(real.destination)
        if egress is None or egress == packet.ingress or egress not in interfaces:
            return False
        if self.drops_reply(real, egress, used):
            return False
        if interfaces[packet.ingress].management or interfaces[egress].management:
            return False
        if decrypted and self.decides(decrypted, real) is not True:
            return False
        bypass = decrypted is not None and "no sysopt connection permit-vpn" not in self.lines
        levels = interfaces[packet.ingress].level or 0, interfaces[egress].level or 0
        if levels[0] == levels[1] and "same-security-traffic permit inter-interface" not in self.lines:
            return False
        groups = self.starting("access-group ")
        inward = [words[1] for words in groups if words[2:] == ["in", "interface", packet.ingress]]
        everywhere = [words[1] for words in groups if words[2:] == ["global"]]
        if not bypass:
            if inward or everywhere:
                if not self.permitted([*inward, *everywhere], real):
                    return False
            elif levels[0] < levels[1]:
                return False
        outward = [words[1] for words in groups if words[2:] == ["out", "interface", egress]]
        if outward and not self.permitted(outward, real):
            return False
        encrypted = self.tunnel(real, egress, outward=True)
        if encrypted:
            turned = replace(
                real,
                source=real.destination,
                destination=real.source,
                port=real.source_port,
                source_port=real.port,
            )
            return self.decides(encrypted, turned) is True
        return True


def expectations(text: str) -> list[tuple[str, Packet]]:
    """What a file of expected verdicts says."""
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            verdict, ingress, protocol, source, destination, *ports = re.split(r"\s+", line.strip())
            found.append((verdict, Packet(ingress, protocol, source, destination, *(int(port) for port in ports))))
    return found
