"""An ASA's commands, each handed to what reads it. An unknown command makes the device doubtful; never skips one."""

from __future__ import annotations

from collections.abc import Callable

from leadglass.network.address import IPV6
from leadglass.network.headers import NOTHING, PORTS, headers
from leadglass.network.importers.asa import access_list, commands
from leadglass.network.importers.asa.binding import Bindings, Bound
from leadglass.network.importers.asa.hindrances import REDIRECTS, Hindrances
from leadglass.network.importers.asa.objects import Objects
from leadglass.network.importers.asa.tunnel_lines import TunnelLines
from leadglass.network.importers.asa.version import Version
from leadglass.network.importers.cisco import ports as port_terms
from leadglass.network.importers.cisco.lines import Block, Line
from leadglass.network.importers.cisco.literals import Aliases
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.importers.cisco.words import NotUnderstood, Words
from leadglass.network.intervals import Intervals, of
from leadglass.network.rule import Action, Rule


class Reading:
    """What a file says, command by command.

    Args:
        notes: of the file.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.aliases: Aliases = {}
        self.objects = Objects(notes, self.aliases)
        self.tunnels = TunnelLines(self.aliases, notes)
        self.hindrances = Hindrances(notes)
        self.version: Line | None = None
        self.interfaces: list[Block] = []
        self.routes: list[Line] = []
        self.lists: dict[str, list[Line]] = {}
        self.lists6: dict[str, list[Line]] = {}
        self.bindings: list[Line] = []
        self.translations: list[Line] = []
        self.object_translations: list[tuple[str, Line]] = []
        self.reverse_path: list[tuple[str, Line]] = []
        self.opened: list[Rule] = []
        self.dynamic = False
        self.inter_interface = False
        self.bypass = True
        self._readers: dict[str, Callable[[Block], None]] = {
            "asa": self._version, "pix": self._version, "fwsm": self._version, "ngfw": self._version,
            "name": self._name, "interface": self.interfaces.append, "object": self._object,
            "object-group": self.objects.read_group, "access-list": self._access_list,
            "access-group": lambda block: self._single(block, self.bindings),
            "route": lambda block: self._single(block, self.routes),
            "nat": lambda block: self._single(block, self.translations),
            "ip": self._ip, "ipv6": self._ipv6, "no": self._no, "sysopt": self._sysopt,
            "same-security-traffic": self._same_security, "established": self._established,
            "router": self._router, "time-range": self._all_known, "crypto": self.tunnels.read_crypto,
            "group-policy": self.tunnels.read_policy, "username": self.tunnels.read_policy,
            "tunnel-group": self.tunnels.read_group, "webvpn": self.tunnels.read_webvpn,
            "dynamic-access-policy-record": self.tunnels.read_access_policy,
            "policy-map": self.hindrances.read_policy,
            "service-policy": lambda block: self.hindrances.read_service(block.head),
            "aaa": lambda block: self.hindrances.read_aaa(block.head), "firewall": self._firewall,
            **{word: lambda block: self.hindrances.read_redirect(block.head) for word in REDIRECTS},
        }  # fmt: skip

    def take(self, block: Block) -> None:
        """Read one command with what stands below it."""
        word = (block.head.words or [""])[0].lower().partition(":")[0]
        reader = self._readers.get(word)
        if block.head.indent and word not in commands.IRRELEVANT:
            self.notes.doubt(*block.lines)  # it belongs to a command that is missing above it
        elif reader is not None:
            reader(block)
        elif word not in commands.IRRELEVANT:
            self.notes.doubt(*block.lines)

    def _single(self, block: Block, lines: list[Line]) -> None:
        lines.append(block.head)
        self.notes.doubt(*block.body)

    def _all_known(self, block: Block) -> None:
        self.notes.understood(*block.lines)

    def _version(self, block: Block) -> None:
        if self.version is None and block.head.words[1:2] == ["Version"]:
            self.version = block.head
        else:
            self.notes.doubt(*block.lines)

    def _name(self, block: Block) -> None:
        words = block.head.words
        if len(words) < 3 or (len(words) > 3 and words[3] != "description"):
            self.notes.doubt(*block.lines)
            return
        self.notes.understood(block.head)
        self.aliases[words[2]] = words[1]

    def _object(self, block: Block) -> None:
        for line in self.objects.read_object(block):
            self.object_translations.append((block.head.words[2], line))

    def _access_list(self, block: Block) -> None:
        words = block.head.words
        self.notes.doubt(*block.body)
        if len(words) < 3:
            self.notes.doubt(block.head)
        elif words[2] in {"webtype", "ethertype"} or (
            len(words) == 3 and words[1] in {"alert-interval", "deny-flow-max", "mode"}
        ):
            return
        else:
            self.lists.setdefault(words[1], []).append(block.head)

    def _ip(self, block: Block) -> None:
        words = block.head.words
        if words[1:3] == ["local", "pool"]:
            self.tunnels.read_pool(block.head)
        elif words[1:4] == ["verify", "reverse-path", "interface"] and len(words) == 5:
            self.notes.understood(block.head)
            self.reverse_path.append((words[4], block.head))
        elif words[1:2] == ["audit"]:
            self.notes.understood(block.head)
            if "drop" in words or "reset" in words:
                self.hindrances.may_drop(block.head, "an audit may drop")
        else:
            self.notes.doubt(*block.lines)

    def _ipv6(self, block: Block) -> None:
        words = block.head.words
        kind = words[1] if len(words) > 1 else ""
        if kind == "route":
            self.routes.append(block.head)
        elif kind == "access-list" and len(words) > 3:
            self.lists6.setdefault(words[2], []).append(block.head._replace(text=block.head.text.partition(" ")[2]))
        elif words[1:3] == ["local", "pool"]:
            self.tunnels.read_pool6(block.head)
        elif kind == "router":
            self._router(block)
        elif kind not in {"icmp", "nd", "enforce-eui64", "dhcprelay", "dhcp", "neighbor", "unicast-routing", "ospf"}:
            self.notes.doubt(*block.lines)

    def _no(self, block: Block) -> None:
        words = block.head.words[1:]
        if words[:1] and words[0].lower() in commands.IRRELEVANT:
            return
        if words == ["sysopt", "connection", "permit-vpn"]:
            self.bypass = False
            self.notes.understood(block.head)
        elif words[:1] == ["sysopt"] and words[1:2] and words[1] in commands.SYSOPT:
            return
        elif words[:2] not in (
            ["firewall", "transparent"],
            ["same-security-traffic", "permit"],
            ["ipv6-vpn-addr-assign"],
        ):
            self.notes.doubt(*block.lines)

    def _sysopt(self, block: Block) -> None:
        words = block.head.words
        if words[1:2] and words[1] in commands.SYSOPT:
            if words[2:3] == ["permit-vpn"]:
                self.bypass = True
                self.notes.understood(block.head)
        else:
            self.notes.doubt(*block.lines)

    def _same_security(self, block: Block) -> None:
        words = block.head.words[1:]
        if words not in (["permit", "inter-interface"], ["permit", "intra-interface"]):
            self.notes.doubt(*block.lines)
            return
        self.notes.understood(block.head)
        self.inter_interface |= words[1] == "inter-interface"

    def _established(self, block: Block) -> None:
        """Connections back, once one was made: to these ports, from anywhere."""
        words = Words(block.head.words[1:])
        try:
            protocol = port_terms.protocol(words.take())
            ports = PORTS
            for _ in range(2):
                if words.next.isdecimal():
                    words.take()
            while words:
                keyword = words.expect("permitto", "permitfrom")
                named = port_terms.protocol(words.take())
                found = _range(words.take()) if words.next[:1].isdecimal() else PORTS
                if keyword == "permitto":
                    protocol, ports = named, found
        except NotUnderstood:
            self.notes.doubt(block.head)
            return
        self.notes.understood(block.head)
        self.notes.finding(block.head, "established: lets connections from less secure interfaces in past every list")
        may = headers(protocol=protocol, destination_port=ports)
        self.opened.append(Rule(self.notes.place(block.head), Action.UNKNOWN, may, NOTHING, note="once one was made"))

    def _router(self, block: Block) -> None:
        self.notes.understood(block.head)
        self.dynamic = True

    def _firewall(self, block: Block) -> None:
        if block.head.words[1:] == ["transparent"]:
            self.notes.distrust(block.head, "a transparent firewall: which networks it joins no address tells")
        else:
            self.notes.doubt(*block.lines)

    def rules(self, version: Version, own: dict[str, Intervals]) -> dict[str, tuple[Rule, ...]]:
        """All access lists that hold IPv4, and since 9.0 both IP versions."""
        return self._entries(self.lists, version.any, own)

    def rules6(self, own: dict[str, Intervals]) -> dict[str, tuple[Rule, ...]]:
        """The separate IPv6 access lists of older versions."""
        return self._entries(self.lists6, {"any": IPV6}, own)

    def _entries(
        self, lists: dict[str, list[Line]], words: dict[str, Intervals], own: dict[str, Intervals]
    ) -> dict[str, tuple[Rule, ...]]:
        scope = access_list.Scope(self.objects, words, own)
        used = {line.words[1] for line in self.bindings if len(line.words) > 1} | self.tunnels.named_lists
        return {name: access_list.entries(lines, scope, self.notes, used=name in used) for name, lines in lists.items()}

    def bound(self, version: Version, names: set[str]) -> tuple[Bindings, dict[str, Line]]:
        """Which list checks what, and where a user's own list may override it."""
        found, per_user = Bindings(), {}
        for line in self.bindings:
            words = Words(line.words[1:])
            try:
                name = words.take()
                kind = "" if version.unified else ("6" if name in self.lists6 else "4")
                bound = Bound(line, name)
                if words.accept("global"):
                    found.everywhere[kind] = bound
                else:
                    direction = words.expect("in", "out")
                    words.expect("interface")
                    interface = words.take()
                    if interface not in names:
                        raise NotUnderstood(f"no interface {interface}")
                    if words.accept("control-plane"):  # to the device itself
                        words.end()
                        self.notes.understood(line)
                        continue
                    if words.accept("per-user-override"):
                        per_user[interface] = line
                    (found.inward if direction == "in" else found.outward)[interface, kind] = bound
                words.end()
            except NotUnderstood:
                self.notes.doubt(line)
            else:
                self.notes.understood(line)
        return found, per_user


def _range(word: str) -> Intervals:
    """Ports of "1024-65535", "0" (any) or "80"."""
    first, dash, last = word.partition("-")
    low, high = port_terms.port(first)[0], port_terms.port(last if dash else first)[0]
    return PORTS if not dash and low.first == 0 else of([(low.first, high.first)])
