"""The configuration in force, kept apart from the one being edited: children restart from it. Never judges it.

In ``<data>/accepted``: ``leadglass.toml`` (complete, absolute paths) and a directory of its policy and test files and
certificates, named by their digest; the private keys of the same name in ``<data>/relay-keys``. A candidate waits
beside it until every worker has it, then takes its place in one rename.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from leadglass.config import Configuration, DataDirectory, PolicyFiles
from leadglass.config.render import toml
from leadglass.config.values import TlsFiles
from leadglass.store.durable import replace_file

_IN_FORCE, _CANDIDATE = "leadglass.toml", "candidate.toml"


def in_force(directory: Path) -> Path:
    """The file that children are started with."""
    return directory / _IN_FORCE


def candidate(directory: Path) -> Path:
    """The file that waits to be accepted; it need not exist."""
    return directory / _CANDIDATE


def propose(configuration: Configuration) -> Path:
    """Write ``configuration`` with copies of all files it names as the candidate.

    Raises:
        OSError: a file cannot be read or written.
    """
    data = configuration.data
    public = {
        "policies": configuration.policy.files,
        "tests": configuration.policy.tests,
        **_certificates(configuration.tls),
    }
    texts = {kind: [(path.name, path.read_bytes()) for path in paths] for kind, paths in public.items()}
    name = hashlib.sha256(repr(list(texts.items())).encode()).hexdigest()[:16]
    copies = {kind: _copy(data.accepted / name, kind, rows) for kind, rows in texts.items()}
    kept = dataclasses.replace(configuration, policy=PolicyFiles(copies["policies"], copies["tests"]))
    if configuration.tls is not None:
        kept = dataclasses.replace(kept, tls=_copied(configuration.tls, copies, data.relay_keys / name))
    text = toml(kept).encode()
    replace_file(candidate(data.accepted), text, 0o600)
    _sweep_keys(data, text)
    return candidate(data.accepted)


def _certificates(files: TlsFiles | None) -> dict[str, tuple[Path, ...]]:
    if files is None:
        return {}
    return {
        "certificate": (files.certificate,),
        "client-certificate": (files.client_certificate,),
        "trust": files.trust,
        "revocation": files.revocation,
    }


def _copy(directory: Path, kind: str, rows: Iterable[tuple[str, bytes]]) -> tuple[Path, ...]:
    made = []
    for number, (name, text) in enumerate(rows):
        copy = directory / f"{kind}-{number}" / name
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(copy, text, 0o600)
        made.append(copy)
    return tuple(made)


def _copied(files: TlsFiles, copies: Mapping[str, tuple[Path, ...]], keys: Path) -> TlsFiles:
    """The same with the copies; keys lie apart, where only workers may look."""
    secrets = [(path.name, path.read_bytes()) for path in (files.key, files.client_key)]
    key, client_key = _copy(keys, "key", secrets)
    return TlsFiles(
        copies["certificate"][0],
        key,
        copies["client-certificate"][0],
        client_key,
        copies["trust"],
        copies["revocation"],
    )


def _sweep_keys(data: DataDirectory, text: bytes) -> None:
    """Remove private keys that neither the candidate nor the configuration in force names."""
    with contextlib.suppress(FileNotFoundError):
        text += in_force(data.accepted).read_bytes()
    for entry in data.relay_keys.iterdir() if data.relay_keys.exists() else ():
        if str(entry).encode() not in text:
            shutil.rmtree(entry)


def accept(directory: Path) -> None:
    """Put the candidate in force and remove policy files nothing names any more; without a candidate, nothing.

    Raises:
        OSError: it cannot be written.
    """
    try:
        text = candidate(directory).read_bytes()
    except FileNotFoundError:
        return
    replace_file(in_force(directory), text, 0o600)
    candidate(directory).unlink()
    for entry in directory.iterdir():
        if entry.is_dir() and str(entry).encode() not in text:
            shutil.rmtree(entry)


def withdraw(directory: Path) -> None:
    """Remove the candidate."""
    with contextlib.suppress(FileNotFoundError):
        candidate(directory).unlink()
