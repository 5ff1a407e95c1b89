"""The registry: peers without certificate, that may call or are called in the clear, or that call from anywhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import Noted, identity, named
from leadglass.assessor.sight import REGISTRY, Sight
from leadglass.model.peer import Peer

_TLS, _PROVED, _KNOWN = "exch-dicom-tls", "exch-node-authentication", "topo-known-peers"


def found(sight: Sight) -> Iterator[Noted]:
    """Approved peers only. Permission to call in the clear counts where a listener takes it."""
    peers = sight.approved
    clear = [peer for peer in peers if peer.plain and sight.plain_listeners]
    if clear:
        yield _noted(sight, "clear", _TLS, Bearing.REFUTES, clear, "may call without TLS")
    unproved = [peer for peer in peers if not peer.certificates or peer in clear]
    if unproved:
        yield _noted(sight, "unproved", _PROVED, Bearing.REFUTES, unproved, "served without a certificate of theirs")
    proved = [peer for peer in peers if peer.certificates and peer not in clear]
    if proved:
        yield _noted(sight, "proved", _PROVED, Bearing.CONFIRMS, proved, "told by their certificate")
    anywhere = [peer for peer in peers if not peer.certificates and any(_all(one) for one in peer.networks)]
    if anywhere:
        said = "may call from any address, without a certificate"
        yield _noted(sight, "anywhere", _KNOWN, Bearing.REFUTES, anywhere, said)
    yield from _called(sight)


def _called(sight: Sight) -> Iterator[Noted]:
    """Devices that images are sent to: over TLS where a certificate proves them (`flow.destinations`)."""
    called = [peer for peer in sight.approved if peer.host]
    for tls in (True, False):
        some = [peer for peer in called if (bool(peer.certificates) and not peer.plain) is tls]
        how = "over TLS" if tls else "in the clear"
        bearing = Bearing.CONFIRMS if tls else Bearing.REFUTES
        for control in (_TLS, _PROVED) if some else ():
            fact, said = f"called-{'tls' if tls else 'plain'}", f"images are sent to them {how}"
            yield _noted(sight, fact, control, bearing, some, said, "the way to peer")


def _all(network: str) -> bool:
    return ipaddress.ip_network(network).prefixlen == 0


def _noted(
    sight: Sight,
    fact: str,
    control: str,
    bearing: Bearing,
    peers: Sequence[Peer],
    said: str,
    what: str = "peer",
) -> Noted:
    return Noted(
        Evidence(
            id=identity(fact, control),
            control=control,
            kind=Kind.CONFIGURATION,
            bearing=bearing,
            source=REGISTRY,
            where=f"entries of peers: {said}",
            seen=sight.at,
            scope=named(what, (peer.id for peer in peers)),
        ),
        "/peers",
        f"{len(peers)} of {len(sight.approved)} approved peers: {said}.",
    )
