"""A policy in nftables: a table of its own, before the chains that are there. Never changes or reads a live ruleset.

An accept in one base chain is not final (nft(8)): what the new table lets pass goes on to the old rules, so all that
the table can do is refuse. It is loaded in one transaction and taken back by deleting it. What shall begin anew goes
into the old chains, by a jump to a chain of ours that can be emptied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from leadglass.network.address import IPV4, IPV6, spans
from leadglass.network.device import Check, Device, Routing, Step
from leadglass.network.generate.policy import Denial, Opening, Policy, Zoned, everything, matches
from leadglass.network.generate.texts import Texts, numbered
from leadglass.network.headers import Headers, common, headers
from leadglass.network.intervals import Span, of
from leadglass.network.rule import ALL_STATES, Action, Chain, Place, Rule, State
from leadglass.network.rule import Chains as Filter
from leadglass.network.service import Service

TABLE = "leadglass"
PRIORITY = -5  # before "filter" (0), after translation of destinations
KNOWN = frozenset({State.ESTABLISHED, State.RELATED})
_VERSIONS = {"ip": IPV4, "ip6": IPV6}
_MAX_COMMENT = 120  # bytes; nft takes 128


def planned(device: Device, policy: Policy, configuration: str) -> Device:
    """The device with the policy in force."""
    del configuration  # what is planned goes by the device alone
    at = next(index for index, step in enumerate(device.steps) if isinstance(step, Routing))
    table = _table_name(device)
    place = Place(f"new table {table}", 0)
    rules = [Rule(place, Action.PERMIT, states=KNOWN)]
    for denial in policy.denials:
        where = replace(place, text=denial.label)
        if denial.all_but:
            rules += [Rule(where, Action.PERMIT, denial.named, denial.named)] if denial.services else []
            rules.append(Rule(where, Action.DENY, denial.whole, denial.whole))
        else:
            rules.append(Rule(where, Action.DENY, denial.named, denial.named))
    new = Check(Filter(Chain(f"inet {table} forward", tuple(rules), Action.PERMIT, place)))
    after = tuple(_opened(step, policy.openings) for step in device.steps[at + 1 :])
    middle: tuple[Step, ...] = (new,) if policy.denials else ()
    return replace(device, steps=(*device.steps[: at + 1], *middle, *after))


def _opened(step: Step, openings: Iterable[Opening]) -> Step:
    if not isinstance(step, Check) or _chain_name(step) is None:
        return step
    entry = step.chains.entry
    allowed = tuple(box for one in openings for box in common(one.allowed, _version(entry.name)))
    if not allowed:
        return step
    place = Place("new chain", 0)
    rule = Rule(place, Action.PERMIT, allowed, allowed, states=ALL_STATES - {State.INVALID})
    return replace(step, chains=replace(step.chains, entry=replace(entry, rules=(rule, *entry.rules))))


def _chain_name(step: Check) -> tuple[str, str, str] | None:
    """Family, table and chain, where a filter's name says them."""
    words = step.chains.entry.name.split()
    return (words[0], words[1], words[2]) if len(words) == 3 and words[0] in {"ip", "ip6", "inet"} else None


def _table_name(device: Device) -> str:
    """A name that no table or chain of the device begins with: a table of ours that is there already stays."""
    checks = [step.chains for step in device.steps if isinstance(step, Check)]
    taken = {word for one in checks for name in (one.entry.name, *one.others) for word in name.split()}
    number = 1
    while any(word in taken for word in (_numbered(number), _opened_name(_numbered(number)))):
        number += 1
    return _numbered(number)


def _numbered(number: int) -> str:
    return TABLE if number == 1 else f"{TABLE}_{number}"


def _opened_name(table: str) -> str:
    return f"{table}_needed"


def _version(name: str) -> Headers:
    family = name.split(maxsplit=1)[0]
    return headers(source=_VERSIONS[family]) if family in _VERSIONS else headers()


def refuses(device: Device, policy: Policy, configuration: str) -> str:
    """Why it cannot be written; empty where it can."""
    del configuration
    if policy.openings and not _old_tables(device):
        return "which of its chains would have to let pass what is needed cannot be told"
    return ""


def texts(device: Device, policy: Policy, configuration: str = "") -> Texts:
    """The policy as text, logged only and in force, and the way back."""
    del configuration  # nothing that is there has to be written again
    table = _table_name(device)
    chain = _opened_name(table)
    first = f"add table inet {table}\ndelete table inet {table}\n" if policy.denials else ""
    opened = _openings(device, policy.openings, chain) if policy.openings else ""
    back = f"delete table inet {table}\n" if policy.denials else ""
    back += "".join(f"flush chain {' '.join(key)} {chain}\n" for key in _old_tables(device) if policy.openings)
    notes = [
        "Load with `nft -f FILE`: all of it takes effect at once, or nothing. It does not survive a restart by itself."
    ]
    if policy.openings:
        notes.append(f"After the way back, an empty chain {chain} and a jump to it stay: they do nothing.")
    if device.kind == "iptables":
        notes.append(
            "Needs iptables on nf_tables (iptables -V says so): the legacy kind has no tables that nft can reach."
        )
    return Texts(
        log_only=first + (_table(policy, table, refusing=False) if policy.denials else "") + opened,
        enforce=first + (_table(policy, table, refusing=True) if policy.denials else "") + opened,
        rollback=back,
        notes=tuple(notes),
    )


def _table(policy: Policy, name: str, *, refusing: bool) -> str:
    zones = numbered(zone for denial in policy.denials for zone in (denial.source, denial.destination))
    lines = [f"table inet {name} {{"]
    for zone, addresses in zones.items():
        for family, kind in (("ip", "ipv4_addr"), ("ip6", "ipv6_addr")):
            part = addresses.common(_VERSIONS[family])
            if part:
                elements = ", ".join(spans(part))
                lines.append(
                    f"  set {_set(zone, family)} {{ type {kind}; flags interval; elements = {{ {elements} }}; }}"
                )
    lines += [
        "  chain forward {",
        f"    type filter hook forward priority {PRIORITY}; policy accept;",
        "    ct state established,related accept",
    ]
    for denial in policy.denials:
        lines += (f"    {line}" for line in _denial(denial, refusing=refusing))
    return "\n".join([*lines, "  }", "}"]) + "\n"


def _denial(denial: Denial, *, refusing: bool) -> Iterator[str]:
    comment = f'comment "{denial.label[:_MAX_COMMENT]}"'
    words = "drops" if refusing else "would drop"
    watch = f'limit rate 10/second burst 20 packets log prefix "{TABLE} {words}: "'
    for family in ("ip", "ip6"):
        ends = _ends(denial.source, denial.destination, family)
        if not ends:
            continue
        services = list(_services(denial.services))
        if denial.all_but:
            yield from (f"{ends} {line} accept" for line in services)
        for match in [ends] if denial.all_but else [f"{ends} {line}" for line in services]:
            yield f"{match} {watch}"
            yield f"{match} counter {'drop' if refusing else 'accept'} {comment}"


def _ends(source: Zoned, destination: Zoned, family: str) -> str:
    version = _VERSIONS[family]
    if not (source.addresses.meets(version) and destination.addresses.meets(version)):
        return ""
    return f"{family} saddr @{_set(source.name, family)} {family} daddr @{_set(destination.name, family)}"


def _set(name: str, family: str) -> str:
    return f"{name.replace('-', '_')}_{'v4' if family == 'ip' else 'v6'}"


def _services(services: Iterable[Service]) -> Iterator[str]:
    """Every protocol in one match, by number; those of which all ports are meant together."""
    ports: dict[int, list[Span]] = {}
    bare: set[int] = set()
    for match in (match for service in services for match in matches(service)):
        if everything(match):
            bare.add(match.protocol)
        else:
            ports.setdefault(match.protocol, []).extend(match.ports.spans)
    if bare:
        yield f"meta l4proto {{ {', '.join(map(str, sorted(bare)))} }}"
    for number in sorted(ports.keys() - bare):
        yield f"meta l4proto {number} th dport {{ {', '.join(map(_span, of(ports[number]).spans))} }}"


def _span(span: Span) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"


def _old_tables(device: Device) -> dict[tuple[str, str], list[str]]:
    """Base chains of the device that forwarded packets meet after routing, by table."""
    found: dict[tuple[str, str], list[str]] = {}
    at = next(index for index, step in enumerate(device.steps) if isinstance(step, Routing))
    for step in device.steps[at + 1 :]:
        name = _chain_name(step) if isinstance(step, Check) else None
        if name is not None and name[2] not in found.setdefault(name[:2], []):
            found[name[:2]].append(name[2])
    return found


def _openings(device: Device, openings: tuple[Opening, ...], name: str) -> str:
    lines = []
    for (family, table), chains in _old_tables(device).items():
        chain = f"{family} {table} {name}"
        lines += [f"add chain {chain}", f"flush chain {chain}"]
        for one in openings:
            for version in ("ip", "ip6") if family == "inet" else (family,):
                mine, theirs = (zone.addresses.common(_VERSIONS[version]) for zone in (one.source, one.destination))
                if not (mine and theirs):
                    continue
                sets = [f"{{ {', '.join(spans(part))} }}" for part in (mine, theirs)]
                ends = f"{version} saddr {sets[0]} {version} daddr {sets[1]}"
                then = f'ct state != invalid counter accept comment "{one.gap[:_MAX_COMMENT]}"'
                lines += (f"add rule {chain} {ends} {line} {then}" for line in _services([one.service]))
        lines += [f"insert rule {family} {table} {each} jump {name}" for each in chains]
    return "\n".join(lines) + "\n"
