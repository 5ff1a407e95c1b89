"""Journals into the signed tree in batches; the state file is the commit point. Never signs what it has not checked.

Order of a commit: bodies, tiles, state, checkpoint, then old partial tiles and merged journal segments go. Killed
anywhere, the next start truncates to the state, reads the journals from its positions and signs again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from leadglass import __version__
from leadglass.errors import IntegrityError
from leadglass.ledger import state as state_file
from leadglass.ledger.log import Log
from leadglass.ledger.merge import Item, Merge
from leadglass.ledger.open_transfers import OpenTransfers
from leadglass.ledger.state import State
from leadglass.model.event import ApplicationStarted, ApplicationStopped, Body, Event, EventId, LedgerContinued, encode
from leadglass.store.durable import replace_file
from leadglass.store.note import Checkpoint, open_signer

WRITER = "ledger"
_HINT = "run leadglass audit verify; restore the ledger directory from its backup"


def origin(name: str, log: str) -> str:
    """First line of a log's checkpoints."""
    return f"{name}/{log}"


class Committer:
    """One opening of the ledger directory; after an OSError it must be opened anew.

    Attributes:
        pending: leaves appended since the last commit.
        root: of the last commit.
        size: leaves committed in the present log.
    """

    def __init__(
        self,
        data: Path,
        *,
        name: str = "leadglass",
        now_ns: Callable[[], int] = time.time_ns,
        at: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Open, repair what a kill left, and sign again if the last signature is missing.

        Args:
            data: the data directory.
            name: of the signing key, if it is made now.
            now_ns: UTC ns.
            at: called with the name of each commit point passed.

        Raises:
            IntegrityError: what is on disk contradicts the state or the last checkpoint; nothing was signed.
            OSError: the disk fails.
        """
        self._directory = data / "ledger"
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._now = now_ns
        self._at = at
        self._signer = open_signer(data / "key" / "ledger.key", self._directory / "key.pub", name)
        self._state_path = self._directory / "state"
        state = state_file.load(self._state_path)
        if not state.log and any(self._directory.glob("????-??/checkpoint")):
            raise IntegrityError(f"{self._state_path} is missing beside signed logs", _HINT)
        self.pending = 0
        self.size, self.root = state.size, state.root
        self._log = self._open_log(state) if state.log else None
        self._boot = max(now_ns() // 1_000_000, state.boot + 1)
        self._counter = 0
        self._merge = Merge(data / "journal", state.writers, OpenTransfers(state.transfers, state.instances))
        self._own(ApplicationStarted(WRITER, __version__, os.getpid()))

    def _open_log(self, state: State) -> Log:
        log = Log(self._directory / state.log, state.size, state.body_offset)
        if log.tree.root() != state.root:
            raise IntegrityError(f"the tree of {state.log} does not have the root of the state", _HINT)
        path = log.path / "checkpoint"
        if path.exists():
            signed = self._signer.verifier.open(path.read_text(encoding="utf-8", errors="replace"))
            right = signed.origin == origin(self._signer.verifier.name, log.name) and signed.size <= state.size
            if not right or log.tree.root_at(signed.size) != signed.root:
                raise IntegrityError(f"the tree of {state.log} contradicts its signed checkpoint", _HINT)
            if signed.size == state.size:
                return log
        self._sign(log)
        return log

    def poll(self, *, look: bool = False) -> int:
        """Append what came into the journals; returns how many leaves that was. ``look`` as in `Merge.read`."""
        items = self._merge.read(self._now(), look=look)
        for item in items:
            self._append(item)
        return len(items)

    def _append(self, item: Item) -> None:
        if item[1] is None:
            flow, body, cause = item[2]
            self._own(body, flow, cause)
            return
        self._current().append(item[1], item[2])
        self.pending += 1

    def _own(self, body: Body, flow: str = "", cause: EventId | None = None) -> None:
        self._current().append(*self._event(body, flow, cause))
        self.pending += 1

    def _event(self, body: Body, flow: str = "", cause: EventId | None = None) -> tuple[EventId, bytes]:
        self._counter += 1
        event_id = EventId(WRITER, self._boot, self._counter)
        return event_id, encode(Event(event_id, self._now(), flow, body, cause))

    def _current(self) -> Log:
        """The log to append to; a batch stays in the log it began in."""
        log = self._log
        if log is not None and self.pending:
            return log
        month = datetime.fromtimestamp(self._now() / 1e9, UTC).strftime("%Y-%m")
        if log is None or month > log.name:  # never back, whatever the clock does
            before = self._log
            self._log = log = Log(self._directory / month, 0, 0)
            if before is not None:
                checkpoint = (before.path / "checkpoint").read_text(encoding="utf-8")
                before.close()
                log.append(*self._event(LedgerContinued(before.name, checkpoint)))
                self.pending += 1
        return log

    def commit(self) -> None:
        """Make everything appended durable, sign it, and let the journals go.

        Raises:
            OSError: the disk fails; open the ledger anew.
        """
        log = self._log
        if log is None or not self.pending:
            return
        log.write(self._at)
        self.size, self.root = log.size, log.tree.root()
        state_file.save(
            self._state_path,
            State(
                log=log.name,
                size=self.size,
                root=self.root,
                body_offset=log.body_offset,
                boot=self._boot,
                writers=self._merge.states(),
                transfers=self._merge.open.transfers(),
                instances=self._merge.open.instances(),
            ),
        )
        self._at("state")
        self._sign(log)
        self._at("checkpoint")
        self.pending = 0
        log.tree.remove_superseded()
        self._at("superseded")
        self._merge.delete_merged()
        self._at("journals")

    def _sign(self, log: Log) -> None:
        head = Checkpoint(origin(self._signer.verifier.name, log.name), log.size, log.tree.root())
        replace_file(log.path / "checkpoint", self._signer.sign(head).encode())

    def lag(self) -> int:
        """Journal bytes not read, about; 0 when all is."""
        return self._merge.lag()

    def stop(self) -> None:
        """Record an orderly end and commit."""
        self._own(ApplicationStopped(WRITER, "in order"))
        self.commit()

    def close(self) -> None:
        """Release the descriptors; what is not committed is dropped."""
        self._merge.close()
        if self._log is not None:
            self._log.close()
