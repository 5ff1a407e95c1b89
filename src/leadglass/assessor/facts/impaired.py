"""Times at which the record could not be written and something passed without one; and entries that were lost."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import MAX_NAME, Noted, identity
from leadglass.assessor.sight import RECORD, Sight, moment
from leadglass.model.event import RecordGap, RecordingImpaired
from leadglass.policy.names import shown
from leadglass.store.projection.interface import Row

MAX_WRITERS = 130  # processes told, the last ones: as many workers as there can be, and the others


def found(sight: Sight) -> Iterator[Noted]:
    """The last time of each process. What was only refused meanwhile left nothing out of the record.

    What a lost entry was about is not known: it says neither.
    """
    waived: dict[str, Noted] = {}
    for row in sight.events("recording-impaired"):
        body = row.event.body
        if isinstance(body, RecordingImpaired) and body.waived and len(waived) < MAX_WRITERS:
            words = (
                f"objects that went on without a record from {moment(body.since):%Y-%m-%d %H:%M} UTC on: {body.waived} "
                f"({shown(body.reason, MAX_NAME)})."
            )
            waived.setdefault(row.event.id.writer, _noted("waived", row, row.event.id.writer, Bearing.REFUTES, words))
    lost: dict[str, Noted] = {}
    for row in sight.events("record-gap"):
        body = row.event.body
        if isinstance(body, RecordGap) and len(lost) < MAX_WRITERS:
            words = f"entries {body.first} to {body.last} never reached the ledger."
            lost.setdefault(body.writer, _noted("lost", row, body.writer, Bearing.NEUTRAL, words))
    yield from waived.values()
    yield from lost.values()


def _noted(fact: str, row: Row, writer: str, bearing: Bearing, words: str) -> Noted:
    return Noted(
        Evidence(
            id=identity(fact, "aud-central", writer),
            control="aud-central",
            kind=Kind.TRAFFIC,
            bearing=bearing,
            source=RECORD,
            where=f"log {row.log}, entry {row.position}",
            seen=moment(row.event.time),
            scope=frozenset({f"process {shown(writer, MAX_NAME)} of the gateway"}),
            digest=row.digest,
        ),
        "/proof?" + urlencode({"log": row.log, "position": row.position}),
        f"Process {shown(writer, MAX_NAME)} of the gateway: {words}",
    )
