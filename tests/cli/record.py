"""A site with a record: configuration, registry, and events taken through a journal into a real ledger."""

from __future__ import annotations

import time
from pathlib import Path

from tests.policy.hospital import CT, CT2, MR, STUDY_FIND, STUDY_MOVE, WORKSTATION, replace

from leadglass.ledger.committer import Committer
from leadglass.model.event import (
    Association,
    AssociationClosed,
    Body,
    Event,
    EventId,
    InstanceBegun,
    Judgement,
    Operation,
    Refusal,
    TransferBegun,
    TransferClosed,
    encode,
)
from leadglass.model.patient import Patient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peer
from leadglass.store.journal import Journal

CONFIGURATION = """
[site]
name = "St. Elsewhere"
timezone = "Europe/Amsterdam"
data = "data"
[[listener]]
address = "::1"
port = 11112
[[archive]]
id = "pacs"
host = "10.20.0.5"
port = 4242
title = "ORTHANC"
[[route]]
called = "PACS"
archive = "pacs"
"""
DAY = 86_400_000_000_000
CT_WHO = Association(1, "10.2.0.1", 1, "CT2", "PACS", "ct2", "pacs", "observe")
WS_WHO = Association(2, "10.3.0.1", 1, "WS", "PACS", "ws", "pacs", "observe")
PATIENT = Patient("4711", "HOSP", "DOE^JOHN")
PERMITTED = Judgement("store-permitted")

# An hour of a department that only observes: two CT and one MR stored, the MR as would-refuse; a query; a move.
HOUR: tuple[Body, ...] = (
    AssociationClosed(CT_WHO, 0, "released", echoes=2),
    TransferBegun(CT_WHO, 1, PATIENT, "1.2", CT, judgement=PERMITTED),
    InstanceBegun(1, 1, 1, CT, "1.2.1"),
    InstanceBegun(1, 1, 2, CT, "1.2.2"),
    Refusal(
        CT_WHO, "operation", "operation", "", True,
        Judgement(nearest="store-permitted", failed="SOP class MR Image Storage is not among CT Image Storage"),
        "C-STORE", MR, "1.2.3", PATIENT,
    ),
    InstanceBegun(1, 1, 3, MR, "1.2.3"),
    TransferClosed(CT_WHO, (1,), PATIENT, ("1.2",), {CT: 2, MR: 1}, {"success": 3}, "released"),
    Operation(WS_WHO, "C-FIND", STUDY_FIND, "", 1, judgement=Judgement("query-permitted"), level="STUDY"),
    Operation(WS_WHO, "C-FIND", STUDY_FIND, "", 1, 0),
    Operation(
        WS_WHO, "C-MOVE", STUDY_MOVE, "", 2, judgement=Judgement("retrieve-permitted"), level="STUDY", destination="WS1"
    ),
)  # fmt: skip


def site(directory: Path, configuration: str = CONFIGURATION) -> Path:
    """The configuration file of a site with the peers ct2 (CT only, any hour) and ws (anything)."""
    file = directory / "leadglass.toml"
    file.write_text(configuration)
    engine = open_appstate(directory / "data" / "app" / "leadglass.sqlite")
    for peer in (replace(CT2, hours=()), WORKSTATION):
        save_peer(engine, peer, "admin", "::1")
    engine.dispose()
    return file


def write(data: Path, *hours: tuple[int, tuple[Body, ...]], writer: str = "w0") -> None:
    """Take bodies into the ledger, each group with its age in ns; the oldest first."""
    journal = Journal(data / "journal", writer, segment_bytes=1 << 20, reserve=1)
    now, counter = time.time_ns(), 0
    for age, bodies in hours:
        for body in bodies:
            counter += 1
            journal.append(encode(Event(EventId(writer, journal.boot, counter), now - age, "PACS", body)))
    committer = Committer(data)
    while committer.poll():
        pass
    committer.commit()
    committer.close()
    journal.close()
