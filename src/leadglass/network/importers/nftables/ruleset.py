"""What `nft -j list ruleset` prints, as tables, chains, sets and rules with their places. Never what a rule means.

libnftables-json(5) is the format. Whatever else stands in the file are companions: addresses and routes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.importers.netfilter import companions
from leadglass.network.importers.netfilter.companions import Companions
from leadglass.network.importers.netfilter.documents import Documents, Json
from leadglass.network.importers.nftables.words import words
from leadglass.network.masking import place
from leadglass.network.rule import Place

MAX_OBJECTS = 500_000  # rules, chains, sets and so on of one file

OWN_LANGUAGE = re.compile(r"\s*(?:#[^\n]*\n\s*)*(?:flush ruleset|table (?:ip|ip6|inet|arp|bridge|netdev) )")
_HEAD = re.compile(r'\{\s*"nftables"\s*:\s*\[')
_IGNORED = frozenset({"metainfo", "flowtable", "counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation",
                      "secmark", "synproxy"})  # fmt: skip

Name = tuple[str, str, str]
"""Family, table, and the name within it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is written."""

    place: Place
    statements: tuple[Json, ...]


@dataclass
class ChainRead:
    """A chain. ``head`` is its object: hook, prio, policy, dev where it is a base chain."""

    place: Place
    head: dict[str, Json]
    rules: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SetRead:
    """A named set or map. ``elements`` are None where the packets themselves change it."""

    place: Place
    types: tuple[Json, ...]
    elements: tuple[Json, ...] | None


@dataclass
class Ruleset:
    """All of it.

    Attributes:
        strange: objects that are of no kind we know.
    """

    chains: dict[Name, ChainRead] = field(default_factory=dict)
    sets: dict[Name, SetRead] = field(default_factory=dict)
    dormant: set[tuple[str, str]] = field(default_factory=set)
    strange: list[Place] = field(default_factory=list)
    companions: Companions = field(default_factory=Companions)


def parse(text: str, file: str) -> Ruleset:
    """The ruleset of a text, with the companions in it.

    Raises:
        ConfigurationUnreadable: it holds no ruleset, two, or is cut off.
    """
    if OWN_LANGUAGE.match(text):
        message = "a ruleset in nft's own language"
        raise ConfigurationUnreadable(message, "hand in what `nft -j list ruleset` prints", file, 1)
    documents = Documents(text, file)
    found: Ruleset | None = None
    beside = Companions()
    while documents.more():
        line = documents.line
        if documents.skip(_HEAD):
            if found is not None:
                raise ConfigurationUnreadable("a second ruleset", "hand in one ruleset of one device", file, line)
            found = _objects(documents, file)
        else:
            beside = companions.add(beside, documents.one(), Place(file, line))
    if found is None:
        message = 'no ruleset: nothing in it begins with {"nftables": ['
        raise ConfigurationUnreadable(message, "hand in what `nft -j list ruleset` prints", file, 1)
    found.companions = beside
    return found


def _objects(documents: Documents, file: str) -> Ruleset:
    found = Ruleset()
    for count, (line, item) in enumerate(_items(documents, file)):
        if count >= MAX_OBJECTS:
            raise ConfigurationUnreadable(f"more than {MAX_OBJECTS} objects", "no ruleset is so large", file, line)
        try:
            _object(found, item, file, line)
        except (KeyError, TypeError, AttributeError, ValueError):
            found.strange.append(place(file, line, str(item), "nftables"))
    changed = {name for chain in found.chains.items() for name in _changed(chain[0], chain[1])}
    for name in changed & found.sets.keys():
        old = found.sets[name]
        found.sets[name] = SetRead(old.place, old.types, None)
    return found


def _items(documents: Documents, file: str) -> Iterator[tuple[int, Json]]:
    while documents.more("]"):
        yield documents.line, documents.one()
        closed = False
    closed = documents.skip(re.compile(r"\s*\}"))
    if not closed:
        hint = "the file may be cut off; hand in all of what the command printed"
        raise ConfigurationUnreadable("the ruleset has no end", hint, file, documents.line)


def _object(found: Ruleset, item: Json, file: str, line: int) -> None:
    ((kind, value),) = item.items()
    if kind in _IGNORED:
        return
    if kind == "table":
        # nft 1.0 prints a flag's first letter, later ones the word or a list of words
        flags = value.get("flags", [])
        if any(str(flag).startswith("d") for flag in ([flags] if isinstance(flags, str) else flags)):
            found.dormant.add((value["family"], value["name"]))
    elif kind == "chain":
        name = (value["family"], value["table"], value["name"])
        told = f"chain {' '.join(name)}"
        if "hook" in value:
            told += f" hook {value['hook']} priority {value.get('prio')} policy {value.get('policy', 'accept')}"
        found.chains[name] = ChainRead(place(file, line, told, "nftables"), value)
    elif kind in {"set", "map"}:
        types = value["type"]
        elements = value.get("elem", [])
        loose = bool({"dynamic", "timeout"} & {*value.get("flags", [])})
        found.sets[value["family"], value["table"], value["name"]] = SetRead(
            place(file, line, f"{kind} {value['name']}", "nftables"),
            tuple(types) if isinstance(types, list) else (types,),
            None if loose or not isinstance(elements, list) else tuple(elements),
        )
    elif kind == "element":
        key = (value["family"], value["table"], value["name"])
        old = found.sets[key]
        found.sets[key] = SetRead(
            old.place, old.types, (*(old.elements or ()), *value["elem"]) if old.elements is not None else None
        )
    elif kind == "rule":
        told = f"{value['family']} {value['table']} {value['chain']}: {words(value.get('expr', []))}"
        if value.get("comment"):
            told += f' comment "{value["comment"]}"'
        rule = Rule(place(file, line, told, "nftables"), tuple(value.get("expr", [])))
        found.chains[value["family"], value["table"], value["chain"]].rules.append(rule)
    else:
        raise ValueError(kind)


def _changed(name: Name, chain: ChainRead) -> Iterator[Name]:
    """Sets that the packets themselves change by this chain's rules."""
    for rule in chain.rules:
        for statement in rule.statements:
            for kind in ("set", "map"):
                value = statement.get(kind) if isinstance(statement, dict) else None
                if isinstance(value, dict):
                    yield (name[0], name[1], str(value.get(kind, "")).removeprefix("@"))
