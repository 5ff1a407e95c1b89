"""Gathers callers nobody knows, so that a flood of them costs one write a second each. Never judges."""

from __future__ import annotations

import msgspec

from leadglass.model.status import UnknownPeer
from leadglass.registrar.messages import Ask

MAX_GATHERED = 500  # different callers between two writes; more of them are counted, not kept
MAX_TRIED = 128  # SOP classes kept a caller


class UnknownCallers:
    """Sightings since the last `take`, one for each address and title."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], UnknownPeer] = {}
        self.dropped = 0  # sightings of callers beyond MAX_GATHERED, since the start

    def add(self, ask: Ask, now: int) -> None:
        """Note one question about a caller that no peer matches, at ``now`` (UTC ns)."""
        key = (ask.address, ask.calling)
        before = self._seen.get(key)
        if before is None:
            if len(self._seen) >= MAX_GATHERED:
                self.dropped += 1
                return
            before = UnknownPeer(ask.address, ask.calling, ask.called, now, now, 0)
        tried = dict.fromkeys((*before.sop_classes, *ask.sop_classes[:MAX_TRIED]))
        self._seen[key] = msgspec.structs.replace(
            before,
            called=ask.called,
            last_seen=now,
            attempts=before.attempts + 1,
            sop_classes=tuple(tried)[:MAX_TRIED],
            implementation_uid=ask.implementation_uid,
            implementation_version=ask.implementation_version,
        )

    def take(self) -> tuple[UnknownPeer, ...]:
        """All sightings, which are then forgotten here."""
        seen = tuple(self._seen.values())
        self._seen.clear()
        return seen
