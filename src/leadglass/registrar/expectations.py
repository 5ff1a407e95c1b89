"""What archives may send on associations of their own, in memory: found, extended, bounded. Pure; never on disk.

A move is found by archive and destination, a storage commitment by archive and Transaction UID. What was expected is
never dropped to make room for more: who comes when all places are taken is told so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from leadglass.model.expectation import Expectation, ExpectedMove, ExpectedReport

MAX_MOVES = 10_000  # expected at one time
MAX_REPORTS = 200_000  # the same: of a large hospital's seven days
SHARE = 4  # one requester has at most one in so many of the places
MAX_MOVE = 131_072  # bytes of one move: some 1,900 UIDs
MAX_REPORT = 2_048
MAX_MOVES_BYTES = 64 * 1024 * 1024  # of all moves together
MAX_TOLD = 256
MAX_TOLD_BYTES = 262_144  # each association of an archive's keeps what it was told
MAX_AHEAD = 366 * 86_400 * 1_000_000_000  # ns that anything can be expected


@dataclass(frozen=True, slots=True)
class _Move:
    """A move, its bytes, and everything it names."""

    move: ExpectedMove
    size: int
    names: frozenset[str]


class Expectations:
    """Times are UTC nanoseconds; ``until`` passed means gone."""

    def __init__(self) -> None:
        self._moves: dict[str, _Move] = {}  # by id
        self._destinations: dict[tuple[str, str], dict[str, None]] = {}  # ids, the latest last
        self._reports: dict[tuple[str, str], ExpectedReport] = {}
        self._held: Counter[tuple[str, str]] = Counter()  # by kind and requester
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._moves) + len(self._reports)

    def refusal(self, new: Expectation, now: int) -> str:
        """Why ``new`` cannot be taken, in words; empty when it can."""
        if not now < new.until <= now + MAX_AHEAD:
            return "it is over already" if new.until <= now else "it would be expected for more than a year"
        size, most = _size(new), MAX_MOVE if isinstance(new, ExpectedMove) else MAX_REPORT
        if size > most:
            return f"it names more than fits into {most} bytes"
        former = self._find(new)
        if former is not None:
            return "" if _same_requester(former, new) else "this Transaction UID is another device's"
        if error := self._full(new, size):
            self.sweep(now)
            error = self._full(new, size)
        return error

    def add(self, new: Expectation) -> None:
        """Take it. What has its name already goes, except that ``until`` never falls."""
        former = self._find(new)
        if former is not None:
            new = msgspec.structs.replace(new, until=max(new.until, former.until))
            self._remove(former)
        self._held[_requester(new)] += 1
        if isinstance(new, ExpectedMove):
            size = _size(new)
            self._bytes += size
            self._moves[new.id] = _Move(new, size, frozenset(_named(new)))
            self._destinations.setdefault((new.archive, new.destination), {})[new.id] = None
        else:
            self._reports[new.archive, new.transaction] = new

    def extend(self, move_id: str, until: int, now: int) -> ExpectedMove | None:
        """Raise a move's ``until``; the move where that changed something, else None."""
        found = self._moves.get(move_id)
        until = min(until, now + MAX_AHEAD)
        if found is None or not now < found.move.until < until:
            return None
        move = msgspec.structs.replace(found.move, until=until)
        self.add(move)
        return move

    def moves(self, archive: str, destination: str, now: int, named: tuple[str, ...] = ()) -> tuple[ExpectedMove, ...]:
        """What ``archive`` may send to ``destination``, the latest first, within `MAX_TOLD` and its bytes.

        Where that is less than all, those come first that name one of ``named``: the object that is asked about.
        """
        told: list[ExpectedMove] = []
        room = MAX_TOLD_BYTES
        ids = [*reversed(self._destinations.get((archive, destination), {}))]
        if named and len(ids) * MAX_MOVE > MAX_TOLD_BYTES:  # they may not all fit
            ids.sort(key=lambda move_id: self._moves[move_id].names.isdisjoint(named))  # stable: the latest first
        for move_id in ids:
            held = self._moves[move_id]
            if held.move.until <= now:
                continue
            room -= held.size
            if len(told) == MAX_TOLD or room < 0:
                break
            told.append(held.move)
        return tuple(told)

    def report(self, archive: str, transaction: str, now: int) -> ExpectedReport | None:
        """The storage commitment that ``archive`` was asked for under this Transaction UID."""
        found = self._reports.get((archive, transaction))
        return found if found is not None and found.until > now else None

    def sweep(self, now: int) -> None:
        """Let go of everything that is over."""
        over: list[Expectation] = [held.move for held in self._moves.values() if held.move.until <= now]
        over += [report for report in self._reports.values() if report.until <= now]
        for gone in over:
            self._remove(gone)

    def _find(self, like: Expectation) -> Expectation | None:
        if isinstance(like, ExpectedMove):
            held = self._moves.get(like.id)
            return None if held is None else held.move
        return self._reports.get((like.archive, like.transaction))

    def _full(self, new: Expectation, size: int) -> str:
        move = isinstance(new, ExpectedMove)
        places, taken = (MAX_MOVES, len(self._moves)) if move else (MAX_REPORTS, len(self._reports))
        if taken >= places or (move and self._bytes + size > MAX_MOVES_BYTES):
            return "too much is expected already"
        if self._held[_requester(new)] >= places // SHARE:
            return f"too much is expected for {new.peer or new.address} already"
        return ""

    def _remove(self, gone: Expectation) -> None:
        requester = _requester(gone)
        self._held[requester] -= 1
        if not self._held[requester]:
            del self._held[requester]
        if isinstance(gone, ExpectedReport):
            del self._reports[gone.archive, gone.transaction]
            return
        self._bytes -= self._moves.pop(gone.id).size
        ids = self._destinations[gone.archive, gone.destination]
        del ids[gone.id]
        if not ids:
            del self._destinations[gone.archive, gone.destination]


def _named(move: ExpectedMove) -> tuple[str, ...]:
    return (*move.patients, *move.studies, *move.series, *move.instances)


def _same_requester(one: Expectation, other: Expectation) -> bool:
    """Whether two expectations are of one device, be it known since or not."""
    if one.peer and other.peer:
        return one.peer == other.peer
    return (one.address, one.calling) == (other.address, other.calling)


def _size(expectation: Expectation) -> int:
    return len(msgspec.msgpack.encode(expectation))


def _requester(expectation: Expectation) -> tuple[str, str]:
    kind = "move" if isinstance(expectation, ExpectedMove) else "report"
    return kind, expectation.peer or expectation.address
