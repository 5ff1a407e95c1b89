"""Devices as people write them: a TOML file of [[peer]] tables, addresses, keywords of SOP classes. Stores nothing."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from leadglass.cli.hours import parse_hours
from leadglass.errors import ConfigurationError, Place
from leadglass.model.peer import Peer
from leadglass.policy.names import is_uid
from leadglass.store.appstate.peers import host_network
from leadglass.wire.dicom.uids import uid_of

MAX_IMPORT = 16 * 1024 * 1024  # bytes of an imported file


def read_peers(file: Path) -> tuple[Peer, ...]:
    """The devices of a TOML file.

    Raises:
        ConfigurationError: it cannot be read, or an entry is wrong.
    """
    place = Place(str(file))
    with file.open("rb") as stream:
        raw = stream.read(MAX_IMPORT + 1)
    if len(raw) > MAX_IMPORT:
        raise ConfigurationError(f"larger than {MAX_IMPORT} bytes", "split it", place)
    try:
        rows = tomllib.loads(raw.decode("utf-8"))
        devices = tuple(msgspec.convert(_row(row), Peer, strict=True) for row in rows.get("peer", []))
    except (ValueError, RecursionError, TypeError, AttributeError) as error:  # msgspec's and TOML's are ValueErrors
        raise ConfigurationError(f"cannot be read: {error}", "see 'leadglass peer import --help'", place) from None
    if unknown := set(rows) - {"peer"}:
        raise ConfigurationError(f"unknown table {min(unknown)!r}", "only [[peer]] tables stand here", place)
    if not devices:
        raise ConfigurationError("no [[peer]] table", "see 'leadglass peer import --help'", place)
    return devices


def _row(row: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(row) - set(Peer.__dataclass_fields__):
        raise ValueError(f"unknown key {min(unknown)!r}")
    hours = [asdict(parse_hours(text)) for text in row.get("hours", [])]
    classes = [sop_class_of(name) for name in row.get("sop_classes", ["*"])]
    networks = [network_of(network) for network in row.get("networks", [])]
    return {**row, "hours": hours, "sop_classes": classes, "networks": networks}


def network_of(text: str) -> str:
    """A range as it stands; an address as the range of exactly it.

    Raises:
        AppStateConflictError: it is no address.
    """
    return text if "/" in text else host_network(text)


def sop_class_of(name: str) -> str:
    """The UID of a SOP class given by UID or keyword; ``*`` stays.

    Raises:
        ValueError: there is none of this name.
    """
    if name == "*" or is_uid(name):
        return name
    uid = uid_of(name)
    if not uid:
        raise ValueError(f"no SOP class {name!r}; write its UID, or its keyword such as CTImageStorage")
    return uid
