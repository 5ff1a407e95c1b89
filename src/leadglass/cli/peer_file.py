"""Devices as people write them: a TOML file of [[peer]] tables, certificates, addresses, keywords. Stores nothing."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from leadglass.cli.hours import parse_hours
from leadglass.errors import ConfigurationError, Place
from leadglass.model.certificate import Certificate
from leadglass.model.peer import Peer
from leadglass.policy.bindings import NAMED, PINNED
from leadglass.policy.names import is_uid
from leadglass.store.appstate.peers import host_network
from leadglass.wire.certificate import MAX_CERTIFICATE, leaf_of_file
from leadglass.wire.dicom.uids import uid_of

MAX_IMPORT = 16 * 1024 * 1024  # bytes of an imported file

Shown = dict[str, Certificate]
"""Certificates that were read from files, by fingerprint."""


def read_peers(file: Path) -> tuple[tuple[Peer, ...], Shown]:
    """The devices of a TOML file, and the certificates of the files it names (relative to it).

    Raises:
        ConfigurationError: it cannot be read, or an entry is wrong.
    """
    place = Place(str(file))
    with file.open("rb") as stream:
        raw = stream.read(MAX_IMPORT + 1)
    if len(raw) > MAX_IMPORT:
        raise ConfigurationError(f"larger than {MAX_IMPORT} bytes", "split it", place)
    shown: Shown = {}
    try:
        rows = tomllib.loads(raw.decode("utf-8"))
        given = [_row(row, file.parent, shown) for row in rows.get("peer", [])]
        devices = tuple(msgspec.convert(row, Peer, strict=True) for row in given)
    except (ValueError, RecursionError, TypeError, AttributeError) as error:  # msgspec's and TOML's are ValueErrors
        raise ConfigurationError(f"cannot be read: {error}", "see 'leadglass peer import --help'", place) from None
    if unknown := set(rows) - {"peer"}:
        raise ConfigurationError(f"unknown table {min(unknown)!r}", "only [[peer]] tables stand here", place)
    if not devices:
        raise ConfigurationError("no [[peer]] table", "see 'leadglass peer import --help'", place)
    for device in devices:
        if device.status == "approved":
            check_way_in(device, "certificates", "plain = true", place)
    return devices, shown


def check_way_in(device: Peer, certificates: str, plain: str, place: Place | None = None) -> None:
    """A device must be able to call: with a certificate, or in plain where somebody has said so.

    Args:
        device: approved.
        certificates: how one is written here.
        plain: how that is written here.
        place: where the device is written.

    Raises:
        ConfigurationError: it has neither.
    """
    if not device.certificates and not device.plain:
        raise ConfigurationError(
            f"{device.id} has no certificate, and may not call without TLS",
            f"give {certificates} with its certificate ('leadglass pki' makes one), or {plain} if it cannot do TLS: "
            "anybody at its address who knows its title can then send, and it is counted as a gap",
            place,
        )


def _row(row: dict[str, Any], directory: Path, shown: Shown) -> dict[str, Any]:
    if unknown := set(row) - set(Peer.__dataclass_fields__):
        raise ValueError(f"unknown key {min(unknown)!r}")
    hours = [asdict(parse_hours(text)) for text in row.get("hours", [])]
    classes = [sop_class_of(name) for name in row.get("sop_classes", ["*"])]
    networks = [network_of(network) for network in row.get("networks", [])]
    certificates = [proof_of(text, directory, shown) for text in row.get("certificates", [])]
    return {**row, "hours": hours, "sop_classes": classes, "networks": networks, "certificates": certificates}


def proof_of(text: str, directory: Path, shown: Shown) -> str:
    """What pins a certificate: "sha256:…" and "name:…" as they stand, anything else is a file of one, PEM or DER.

    Args:
        text: as written.
        directory: that a file's name is relative to.
        shown: takes the certificate of a file.

    Raises:
        ConfigurationError: the file cannot be read, or holds no certificate.
    """
    if text.startswith((PINNED, NAMED)):
        return text.lower() if text.startswith(PINNED) else text
    path = directory / text
    try:
        with path.open("rb") as stream:
            found = leaf_of_file(stream.read(4 * MAX_CERTIFICATE))
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read: {error.strerror}",
            f"a certificate is a file of it, or {PINNED} and its digest, or {NAMED} and a name in it",
            Place(str(path)),
        ) from None
    except ValueError as error:
        raise ConfigurationError(
            str(error), "give the device's own certificate, PEM or DER", Place(str(path))
        ) from None
    shown[found.fingerprint] = found
    return found.fingerprint


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
