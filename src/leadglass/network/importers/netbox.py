"""NetBox's inventory as JSON: prefixes and VLANs become zones, devices with addresses machines. Never more than claims.

Read are the answers of NetBox's REST API (`/api/ipam/prefixes/` and so on, all pages in one), each by itself or several
in one object by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from leadglass.network.address import network, number
from leadglass.network.facts import Fact, Kind, Proposed, digest
from leadglass.network.hospital import MAX_MACHINES, MAX_ZONES, Machine, Zone
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.importers.zones_csv import inert, roles_of, slug
from leadglass.network.model_network import ModelNetwork
from leadglass.network.rule import MAX_TEXT, Place

MAX_ITEMS = 200_000
MAX_TOLD = 2_000

_LISTS = {
    "prefixes": "prefixes", "ip-addresses": "addresses", "ip_addresses": "addresses", "ipaddresses": "addresses",
    "vlans": "vlans", "devices": "devices", "virtual-machines": "devices", "virtual_machines": "devices",
    "sites": "sites",
}  # fmt: skip
_LIVE = frozenset({"active", "dhcp", "slaac", "online", ""})
_PLACED = re.compile(r'"(?:prefix|address|name|dns_name)"\s*:\s*"([^"\\]{1,200})"')
_HINT = "hand in what NetBox's API answers, all pages: prefixes, ip-addresses, vlans, devices"

Item = dict[str, Any]


def recognises(head: str) -> bool:
    """Whether a text begins as an answer of NetBox does."""
    return head.lstrip().startswith(("{", "[")) and any(
        f'"{name}"' in head for name in ("prefix", "assigned_object", "device_type", "prefixes", "vid")
    )


def read(text: str, file: str, model: ModelNetwork) -> Proposed:
    """Zones and machines of an inventory.

    Args:
        text: JSON.
        file: its name.
        model: whose roles are proposed from words.

    Raises:
        ConfigurationUnreadable: it is no JSON, no inventory, or one page of several; with the line.
    """
    content = bounded(text, file)
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        at = re.search(r"\(byte (\d+)\)", str(error))
        line = content.encode("utf-8", "replace").count(b"\n", 0, int(at[1])) + 1 if at else content.count("\n") + 1
        raise ConfigurationUnreadable("no whole JSON: cut off or damaged", _HINT, file, line) from None
    lists = _lists(document, file)
    if not any(lists.get(name) for name in ("prefixes", "addresses", "vlans", "devices")):
        raise ConfigurationUnreadable("no prefixes, addresses, VLANs or devices in it", _HINT, file)
    inventory = _Inventory(file, content, model)
    return inventory.read(lists)


def _lists(document: object, file: str) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    whole = document if isinstance(document, dict) and "results" not in document else {"": document}
    for name, value in whole.items():
        items = value.get("results") if isinstance(value, dict) else value
        if isinstance(value, dict) and value.get("next"):
            raise ConfigurationUnreadable(f"one page of several of {name or 'the list'}", "ask for all: limit=0", file)
        if not isinstance(items, list):
            continue
        if len(items) > MAX_ITEMS:
            raise ConfigurationUnreadable(f"more than {MAX_ITEMS:,} records", "hand in parts", file)
        records = [item for item in items if isinstance(item, dict)]
        kind = _LISTS.get(name.lower()) or _kind(records)
        if kind:
            found.setdefault(kind, []).extend(records)
    return found


def _kind(items: list[Item]) -> str:
    """What a list without a name holds, by its first record."""
    first = items[0] if items else {}
    for key, kind in (("prefix", "prefixes"), ("vid", "vlans"), ("address", "addresses"), ("device_type", "devices")):
        if key in first:
            return kind
    return "devices" if "vcpus" in first else ""


def _text(value: object) -> str:
    """A value, or the name of what it refers to."""
    if isinstance(value, dict):
        named = (value.get(key) for key in ("name", "label", "display", "value", "slug"))
        return next((one for one in named if isinstance(one, str) and one), "")
    return value if isinstance(value, str) else ""


def _status(item: Item) -> str:
    value = item.get("status")
    return str(value.get("value", "") if isinstance(value, dict) else value or "").lower()


@dataclass
class _Zone:
    title: str
    networks: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


class _Inventory:
    """Collects zones and machines."""

    def __init__(self, file: str, content: str, model: ModelNetwork) -> None:
        self._file, self._model, self._digest = file, model, digest(content)
        self._facts: list[Fact] = []
        self._told: list[tuple[Place, str]] = []
        self._lines: dict[str, int] = {}
        for line, written in enumerate(content.split("\n"), 1):
            for named in _PLACED.finditer(written):
                self._lines.setdefault(named[1], line)

    def read(self, lists: dict[str, list[Item]]) -> Proposed:
        vlans = {item.get("id"): item for item in lists.get("vlans", ()) if isinstance(item.get("id"), int)}
        zones = tuple(self._zones(lists.get("prefixes", []), vlans))
        machines = tuple(self._machines(lists))
        told = tuple(self._told[:MAX_TOLD])
        return Proposed(self._file, self._digest, zones, machines, facts=tuple(self._facts), told=told)

    def _place(self, key: str) -> Place:
        return Place(self._file, self._lines.get(key, 0), key[:MAX_TEXT])

    def _say(self, place: Place, words: str) -> None:
        if len(self._told) < MAX_TOLD:
            self._told.append((place, words))

    def _claim(self, subject: str, words: str, place: Place) -> None:
        self._facts.append(Fact(Kind.CLAIMED, subject, words, place, self._digest))

    def _zones(self, prefixes: list[Item], vlans: dict[Any, Item]) -> Iterator[Zone]:
        found: dict[str, _Zone] = {}
        for item in prefixes:
            written = _text(item.get("prefix"))
            place = self._place(written)
            try:
                network(written)
            except ValueError:
                self._say(place, f"{written[:60]!r} is no prefix")
                continue
            if _status(item) not in _LIVE:
                self._say(place, f"{written} is {_status(item)[:40]!r}: no zone is made of it")
                continue
            vlan = item.get("vlan")
            full = vlans.get(vlan.get("id") if isinstance(vlan, dict) else vlan, {})
            name = _text(vlan) or _text(full) or _text(item.get("role")) or _text(item.get("description")) or written
            site = _text(item.get("site")) or _text(item.get("scope"))
            if _text(item.get("vrf")):
                self._say(place, f"{written} is of VRF {_text(item['vrf'])[:60]!r}: its addresses may be elsewhere too")
            zone = found.setdefault(slug(name), _Zone(inert(name)))
            zone.networks.append(written)
            zone.words += [_text(item.get("role")), _text(item.get("description")), _text(full.get("description"))]
            at = f", at {inert(site)}" if site else ""
            self._claim(f"zone {slug(name)}", f"has {written}{at}", place)
        if len(found) > MAX_ZONES:
            raise ConfigurationUnreadable(f"more than {MAX_ZONES:,} zones", "hand in one site", self._file)
        for name, zone in found.items():
            words = list(dict.fromkeys(inert(one) for one in zone.words if one))
            yield Zone(
                name=name,
                title=zone.title,
                roles=roles_of((zone.title, *words), self._model),
                networks=tuple(dict.fromkeys(zone.networks))[:2_000],
                note="; ".join(words)[:200],
            )

    def _machines(self, lists: dict[str, list[Item]]) -> Iterator[Machine]:
        addresses: dict[str, list[str]] = {}
        for item in lists.get("addresses", ()):
            owner = item.get("assigned_object")
            holder = owner if isinstance(owner, dict) else {}
            name = _text(holder.get("device")) or _text(holder.get("virtual_machine")) or _text(item.get("dns_name"))
            if name and _status(item) in _LIVE:
                self._address(addresses.setdefault(name, []), item.get("address"))
        details = {_text(item.get("name")): item for item in lists.get("devices", ())}
        for name, item in details.items():
            for key in ("primary_ip4", "primary_ip6", "primary_ip"):
                primary = item.get(key)
                if name and isinstance(primary, dict):
                    self._address(addresses.setdefault(name, []), primary.get("address"))
        made: set[str] = set()
        for title, own in addresses.items():
            item, place, name = details.get(title, {}), self._place(title), slug(title)
            if not own or _status(item) not in _LIVE:
                continue
            if name in made:
                self._say(place, f"machine {name!r} stands twice: the second is left out")
                continue
            if len(made) >= MAX_MACHINES:
                raise ConfigurationUnreadable(f"more than {MAX_MACHINES:,} machines", "hand in one site", self._file)
            made.add(name)
            what = _text(item.get("role")) or _text(item.get("device_role"))
            kind = item.get("device_type")
            maker = _text(kind.get("manufacturer")) if isinstance(kind, dict) else ""
            self._claim(f"machine {name}", f"is at {', '.join(own)}", place)
            words = [one for one in (what, _text(item.get("description")), title) if one]
            role = next(iter(roles_of(words, self._model)), "")
            yield Machine(
                name=name, title=inert(title), role=role, kind=inert(what), addresses=tuple(own), vendor=inert(maker)
            )

    def _address(self, known: list[str], written: object) -> None:
        """The address without its network's length."""
        bare = written.partition("/")[0] if isinstance(written, str) else ""
        try:
            number(bare)
        except ValueError:
            self._say(self._place(str(written)[:60]), f"{str(written)[:60]!r} is no address")
            return
        if bare not in known and len(known) < 64:
            known.append(bare)
