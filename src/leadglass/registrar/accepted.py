"""The configuration in force, kept apart from the one being edited: children restart from it. Never judges it.

In ``<data>/accepted``: ``leadglass.toml`` (complete, absolute paths) and a directory of its policy and test files,
named by their digest. A candidate waits beside it until every worker has it, then takes its place in one rename.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import shutil
from pathlib import Path

from leadglass.config import Configuration, PolicyFiles
from leadglass.config.render import toml
from leadglass.store.durable import replace_file

_IN_FORCE, _CANDIDATE = "leadglass.toml", "candidate.toml"


def in_force(directory: Path) -> Path:
    """The file that children are started with."""
    return directory / _IN_FORCE


def candidate(directory: Path) -> Path:
    """The file that waits to be accepted; it need not exist."""
    return directory / _CANDIDATE


def propose(configuration: Configuration) -> Path:
    """Write ``configuration`` with copies of its policy and test files as the candidate.

    Raises:
        OSError: a file cannot be read or written.
    """
    directory = configuration.data.accepted
    texts = [
        ("policies", [(path, path.read_bytes()) for path in configuration.policy.files]),
        ("tests", [(path, path.read_bytes()) for path in configuration.policy.tests]),
    ]
    digest = hashlib.sha256(
        repr([[(path.name, text) for path, text in rows] for _, rows in texts]).encode()
    ).hexdigest()
    copies: dict[str, tuple[Path, ...]] = {}
    for kind, rows in texts:
        kept = []
        for number, (path, text) in enumerate(rows):
            copy = directory / digest[:16] / f"{kind}-{number}" / path.name
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(copy, text, 0o600)
            kept.append(copy)
        copies[kind] = tuple(kept)
    kept_configuration = dataclasses.replace(configuration, policy=PolicyFiles(copies["policies"], copies["tests"]))
    replace_file(candidate(directory), toml(kept_configuration).encode(), 0o600)
    return candidate(directory)


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
