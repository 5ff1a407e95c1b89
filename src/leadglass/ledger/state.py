"""The ledger's state file: the commit point. Never holds what journals and logs together could not tell."""

from __future__ import annotations

from pathlib import Path

import msgspec

from leadglass.errors import IntegrityError
from leadglass.ledger.open_transfers import OpenInstance, OpenTransfer
from leadglass.store.durable import replace_file
from leadglass.store.journal_format import Position

VERSION = 1


class WriterState(msgspec.Struct, array_like=True):
    """How far a writer's journal is merged, and which counter of that boot comes next."""

    position: Position = Position()
    next_counter: int = 1


class State(msgspec.Struct, array_like=True):
    """Everything a start needs.

    Attributes:
        log: the month being written; empty before the first.
        size, root: its committed leaves and their root.
        body_offset: bytes in the bodies segment of the next leaf.
        boot: of the ledger process that wrote this.
        writers: by name.
        transfers, instances: begun and not closed, or without outcome.
    """

    version: int = VERSION
    log: str = ""
    size: int = 0
    root: bytes = b""
    body_offset: int = 0
    boot: int = 0
    writers: dict[str, WriterState] = {}
    transfers: list[OpenTransfer] = []
    instances: list[OpenInstance] = []


def load(path: Path) -> State:
    """The state in ``path``; a new one where there is none.

    Raises:
        IntegrityError: it cannot be read.
    """
    try:
        state = msgspec.msgpack.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return State()
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise IntegrityError(f"{path} is damaged", "restore the ledger directory from its backup") from fault
    if state.version != VERSION:
        raise IntegrityError(f"{path} has version {state.version}, not {VERSION}", "install the matching Leadglass")
    return state


def save(path: Path, state: State) -> None:
    """Replace the file, durably. From here on the batch is committed."""
    replace_file(path, msgspec.msgpack.encode(state))
