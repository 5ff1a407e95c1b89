"""Texts of FortiOS for addresses, services and policies, and the few facts read of old ones. No decisions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network

from leadglass.network.address import IPV6, V6, networks, text
from leadglass.network.generate.groups import Groups
from leadglass.network.generate.policy import everything, matches
from leadglass.network.headers import SCTP, TCP, UDP
from leadglass.network.intervals import Intervals
from leadglass.network.service import Service

MAX_COMMENT = 255  # characters of a policy's comment; the box takes 1023
_RANGES = {TCP: "tcp-portrange", UDP: "udp-portrange", SCTP: "sctp-portrange"}


@dataclass(frozen=True, slots=True)
class Old:
    """A policy that is there.

    Attributes:
        logging: its "logtraffic".
    """

    number: int
    accepts: bool
    logging: str


@dataclass(frozen=True, slots=True)
class Line:
    """A policy to be.

    Attributes:
        fourth, sixth: names of the groups of source and destination for each IP version; None: it does not speak of it.
        virtual, virtual_sixth: virtual IPs that are destinations too.
        negated: all services but these.
    """

    accepts: bool
    fourth: tuple[str, str] | None
    sixth: tuple[str, str] | None
    virtual: tuple[str, ...]
    virtual_sixth: tuple[str, ...]
    services: tuple[str, ...]
    negated: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Written:
    """Services as objects: names by id of the service, their text, and the text that deletes them."""

    names: dict[str, tuple[str, ...]]
    lines: tuple[str, ...]
    rollback: tuple[str, ...]


def old_policies(configuration: str) -> list[Old]:
    """Policies in order, as far as needed here."""
    found: list[Old] = []
    inside, depth = False, 0
    number, accepts, logging = 0, False, "utm"
    for words in map(str.split, configuration.splitlines()):
        if not inside:
            inside = words == ["config", "firewall", "policy"]
        elif words[:1] == ["config"]:
            depth += 1
        elif words == ["end"]:
            inside, depth = depth > 0, depth - 1 if depth else 0
        elif depth:
            continue
        elif words[:1] == ["edit"] and len(words) == 2 and words[1].isdecimal():
            number, accepts, logging = int(words[1]), False, "utm"
        elif words[:2] == ["set", "action"]:
            accepts = words[2:] == ["accept"]
        elif words[:2] == ["set", "logtraffic"] and len(words) == 3 and re.fullmatch("[a-z]+", words[2]):
            logging = words[2]
        elif words == ["next"]:
            found.append(Old(number, accepts, logging))
    return found


def services(used: Sequence[Service], prefix: str) -> Written:
    """Services as objects: those with ports in one, each protocol without ports in one of its own."""
    names: dict[str, tuple[str, ...]] = {}
    lines: list[str] = []
    for service in used:
        ranges: dict[str, list[str]] = {}
        numbers = []
        for match in matches(service):
            kind = _RANGES.get(match.protocol)
            if kind is None or everything(match):
                numbers.append(match.protocol)
            else:
                ranges[kind] = [str(a) if a == b else f"{a}-{b}" for a, b in match.ports.spans]
        own = []
        if ranges:
            own.append(f"{prefix}-{service.id}")
            lines += [
                f'  edit "{own[-1]}"',
                *(f"    set {kind} {' '.join(parts)}" for kind, parts in ranges.items()),
                "  next",
            ]
        for number in numbers:
            own.append(f"{prefix}-{service.id}-{number}")
            lines += [f'  edit "{own[-1]}"', "    set protocol IP", f"    set protocol-number {number}", "  next"]
        names[service.id] = tuple(own)
    every = [name for own in names.values() for name in own]
    if not every:
        return Written(names, (), ())
    head = "config firewall service custom"
    return Written(names, (head, *lines, "end"), (head, *(f'  delete "{name}"' for name in every), "end"))


def address_groups(groups: Groups, *, back: bool = False) -> Iterator[str]:
    """Address objects and their groups; with ``back`` their deletion, in the other order."""
    for version in ("", "6"):
        mine = {name: one for name, one in groups.named.items() if one.meets(IPV6) is (version == "6")}
        if not mine:
            continue
        members = {name: [f"{name}-{at}" for at in range(1, len(one.spans) + 1)] for name, one in mine.items()}
        objects = [f"config firewall address{version}"]
        together = [f"config firewall addrgrp{version}"]
        for name, addresses in mine.items():
            for member, span in zip(members[name], addresses.spans, strict=True):
                objects += [f'  delete "{member}"'] if back else [f'  edit "{member}"', *_address(span), "  next"]
            listed = " ".join(f'"{member}"' for member in members[name])
            together += [f'  delete "{name}"'] if back else [f'  edit "{name}"', f"    set member {listed}", "  next"]
        for part in (together, objects) if back else (objects, together):
            yield from (*part, "end")


def _address(span: tuple[int, int]) -> list[str]:
    written = networks(Intervals((span,)))
    if len(written) > 1:
        return ["    set type iprange", f"    set start-ip {text(span[0])}", f"    set end-ip {text(span[1])}"]
    parsed = ip_network(written[0])
    if span[0] >= V6:
        return [f"    set ip6 {written[0]}"]
    return [f"    set subnet {parsed[0]} {parsed.netmask}"]


def policy_lines(
    lines: Sequence[Line], numbers: Sequence[int], prefix: str, before: int, *, enabled: bool, more: Sequence[str]
) -> Iterator[str]:
    """New policies, each moved before the first old one, in their order."""
    yield "config firewall policy"
    for line, number in zip(lines, numbers, strict=True):
        yield f"  edit {number}"
        yield f'    set name "{prefix}-{number}"'
        yield from ('    set srcintf "any"', '    set dstintf "any"')
        for ends, virtual, ending in ((line.fourth, line.virtual, ""), (line.sixth, line.virtual_sixth, "6")):
            if ends is not None:
                destinations = " ".join(f'"{name}"' for name in (ends[1], *virtual))
                yield from (f'    set srcaddr{ending} "{ends[0]}"', f"    set dstaddr{ending} {destinations}")
        yield f"    set action {'accept' if line.accepts else 'deny'}"
        yield '    set schedule "always"'
        named = " ".join(f'"{name}"' for name in line.services)
        yield f"    set service {named}"
        if line.negated:
            yield "    set service-negate enable"
        if not line.accepts:
            yield "    set match-vip disable"
        yield "    set logtraffic all"
        yield f'    set comments "{line.comment[:MAX_COMMENT]}"'
        if not enabled and not line.accepts:
            yield "    set status disable"
        yield "  next"
    yield from more
    yield from (f"  move {number} before {before}" for number in numbers)
    yield "end"
