"""A policy for a Cisco ASA: new access lists, bound outwards in the place of old ones. Never clears a live list.

Real addresses, as access lists have them since 8.3. Established connections pass by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from leadglass.network.address import networks
from leadglass.network.device import Device
from leadglass.network.generate.access_list import (
    Bound,
    Entry,
    NotWritableError,
    outwards,
    protocols,
    with_lists,
)
from leadglass.network.generate.groups import Groups, fresh
from leadglass.network.generate.policy import Policy
from leadglass.network.generate.texts import Texts
from leadglass.network.headers import PORTS, WITH_PORTS
from leadglass.network.intervals import Intervals
from leadglass.network.rule import Action

NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6", 132: "sctp"}
MAX_NAME = 60


def planned(device: Device, policy: Policy, configuration: str) -> Device:
    """The device with the policy in force."""
    del configuration  # what is planned goes by the device alone
    return with_lists(device, outwards(device, policy, stateful=True), stateful=True)


def refuses(device: Device, policy: Policy, configuration: str) -> str:
    """Why it cannot be written; empty where it can."""
    if policy.openings:
        return "what is needed there has to be let in by the list of the interface it comes in by: add it by hand"
    try:
        texts(device, policy, configuration)
    except NotWritableError as fault:
        return str(fault)
    return ""


def texts(device: Device, policy: Policy, configuration: str) -> Texts:
    """The policy as text, logged only and in force, and the way back.

    Raises:
        NotWritableError: a list is bound and its lines were not handed in, or cannot be told.
    """
    zones = [zone for denial in policy.denials for zone in (denial.source, denial.destination)]
    prefix = fresh(configuration)
    found = outwards(device, policy, stateful=True)
    shown: list[str] = []
    for logging in (True, False):
        groups = Groups(zones, prefix)
        lists = [line for one in found for line in _list(one, groups, configuration, logging=logging)]
        shown.append("\n".join([*_groups(groups), *lists]) + "\n")
    back = [line for one in found for line in _rollback(one, prefix, configuration)]
    groups = Groups(zones, prefix)
    for one in found:
        for entry in (*one.entries, *one.logging):
            _ends(entry, groups)
    back += [f"no object-group network {name}" for name in groups.named]
    return Texts(
        shown[0],
        shown[1],
        "\n".join(back) + "\n",
        (
            "The new list takes effect with its access-group line; connections stay until they end (or clear conn).",
            "Load either the first or the second text; between the two, load the way back.",
        ),
    )


def _name(prefix: str, interface: str) -> str:
    return f"{prefix}-{interface}-OUT"[:MAX_NAME]


def _groups(groups: Groups) -> Iterator[str]:
    for name, addresses in groups.named.items():
        yield f"object-group network {name}"
        for written in networks(addresses):
            yield f" network-object {_address(written, member=True)}"


def _list(bound: Bound, groups: Groups, configuration: str, *, logging: bool) -> Iterator[str]:
    name, remark = _name(groups.prefix, bound.interface), ""
    for entry in bound.logging if logging else bound.entries:
        if entry.remark != remark:
            remark = entry.remark
            yield f"access-list {name} remark {remark[:100]}"
        yield from (f"access-list {name} extended {line}" for line in _lines(entry, groups))
    if not bound.old:
        yield f"access-list {name} extended permit ip any any"
    else:
        yield from old_lines(bound.interface, configuration, name)
    yield f"access-group {name} out interface {bound.interface}"


def old_name(interface: str, configuration: str) -> str:
    """The list that is bound outwards at an interface; empty where none is."""
    found = ""
    for line in configuration.splitlines():
        words = line.split()
        if (
            len(words) == 5
            and words[0] == "access-group"
            and words[2:4] == ["out", "interface"]
            and words[4] == interface
        ):
            found = words[1]
    return found


def old_lines(interface: str, configuration: str, name: str) -> list[str]:
    """The lines of the list that is bound, under a new name."""
    old = old_name(interface, configuration)
    found = [
        f"access-list {name} {' '.join(words[2:])}"
        for words in map(str.split, configuration.splitlines())
        if len(words) > 2 and words[0] == "access-list" and words[1] == old
    ]
    if not old or not found:
        raise NotWritableError(
            f"the lines of the list bound outwards at {interface} were not handed in", "hand in the configuration"
        )
    return found


def _rollback(bound: Bound, prefix: str, configuration: str) -> Iterator[str]:
    name, old = _name(prefix, bound.interface), old_name(bound.interface, configuration)
    if bound.old:
        yield f"access-group {old} out interface {bound.interface}"
    else:
        yield f"no access-group {name} out interface {bound.interface}"
    yield f"clear configure access-list {name}"


def _lines(entry: Entry, groups: Groups) -> Iterator[str]:
    action = "permit" if entry.action is Action.PERMIT else "deny"
    source, destination = _ends(entry, groups)
    log = " log" if entry.log else ""
    for protocol in protocols(entry.box):
        if protocol == 0:
            continue  # the device takes 0 for all protocols
        name = "ip" if protocol is None else NAMES.get(protocol, str(protocol))
        for begins in _ports(entry.box.source_port, protocol):
            for ends in _ports(entry.box.destination_port, protocol):
                yield f"{action} {name} {source}{begins} {destination}{ends}{log}"


def _ends(entry: Entry, groups: Groups) -> tuple[str, str]:
    return _end(entry.box.source, groups), _end(entry.box.destination, groups)


def _end(addresses: Intervals, groups: Groups) -> str:
    written = networks(addresses)
    if len(written) == 1:
        return _address(written[0])
    return f"object-group {groups.name(addresses)}"


def _address(written: str, *, member: bool = False) -> str:
    parsed = ip_network(written)
    if parsed.prefixlen == 0 and not member:
        return f"any{parsed.version}"
    if parsed.version == 6:
        return f"host {parsed[0]}" if parsed.prefixlen == 128 else written
    return f"host {parsed[0]}" if parsed.prefixlen == 32 else f"{parsed[0]} {parsed.netmask}"


def _ports(ports: Intervals, protocol: int | None) -> list[str]:
    if ports == PORTS:
        return [""]
    if protocol not in WITH_PORTS:
        raise NotWritableError("kinds of ICMP would have to be told apart", "write this rule by hand")
    return [f" eq {first}" if first == last else f" range {first} {last}" for first, last in ports.spans]
