"""Callers that nobody decided about. Whether the hospital's inventory has them is not known here: it says neither."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import MAX_NAME, Noted, identity
from leadglass.assessor.sight import REGISTRY, Sight, moment
from leadglass.model.status import UnknownPeer
from leadglass.policy.names import shown

MAX_WAITING = 25  # told one by one, the last seen; the rest are on the page of peers
_CONTROL = "topo-inventory"


def found(sight: Sight) -> Iterator[Noted]:
    """One a title and address, the last seen first."""
    last: dict[tuple[str, str], UnknownPeer] = {}
    for caller in sorted(sight.waiting, key=lambda one: -one.last_seen):
        if caller.last_seen <= sight.now:
            last.setdefault((caller.title, caller.address), caller)
    for key, caller in list(last.items())[:MAX_WAITING]:
        title, address = shown(caller.title, MAX_NAME) or "(no title)", shown(caller.address, MAX_NAME)
        yield Noted(
            Evidence(
                id=identity("waiting", _CONTROL, *key),
                control=_CONTROL,
                kind=Kind.TRAFFIC,
                bearing=Bearing.NEUTRAL,
                source=REGISTRY,
                where=f"unknown callers: {title} at {address}",
                seen=moment(caller.last_seen),
                scope=frozenset({f"caller {title} at {address}"}),
            ),
            "/peers",
            f"{title} at {address} called and nobody approved it: is it in the inventory?",
        )
