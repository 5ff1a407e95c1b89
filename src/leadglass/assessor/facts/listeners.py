"""Listeners: whether DICOM is taken over TLS only, which here always asks for the caller's certificate."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import Noted, identity, named
from leadglass.assessor.sight import CONFIGURATION, Sight

_SAID = {
    ("exch-dicom-tls", True): "TLS only",
    ("exch-dicom-tls", False): "DICOM without TLS is taken",
    ("exch-node-authentication", True): "a certificate of the caller is required",
    ("exch-node-authentication", False): "no certificate of the caller is asked for",
}


def found(sight: Sight) -> Iterator[Noted]:
    """What takes TLS confirms, for itself; what does not refutes."""
    for (control, tls), said in _SAID.items():
        rows = [(index, one) for index, one in enumerate(sight.configuration.listeners) if one.tls is tls]
        if not rows:
            continue
        yield Noted(
            Evidence(
                id=identity("listeners", control, "tls" if tls else "plain"),
                control=control,
                kind=Kind.CONFIGURATION,
                bearing=Bearing.CONFIRMS if tls else Bearing.REFUTES,
                source=CONFIGURATION,
                where=sight.place("listener", [index for index, _ in rows], "tls"),
                seen=sight.at,
                scope=named("listener", (f"{one.address} port {one.port}" for _, one in rows)),
                digest=sight.digest,
            ),
            "/policy",
            f"{len(rows)} of {len(sight.configuration.listeners)} listeners: {said}.",
        )
