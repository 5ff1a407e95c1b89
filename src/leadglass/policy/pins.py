"""A renewal: a further pin for a peer, and which one makes place for it. Stores nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from leadglass.errors import LeadglassError
from leadglass.model.peer import MAX_CERTIFICATES, Peer

MIN_START = 4  # characters by which a certificate may be named


def pinned_too(peer: Peer, proof: str, ended: Collection[str] = ()) -> Peer:
    """``peer`` with a further certificate.

    Args:
        peer: as it is.
        proof: "sha256:…" or "name:…".
        ended: pins whose certificates have ended; where there is no place, the first of them goes.

    Raises:
        LeadglassError: it has that one already, or there is no place.
    """
    if proof in peer.certificates:
        raise LeadglassError(f"peer {peer.id} has this certificate already", "nothing is to be done")
    kept = list(peer.certificates)
    if len(kept) >= MAX_CERTIFICATES:
        over = next((one for one in kept if one in ended), None)
        if over is None:
            raise LeadglassError(
                f"peer {peer.id} has {MAX_CERTIFICATES} certificates already: the one in use and the next",
                "remove the one that is out of use first",
            )
        kept.remove(over)
    return dataclasses.replace(peer, certificates=(*kept, proof))


def unpinned(peer: Peer, start: str) -> Peer:
    """``peer`` without the certificate that begins with ``start``, such as the first digits of a digest.

    Raises:
        LeadglassError: it has none, or several, that begin so; or nothing would prove it any more.
    """
    found = [
        proof for proof in peer.certificates if len(start) >= MIN_START and proof.startswith((start, f"sha256:{start}"))
    ]
    if len(found) != 1:
        has = ", ".join(peer.certificates) or "none"
        count = "several certificates that begin" if found else "no certificate that begins"
        raise LeadglassError(f"peer {peer.id} has {count} with {start!r}", f"it has {has}")
    left = tuple(proof for proof in peer.certificates if proof != found[0])
    if not left and not peer.networks:
        raise LeadglassError(
            f"nothing would prove peer {peer.id} any more", "pin its next certificate first, or give it an address"
        )
    return dataclasses.replace(peer, certificates=left)
