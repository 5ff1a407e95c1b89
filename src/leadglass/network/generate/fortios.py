"""A policy for FortiOS: new firewall policies, moved before the first. Changes no other but for its logging.

A policy that accepts ends the search and decides inspection and translation too, so none of ours accepts what passes
already: what is kept is left out by `service-negate`. What a virtual IP translated is refused under the virtual IP's
name, which is the only one that counts for it (Fortinet, Technical Tip "DENY policy for Virtual IP firewall policy").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leadglass.network.address import IPV4, IPV6
from leadglass.network.device import Check, Device, Rewrite, Translate
from leadglass.network.generate.access_list import NotWritableError
from leadglass.network.generate.fortios_text import (
    Line,
    Old,
    Written,
    address_groups,
    old_policies,
    policy_lines,
    services,
)
from leadglass.network.generate.groups import Groups, fresh
from leadglass.network.generate.policy import Denial, Opening, Policy, Zoned
from leadglass.network.generate.texts import Texts
from leadglass.network.headers import Headers, headers
from leadglass.network.importers.fortios.forward import MULTICAST
from leadglass.network.intervals import EMPTY, Intervals, union
from leadglass.network.rule import Action, Place, Rule

CHAIN = "firewall policy"
MAX_ID = 4_294_967_294


def planned(device: Device, policy: Policy, configuration: str) -> Device:
    """The device with the policy in force.

    Raises:
        NotWritableError: see `refuses`.
    """
    (check,) = _checks(device)
    central = _central(configuration)
    virtual = {} if central else _virtual(device)
    rules = [rule for one in policy.openings for rule in _rules(Action.PERMIT, one.allowed, one.gap, central, {})]
    for denial in policy.denials:
        named = _named(denial, virtual)
        rules += _rules(Action.DENY, denial.refused, denial.label, central, named)
    entry = check.chains.entry
    to = headers(destination=MULTICAST)
    at = next((index for index, rule in enumerate(entry.rules) if rule.may != to), len(entry.rules))
    chains = replace(check.chains, entry=replace(entry, rules=(*entry.rules[:at], *rules, *entry.rules[at:])))
    return replace(
        device, steps=tuple(replace(check, chains=chains) if step is check else step for step in device.steps)
    )


def refuses(device: Device, policy: Policy, configuration: str) -> str:
    """Why it cannot be written; empty where it can."""
    if len(_checks(device)) != 1:
        return "it has several VDOMs: hand in one file for each"
    if not old_policies(configuration):
        return "its configuration was not handed in, or has no policy: where new ones belong cannot be told"
    try:
        planned(device, policy, configuration)
    except NotWritableError as fault:
        return str(fault)
    return ""


def texts(device: Device, policy: Policy, configuration: str) -> Texts:
    """The policy as text, not yet in force and in force, and the way back.

    Raises:
        NotWritableError: see `refuses`.
    """
    virtual = {} if _central(configuration) else _virtual(device)
    old = old_policies(configuration)
    ends = [(one.source, one.destination) for one in policy.openings]
    ends += ((one.source, one.destination) for one in policy.denials)
    groups = Groups((zone for pair in ends for zone in pair), fresh(configuration))
    used = {service.id: service for one in policy.denials for service in one.services}
    used.update((one.service.id, one.service) for one in policy.openings)
    objects = services(tuple(used.values()), groups.prefix)
    lines = [*(_opening(one, groups, objects) for one in policy.openings)]
    lines += (_denial(one, groups, objects, _named(one, virtual)) for one in policy.denials)
    first = max((one.number for one in old), default=0) + 1
    numbers = list(range(first, first + len(lines)))
    before = old[0].number
    defined = [*address_groups(groups), *objects.lines]
    quiet = [
        line
        for one in old
        if one.accepts and one.logging != "all"
        for line in (f"  edit {one.number}", "    set logtraffic all", "  next")
    ]
    return Texts(
        "\n".join([*defined, *policy_lines(lines, numbers, groups.prefix, before, enabled=False, more=quiet)]) + "\n",
        "\n".join([*defined, *policy_lines(lines, numbers, groups.prefix, before, enabled=True, more=[])]) + "\n",
        "\n".join(_rollback(old, numbers, groups, objects)) + "\n",
        (
            "No policy of FortiOS only logs and goes on to the next. In the first stage the new policies are there and "
            "disabled, and those that accept log every session: look there for what the new ones would stop.",
            "The second text enables them. Sessions stay until they end, or until they are cleared.",
            *(
                ["Policies that let pass what is needed have no security profile: add the one you use."]
                if policy.openings
                else []
            ),
        ),
    )


def _checks(device: Device) -> list[Check]:
    return [step for step in device.steps if isinstance(step, Check) and step.chains.entry.name == CHAIN]


def _central(configuration: str) -> bool:
    return any(line.split() == ["set", "central-nat", "enable"] for line in configuration.splitlines())


def _virtual(device: Device) -> dict[str, Intervals]:
    """Virtual IPs that count, with what they lead to."""
    found: dict[str, Intervals] = {}
    for step in device.steps:
        for one in step.translations if isinstance(step, Translate) else ():
            if one.rewrite is Rewrite.DESTINATION and one.tag:
                found[one.tag] = union([found.get(one.tag, EMPTY), one.address or EMPTY])
    return found


def _named(denial: Denial, virtual: dict[str, Intervals]) -> dict[str, Intervals]:
    """The virtual IPs that lead to whom it protects."""
    destination = denial.destination.addresses
    found = {name: mapped for name, mapped in virtual.items() if mapped.meets(destination)}
    for name, mapped in found.items():
        if not mapped.within(destination):
            raise NotWritableError(
                f"the virtual IP {name!r} leads to more than {denial.destination.name}", "write this rule by hand"
            )
    return found


def _rules(
    action: Action,
    matched: Headers,
    note: str,
    central: bool,
    virtual: dict[str, Intervals],
) -> Iterator[Rule]:
    place = Place("new policy", 0, note)
    yield Rule(place, action, matched, matched, tags=None if central else frozenset({""}))
    for name, mapped in virtual.items():
        there = tuple(box._replace(destination=both) for box in matched if (both := box.destination.common(mapped)))
        if there:
            yield Rule(place, action, there, there, tags=frozenset({name}))


def _pair(source: Zoned, destination: Zoned, groups: Groups) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    """Names of groups for IPv4 and IPv6; None where one end has no address of it."""
    found = []
    for version in (IPV4, IPV6):
        mine, theirs = source.addresses.common(version), destination.addresses.common(version)
        found.append((groups.name(mine), groups.name(theirs)) if mine and theirs else None)
    return found[0], found[1]


def _denial(denial: Denial, groups: Groups, objects: Written, virtual: dict[str, Intervals]) -> Line:
    fourth, sixth = _pair(denial.source, denial.destination, groups)
    names = tuple(name for service in denial.services for name in objects.names[service.id])
    return Line(
        accepts=False,
        fourth=fourth,
        sixth=sixth,
        virtual=tuple(name for name, mapped in virtual.items() if mapped.meets(IPV4)),
        virtual_sixth=tuple(name for name, mapped in virtual.items() if mapped.meets(IPV6)),
        services=names or ("ALL",),
        negated=denial.all_but and bool(names),
        comment=denial.label,
    )


def _opening(opening: Opening, groups: Groups, objects: Written) -> Line:
    fourth, sixth = _pair(opening.source, opening.destination, groups)
    return Line(True, fourth, sixth, (), (), objects.names[opening.service.id], False, opening.gap)


def _rollback(old: list[Old], numbers: list[int], groups: Groups, objects: Written) -> Iterator[str]:
    yield "config firewall policy"
    yield from (f"  delete {number}" for number in numbers)
    for one in old:
        if one.accepts and one.logging != "all":
            yield from (f"  edit {one.number}", f"    set logtraffic {one.logging}", "  next")
    yield "end"
    yield from objects.rollback
    yield from (line for line in address_groups(groups, back=True))
