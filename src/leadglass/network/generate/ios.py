"""A policy for Cisco IOS: new named lists, bound outwards in the place of old ones. Never clears a live list.

Its lists remember nothing: what answers a permitted connection is let pass first. An answer over UDP or ICMP cannot be
told from a beginning, so such a gap may stay open by a little, and the proof says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from leadglass.network.address import IPV6, networks
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

NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp", 132: "sctp"}
MAX_PRODUCT = 2_000  # lines that one entry of IPv6 may become: its lists know no groups
SHORT = 30  # characters of an interface's name in a list's name


def planned(device: Device, policy: Policy, configuration: str) -> Device:
    """The device with the policy in force."""
    del configuration  # what is planned goes by the device alone
    return with_lists(device, outwards(device, policy, stateful=False), stateful=False)


def refuses(device: Device, policy: Policy, configuration: str) -> str:
    """Why it cannot be written; empty where it can."""
    if policy.openings:
        return "what is needed has to be let pass by the lists of both interfaces, its answers too: add it by hand"
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
    found = outwards(device, policy, stateful=False)
    shown: list[str] = []
    groups = Groups(zones, prefix)
    for logging in (True, False):
        lists = [
            line
            for one in found
            for sixth in (False, True)
            for line in _list(one, groups, configuration, logging=logging, sixth=sixth)
        ]
        shown.append("\n".join([*_groups(groups), *lists]) + "\n")
    back = [
        line for one in found for sixth in (False, True) for line in _rollback(one, prefix, configuration, sixth=sixth)
    ]
    back += [f"no object-group network {name}" for name in groups.named]
    return Texts(
        shown[0],
        shown[1],
        "\n".join(back) + "\n",
        (
            "Load in configuration mode. The new list takes effect with the line that binds it.",
            "Load either the first or the second text; between the two, load the way back.",
            "Groups of addresses in lists need IOS 12.4(20)T or later.",
        ),
    )


def _name(prefix: str, interface: str, *, sixth: bool) -> str:
    short = "".join(letter if letter.isalnum() else "-" for letter in interface)[:SHORT]
    return f"{prefix}-{short}-OUT{'-V6' if sixth else ''}"


def _groups(groups: Groups) -> Iterator[str]:
    for name, addresses in groups.named.items():
        yield f"object-group network {name}"
        for written in networks(addresses):
            parsed = ip_network(written)
            yield f" host {parsed[0]}" if parsed.prefixlen == 32 else f" {parsed[0]} {parsed.netmask}"


def _list(bound: Bound, groups: Groups, configuration: str, *, logging: bool, sixth: bool) -> Iterator[str]:
    entries = [one for one in (bound.logging if logging else bound.entries) if one.box.source.meets(IPV6) is sixth]
    if not any(one.log for one in entries):
        return
    name, remark = _name(groups.prefix, bound.interface, sixth=sixth), ""
    yield f"ipv6 access-list {name}" if sixth else f"ip access-list extended {name}"
    for entry in entries:
        if entry.remark != remark:
            remark = entry.remark
            yield f" remark {remark[:100]}"
        yield from (f" {line}" for line in _lines(entry, groups, sixth=sixth))
    old = _old_lines(bound.interface, configuration, sixth=sixth)
    if old:
        yield from (f" {line}" for line in old)
    elif old_name(bound.interface, configuration, sixth=sixth):
        raise NotWritableError(
            f"the lines of the list bound outwards at {bound.interface} were not handed in", "hand in the configuration"
        )
    else:
        yield " permit ipv6 any any" if sixth else " permit ip any any"
    yield f"interface {bound.interface}"
    yield f" ipv6 traffic-filter {name} out" if sixth else f" ip access-group {name} out"


def _sections(configuration: str) -> Iterator[tuple[str, list[str]]]:
    """Commands with what is indented below them."""
    head, body = "", list[str]()
    for line in configuration.splitlines():
        if line[:1].isspace():
            body.append(line.strip())
        elif line.strip():
            if head:
                yield head, body
            head, body = line.strip(), []
    if head:
        yield head, body


def old_name(interface: str, configuration: str, *, sixth: bool) -> str:
    """The list that is bound outwards at an interface; empty where none is."""
    begins = "ipv6 traffic-filter" if sixth else "ip access-group"
    for head, body in _sections(configuration):
        if head == f"interface {interface}":
            for line in body:
                if line.startswith(f"{begins} ") and line.endswith(" out"):
                    return line.split()[2]
    return ""


def _old_lines(interface: str, configuration: str, *, sixth: bool) -> list[str]:
    old = old_name(interface, configuration, sixth=sixth)
    if not old:
        return []
    for head, body in _sections(configuration):
        if head in {f"ip access-list extended {old}", f"ip access-list standard {old}"} and not sixth:
            return [_unnumbered(line) for line in body]
        if head == f"ipv6 access-list {old}" and sixth:
            return [_unnumbered(line) for line in body]
    numbered = f"access-list {old} "
    return [line.removeprefix(numbered) for line in configuration.splitlines() if line.startswith(numbered)]


def _unnumbered(line: str) -> str:
    first, _, rest = line.partition(" ")
    return rest if first.isdecimal() else line


def _rollback(bound: Bound, prefix: str, configuration: str, *, sixth: bool) -> Iterator[str]:
    if not any(one.log and one.box.source.meets(IPV6) is sixth for one in bound.entries):
        return
    name, old = _name(prefix, bound.interface, sixth=sixth), old_name(bound.interface, configuration, sixth=sixth)
    command = "ipv6 traffic-filter" if sixth else "ip access-group"
    yield f"interface {bound.interface}"
    yield f" {command} {old} out" if old else f" no {command} {name} out"
    yield f"no ipv6 access-list {name}" if sixth else f"no ip access-list extended {name}"


def _lines(entry: Entry, groups: Groups, *, sixth: bool) -> Iterator[str]:
    action = "permit" if entry.action is Action.PERMIT else "deny"
    tail = " established" if entry.established else " log" if entry.log else ""
    sources, destinations = (_ends(part, groups, sixth=sixth) for part in (entry.box.source, entry.box.destination))
    if len(sources) * len(destinations) > MAX_PRODUCT:
        raise NotWritableError("too many IPv6 networks for lists without groups", "write this rule by hand")
    for protocol in protocols(entry.box):
        if protocol == 0:
            continue  # the device takes 0 for all protocols
        own = {6: 1, 4: 58}[6 if sixth else 4]  # the other version's ICMP has no name here
        plain = NAMES.get(protocol, str(protocol)) if protocol is not None and protocol != own else str(protocol)
        name = ("ipv6" if sixth else "ip") if protocol is None else plain
        for source in sources:
            for destination in destinations:
                for begins in _ports(entry.box.source_port, protocol):
                    for ends in _ports(entry.box.destination_port, protocol):
                        yield f"{action} {name} {source}{begins} {destination}{ends}{tail}"


def _ends(addresses: Intervals, groups: Groups, *, sixth: bool) -> list[str]:
    written = networks(addresses)
    if sixth:
        return ["any" if one == "::/0" else f"host {one[:-4]}" if one.endswith("/128") else one for one in written]
    if len(written) > 1:
        return [f"object-group {groups.name(addresses)}"]
    parsed = ip_network(written[0])
    if parsed.prefixlen == 0:
        return ["any"]
    return [f"host {parsed[0]}" if parsed.prefixlen == 32 else f"{parsed[0]} {parsed.hostmask}"]


def _ports(ports: Intervals, protocol: int | None) -> list[str]:
    if ports == PORTS:
        return [""]
    if protocol not in WITH_PORTS:
        raise NotWritableError("kinds of ICMP would have to be told apart", "write this rule by hand")
    return [f" eq {first}" if first == last else f" range {first} {last}" for first, last in ports.spans]
