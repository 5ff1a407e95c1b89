"""IOS commands, each handed to what reads it. An unknown command makes the device doubtful; never skips one."""

from __future__ import annotations

from collections.abc import Callable

from leadglass.network.importers.cisco.lines import Block, Line
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.ios import commands
from leadglass.network.importers.ios.access_list import List
from leadglass.network.importers.ios.groups import Groups
from leadglass.network.importers.ios.interfaces import Ports
from leadglass.network.importers.ios.zones import Zones

STANDARD = (range(1, 100), range(1300, 2000))
EXTENDED = (range(100, 200), range(2000, 2700))
OTHER_LISTS = (range(200, 300), range(700, 800), range(1100, 1200))  # of protocols other than IP, and of MAC addresses
CRYPTO = frozenset(
    [
        "call",
        "engine",
        "gdoi",
        "identity",
        "ikev2",
        "ipsec",
        "isakmp",
        "key",
        "keyring",
        "logging",
        "mib",
        "pki",
        "ca",
        "provisioning",
    ]
)
CRYPTO_MAP = frozenset(["description", "qos", "reverse-route", "set"])
VRF = frozenset(["address-family", "description", "exit-address-family", "rd", "vpn", "bgp", "export", "import", "mdt"])


class Reading:
    """What a file says, command by command.

    Args:
        notes: of the file.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.groups = Groups(notes)
        self.ports = Ports(notes)
        self.zones = Zones(notes)
        self.lists: dict[str, List] = {}
        self.lists6: dict[str, List] = {}
        self.routes: list[Line] = []
        self.translations: list[Line] = []
        self.crypto: dict[str, list[tuple[Line, str]]] = {}
        self.route_maps: dict[str, str] = {}
        self.used: set[str] = set()
        self.dropping: set[str] = set()
        self.policies: set[str] = set()
        self.dynamic = False
        self.switch = False
        self.routing: bool | None = None
        self._imports: dict[str, tuple[str, Line]] = {}
        self._exports: dict[str, str] = {}
        self._maps_seen: set[str] = set()
        self._readers: dict[str, Callable[[Block], None]] = {
            "interface": self._interface, "access-list": self._access_list, "object-group": self.groups.read,
            "ip": self._ip, "ipv6": self._ipv6, "no": self._no, "router": self._router, "route-map": self._route_map,
            "zone": self.zones.read_zone, "zone-pair": self.zones.read_pair, "class-map": self._class_map,
            "policy-map": self._policy_map, "crypto": self._crypto, "vrf": self._vrf, "time-range": self._all_known,
            "mpls": self._router,
        }  # fmt: skip

    def take(self, block: Block) -> None:
        """Read one command with what stands below it."""
        word = (block.head.words or [""])[0].lower()
        reader = self._readers.get(word)
        if reader is not None and not block.head.indent:
            reader(block)
        elif word not in commands.IRRELEVANT or block.head.indent:
            self.notes.doubt(*block.lines)
        else:
            self.switch |= word in {"spanning-tree", "vtp"}

    def _all_known(self, block: Block) -> None:
        self.notes.understood(*block.lines)

    def _router(self, block: Block) -> None:
        self.notes.understood(block.head)
        self.dynamic = True

    def _interface(self, block: Block) -> None:
        self.switch |= any(line.words[:1] == ["switchport"] for line in block.body)
        for line in block.body:
            words = line.words
            if words[1:2] in (["access-group"], ["traffic-filter"]) and len(words) > 2:
                self.used.add(words[2])
        self.ports.read(block)

    def _access_list(self, block: Block) -> None:
        words = block.head.words
        self.notes.doubt(*block.body)
        number = int(words[1]) if len(words) > 2 and words[1].isdecimal() and len(words[1]) < 6 else 0
        if any(number in numbers for numbers in OTHER_LISTS):
            return
        kind = "standard" if any(number in numbers for numbers in STANDARD) else "extended"
        if kind == "extended" and not any(number in numbers for numbers in EXTENDED):
            self.notes.doubt(block.head)
            return
        self.lists.setdefault(words[1], List(kind, block.head)).add(block.head, words[2:])

    def _named(self, block: Block) -> None:
        words = block.head.words
        if words[2:3] in (["logging"], ["log-update"], ["resequence"], ["persistent"], ["helper"]):
            return
        if len(words) != 4 or words[2] not in {"standard", "extended"}:
            self.notes.doubt(*block.lines)
            return
        self.notes.understood(block.head)
        found = self.lists.setdefault(words[3], List(words[2], block.head))
        for line in block.body:
            found.add(line, line.words)

    def _ip(self, block: Block) -> None:
        words = block.head.words
        kind = words[1] if len(words) > 1 else ""
        if kind == "access-list":
            self._named(block)
        elif kind == "route" and words[2:3] != ["profile"]:
            self.routes.append(block.head)
        elif kind == "nat":
            self.translations.append(block.head)
            self.used |= {words[at + 1] for at, word in enumerate(words[:-1]) if word == "list"}
        elif kind == "routing" and len(words) == 2:
            self.routing = True
        elif kind == "port-map":
            self.zones.read_port_map(block.head)
        elif kind == "vrf":
            self._vrf(block)
        elif kind == "default-network":
            self._router(block)
        elif kind not in commands.IP | commands.MAY_DROP | {"inspect", "local", "policy-list", "route"}:
            self.notes.doubt(*block.lines)

    def _ipv6(self, block: Block) -> None:
        words = block.head.words
        kind = words[1] if len(words) > 1 else ""
        if kind == "access-list" and len(words) == 3:
            self.notes.understood(block.head)
            found = self.lists6.setdefault(words[2], List("ipv6", block.head))
            for line in block.body:
                found.add(line, _sequence_first(line.words))
        elif kind == "route":
            self.routes.append(block.head)
        elif kind == "router":
            self._router(block)
        elif kind not in commands.IPV6 | {"inspect", "local"}:
            self.notes.doubt(*block.lines)

    def _no(self, block: Block) -> None:
        words = block.head.words[1:]
        kind, second = (*words, "", "")[:2]
        if kind in commands.IRRELEVANT or (kind == "ip" and second in commands.IP | commands.MAY_DROP | {"inspect"}):
            return
        if kind == "ipv6" and second in commands.IPV6:
            return
        if words == ["ip", "routing"]:
            self.routing = False
            self.notes.understood(block.head)
        elif words[:3] not in (["ip", "nat", "service"], ["ip", "nat", "translation"], ["ip", "nat", "log"]):
            self.notes.doubt(*block.lines)

    def _route_map(self, block: Block) -> None:
        """A map that only matches one list, for translation; of others nothing is claimed there."""
        words = block.head.words
        name = words[1] if len(words) > 1 else ""
        matches = [line.words for line in block.body if line.words[:1] == ["match"]]
        listed = len(matches) == 1 and matches[0][1:3] == ["ip", "address"] and len(matches[0]) == 4
        if name in self._maps_seen or not listed or words[2:3] == ["deny"]:
            self.route_maps.pop(name, None)
        else:
            self.route_maps[name] = matches[0][3]
        self._maps_seen.add(name)
        self.used |= {word for match in matches for word in match[3:]}

    def _class_map(self, block: Block) -> None:
        for line in block.body:
            if "access-group" in line.words:
                self.used.add(line.words[-1])
        self.zones.read_class(block)

    def _policy_map(self, block: Block) -> None:
        words = block.head.words
        if words[1:2] == ["type"]:
            self.zones.read_policy(block)
        elif len(words) == 2:
            self.policies.add(words[1])
            if any(set(line.words) & {"drop", "police", "service-policy"} for line in block.body):
                self.dropping.add(words[1])

    def _crypto(self, block: Block) -> None:
        words = block.head.words
        kind = words[1] if len(words) > 1 else ""
        if kind not in {"map", "dynamic-map"}:
            if kind not in CRYPTO:
                self.notes.doubt(*block.lines)
            return
        if len(words) < 4 or (kind == "map" and not words[3].isdecimal()):
            if not (
                kind == "map" and len(words) > 3 and words[3] in {"local-address", "client", "isakmp", "isakmp-profile"}
            ):
                self.notes.doubt(*block.lines)
            return
        self.notes.understood(block.head)
        name = words[2] if kind == "map" else f"dynamic {words[2]}"
        entry = [block.head, f"dynamic {words[6]}" if words[5:6] == ["dynamic"] and len(words) > 6 else ""]
        for line in block.body:
            if line.words[:2] == ["match", "address"] and len(line.words) == 3:
                self.notes.understood(line)
                self.used.add(line.words[2])
                entry[1] = line.words[2]
            elif line.words[:1] and line.words[0] not in CRYPTO_MAP:
                self.notes.doubt(line)
        self.crypto.setdefault(name, []).append((block.head, str(entry[1])))

    def _vrf(self, block: Block) -> None:
        words = block.head.words
        name = words[-1]
        if not (words[:2] in (["vrf", "definition"], ["ip", "vrf"]) and len(words) == 3):
            self.notes.doubt(*block.lines)
            return
        self.notes.understood(block.head)
        for line in block.body:
            if line.words[:1] == ["route-target"] and len(line.words) >= 2:
                self.notes.understood(line)
                target, ways = line.words[-1], line.words[1]
                if ways in {"import", "both"} or ways == target:
                    self._imports.setdefault(f"{name} {target}", (name, line))
                if ways in {"export", "both"} or ways == target:
                    self._exports.setdefault(f"{name} {target}", name)
            elif line.words[:1] and line.words[0] not in VRF:
                self.notes.doubt(line)

    def leaks(self) -> None:
        """Routing instances that take over each other's routes are not computed."""
        for key, (name, line) in self._imports.items():
            target = key.partition(" ")[2]
            if any(other != name and key_.endswith(f" {target}") for key_, other in self._exports.items()):
                self.notes.distrust(line, "takes over routes of another routing instance: that is not computed")


def _sequence_first(words: list[str]) -> list[str]:
    """An entry of an IPv6 list with its number in front, which IOS writes at its end."""
    if len(words) > 2 and words[-2] == "sequence" and words[-1].isdecimal():
        return [words[-1], *words[:-2]]
    return words
