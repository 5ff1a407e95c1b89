"""Routes: one that enforces refuses callers nobody approved; one that observes or alerts lets them pass."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import Noted, identity, named
from leadglass.assessor.sight import CONFIGURATION, Sight
from leadglass.model.route import Mode

_KNOWN, _PROVED = "topo-known-peers", "exch-node-authentication"


def found(sight: Sight) -> Iterator[Noted]:
    """A route that is bypassed now confirms nothing, whatever its mode: `bypasses` has more to say of it.

    That a route asks for certificates is confirmed only where no listener lets anybody in without one.
    """
    open_to_all = [index for index, route in enumerate(sight.configuration.routes) if route.mode is not Mode.ENFORCE]
    held = [
        index
        for index, route in enumerate(sight.configuration.routes)
        if route.mode is Mode.ENFORCE and not sight.bypassed(route.called)
    ]
    if open_to_all:
        said = "not enforcing: callers that nobody approved are let through, and recorded"
        yield _noted(sight, _KNOWN, Bearing.REFUTES, open_to_all, said)
        said = "not enforcing: callers that do not prove who they are are let through, and recorded"
        yield _noted(sight, _PROVED, Bearing.REFUTES, open_to_all, said)
    if held:
        said = "enforcing: callers that nobody approved are refused"
        yield _noted(sight, _KNOWN, Bearing.CONFIRMS, held, said)
    if held and not sight.plain_listeners:
        said = "enforcing, behind TLS only: callers that do not prove who they are are refused"
        yield _noted(sight, _PROVED, Bearing.CONFIRMS, held, said)


def _noted(sight: Sight, control: str, bearing: Bearing, indexes: list[int], said: str) -> Noted:
    return Noted(
        Evidence(
            id=identity("routes", control, bearing.value),
            control=control,
            kind=Kind.CONFIGURATION,
            bearing=bearing,
            source=CONFIGURATION,
            where=sight.place("route", indexes, "mode"),
            seen=sight.at,
            scope=named("route", (sight.configuration.routes[index].called for index in indexes)),
            digest=sight.digest,
        ),
        "/policy",
        f"{len(indexes)} of {len(sight.configuration.routes)} routes: {said}.",
    )
