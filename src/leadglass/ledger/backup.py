"""Copies journals and ledger of a running gateway so that the copy can go on. Never writes to what it copies.

The order makes it whole: journals first, then the checkpoint, the state, and the files they speak of. What a writer
recorded before the copy began is then in the copied journals, or was merged, and is in the copied ledger. Files ahead
of the copied state are cut off as after a kill, and the tree is compared with the state before the copy counts.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from leadglass.errors import IntegrityError, LeadglassError
from leadglass.ledger import state as state_file
from leadglass.ledger.log import Log
from leadglass.store.journal_format import HEADER_BYTES, parse_name, segment_name
from leadglass.store.note import Verifier, read_verifier

ATTEMPTS = 5  # a running ledger may replace files while they are listed


def copy_journals(source: Path, target: Path) -> int:
    """Copy every writer's segments that hold something; how many.

    A writer's newest segment goes first: whatever it holds, the segments before it were full, so that no hole appears.

    Args:
        source: ``<data>/journal``.
        target: made.

    Raises:
        OSError: it cannot be read or written.
    """
    count = 0
    for directory in sorted(path for path in source.iterdir() if path.is_dir()):
        copy = target / directory.name
        copy.mkdir(parents=True, mode=0o750)
        places = sorted((place for path in directory.iterdir() if (place := parse_name(path.name))), reverse=True)
        for name in (segment_name(*place) for place in places):
            try:
                if _holds_something(directory / name):
                    shutil.copyfile(directory / name, copy / name)
                    count += 1
            except FileNotFoundError:
                continue  # merged and committed meanwhile: the ledger, copied later, holds it
        if (directory / "lock").exists():  # remembers the last boot
            shutil.copyfile(directory / "lock", copy / "lock")
    return count


def _holds_something(segment: Path) -> bool:
    with segment.open("rb") as file:
        return any(file.read(HEADER_BYTES + 4)[HEADER_BYTES:])


def copy_ledger(source: Path, target: Path) -> tuple[str, int]:
    """Copy the logs up to one commit, and prove that the copy can go on from there; (log, leaves).

    Args:
        source: ``<data>/ledger``.
        target: made; what an earlier attempt left is removed.

    Raises:
        IntegrityError: the ledger contradicts itself.
        LeadglassError: there is no ledger, or it changed faster than it could be copied.
        OSError: it cannot be read or written.
    """
    if not (source / "state").exists():
        raise LeadglassError(f"there is no ledger in {source} yet", "a gateway makes it seconds after its first start")
    fault: Exception | None = None
    for _ in range(ATTEMPTS):
        shutil.rmtree(target, ignore_errors=True)
        try:
            return _copy_once(source, target)
        except (FileNotFoundError, IntegrityError) as error:
            fault = error
    if isinstance(fault, IntegrityError):
        raise fault
    raise LeadglassError(f"the ledger changed while it was copied ({fault})", "try again in a quiet minute") from fault


def _copy_once(source: Path, target: Path) -> tuple[str, int]:
    target.mkdir(parents=True, mode=0o750)
    shutil.copyfile(source / "key.pub", target / "key.pub")
    months = sorted(path.parent.name for path in source.glob("????-??/checkpoint"))
    for month in months:  # before the state: a checkpoint never runs ahead of it
        (target / month).mkdir(mode=0o750)
        shutil.copyfile(source / month / "checkpoint", target / month / "checkpoint")
    state_file.save(target / "state", state_file.load(source / "state"))
    state = state_file.load(target / "state")
    for month in months:
        if month > state.log:  # begun after the state was read
            shutil.rmtree(target / month)
        else:
            for part in ("tile", "bodies"):
                _copy_tree(source / month / part, target / month / part)
    log = Log(target / state.log, state.size, state.body_offset)  # cuts off what lies beyond the state
    try:
        verifier = read_verifier(target / "key.pub")
        if log.tree.root() != state.root or not _signed(log, verifier):
            raise IntegrityError(f"the copy of {state.log} contradicts its state or its checkpoint", "audit verify")
    finally:
        log.close()
    return state.log, state.size


def _signed(log: Log, verifier: Verifier) -> bool:
    """Whether the tree contains what its checkpoint signed; one that has none yet is signed at the next start."""
    path = log.path / "checkpoint"
    if not path.exists():
        return True
    head = verifier.open(path.read_text("utf-8"))
    return head.size <= log.size and log.tree.root_at(head.size) == head.root


def _copy_tree(source: Path, target: Path) -> None:
    """Copy all files below ``source``. One that is replaced by a wider tile meanwhile is looked for again."""
    if not source.exists():
        return  # all bodies of the month are pruned
    target.mkdir(parents=True, mode=0o750)
    for _ in range(ATTEMPTS):
        gone = False
        for path in source.rglob("*"):
            copy = target / path.relative_to(source)
            try:
                if path.is_dir():
                    copy.mkdir(parents=True, exist_ok=True, mode=0o750)
                elif not copy.exists() or copy.stat().st_size != path.stat().st_size:
                    copy.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
                    shutil.copyfile(path, copy)
            except FileNotFoundError:
                gone = True
        if not gone:
            return
    raise FileNotFoundError(f"files below {source} keep changing")
