"""One packet through an IOS configuration, line by line, as a person would follow it. Shares no code with parsers.

Knows what the fixtures use, not all that IOS knows. It follows beginnings; `passes` with ``reply`` follows an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.network.naive_asa import Packet, inside, net, number

PORTS = {"www": 80, "domain": 53, "telnet": 23, "smtp": 25, "syslog": 514}
PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "gre": "47", "esp": "50"}
TYPES = {"echo": 8, "echo-reply": 0}
Net = tuple[int, int, int]


@dataclass
class Side:
    """An interface."""

    nets: list[Net]
    own: str = ""
    lists: tuple[tuple[str, str, str], ...] = ()
    nat: str = ""
    zone: str = ""
    shut: bool = False


def passes(text: str, packet: Packet, *, reply: bool = False) -> bool:
    return Follow(text).passes(packet, reply=reply)


class Follow:
    def __init__(self, text: str) -> None:
        self.lines: list[str] = []
        banner = False
        for line in text.splitlines():
            if line.startswith("banner "):
                banner = True
            elif banner:
                banner = "^C" not in line
            elif line.strip() and not line.strip().startswith("!"):
                self.lines.append(line.rstrip())

    def body(self, head: str) -> list[list[str]]:
        found: list[list[str]] = []
        open_ = False
        for line in self.lines:
            if not line.startswith(" "):
                open_ = line == head
            elif open_:
                found.append(line.split())
        return found

    # -- lists ------------------------------------------------------------------------------------------------------

    def entries(self, name: str, sixth: bool) -> tuple[str, list[list[str]]] | None:
        """The kind of a list, and its entries in order."""
        if sixth:
            heads = [("ipv6", f"ipv6 access-list {name}")]
        else:
            heads = [(kind, f"ip access-list {kind} {name}") for kind in ("standard", "extended")]
        for kind, head in heads:
            if head in self.lines:
                found: list[tuple[int, list[str]]] = []
                for words in self.body(head):
                    rest = words[1:] if words[0] == "sequence" else words
                    last = max((at for at, _ in found), default=0)
                    found.append((int(rest[0]), rest[1:]) if rest[0].isdecimal() else (last + 10, rest))
                return kind, [words for _, words in sorted(found, key=lambda one: one[0])]
        numbered = [line.split()[2:] for line in self.lines if line.startswith(f"access-list {name} ") and not sixth]
        if numbered:
            return ("standard" if int(name) < 100 else "extended"), numbered
        return None

    def permits(self, name: str, packet: Packet, *, reply: bool = False) -> bool:
        """What a list says; one that is missing permits."""
        sixth = ":" in packet.source
        found = self.entries(name, sixth)
        if found is None:
            return True
        for words in found[1]:
            if words[0] != "remark" and self.matches(found[0], list(words[1:]), packet, reply=reply):
                return words[0] == "permit"
        return False

    def matches(self, kind: str, words: list[str], packet: Packet, *, reply: bool) -> bool:
        if kind == "standard":
            return inside(packet.source, self.taken(kind, words))
        service = words.pop(0)
        if service == "object-group":
            fits = self.service(words.pop(0), packet)
        else:
            fits = service in {"ip", "ipv6", packet.protocol, PROTOCOLS[packet.protocol]}
        fits &= inside(packet.source, self.taken(kind, words))
        fits &= self.port(words, packet.source_port)
        fits &= inside(packet.destination, self.taken(kind, words))
        if service == "icmp" and words and words[0] in TYPES:
            fits &= TYPES[words.pop(0)] == packet.port
        fits &= self.port(words, packet.port)
        return fits and ("established" not in words or (reply and packet.protocol == "tcp"))

    def taken(self, kind: str, words: list[str]) -> list[Net]:
        first = words.pop(0)
        if first == "any":
            return [net("::/0" if kind == "ipv6" else "0.0.0.0/0")]
        if first == "host":
            return [net(words.pop(0))]
        if first == "object-group":
            return self.group(words.pop(0))
        if "/" in first:
            return [net(first)]
        if not words or not words[0][0].isdecimal():
            return [net(first)]
        free = number(words.pop(0))
        return [(4, number(first) & ~free, number(first) | free)]

    def group(self, name: str) -> list[Net]:
        found: list[Net] = []
        for words in self.body(f"object-group network {name}"):
            if words[0] == "group-object":
                found += self.group(words[1])
            elif words[0] == "host":
                found.append(net(words[1]))
            elif words[0] == "range":
                found.append((4, number(words[1]), number(words[2])))
            elif words[0][0].isdecimal():
                found.append(net(f"{words[0]}/{words[1]}"))
        return found

    def service(self, name: str, packet: Packet) -> bool:
        for words in self.body(f"object-group service {name}"):
            rest = list(words)
            if not {packet.protocol, "ip"} & set(rest.pop(0).split("-")):
                continue
            fits = True
            if rest[:1] == ["source"]:
                rest.pop(0)
                fits = self.port(rest, packet.source_port)
            if fits and self.port(rest, packet.port):
                return True
        return False

    @staticmethod
    def port(words: list[str], port: int) -> bool:
        """Take an operator with its ports, if one comes next."""
        if not words or words[0] not in {"eq", "neq", "lt", "gt", "range"}:
            return True
        operator = words.pop(0)
        values = []
        while words and (words[0].isdecimal() or words[0] in PORTS):
            word = words.pop(0)
            values.append(PORTS[word] if word in PORTS else int(word))
        return {
            "eq": port in values,
            "neq": port not in values,
            "lt": port < values[0],
            "gt": port > values[0],
            "range": values[0] <= port <= values[-1],
        }[operator]

    # -- interfaces, routes, translation ----------------------------------------------------------------------------

    def interfaces(self) -> dict[str, Side]:
        found: dict[str, Side] = {}
        for head in [line for line in self.lines if line.startswith("interface ")]:
            one = found.setdefault(head.split()[1], Side([]))
            for words in self.body(head):
                if words[:2] == ["ip", "address"]:
                    one.nets.append(net(f"{words[2]}/{words[3]}"))
                    one.own = words[2]
                elif words == ["no", "ip", "address"]:
                    one.nets = [each for each in one.nets if each[0] == 6]
                elif words[:2] == ["ipv6", "address"]:
                    one.nets.append(net(words[2]))
                elif words[1:2] in (["access-group"], ["traffic-filter"]):
                    one.lists = (*one.lists, (words[0], words[3], words[2]))
                elif words[:2] == ["ip", "nat"]:
                    one.nat = words[2]
                elif words[0] == "zone-member":
                    one.zone = words[2]
                elif words[0] == "shutdown":
                    one.shut = True
        return found

    def out(self, destination: str, interfaces: dict[str, Side]) -> str | None:
        table: list[tuple[Net, str]] = []
        for name, one in interfaces.items():
            if not one.shut:
                table += [(each, name) for each in one.nets]
        connected = list(table)
        for line in self.lines:
            words = line.split()
            if words[:2] == ["ip", "route"]:
                network, hops = net(f"{words[2]}/{words[3]}"), words[4:]
            elif words[:2] == ["ipv6", "route"]:
                network, hops = net(words[2]), words[3:]
            else:
                continue
            behind = [name for each, name in connected if inside(hops[-1], [each])]
            if hops[0] in interfaces:
                behind = [hops[0]]
            table += [(network, name) for name in behind[:1]]
        fitting = [
            (last - first, name) for (kind, first, last), name in table if inside(destination, [(kind, first, last)])
        ]
        return min(fitting)[1] if fitting else None

    def untranslated(self, packet: Packet) -> Packet:
        for line in self.lines:
            words = line.split()
            if words[:5] == ["ip", "nat", "inside", "source", "static"]:
                if words[5] in {"tcp", "udp"}:
                    if (words[5], words[8], int(words[9])) == (packet.protocol, packet.destination, packet.port):
                        return replace(packet, destination=words[6], port=int(words[7]))
                elif words[6] == packet.destination:
                    return replace(packet, destination=words[5])
        return packet

    # -- zones ------------------------------------------------------------------------------------------------------

    def zoned(self, packet: Packet, came: str, goes: str) -> bool:
        if came == goes:
            return True
        for line in self.lines:
            words = line.split()
            if words[:2] == ["zone-pair", "security"] and words[4::2][:2] == [came, goes]:
                for policy in self.body(line):
                    if policy[:3] == ["service-policy", "type", "inspect"]:
                        return self.policy(policy[3], packet)
        return False

    def policy(self, name: str, packet: Packet) -> bool:
        current = ""
        for words in self.body(f"policy-map type inspect {name}"):
            if words[0] == "class":
                current = words[-1]
            elif self.classed(current, packet):
                return words[0] in {"inspect", "pass"}
        return False

    def classed(self, name: str, packet: Packet) -> bool:
        if name == "class-default":
            return True
        for some, kind in ((any, "match-any"), (all, "match-all")):
            matches = self.body(f"class-map type inspect {kind} {name}")
            if matches:
                return some(self.match(words, packet) for words in matches)
        return False

    def match(self, words: list[str], packet: Packet) -> bool:
        if words[1] == "access-group":
            return self.entries(words[-1], sixth=False) is not None and self.permits(words[-1], packet)
        if words[2] in {"tcp", "udp", "icmp"}:
            return words[2] == packet.protocol
        if words[2] == "https":
            return (packet.protocol, packet.port) == ("tcp", 443)
        for line in self.lines:
            mapped = line.split()
            if mapped[:3] == ["ip", "port-map", words[2]]:
                return (packet.protocol, packet.port) == (mapped[4], int(mapped[5]))
        return False

    # -- all of it --------------------------------------------------------------------------------------------------

    def passes(self, packet: Packet, *, reply: bool = False) -> bool:
        interfaces = self.interfaces()
        came = interfaces.get(packet.ingress)
        if came is None or came.shut or not came.nets:
            return False
        version = "ipv6" if ":" in packet.source else "ip"
        for kind, way, name in came.lists:
            if (kind, way) == (version, "in") and not self.permits(name, packet, reply=reply):
                return False
        real = self.untranslated(packet) if came.nat == "outside" else packet
        egress = self.out(real.destination, interfaces)
        if egress is None or egress == packet.ingress:
            return False
        goes = interfaces[egress]
        if (came.zone or goes.zone) and not self.zoned(real, came.zone, goes.zone):
            return False
        if came.nat == "inside" and goes.nat == "outside":
            real = self.translated(real, goes)
        return all(
            self.permits(name, real, reply=reply) for kind, way, name in goes.lists if (kind, way) == (version, "out")
        )

    def translated(self, packet: Packet, goes: Side) -> Packet:
        for line in self.lines:
            words = line.split()
            if words[:5] == ["ip", "nat", "inside", "source", "static"] and words[5] == packet.source:
                return replace(packet, source=words[6])
            listed = words[:5] == ["ip", "nat", "inside", "source", "list"] and ":" not in packet.source
            if listed and self.entries(words[5], sixth=False) is not None and self.permits(words[5], packet):
                return replace(packet, source=goes.own)
        return packet
