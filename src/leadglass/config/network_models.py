"""Reads model networks and the table of gaps, which ship, and a hospital's own model. Never a hospital's network."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from leadglass.config.catalogue import load_catalogue
from leadglass.config.toml_record import document, nearest, record, text_of
from leadglass.errors import ConfigurationError, Place
from leadglass.network import gap_class, model_file, model_network
from leadglass.network.gap_class import Classes
from leadglass.network.model_network import ModelNetwork
from leadglass.network.service import Service

MAX_DATA = 1_048_576  # bytes of one file

MODELS = ("2007", "2026")
"""Ids of the model networks that ship."""

_PACKAGE = resources.files("leadglass.network")
_INSTALL = "these files belong to the installation: install it again"


class _Services(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    services: tuple[Service, ...]


def load_model(name: str) -> ModelNetwork:
    """The model network of an id that ships (`MODELS`).

    Raises:
        ConfigurationError: there is none, or the installation is damaged.
    """
    if name not in MODELS:
        raise ConfigurationError(f"no model network {name!r}", nearest(name, list(MODELS)))
    return _model(_PACKAGE / "models" / f"{name}.toml", _INSTALL)


def read_model(path: Path) -> ModelNetwork:
    """A hospital's own model network.

    Raises:
        ConfigurationError: it cannot be read or contradicts itself; with the file, and the line where one is at fault.
    """
    return _model(path, "copy one that ships with 'leadglass network model', or name the right file")


def _model(file: Path | Traversable, hint: str) -> ModelNetwork:
    shared = _PACKAGE / "models" / "services.toml"
    text = text_of(shared, MAX_DATA, _INSTALL)
    known = record(document(text, str(shared)), _Services, text, str(shared)).services
    text = text_of(file, MAX_DATA, hint)
    read = record(document(text, str(file)), model_file.ModelFile, text, str(file))
    own = {one.id: one for one in read.services}
    services = (*(own.pop(one.id, one) for one in known), *own.values())
    read = msgspec.structs.replace(read, services=services)
    _sound(model_file.faults(read), file, hint)
    found = model_file.spelled_out(read)
    controls = frozenset(one.id for one in load_catalogue().controls)
    _sound(model_network.faults(found, controls), file, hint)
    return found


def load_gap_classes() -> Classes:
    """The table of what each cell is called; raises like `load_model`."""
    file = _PACKAGE / "gap_classes.toml"
    text = text_of(file, MAX_DATA, _INSTALL)
    found = record(document(text, str(file)), Classes, text, str(file))
    _sound(gap_class.faults(found), file, _INSTALL)
    return found


def _sound(faults: Iterable[str], file: Path | Traversable, hint: str) -> None:
    found = "; ".join(faults)
    if found:
        raise ConfigurationError(found, hint, Place(str(file)))
