"""What senders were told, the archive kept and the ledger says, instance by instance. Never guesses an outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leadglass.model import event
from leadglass.store.leaves import LedgerReader

SUCCESS = 0x0000
_WARNINGS = {0x0001, 0x0107, 0x0116}  # PS3.7 C; and Bxxx
UNTOLD, CUT = "untold", "cut"
_PAGE = 4_096


@dataclass(frozen=True, slots=True)
class Told:
    """An instance as its sender knows it: ``fate`` is a status in decimal, "untold" or "cut"."""

    fate: str
    digest: str

    @property
    def delivered(self) -> bool:
        """Whether the sender was told Success or Warning."""
        if not self.fate.isdecimal():
            return False
        status = int(self.fate)
        return status == SUCCESS or status in _WARNINGS or status >> 12 == 0xB


@dataclass(slots=True)
class Recorded:
    """The ledger by instance.

    Attributes:
        outcomes: by SOP Instance UID, (outcome, status) of each time it was begun; ("open", -1) where none stands.
        refusals: by cause.
        refused: SOP Instance UIDs of refused operations.
    """

    outcomes: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Account:
    """The comparison: SOP Instance UIDs, each in the list of what is wrong with it; all should be empty.

    Attributes:
        lost: told Success or Warning, and not in the archive.
        changed: in the archive, and not as it was sent.
        unexplained: in the archive, its sender not told, and not "unknown" in the ledger.
        unaccounted: not in the ledger, or there with another outcome than its sender was told.
    """

    lost: tuple[str, ...]
    changed: tuple[str, ...]
    unexplained: tuple[str, ...]
    unaccounted: tuple[str, ...]


def read_lines(paths: Iterable[Path]) -> dict[str, Told]:
    """What a generator or an answerer wrote, "uid word sha256" a line."""
    found = {}
    for path in paths:
        for line in path.read_text("ascii").splitlines():
            uid, word, digest = line.split(" ")
            found[uid] = Told(word, digest)
    return found


def read_ledger(path: Path) -> Recorded:
    """Instances and refusals of the whole ledger."""
    reader = LedgerReader(path)
    recorded = Recorded()
    begun: dict[tuple[str, int, int, int], str] = {}
    ended: dict[tuple[str, int, int, int], tuple[str, int]] = {}
    for log in reader.logs():
        size = reader.size(log)
        for first in range(0, size, _PAGE):
            for leaf in reader.read(log, first, _PAGE):
                if leaf.event is None:
                    continue
                entry = event.decode(leaf.event)
                body = entry.body
                if isinstance(body, event.InstanceBegun):
                    key = (entry.id.writer, entry.id.boot, body.association, body.instance)
                    begun[key] = body.sop_instance
                elif isinstance(body, event.InstanceOutcome):
                    # After a crash the ledger itself writes what is unknown, and names the writer it writes of.
                    key = (*(body.origin or (entry.id.writer, entry.id.boot)), body.association, body.instance)
                    ended[key] = (body.outcome, body.status)
                elif isinstance(body, event.Refusal) and not body.would:
                    recorded.refusals[body.cause] += 1
                    if body.sop_instance:
                        recorded.refused.add(body.sop_instance)
    for key, uid in begun.items():
        recorded.outcomes.setdefault(uid, []).append(ended.get(key, ("open", -1)))
    return recorded


def account(told: Mapping[str, Told], kept: Mapping[str, Told], recorded: Recorded) -> Account:
    """Compares the three, instance by instance."""
    lost = [uid for uid, said in told.items() if said.delivered and uid not in kept]
    changed = [uid for uid, said in kept.items() if uid not in told or told[uid].digest != said.digest]
    unexplained = [
        uid
        for uid in kept
        if not (uid in told and told[uid].delivered)
        and "unknown" not in {outcome for outcome, _ in recorded.outcomes.get(uid, ())}
    ]
    unaccounted = [uid for uid, said in told.items() if not _accounted(uid, said, uid in kept, recorded)]
    unaccounted += [uid for uid in kept if uid not in told and uid not in recorded.outcomes]
    return Account(tuple(lost), tuple(changed), tuple(unexplained), tuple(unaccounted))


def _accounted(uid: str, said: Told, kept: bool, recorded: Recorded) -> bool:
    outcomes = recorded.outcomes.get(uid, [])
    words = {outcome for outcome, _ in outcomes}
    if said.fate == CUT:
        # A cut may come before the begin is on record: then nothing of it went on, and there is nothing to account for.
        return not kept and words <= {"cut-off"}
    if said.fate == UNTOLD:
        # The connection ended first: begun with no known outcome, or refused, or never read far enough to go on.
        return "unknown" in words if kept else "success" not in words and "open" not in words
    status = int(said.fate)
    if uid in recorded.refused:
        return not said.delivered
    expected = "success" if status == SUCCESS else "warning" if said.delivered else "failure"
    return (expected, status) in outcomes
