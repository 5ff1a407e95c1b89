"""A small hospital for the console's tests: its configuration, what happened in it, and how it runs now."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from leadglass.ledger.committer import Committer
from leadglass.model.decision import Cause
from leadglass.model.event import (
    Association,
    AssociationClosed,
    AssociationOpened,
    Body,
    Event,
    EventId,
    InstanceBegun,
    InstanceOutcome,
    Judgement,
    Operation,
    ProtocolError,
    Refusal,
    TransferBegun,
    TransferClosed,
    encode,
)
from leadglass.model.patient import Patient
from leadglass.model.status import (
    ChildStatus,
    LedgerStatus,
    LiveAssociation,
    Status,
    UnknownPeer,
    UpstreamStatus,
    WorkerStatus,
)
from leadglass.store.journal import Journal

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
HOSTILE = "<b>EVIL\u202e\x07</b>"

CONFIGURATION = """
[site]
name = "St. Elsewhere"
timezone = "Europe/Amsterdam"
data = "{data}"

[[listener]]
address = "127.0.0.1"
port = {listener}

[[archive]]
id = "pacs"
host = "127.0.0.1"
port = 4242

[[archive]]
id = "research"
host = "127.0.0.1"
port = 4243

[[route]]
called = "PACS"
archive = "pacs"
mode = "enforce"

[[route]]
called = "RESEARCH"
archive = "research"
mode = "observe"

[console]
address = "127.0.0.1"
port = {console}
"""

ANNA = Patient("4711-0042", "STELSE", "Visser^Anna", b"4711-0042", b"STELSE")
WITHOUT_ID = Patient("", "", "Trauma^Unknown")
HOSTILE_PATIENT = Patient("<script>alert(1)</script>", "", "Doe^\u202eevil", b"x")


class _Writer:
    """Gives events their ids and times."""

    def __init__(self, now: int, boot: int) -> None:
        self.time, self.boot, self.count = now, boot, 0
        self.events: list[Event] = []

    def add(self, body: Body, flow: str = "PACS", wait: int = 40_000_000) -> None:
        self.count += 1
        self.time += wait
        self.events.append(Event(EventId("w0", self.boot, self.count), self.time, flow, body))

    def transfer(
        self, who: Association, patient: Patient, sop_class: str, modality: str, instances: int, close: str = "released"
    ) -> None:
        started = self.time
        root = f"1.2.826.0.1.{who.number}"
        self.add(AssociationOpened(who))
        rule = Judgement(rule="store-permitted")
        self.add(
            TransferBegun(
                who, 1, patient, root, sop_class, accession=f"A{who.number:05}", modality=modality, judgement=rule
            )
        )
        for number in range(1, instances + 1):
            self.add(InstanceBegun(who.number, 1, number, sop_class, f"{root}.1.{number}", f"{root}.1"), wait=9_000_000)
            last = number == instances and close != "released"
            outcome, status = ("cut-off", -1) if last else ("warning", 0xB000) if number == 3 else ("success", 0)
            self.add(InstanceOutcome(who.number, 1, number, status, outcome, 524_288), wait=12_000_000)
        outcomes = {"success": instances}
        self.add(
            TransferClosed(who, (1,), patient, (root,), {sop_class: instances}, outcomes, close, 524_288 * instances)
        )
        how = "released" if close == "released" else "connection-lost"
        self.add(
            AssociationClosed(
                who, started, how, instances=instances, bytes_in=530_000 * instances, bytes_out=300 * instances
            )
        )


def who(number: int, calling: str, address: str, peer: str, called: str = "PACS", mode: str = "enforce") -> Association:
    archive = "pacs" if called == "PACS" else "research"
    return Association(
        number,
        address,
        40_000 + number,
        calling,
        called,
        peer,
        archive,
        mode,
        7,
        "1.2.276.0.7230010.3.0.3.6.8",
        "OFFIS_DCMTK_368",
    )


def events(now: int) -> list[Event]:
    """Half an hour of work, ending at ``now`` (UTC ns)."""
    writer = _Writer(now - 30 * MINUTE, (now - 60 * MINUTE) // 1_000_000)
    ct, mr, us = (
        who(number, *values)
        for number, values in enumerate(
            (("CT2", "10.20.0.17", "ct2"), ("MR1", "10.20.0.21", "mr1"), ("US_ER", "10.20.0.40", "us-er")), 1
        )
    )
    writer.transfer(ct, ANNA, CT, "CT", 24)
    writer.transfer(mr, Patient("4711-0107", "STELSE", "de Boer^Jan", b"4711-0107"), MR, "MR", 9)
    writer.transfer(us, HOSTILE_PATIENT, "1.2.840.10008.5.1.4.1.1.6.1", "US", 4, "connection-lost")
    writer.transfer(who(80, "DX_ER", "10.20.0.41", "dx-er"), WITHOUT_ID, "1.2.840.10008.5.1.4.1.1.1.1", "DX", 2)
    research = who(4, "CT2", "10.20.0.17", "ct2", "RESEARCH", "observe")
    writer.transfer(research, ANNA, CT, "CT", 5)
    nearest = Judgement(nearest="store-permitted", failed="SOP class MR Image Storage is not among CT Image Storage")
    refused = who(5, "CT2", "10.20.0.17", "ct2")
    writer.add(
        Refusal(
            refused, "operation", Cause.OPERATION, "status 0124H", False, nearest, "C-STORE", MR, "1.2.3", ANNA, "1.2"
        )
    )
    writer.add(AssociationClosed(refused, writer.time - SECOND, "released", bytes_in=9000))
    hours = Judgement(rule="forbid-outside-hours", failed="hours: Tue 03:00 is outside Mon-Fri 07:00-19:00")
    late = who(6, "MR1", "10.20.0.21", "mr1", "RESEARCH", "observe")
    writer.add(Refusal(late, "operation", Cause.OPERATION, "", True, hours, "C-STORE", MR), "RESEARCH")
    writer.add(AssociationClosed(late, writer.time - SECOND, "released", instances=1, bytes_in=900_000))
    for number, (title, address) in enumerate((("LAPTOP", "10.20.9.99"), (HOSTILE, "2001:db8::66")), 7):
        stranger = who(number, title, address, "")
        writer.add(
            Refusal(
                stranger,
                "association",
                Cause.UNKNOWN_CALLER,
                "A-ASSOCIATE-RJ 1/1/3",
                False,
                tried=(CT, STUDY_ROOT_FIND),
            )
        )
    asking = who(9, "WS3", "10.20.0.80", "ws3")
    writer.add(AssociationOpened(asking))
    writer.add(Operation(asking, "C-FIND", STUDY_ROOT_FIND, "", 3, 0, Judgement(rule="query-permitted")))
    writer.add(ProtocolError(asking, "caller", "pdu-too-long", "a PDU of 4294967295 bytes"))
    writer.add(AssociationClosed(asking, writer.time - SECOND, "aborted-by-leadglass", "pdu-too-long", operations=1))
    for number in range(10, 75):
        echo = who(number, "CT2", "10.20.0.17", "ct2")
        writer.add(
            AssociationClosed(echo, writer.time, "released", echoes=1, bytes_in=300, bytes_out=260), wait=3 * SECOND
        )
    return writer.events


def write_ledger(data: Path, happened: list[Event]) -> None:
    """Put events through a real journal into a real, signed ledger."""
    journal = Journal(data / "journal", "w0", segment_bytes=1 << 20, reserve=1)
    for event in happened:
        identity = msgspec.structs.replace(event.id, boot=journal.boot)
        journal.append(encode(msgspec.structs.replace(event, id=identity)))
    journal.close()
    committer = Committer(data, name="leadglass")
    deadline = time.monotonic() + 30
    taken = 0
    while taken < len(happened) and time.monotonic() < deadline:
        taken += committer.poll()
    committer.commit()
    committer.close()
    assert taken >= len(happened)


def unknown(now: int) -> tuple[UnknownPeer, ...]:
    """Three callers waiting for a decision."""
    return (
        UnknownPeer(
            "10.20.9.99",
            "LAPTOP",
            "PACS",
            now - 9 * MINUTE,
            now - MINUTE,
            4,
            (VERIFICATION, CT),
            "1.2.40.0.13.1",
            "dcm4che-5",
        ),
        UnknownPeer("10.20.0.55", "XR7", "PACS", now - 3 * MINUTE, now - 2 * MINUTE, 2, (CT,), "1.2.3", "XRAY_7"),
        UnknownPeer("2001:db8::66", HOSTILE, "NOWHERE", now - 5 * MINUTE, now - 5 * MINUTE, 1, (STUDY_ROOT_FIND,)),
    )


def worker(now: int, generation: int, impaired: str = "") -> WorkerStatus:
    """A worker's report."""
    live = (
        LiveAssociation(
            "w0", 81, "10.20.0.17", "CT2", "PACS", "ct2", "pacs", "enforce", now - 40 * SECOND, 212, 111_000_000, 64_000
        ),
        LiveAssociation(
            "w0", 82, "2001:db8::66", HOSTILE, "RESEARCH", "", "research", "observe", now - 4 * SECOND, 0, 800, 300
        ),
    )
    return WorkerStatus(
        "w0",
        4321,
        now // 1_000_000 - 60_000,
        now,
        generation,
        {"associations": 74},
        33_000_000,
        41_943_040,
        impaired,
        now - MINUTE if impaired else 0,
        12 if impaired else 0,
        2,
        live,
        (
            UpstreamStatus("pacs", True, now - 20 * MINUTE),
            UpstreamStatus("research", False, now - 7 * MINUTE, "connection refused"),
        ),
    )


def children(now: int) -> tuple[ChildStatus, ...]:
    """What the supervisor sees."""
    return tuple(
        ChildStatus(
            name,
            4000 + n,
            True,
            int(name == "w0"),
            now - 50 * MINUTE,
            "signal 9" if name == "w0" else "",
            ("no new privileges", "writes only its journal"),
        )
        for n, name in enumerate(("w0", "registrar", "ledger", "console"))
    )


def status(now: int, impaired: str = "") -> Status:
    """Everything at once, for consoles without a registrar process."""
    ledger = LedgerStatus(now, 200, "ab" * 32, now - 2 * SECOND, 4096)
    return Status(
        now, "0.1.0", 7, "cd" * 32, (worker(now, 7, impaired),), children(now), ledger, unknown(now), ("RESEARCH",)
    )
