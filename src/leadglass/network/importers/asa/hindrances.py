"""What may stop packets of an ASA beside its access lists, and for which it cannot be told here. Never permits.

Each becomes a rule that denies and certainly matches nothing: what it speaks of is no longer claimed to pass.
"""

from __future__ import annotations

from leadglass.network.headers import EVERYTHING, ICMP, ICMPV6, NOTHING, TCP, Headers, headers
from leadglass.network.importers.asa import commands
from leadglass.network.importers.cisco.lines import Block, Line, sections
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.intervals import of, one
from leadglass.network.rule import Action, Rule

PINGS = headers(protocol=of([(ICMP, ICMP), (ICMPV6, ICMPV6)]))
OPENS_MORE = frozenset(
    ["ctiqbe", "dcerpc", "ftp", "h323", "mgcp", "rsh", "rtsp", "sip", "skinny", "sqlnet", "sunrpc", "tftp", "xdmcp"]
)
"""Inspections that let more pass than the connection they look into."""

REDIRECTS = frozenset({"filter", "wccp", "scansafe", "dynamic-filter", "shun"})
"""Commands that hand packets to somebody who may drop them."""


class Hindrances:
    """Grows while a file is read.

    Args:
        notes: of the file.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._rules: list[Rule] = []
        self._policies: dict[str, set[str]] = {}
        self._served: set[str] = set()
        self.knows_users = False

    def may_drop(
        self, line: Line, note: str, what: Headers = EVERYTHING, ingress: frozenset[str] | None = None
    ) -> None:
        """Say that packets may be dropped at a line."""
        self._rules.append(Rule(self._notes.place(line), Action.DENY, what, NOTHING, ingress=ingress, note=note))

    def read_redirect(self, line: Line) -> None:
        """Take a command of `REDIRECTS`."""
        self._notes.understood(line)
        what = headers(protocol=one(TCP)) if line.words[0] == "filter" else EVERYTHING
        self.may_drop(line, f"{line.words[0]}: what another service decides is not known", what)

    def read_aaa(self, line: Line) -> None:
        """Take an "aaa" command: "match" and "include" stop traffic until its user is known."""
        words = line.words
        if len(words) < 3 or words[1] not in commands.AAA:
            self._notes.doubt(line)
        elif words[1] in {"authentication", "authorization"} and words[2] in {"match", "include"}:
            self._notes.understood(line)
            self.knows_users = True
            self.may_drop(line, "stopped until the user is known")
        elif words[1] in {"authentication", "authorization"} and words[2] not in commands.AAA_OF_DEVICE:
            self._notes.doubt(line)

    def read_policy(self, block: Block) -> None:
        """Take a "policy-map": its inspections, and what in it may drop."""
        words = block.head.words
        if len(words) > 2 and words[1] == "type":
            return
        inspected = self._policies.setdefault(words[1] if len(words) > 1 else "", set())
        self._notes.understood(block.head)
        for entry in sections(block.body):
            if entry.head.words[:1] not in (["class"], ["description"]):
                self._unread(entry.head)
            for inner in sections(entry.body):
                self._action(inner.head, inspected)

    def _action(self, line: Line, inspected: set[str]) -> None:
        words = line.words or [""]
        if words[0] not in commands.POLICY_MAP_ACTIONS:
            self._unread(line)
            return
        self._notes.understood(line)
        if words[0] == "inspect" and len(words) > 1:
            inspected.add(words[1])

    def _unread(self, line: Line) -> None:
        self._notes.missed(line)
        self.may_drop(line, "an action of a service policy that was not understood")

    def read_service(self, line: Line) -> None:
        """Take "service-policy NAME global" or "interface NAME"."""
        words = line.words
        if len(words) < 3 or words[2] not in {"global", "interface"}:
            self._unread(line)
            return
        self._notes.understood(line)
        self._served.add(words[1])

    def rules(self, line: Line | None) -> tuple[Rule, ...]:
        """All of them.

        Args:
            line: any line of the file, as the place of what no line says.
        """
        inspected = {name for policy in self._served for name in self._policies.get(policy, ())}
        opened = sorted(inspected & OPENS_MORE)
        if opened:
            self._notes.assume(f"inspection of {', '.join(opened)} lets secondary connections of permitted ones pass")
        if "icmp" not in inspected and line is not None:
            self.may_drop(line, "without inspection of ICMP its replies are not let back", PINGS)
        return tuple(self._rules)
