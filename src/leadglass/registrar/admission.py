"""Who has a place: associations of peers with ``max_associations``, over all workers. Pure; never matches callers."""

from __future__ import annotations

from leadglass.model.peer import Peer

MAX_PLACES = 100_000  # associations counted at one time; beyond it a limited peer is refused


class Places:
    """Associations that hold a place, by peer.

    A place is held from the question until `free`, and by what a worker reports as open: so a registrar that was
    restarted counts right again after each worker's first report.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], str] = {}  # (worker, association) → peer id
        self._reported: dict[str, dict[int, str]] = {}  # worker → association → peer id

    def count(self, peer: str) -> int:
        """Places that ``peer`` holds now."""
        held = {place for place, owner in self._asked.items() if owner == peer}
        held |= {
            (worker, association)
            for worker, associations in self._reported.items()
            for association, owner in associations.items()
            if owner == peer
        }
        return len(held)

    def take(self, worker: str, association: int, peer: Peer) -> bool:
        """Take a place for ``peer`` if its limit allows it; True for a peer without a limit (which takes none)."""
        if not peer.max_associations:
            return True
        if len(self._asked) >= MAX_PLACES or self.count(peer.id) >= peer.max_associations:
            return False
        self._asked[worker, association] = peer.id
        return True

    def free(self, worker: str, association: int) -> None:
        """The association is over."""
        self._asked.pop((worker, association), None)
        self._reported.get(worker, {}).pop(association, None)

    def reported(self, worker: str, associations: dict[int, str]) -> None:
        """What a worker says is open (association → peer id), replacing what it said before."""
        self._reported[worker] = associations

    def worker_gone(self, worker: str) -> None:
        """Its connection closed: with the worker, its associations are over."""
        self._reported.pop(worker, None)
        for place in [place for place in self._asked if place[0] == worker]:
            del self._asked[place]
