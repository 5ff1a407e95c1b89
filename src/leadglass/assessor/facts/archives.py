"""The way from the gateway to each archive: over TLS with certificates of both, or in the clear."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import Noted, identity, named
from leadglass.assessor.sight import CONFIGURATION, Sight

_CONTROLS = ("exch-dicom-tls", "exch-node-authentication")


def found(sight: Sight) -> Iterator[Noted]:
    """What is spoken over TLS confirms, for this way only; what is not refutes."""
    for tls in (True, False):
        rows = [(index, one) for index, one in enumerate(sight.configuration.archives) if one.tls is tls]
        how = "over TLS, with certificates of both" if tls else "in the clear, told by address only"
        for control in _CONTROLS if rows else ():
            yield Noted(
                Evidence(
                    id=identity("archives", control, "tls" if tls else "plain"),
                    control=control,
                    kind=Kind.CONFIGURATION,
                    bearing=Bearing.CONFIRMS if tls else Bearing.REFUTES,
                    source=CONFIGURATION,
                    where=sight.place("archive", [index for index, _ in rows], "tls"),
                    seen=sight.at,
                    scope=named("the way to archive", (one.id for _, one in rows)),
                    digest=sight.digest,
                ),
                "/policy",
                f"The gateway's way to {len(rows)} of {len(sight.configuration.archives)} archives: {how}.",
            )
