"""Reads the assessment's own data: controls, questions, truth table, published results. Never a hospital's answers.

They ship with the program; a fault in one is a fault of the installation, and all faults are told together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import msgspec

from leadglass.assess import control, instrument, published, truth
from leadglass.assess.control import Area, Catalogue, Control, Place, Reference
from leadglass.assess.instrument import Change, Instrument, Section
from leadglass.assess.published import Published
from leadglass.assess.truth import TruthTable
from leadglass.errors import ConfigurationError
from leadglass.errors import Place as Where

MAX_FILE = 262_144  # bytes of one data file

_PACKAGE = resources.files("leadglass.assess")
_HINT = "these files belong to the installation: install it again"
_Record = TypeVar("_Record")


class _Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    areas: tuple[Area, ...]
    places: tuple[Place, ...]


class _References(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    references: tuple[Reference, ...]


class _Controls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    controls: tuple[Control, ...]


class _Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    title: str
    sections: tuple[str, ...]
    changes: tuple[Change, ...] = ()


def load_catalogue() -> Catalogue:
    """All controls, in the order of their areas.

    Raises:
        ConfigurationError: a file is missing, damaged, or contradicts another.
    """
    folder = _PACKAGE / "catalogue"
    network = _read(folder / "network.toml", _Network)
    found: list[Control] = []
    for area in network.areas:
        found += _read(folder / f"{area.id}.toml", _Controls).controls
    catalogue = Catalogue(
        areas=network.areas,
        places=network.places,
        references=_read(folder / "references.toml", _References).references,
        controls=tuple(found),
    )
    return _sound(catalogue, control.faults(catalogue), folder)


def load_instrument(catalogue: Catalogue) -> Instrument:
    """All questions; raises like `load_catalogue`."""
    folder = _PACKAGE / "instrument"
    contents = _read(folder / "instrument.toml", _Contents)
    sections = tuple(_read(folder / f"{name}.toml", Section) for name in contents.sections)
    found = msgspec.convert(
        {"version": contents.version, "title": contents.title, "sections": sections, "changes": contents.changes},
        Instrument,
    )
    return _sound(found, instrument.faults(found, catalogue), folder)


def load_truth_table() -> TruthTable:
    """The truth table of verdicts; raises like `load_catalogue`."""
    file = _PACKAGE / "truth_table.toml"
    table = _read(file, TruthTable)
    return _sound(table, truth.faults(table), file)


def load_published(questions: Instrument) -> Published:
    """The results of 2007 and 2005; raises like `load_catalogue`."""
    file = _PACKAGE / "published.toml"
    results = _read(file, Published)
    return _sound(results, published.faults(results, questions), file)


def _read(file: Traversable, kind: type[_Record]) -> _Record:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", _HINT, Where(str(file))) from None
    if len(raw) > MAX_FILE:
        raise ConfigurationError(f"larger than {MAX_FILE} bytes", _HINT, Where(str(file)))
    try:
        document: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
        return msgspec.convert(document, kind)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, msgspec.ValidationError) as error:
        raise ConfigurationError(str(error), _HINT, Where(str(file))) from None


def _sound(value: _Record, faults: Iterable[str], where: Traversable) -> _Record:
    found = "; ".join(faults)
    if found:
        raise ConfigurationError(found, _HINT, Where(str(where)))
    return value
