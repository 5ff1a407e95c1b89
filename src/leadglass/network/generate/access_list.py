"""A policy as lines of Cisco's access lists, bound outwards: what comes before the lines that are there. No syntax.

Bound outwards a list is one more check: an interface without one lets everything pass that others let pass. Where a
list is bound already, its lines follow ours, and a line of ours that lets pass names only what the old ones certainly
let
pass: so nothing is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from leadglass.errors import LeadglassError
from leadglass.network.device import Check, Device, Routing
from leadglass.network.evaluate import evaluate
from leadglass.network.generate.policy import Denial, Policy
from leadglass.network.headers import PROTOCOLS, TCP, Box, Headers, common, headers, within
from leadglass.network.intervals import Intervals, one, union
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State
from leadglass.network.transit import hops

KNOWN = frozenset({State.ESTABLISHED})
CONNECTIONS = headers(protocol=one(TCP))
MAX_ENTRIES = 5_000  # of one list, ours alone
MAX_PROTOCOLS = 8  # that one entry may name one by one


class NotWritableError(LeadglassError):
    """A policy cannot be written for a device as it is."""


class Entry(NamedTuple):
    """One line to be.

    Attributes:
        established: packets of TCP that belong to a connection, by their flags.
        remark: for people; empty where the line before says it.
    """

    action: Action
    box: Box
    established: bool = False
    log: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """The new list of one interface.

    Attributes:
        interface: name.
        entries: that come first. logging: the same, where nothing is refused yet.
        old: checks whose lines follow, one for each IP version or for both; none: everything passes.
    """

    interface: str
    entries: tuple[Entry, ...]
    logging: tuple[Entry, ...]
    old: tuple[Check, ...]


def outwards(device: Device, policy: Policy, *, stateful: bool) -> list[Bound]:
    """A list for each interface behind which a zone lies that shall be protected.

    Raises:
        NotWritableError: the list that is bound there was not understood in full.
    """
    found = []
    for interface in _ways_out(device, policy):
        denials = [one for one in policy.denials if one.destination.addresses.meets(_behind(device, interface))]
        old = _bound(device, interface)
        first = [] if stateful else list(_replies(policy, denials, old, interface))
        entries, logging = list(first), list(first)
        for denial in denials:
            remark = denial.label
            kept = list(_as_before(denial.named, old, interface, remark)) if denial.all_but else []
            refused = denial.whole if denial.all_but else denial.named
            entries += kept
            entries += [Entry(Action.DENY, box, log=True, remark=remark) for box in refused]
            logging += kept
            logging += _as_before(refused, old, interface, remark, log=True)
        if len(entries) > MAX_ENTRIES or len(logging) > MAX_ENTRIES:
            raise NotWritableError(f"the list at {interface} would be too long", "close fewer gaps at once")
        found.append(Bound(interface, tuple(entries), tuple(logging), old))
    return found


def with_lists(device: Device, bound: Sequence[Bound], *, stateful: bool) -> Device:
    """The device with the new lists bound."""
    steps = list(device.steps)
    for one_ in bound:
        place = Place(f"new list out {one_.interface}", 0)
        rules = tuple(_rule(entry, place) for entry in one_.entries)
        for old in one_.old:
            at = next(index for index, step in enumerate(steps) if step is old)
            entry = old.chains.entry
            chains = replace(old.chains, entry=replace(entry, rules=(*rules, *entry.rules)))
            steps[at] = replace(old, chains=chains)
        if not one_.old:
            chain = Chain(f"{one_.interface} out", rules, Action.PERMIT, place, stateful=stateful)
            new = Check(Chains(chain), egress=frozenset({one_.interface}))
            steps.insert(_where(steps) if stateful else len(steps), new)
    return replace(device, steps=tuple(steps))


def _where(steps: Sequence[object]) -> int:
    return next(index for index, step in enumerate(steps) if isinstance(step, Routing)) + 1


def _rule(entry: Entry, place: Place) -> Rule:
    where = replace(place, text=entry.remark)
    return Rule(where, entry.action, (entry.box,), (entry.box,), states=KNOWN if entry.established else None)


def _ways_out(device: Device, policy: Policy) -> list[str]:
    names = [one_.name for one_ in device.interfaces if one_.enabled]
    return [
        name
        for name in names
        if any(denial.destination.addresses.meets(_behind(device, name)) for denial in policy.denials)
    ]


def _behind(device: Device, interface: str) -> Intervals:
    vrf = next(one_.vrf for one_ in device.interfaces if one_.name == interface)
    return union(hop.destinations for hop in hops(device, vrf) if hop.interface == interface)


def _bound(device: Device, interface: str) -> tuple[Check, ...]:
    after = device.steps[_where(device.steps) :]
    name = f"{interface} out"  # as the importers of both call what a list bound outwards becomes
    return tuple(step for step in after if isinstance(step, Check) and step.chains.entry.name == name)


def _as_before(
    boxes: Headers, old: tuple[Check, ...], interface: str, remark: str, *, log: bool = False
) -> Iterator[Entry]:
    """What the old list makes of packets, line by line: its lines cut to these, so that ours decide as it does."""
    for box in boxes:
        lists = [one_.chains.entry for one_ in old if _speaks(one_, box)]
        if len(lists) > 1:
            raise NotWritableError(f"two lists at {interface} speak of the same packets", "write the rule by hand")
        for rule in lists[0].rules if lists else ():
            if rule.action is Action.PASS or (rule.states is not None and State.NEW not in rule.states):
                continue
            both = common((box,), rule.may)
            if not both:
                continue
            if (
                rule.ingress is not None
                or rule.action not in {Action.PERMIT, Action.DENY}
                or not within(both, rule.must)
            ):
                raise NotWritableError(
                    f"the list bound outwards at {interface} has lines that were not understood",
                    "what stands before them could let pass what they refuse; write the rule by hand",
                )
            yield from (
                Entry(rule.action, part, log=log and rule.action is Action.PERMIT, remark=remark) for part in both
            )
            if within((box,), rule.must):
                break
        else:
            default = lists[0].default if lists else Action.PERMIT
            if default is Action.PERMIT:
                yield Entry(Action.PERMIT, box, log=log, remark=remark)


def _speaks(check: Check, box: Box) -> bool:
    entry = check.chains.entry
    return entry.default is not Action.PERMIT or any(part.meets(box) for rule in entry.rules for part in rule.may)


def _merged(boxes: Headers) -> Headers:
    """Boxes, without those that another holds."""
    found: list[Box] = []
    for box in boxes:
        if not within((box,), tuple(found)):
            found.append(box)
    return tuple(found)


def _replies(policy: Policy, denials: Sequence[Denial], old: tuple[Check, ...], interface: str) -> Iterator[Entry]:
    """What a filter without memory must let pass before it refuses: answers to what others may ask."""
    asked = [
        (answering, asking, service)
        for asking, answering, service in policy.replies
        if any(
            denial.all_but
            and denial.source.addresses.meets(answering.addresses)
            and denial.destination.addresses.meets(asking.addresses)
            for denial in denials
        )
    ]
    remark = "answers on connections that are there"
    for box in _answering(CONNECTIONS, old, interface):
        yield Entry(Action.PERMIT, box, established=True, remark=remark)
    for answering, asking, service in asked:
        for box in service.between(asking.addresses, answering.addresses):
            protocol = box.protocol.without(one(TCP))
            if protocol:
                back = box._replace(source=box.destination, destination=box.source, protocol=protocol,
                                    source_port=box.destination_port, destination_port=box.source_port)  # fmt: skip
                for reply in _answering((back,), old, interface):
                    yield Entry(
                        Action.PERMIT, reply, remark=f"answers of {answering.name} to {asking.name}: {service.id}"
                    )


def _answering(boxes: Headers, old: tuple[Check, ...], interface: str) -> Headers:
    for one_ in old:
        boxes = evaluate(one_.chains, boxes, boxes, "", interface, State.ESTABLISHED).must
    return _merged(boxes)


def protocols(box: Box) -> list[int | None]:
    """The protocols of an entry one by one; None for all of them.

    Raises:
        NotWritableError: they are too many to be named.
    """
    if box.protocol == PROTOCOLS:
        return [None]
    if box.protocol.size > MAX_PROTOCOLS:
        raise NotWritableError("too many protocols would have to be named one by one", "write this rule by hand")
    return [number for first, last in box.protocol.spans for number in range(first, last + 1)]
