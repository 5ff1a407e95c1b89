"""A list of subnets, `cidr, zone, label`, becomes zones. Never a formula: what looks like one is text, and is told.

For a hospital that has nothing but a firewall's backup and a spreadsheet. Roles are proposed from words of zone and
label; a person confirms them.
"""

from __future__ import annotations

import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from leadglass.network.address import network, networks
from leadglass.network.hospital import MAX_ZONES, Zone
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.intervals import Intervals
from leadglass.network.model_network import ModelNetwork
from leadglass.network.rule import Place

SYNTAX = "zones"
MAX_TEXT = 4 << 20  # characters
MAX_ROWS = 20_000
MAX_NAME = 40  # of a zone, see `hospital.Name`
MAX_CELL = 200

_HEADERS = {
    "cidr": frozenset({"cidr", "subnet", "network", "prefix", "addresses", "range"}),
    "zone": frozenset({"zone", "name", "vlan", "segment"}),
    "label": frozenset({"label", "role", "title", "description", "comment", "note"}),
}
_FORMULA = re.compile(r"^\s*[=+@\t\r-]")
_APART = re.compile(r"[^a-z0-9]+")
_HINT = "columns are: cidr, zone, label; one subnet a line"


@dataclass(frozen=True, slots=True)
class ZonesRead:
    """What a list says.

    Attributes:
        zones: in the order they are first named.
        proposed: names of zones whose roles were read from words.
        told: what a person should look at, with its line: overlaps, formulas, zones without a role.
    """

    zones: tuple[Zone, ...]
    proposed: frozenset[str]
    told: tuple[tuple[Place, str], ...]


@dataclass
class _Zone:
    name: str
    title: str
    place: Place
    labels: list[str] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)


def read(text: str, file: str, model: ModelNetwork) -> ZonesRead:
    """The zones of a list.

    Args:
        text: CSV, with commas, semicolons or tabs; a first line that names columns may set their order.
        file: its name, for places.
        model: whose roles are proposed.

    Raises:
        ConfigurationUnreadable: a line has no subnet, no zone, or is no CSV; with the line.
    """
    if len(text) > MAX_TEXT:
        raise ConfigurationUnreadable(f"more than {MAX_TEXT >> 20} MiB", "hand in the list of subnets alone", file)
    zones: dict[str, _Zone] = {}
    told: list[tuple[Place, str]] = []
    seen: list[tuple[Intervals, str, Place]] = []
    for place, cidr, zone, label in _rows(text.removeprefix("\ufeff"), file):
        try:
            addresses = network(cidr)
        except ValueError:
            message = f"{cidr!r} is no network, address or range"
            raise ConfigurationUnreadable(message, "write it as 10.1.0.0/24", file, place.line) from None
        told += (
            (place, f"{cell!r} looks like a formula; it is kept as text") for cell in (zone, label) if _formula(cell)
        )
        name = slug(zone)
        one = zones.setdefault(name, _Zone(name, inert(zone), place))
        one.networks.append(cidr)
        one.labels += [inert(label)] if label else []
        seen.append((addresses, name, place))
    if len(zones) > MAX_ZONES:
        raise ConfigurationUnreadable(f"more than {MAX_ZONES} zones", "give networks of one kind one zone", file)
    told += _overlaps(seen)
    found = []
    proposed = set()
    for one in zones.values():
        roles = roles_of((one.title, *one.labels), model)
        if roles:
            proposed.add(one.name)
        else:
            told.append((one.place, f"zone {one.title!r}: no word tells its role in the model"))
        note = "; ".join(dict.fromkeys(one.labels))[:MAX_CELL]
        networks_of = tuple(dict.fromkeys(one.networks))
        found.append(Zone(name=one.name, title=one.title, roles=roles, networks=networks_of, note=note))
    return ZonesRead(tuple(found), frozenset(proposed), tuple(sorted(told, key=lambda each: each[0].line)))


def slug(written: str) -> str:
    """The stable name of a zone as it is written; a zone written in letters beyond Latin is known by their digest."""
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode().lower()
    name = _APART.sub("-", plain).strip("-")[:MAX_NAME].strip("-")
    return name or f"zone-{hashlib.sha256(written.strip().encode()).hexdigest()[:8]}"


def inert(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula when it is written out again, one line, bounded."""
    plain = " ".join(cell.split())[:MAX_CELL]
    return f"'{plain}"[:MAX_CELL] if _formula(plain) else plain


def _formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None


def _rows(text: str, file: str) -> Iterator[tuple[Place, str, str, str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter, strict=True)
    columns = {"cidr": 0, "zone": 1, "label": 2}
    try:
        for count, row in enumerate(reader):
            place = Place(file, reader.line_num)
            cells = [cell.strip() for cell in row]
            if count > MAX_ROWS:
                raise ConfigurationUnreadable(f"more than {MAX_ROWS} lines", "join adjacent subnets", file, place.line)
            if not any(cells) or cells[0].startswith("#"):
                continue
            if count == 0 and (named := _columns(cells)):
                columns = named
                continue
            values = [cells[at] if (at := columns[name]) < len(cells) else "" for name in ("cidr", "zone", "label")]
            for name, value in zip(("subnet", "zone"), values, strict=False):
                if not value:
                    raise ConfigurationUnreadable(f"no {name}", _HINT, file, place.line)
            yield place, values[0], values[1], values[2]
    except csv.Error as error:
        raise ConfigurationUnreadable(f"not CSV: {error}", _HINT, file, reader.line_num) from None


def _columns(cells: list[str]) -> dict[str, int]:
    """Where the columns are, by a first line that names them; empty where it is a line like the others."""
    found = {
        name: index
        for index, cell in reversed(list(enumerate(cells)))
        for name, known in _HEADERS.items()
        if cell.lower() in known
    }
    return {"label": len(cells), **found} if {"cidr", "zone"} <= set(found) else {}


def roles_of(words: Iterable[str], model: ModelNetwork) -> tuple[str, ...]:
    """The role whose id, title or words stand in these texts; the longest phrase wins. Empty where none does."""
    texts = [" ".join(_APART.split(text.lower())).strip() for text in words]
    best: list[tuple[int, str]] = []
    for role in model.roles:
        if role.filter or role.outside:
            continue
        phrases = {" ".join(_APART.split(word.lower())).strip() for word in (role.id, role.title, *role.words)}
        lengths = [len(phrase) for phrase in phrases if any(f" {phrase} " in f" {text} " for text in texts)]
        if lengths:
            best.append((max(lengths), role.id))
    longest = max((length for length, _ in best), default=0)
    return tuple(role for length, role in best if length == longest)[:1]


def _overlaps(seen: list[tuple[Intervals, str, Place]]) -> Iterator[tuple[Place, str]]:
    """Subnets that stand twice, or cross; one within another is no fault, the longer prefix wins.

    Sorted by first address, only neighbours that still reach here are looked at.
    """
    spans = sorted((span, -number) for number, (addresses, _, _) in enumerate(seen) for span in addresses.spans)
    active: list[tuple[tuple[int, int], int]] = []
    for span, negative in spans:
        active = [one for one in active if one[0][1] >= span[0]]
        for other, number in active:
            nested = (other[0] <= span[0] and span[1] <= other[1]) or (span[0] <= other[0] and other[1] <= span[1])
            one, two = sorted((number, -negative))
            if (other == span or not nested) and seen[one][1] != seen[two][1]:
                both = ", ".join(networks(seen[one][0].common(seen[two][0]))[:3])
                first, second = seen[one], seen[two]
                words = f"{both} is of {first[1]!r} too (line {first[2].line}), which gets it, not {second[1]!r}"
                yield second[2], words
        active.append((span, -negative))
