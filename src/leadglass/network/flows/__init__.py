"""What was seen on the wire, from the logs of other tools and Leadglass's own gateway. Never captures anything itself.

Bytes of a log → `SOURCES[kind]` → `Flows`; with a `Capture` (where, when, how well) and the hospital's zones →
`observe.observe` → `Seen`; all of them with the network → `observe.observations` → `observed.Observations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from leadglass.network.flows import netflow, zeek
from leadglass.network.flows.table import Flows

Read = Callable[[Iterable[bytes], str], Flows]
"""(the log in chunks, its name) -> Flows; raises `importers.fault.ConfigurationUnreadable`."""

SOURCES: dict[str, Read] = {
    zeek.KIND: zeek.read,
    netflow.CSV: netflow.read_csv,
    netflow.JSON: netflow.read_json,
}
"""By kind. The gateway's own are no log: `gateway.read`."""

RECOGNISERS: dict[str, Callable[[str], bool]] = {
    zeek.KIND: zeek.recognises,
    netflow.JSON: netflow.recognises_json,
    netflow.CSV: netflow.recognises_csv,
}
"""Whether the beginning of a log is of a kind; the first that says so is believed."""

HEAD = 1 << 16  # bytes that a guess is made from


def recognise(head: bytes) -> str | None:
    """The kind of a log, guessed from its beginning; None where nothing speaks for any."""
    text = head[:HEAD].decode("utf-8", "replace").removeprefix("\ufeff")
    return next((kind for kind, recognises in RECOGNISERS.items() if recognises(text)), None)
