"""What people hand in: each file told by its text, masked, and only then read; together they make or extend a hospital.

Never keeps a secret: what is read, named and kept is the masked text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leadglass.errors import LeadglassError, Place
from leadglass.network.draft import FORMAT, MAX_QUESTIONS, Draft, Source, draft
from leadglass.network.facts import Proposed
from leadglass.network.hospital import Hospital
from leadglass.network.importers import IMPORTERS, netbox, nmap_xml, recognise, zones_csv
from leadglass.network.importers.fault import ConfigurationUnreadable, bounded
from leadglass.network.importers.zones_csv import ZonesRead, slug
from leadglass.network.masking import mask
from leadglass.network.merge import merge
from leadglass.network.model_network import ModelNetwork

HOSPITAL, ZONES, NETBOX, NMAP = "hospital", "zones", "netbox", "nmap"
INVENTORIES = (NETBOX, NMAP)
"""Kinds of files that name machines; what they propose is added, and never overwrites."""

MAX_FILES = 60  # handed in at once
MAX_NAME = 120  # characters of a file's name that are kept

_HOSPITAL = re.compile(r'^\s*format\s*=\s*"leadglass-network-', re.MULTILINE)
_SUBNET = re.compile(
    r"^\W*(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]+:[0-9a-fA-F:]*)(?:[/-][0-9a-fA-F.:]+)?\W*[,;\t]", re.MULTILINE
)
_HEADING = re.compile(r"^\W*(?:cidr|subnet|network|prefix)\b.*[,;\t]", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._ ()-]+")


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it is kept.

    Attributes:
        name: safe as the name of a file beside others. kind: `HOSPITAL`, `ZONES`, or a syntax.
        text: masked.
    """

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Intake:
    """What was made of files.

    Attributes:
        draft: the hospital with its questions. configurations: to be kept beside it.
    """

    draft: Draft
    configurations: tuple[Taken, ...]


def kind_of(text: str) -> str | None:
    """What a text is: `HOSPITAL`, a syntax, `ZONES`; None where nothing speaks for any."""
    head = text[: 1 << 16].removeprefix("\ufeff")
    if _HOSPITAL.search(head):
        return HOSPITAL
    if nmap_xml.recognises(head):
        return NMAP
    found = recognise(head)
    if found is None and netbox.recognises(head):
        return NETBOX
    return found or (ZONES if _HEADING.match(head) or _SUBNET.search(head) else None)


def taken(name: str, text: str, kind: str = "") -> Taken:
    """A file that was handed in, masked.

    Args:
        name: as it was handed in.
        text: of it.
        kind: where somebody says what it is; else it is told by the text.

    Raises:
        ConfigurationUnreadable: it is too large, binary, or nothing that is known.
    """
    safe = safe_name(name)
    content = bounded(text, safe)
    found = kind or kind_of(content)
    if found is None or found not in {HOSPITAL, ZONES, *INVENTORIES, *IMPORTERS}:
        known = ", ".join(sorted(IMPORTERS))
        raise ConfigurationUnreadable(
            "neither a configuration that is known here nor a list of subnets",
            f"configurations: {known}; lists: CSV with cidr, zone, label; inventories: NetBox JSON, nmap XML",
            safe,
        )
    return Taken(safe, found, mask(content, found))


def intake(files: Sequence[Taken], model: ModelNetwork, base: Hospital | None = None, name: str = "") -> Intake:
    """What files make of a hospital.

    Args:
        files: configurations, inventories, and at most one list of subnets.
        model: whose roles are proposed.
        base: what is described already.
        name: of the hospital.

    Raises:
        ConfigurationUnreadable: one cannot be read, with its line.
        LeadglassError: there are too many, or two have one name.
    """
    if len(files) > MAX_FILES:
        raise LeadglassError(f"more than {MAX_FILES} files at once", "hand in a part of them, then the rest")
    lists = [one for one in files if one.kind == ZONES]
    if len(lists) > 1:
        raise LeadglassError(
            f"{lists[0].name} and {lists[1].name} are both lists of subnets", "put both into one", Place(lists[1].name)
        )
    configurations = tuple(one for one in files if one.kind in IMPORTERS)
    _once(configurations)
    sources = _read(configurations, base)
    listed: ZonesRead | None = zones_csv.read(lists[0].text, lists[0].name, model) if lists else None
    proposed = [_inventory(one, model) for one in files if one.kind in INVENTORIES]
    if not proposed:
        return Intake(draft(model, sources, listed, base, name), configurations)
    start = base or Hospital(format=FORMAT, name=name or "Our hospital", model=model.id)
    merged = merge(start, proposed)
    made = draft(model, sources, listed, merged.hospital, name)
    said = [f"{one.subject}: {one.words} ({one.kind}, {one.place})." for one in merged.conflicts]
    said += [f"{place}: {words}." for one in proposed for place, words in one.told]
    fresh = {zone.name for zone in made.hospital.zones if zone.name in merged.zones and zone.roles}
    questions = (*made.questions, *said)[:MAX_QUESTIONS]
    return Intake(Draft(made.hospital, questions, made.proposed | fresh), configurations)


def _inventory(one: Taken, model: ModelNetwork) -> Proposed:
    return netbox.read(one.text, one.name, model) if one.kind == NETBOX else nmap_xml.read(one.text, one.name)


def safe_name(name: str) -> str:
    """A file's name without what leads elsewhere or hides: letters, digits and a few signs."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = _UNSAFE.sub("_", last).strip(" .")[:MAX_NAME]
    return plain or "file"


def _once(files: Iterable[Taken]) -> None:
    seen: set[str] = set()
    for one in files:
        if one.name in seen:
            raise LeadglassError(f"two files are called {one.name}", "give each its own name", Place(one.name))
        seen.add(one.name)


def _read(files: Sequence[Taken], base: Hospital | None) -> list[Source]:
    """Configurations as devices; one that the hospital has by its file keeps its name."""
    named = {one.file: one.name for one in base.filters} if base is not None else {}
    used = set(named.values())
    found = []
    for one in files:
        name = named.get(one.name) or _name(one.name, used)
        used.add(name)
        found.append(Source(one.name, one.kind, IMPORTERS[one.kind](one.text, one.name, name)))
    return found


def _name(file: str, used: set[str]) -> str:
    first = slug(file.rpartition(".")[0] or file)
    return next(
        name for number in range(1, 1_000) if (name := first if number == 1 else f"{first[:36]}-{number}") not in used
    )
