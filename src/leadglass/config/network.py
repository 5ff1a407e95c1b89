"""Reads a hospital's network from disk: its file, and the configurations that stand beside it. Never judges one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadglass.config.lines import Location, line_of
from leadglass.config.network_models import MODELS, load_gap_classes, load_model, read_model
from leadglass.config.toml_record import document, nearest, record, text_of
from leadglass.errors import ConfigurationError, Place
from leadglass.network import hospital
from leadglass.network.device import Device
from leadglass.network.hospital import Filter, Hospital
from leadglass.network.importers import IMPORTERS, recognise
from leadglass.network.importers.fault import MAX_FILE
from leadglass.network.masking import mask
from leadglass.network.model_network import ModelNetwork

MAX_HOSPITAL = 16 << 20  # bytes of a hospital's file

__all__ = [
    "MODELS",
    "Network",
    "SourceFile",
    "load_gap_classes",
    "load_hospital",
    "load_model",
    "read_hospital",
    "read_model",
]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read.

    Attributes:
        name: as the hospital's file names it. kind: syntax.
        digest: SHA-256 of its text with secrets masked, hexadecimal: no hash of a secret is kept.
        lines: how many.
    """

    name: str
    kind: str
    digest: str
    lines: int


@dataclass(frozen=True, slots=True)
class Network:
    """A hospital's network as read from disk.

    Attributes:
        devices: its filters; of a pair the active one.
        sources: files in the order they were read.
    """

    hospital: Hospital
    model: ModelNetwork
    devices: tuple[Device, ...]
    sources: tuple[SourceFile, ...]


def load_hospital(path: Path, progress: Callable[[str], None] | None = None) -> Network:
    """A hospital's network: its file, its model, and the configurations of its filters, which stand beside it.

    Args:
        path: of the hospital's file.
        progress: told the name of each file before it is read.

    Raises:
        ConfigurationError: the file is missing, is no TOML, has unknown or wrong keys, or contradicts itself; with the
            file, the line, and what to do.
        ConfigurationUnreadable: a filter's file is of another vendor, cut off, or too large.
    """
    text = text_of(path, MAX_HOSPITAL, "name the hospital's network file (docs/reference/network-file.md)")
    found = parse_hospital(text, str(path))
    own = path.parent / f"{found.model}.toml"
    model = read_model(own) if found.model not in MODELS and own.is_file() else _named_model(found, text, path)
    return _assembled(found, model, text, path, lambda one, where: _beside(one, path, where), progress)


def read_hospital(
    text: str, name: str, files: Mapping[str, str], progress: Callable[[str], None] | None = None
) -> Network:
    """The same from texts that were handed in: the hospital's, called ``name``, and configurations by their names.

    Raises:
        ConfigurationError: like `load_hospital`.
        ConfigurationUnreadable: likewise.
    """
    found, path = parse_hospital(text, name), Path(name)
    return _assembled(
        found, _named_model(found, text, path), text, path, lambda one, where: _given(one, files, where), progress
    )


def _assembled(
    found: Hospital,
    model: ModelNetwork,
    text: str,
    path: Path,
    read: _Read,
    progress: Callable[[str], None] | None,
) -> Network:
    _roles(found, model, text, path)
    devices = []
    sources = [SourceFile(path.name, "hospital", _digest(text), text.count("\n") + 1)]
    for index, one in enumerate(found.filters):
        if one.file and not one.pair:
            if progress is not None:
                progress(one.file)
            where = Place(str(path), line_of(text, ("filters", index, "file")))
            device, source = _filter(one, read(one, where), where)
            devices.append(device)
            sources.append(source)
    return Network(found, model, tuple(devices), tuple(sources))


def parse_hospital(text: str, file: str) -> Hospital:
    """The hospital of a text, as if it stood in ``file``; raises like `load_hospital`."""
    values: dict[str, Any] = document(text, file)
    found = record(values, Hospital, text, file)
    for fault in hospital.faults(found):
        raise ConfigurationError(
            fault, "each name stands once, and what is named is there", Place(file, _line(text, fault))
        )
    return found


def _line(text: str, fault: str) -> int:
    """The line of what a fault quotes: the last one, which is what is wrong."""
    quoted = fault.split("'")[1::2]
    for number, line in enumerate(text.splitlines(), 1):
        if quoted and f'"{quoted[-1]}"' in line:
            return number
    return 0


def _named_model(found: Hospital, text: str, path: Path) -> ModelNetwork:
    if found.model in MODELS:
        return load_model(found.model)
    hint = f"{nearest(found.model, list(MODELS))} A model of your own stands beside this file as {found.model}.toml."
    raise ConfigurationError(f"no model network {found.model!r}", hint, Place(str(path), line_of(text, ("model",))))


def _roles(found: Hospital, model: ModelNetwork, text: str, path: Path) -> None:
    """Roles must be of the model, or of one that ships: so one file is held against several."""
    shipped = {role.id for name in MODELS for role in load_model(name).roles if not role.filter}
    known = {role.id for role in model.roles if not role.filter} | shipped
    places: list[tuple[str, str, Location]] = [
        (f"zone {zone.name!r}", role, ("zones", index, "roles"))
        for index, zone in enumerate(found.zones)
        for role in zone.roles
    ]
    places += [
        (f"machine {one.name!r}", one.role, ("machines", index, "role"))
        for index, one in enumerate(found.machines)
        if one.role
    ]
    for who, role, location in places:
        if role not in known:
            message = f"{who}: no role {role!r}"
            raise ConfigurationError(message, nearest(role, sorted(known)), Place(str(path), line_of(text, location)))


_Read = Callable[[Filter, Place], str]
"""The text of a filter's configuration, which is named at a place of the hospital's file."""


def _beside(one: Filter, path: Path, where: Place) -> str:
    file = path.parent / one.file
    if not file.resolve().is_relative_to(path.parent.resolve()):
        raise ConfigurationError(f"filter {one.name!r}: {one.file!r} is outside this folder", "copy it beside", where)
    if not file.is_file():
        raise _missing(one, sorted(each.name for each in path.parent.iterdir() if each.is_file()), where)
    return text_of(file, MAX_FILE, "check its owner and mode")


def _given(one: Filter, files: Mapping[str, str], where: Place) -> str:
    if one.file not in files:
        raise _missing(one, sorted(files), where)
    return files[one.file]


def _missing(one: Filter, known: list[str], where: Place) -> ConfigurationError:
    return ConfigurationError(f"filter {one.name!r}: no file {one.file!r}", nearest(one.file, known), where)


def _filter(one: Filter, written: str, where: Place) -> tuple[Device, SourceFile]:
    kind = one.kind or recognise(written)
    if kind is None:
        hint = f"say what it is: kind = one of {', '.join(sorted(IMPORTERS))}"
        raise ConfigurationError(f"filter {one.name!r}: its syntax is not recognised", hint, where)
    if kind not in IMPORTERS:
        raise ConfigurationError(f"filter {one.name!r}: no importer {kind!r}", nearest(kind, sorted(IMPORTERS)), where)
    device = IMPORTERS[kind](written, one.file, one.name)
    return device, SourceFile(one.file, kind, _digest(mask(written, kind)), written.count("\n") + 1)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
