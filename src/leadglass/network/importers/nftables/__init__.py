"""nftables, by what `nft -j list ruleset` prints, with interfaces and routes beside it. Never nft's own language.

A hospital hands in the ruleset, and beside it what `ip -j address`, `ip -j route` and `ip -j -6 route` print: in the
same file one after another, or in files of their own. Without addresses the interfaces that rules name have no network,
and without routes anything may be behind any of them: then nothing that rests on them is claimed.
"""

from __future__ import annotations

from leadglass.network.address import EVERY, IPV4, IPV6
from leadglass.network.device import Device
from leadglass.network.importers.fault import bounded
from leadglass.network.importers.netfilter import companions
from leadglass.network.importers.netfilter.chain import Base, Hook, Line, Lines
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import Condition
from leadglass.network.importers.netfilter.device import device
from leadglass.network.importers.netfilter.hooks import TRACKING
from leadglass.network.importers.nftables.matching import UNREADABLE, Table
from leadglass.network.importers.nftables.names import devices, interface_names
from leadglass.network.importers.nftables.ruleset import OWN_LANGUAGE, ChainRead, Name, Ruleset, parse
from leadglass.network.importers.nftables.statements import lines
from leadglass.network.importers.nftables.terms import Context
from leadglass.network.rule import Action, Place

_VERSIONS = {"ip": IPV4, "ip6": IPV6, "inet": EVERY, "netdev": EVERY, "bridge": EVERY}
_HOOKS = {"ingress": Hook.INGRESS, "prerouting": Hook.PREROUTING, "forward": Hook.FORWARD,
          "postrouting": Hook.POSTROUTING, "egress": Hook.EGRESS}  # fmt: skip


def recognises(head: str) -> bool:
    """Whether a text begins with a ruleset of nftables, in JSON or in nft's own language, which `read` refuses."""
    return '"nftables"' in head or OWN_LANGUAGE.match(head) is not None


def read(text: str, file: str, name: str, addresses: str = "", routes: str = "") -> Device:
    """The device that a ruleset makes.

    Args:
        text: what `nft -j list ruleset` prints; companions may follow or precede it.
        file: its name, for places.
        name: of the device.
        addresses: what `ip -j address` prints, where it is a file of its own.
        routes: what `ip -j route` and `ip -j -6 route` print, likewise.

    Raises:
        ConfigurationUnreadable: it is something else, or cut off.
    """
    ruleset = parse(bounded(text, file), file)
    beside = ruleset.companions
    for more, title in ((addresses, "addresses"), (routes, "routes")):
        beside = companions.read(bounded(more, title), f"{file} ({title})", beside)
    ports = Ports(beside, interface_names(ruleset))
    doubts = list(ruleset.strange)
    bases = list(_bases(ruleset, ports, doubts))
    bridged = [chain.place for key, chain in ruleset.chains.items() if key[0] == "bridge" and "hook" in chain.head]
    read_places = [chain.place for chain in ruleset.chains.values() if "hook" in chain.head]
    read_places += [rule.place for chain in ruleset.chains.values() for rule in chain.rules]
    return device("nftables", name, bases, ports, doubts=doubts, bridged=bridged,
                  relevant=read_places)  # fmt: skip


def _bases(ruleset: Ruleset, ports: Ports, doubts: list[Place]) -> list[Base]:
    """Base chains that forwarded packets of IP meet."""
    wanted = [
        (key, chain)
        for key, chain in ruleset.chains.items()
        if chain.head.get("hook") in _HOOKS
        and key[0] in _VERSIONS
        and key[0] != "bridge"
        and (key[0], key[1]) not in ruleset.dormant
    ]
    found: list[Base] = []
    for key, chain in wanted:
        hook = _HOOKS[chain.head["hook"]]
        priority = chain.head.get("prio", 0)
        if not isinstance(priority, int):
            doubts.append(chain.place)
            priority = 0
        tracked = _tracked(key[0], hook, priority)
        reader = _Reader(ruleset, key, Context(ports, hook, tracked), doubts)
        own = reader.lines(chain)
        policy = {"accept": Action.PERMIT, "drop": Action.DENY}.get(str(chain.head.get("policy", "accept")))
        at = devices(chain.head.get("dev"))
        if policy is None:
            doubts.append(chain.place)
        base = Base(
            " ".join(key),
            _VERSIONS[key[0]],
            hook,
            priority,
            policy or Action.UNKNOWN,
            chain.place,
            own,
            reader.reached(own),
            translates=chain.head.get("type") == "nat",
            devices=frozenset(at) if at is not None and hook in {Hook.INGRESS, Hook.EGRESS} else None,
        )
        found.append(base)
    return found


def _tracked(family: str, hook: Hook, priority: int) -> bool | None:
    """Whether connection tracking has seen the packet; None at its very priority."""
    if hook is Hook.INGRESS or family == "netdev":
        return False
    if hook is not Hook.PREROUTING or priority > TRACKING:
        return True
    return None if priority == TRACKING else False


class _Reader:
    """Chains of one table as they read at one hook."""

    def __init__(self, ruleset: Ruleset, base: Name, context: Context, doubts: list[Place]) -> None:
        self._ruleset, self._base, self._context, self._doubts = ruleset, base, context, doubts
        self._table = Table(ruleset, base[0], base[1])

    def lines(self, chain: ChainRead) -> Lines:
        found: list[Line] = []
        for rule in chain.rules:
            try:
                found += lines(rule, self._table, self._context, self._doubts)
            except UNREADABLE as fault:
                found.append(Line(rule.place, Condition(), Action.UNKNOWN, note=str(fault)))
        return tuple(found)

    def reached(self, first: Lines) -> dict[str, Lines]:
        """The chains that these lines can jump to, by name."""
        found: dict[str, Lines] = {}
        waiting = [line.target for line in first if line.target]
        while waiting:
            name = waiting.pop()
            inner = self._ruleset.chains.get((self._base[0], self._base[1], name))
            if name in found or inner is None:
                continue
            found[name] = self.lines(inner)
            waiting += (line.target for line in found[name] if line.target)
        return found
