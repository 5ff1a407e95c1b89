"""Targets of iptables as actions and translations. Never what a rule matches."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.address import V6, network, number
from leadglass.network.device import Rewrite
from leadglass.network.importers.iptables.matches import Context
from leadglass.network.importers.iptables.options import UNREADABLE, Options
from leadglass.network.importers.netfilter.chain import Hook, Line, Nat
from leadglass.network.importers.netfilter.targets import FINAL, KEEPING, PASSING
from leadglass.network.intervals import Intervals, of, span
from leadglass.network.rule import Action, Place

_BARE = frozenset({"", "ACCEPT", "DROP", "RETURN"})  # they have no options


def lines(found: Options, place: Place, hook: Hook, context: Context, chains: frozenset[str]) -> Iterator[Line]:
    """What a rule does.

    Args:
        found: the rule's options.
        place: where it stands.
        hook: at which it is read.
        context: of its conditions.
        chains: names of the table's chains.
    """
    target, condition = found.target, found.condition
    if found.of_target and (target in chains or target in _BARE):
        yield Line(place, condition, Action.UNKNOWN, note=f"option {next(iter(found.of_target))}")
    elif target in chains:
        yield Line(place, condition, Action.GOTO if found.goes else Action.JUMP, target)
    elif target in FINAL:
        yield Line(place, condition, FINAL[target])
    elif target in PASSING:
        yield Line(place, condition, Action.PASS, notrack=target == "NOTRACK" or "--notrack" in found.of_target)
    elif target in KEEPING:
        yield Line(place, condition, Action.DENY if target == "REDIRECT" else Action.UNKNOWN, keeps=True)
    else:
        try:
            yield Line(place, condition, Action.PERMIT, nat=_nat(found, hook, context))
        except UNREADABLE:
            yield Line(place, condition, Action.UNKNOWN, note=f"target {target}")


def _nat(found: Options, hook: Hook, context: Context) -> Nat:
    """The translation of a target; KeyError where it is none."""
    version = context.version
    given = found.of_target
    if found.target == "MASQUERADE":
        return Nat(Rewrite.SOURCE, None, _ports(given["--to-ports"][0]) if "--to-ports" in given else None,
                   own=True, version=version)  # fmt: skip
    if found.target == "NETMAP":
        rewrite = Rewrite.DESTINATION if hook is Hook.PREROUTING else Rewrite.SOURCE
        return Nat(rewrite, network(given["--to"][0]), None, keeps_offset=True, version=version)
    rewrite, option = {
        "DNAT": (Rewrite.DESTINATION, "--to-destination"),
        "SNAT": (Rewrite.SOURCE, "--to-source"),
    }[found.target]
    spans: list[Intervals] = []
    ports: Intervals | None = None
    for written in given[option]:
        address, ports = _target(written, sixth=version.first >= V6)
        if address is not None:
            spans.append(address)
    if len(given[option]) > 1 and ports is not None:
        raise ValueError("several addresses with ports")
    return Nat(rewrite, of(part for each in spans for part in each.spans) if spans else None, ports, version=version)


def _target(written: str, *, sixth: bool) -> tuple[Intervals | None, Intervals | None]:
    """Address and port of "10.0.0.1-10.0.0.5:80-90", "[fd00::1]:80", ":80", "fd00::1"."""
    if sixth and not written.startswith("["):
        address, port = written, ""
    elif sixth:
        address, _, port = written[1:].partition("]")
        port = port.removeprefix(":")
    else:
        address, _, port = written.partition(":")
    if not address:
        return None, _ports(port)
    low, _, high = address.partition("-")
    high = high.strip("[]") or low
    return span(number(low), number(high)), _ports(port) if port else None


def _ports(written: str) -> Intervals:
    plain, slash, _ = written.partition("/")  # "80-90/8080": shifted
    if slash:
        raise ValueError("shifted ports")
    low, _, high = plain.partition("-")
    return span(int(low), int(high or low))
