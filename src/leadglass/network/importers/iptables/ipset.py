"""ipsets as `ipset save` prints them, and "--match-set". Never the rules that ask them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from leadglass.network.address import network
from leadglass.network.importers.netfilter.condition import Condition, any_of, depends, exactly, unread
from leadglass.network.importers.netfilter.names import PROTOCOLS
from leadglass.network.intervals import Intervals, one, span

MAX_ELEMENTS = 100_000  # of all sets


@dataclass
class IpSet:
    """One set: the dimensions of its type ("ip", "net", "port") and its elements, each with as many parts."""

    dimensions: tuple[str, ...]
    elements: list[tuple[str, ...]] = field(default_factory=list)
    loose: str = ""  # why its elements are not those that were listed


Sets = dict[str, IpSet]


def sets(lines: Iterable[Sequence[str]]) -> Sets:
    """The sets of lines "create NAME TYPE …" and "add NAME ELEMENT …".

    Raises:
        ValueError, IndexError, KeyError: a line is of another form.
    """
    found: Sets = {}
    count = 0
    for words in lines:
        if words[0] == "create":
            kind = words[2].partition(":")
            loose = "a set of sets" if kind[0] == "list" else "elements that time out" if "timeout" in words else ""
            found[words[1]] = IpSet(tuple(kind[2].split(",")), loose=loose)
            continue
        count += 1
        if count > MAX_ELEMENTS:
            found[words[1]].loose = "too many elements"
            continue
        if "nomatch" in words[3:]:
            found[words[1]].loose = "an element that is excepted"
        found[words[1]].elements.append(tuple(words[2].split(",")))
    return found


def match_set(known: Sets, name: str, ends: Sequence[str], version: Intervals) -> Condition:
    """The condition that a packet's "src" or "dst" in each dimension is an element."""
    found = known.get(name)
    if found is None:
        return depends(f"what is in the ipset {name} (ipset save)")
    if found.loose:
        return depends(f"{found.loose} in the ipset {name}")
    if len(ends) != len(found.dimensions) or not set(ends) <= {"src", "dst"}:
        return unread(f"ipset {name} of another form")
    return any_of(_element(parts, found.dimensions, ends, version) for parts in found.elements)


def _element(parts: Sequence[str], dimensions: Sequence[str], ends: Sequence[str], version: Intervals) -> Condition:
    fields: dict[str, Intervals] = {"source": version}
    for part, dimension, end in zip(parts, dimensions, ends, strict=True):
        if dimension in {"ip", "net"}:
            key = "source" if end == "src" else "destination"
            addresses = network(part)
            fields[key] = fields.get(key, addresses).common(addresses)
        elif dimension == "port":
            key = "source_port" if end == "src" else "destination_port"
            protocol, colon, port = part.rpartition(":")
            if colon:
                fields["protocol"] = one(PROTOCOLS[protocol])
            low, _, high = port.partition("-")
            fields[key] = span(int(low), int(high or low))
        else:
            raise ValueError(f"an ipset of {dimension}")
    return exactly(**fields)
