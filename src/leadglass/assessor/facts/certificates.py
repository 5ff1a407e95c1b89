"""Certificates that peers are told by and that have ended, or end soon, with no other one beside them."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import MAX_NAME, Noted, identity, named
from leadglass.assessor.sight import REGISTRY, Sight, moment
from leadglass.policy.names import listed, shown

MAX_TOLD = 50  # the soonest
_CONTROL = "exch-node-authentication"
_SECOND = 1_000_000_000


def found(sight: Sight) -> Iterator[Noted]:
    """One that has ended refutes, though a grace may still accept it; one that will end says neither."""
    for end in [one for one in sight.ends if one.owners and not one.renewed][:MAX_TOLD]:
        ended = end.not_after * _SECOND < sight.now
        day = f"{moment(end.not_after * _SECOND):%Y-%m-%d}"
        yield Noted(
            Evidence(
                id=identity("certificate", _CONTROL, end.fingerprint),
                control=_CONTROL,
                kind=Kind.CONFIGURATION,
                bearing=Bearing.REFUTES if ended else Bearing.NEUTRAL,
                source=REGISTRY,
                where=f"certificate {shown(end.fingerprint, MAX_NAME)}",
                seen=sight.at,
                scope=named("peer", end.owners),
                digest=end.fingerprint.removeprefix("sha256:"),
            ),
            "/peers",
            f"The certificate of {listed(end.owners)} {'ended' if ended else 'ends'} on {day}, and no other is pinned.",
        )
