"""`leadglass audit` as a user types it, over a real journal and a real ledger."""

from __future__ import annotations

import json
import sqlite3
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own
from tests.cli.record import CONFIGURATION

from leadglass.cli.audit import following, moment
from leadglass.cli.audit_source import end_of
from leadglass.cli.main import run
from leadglass.ledger.committer import Committer
from leadglass.model.event import (
    Alarm,
    Association,
    AuditLogUsed,
    Body,
    InstanceBegun,
    InstanceOutcome,
    Refusal,
    TransferBegun,
    TransferClosed,
    decode,
)
from leadglass.model.patient import UNKNOWN_PATIENT, Patient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.journal import Journal
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import catch_up
from leadglass.store.projection.interface import Filter
from leadglass.store.projection.sqlite import SqliteProjection
from leadglass.store.recorder import Recorder

CT = "1.2.840.10008.5.1.4.1.1.2"
CALLER = Association(1, "10.0.0.7", 40_000, "CT\x1b[2J", "PACS", "ct-2", "pacs", "enforce", 3)
JANE, JOHN = Patient("4711", "HOSP", "Doe^Jane"), Patient("0815", "HOSP", "Doe^John")


def write(data: Path, *bodies: Body) -> None:
    """Take bodies through a worker's journal into the ledger."""
    journal = Journal(data / "journal", "w0", segment_bytes=1 << 16, reserve=1)
    recorder = Recorder(journal, "w0")
    for body in bodies:
        recorder.record(body, "PACS")
    committer = Committer(data)
    while committer.poll():
        pass
    committer.commit()
    committer.close()
    journal.close()


def transfer(patient: Patient, number: int = 1) -> list[Body]:
    """The patient's ``number``-th transfer of the association."""
    return [
        TransferBegun(CALLER, number, patient, "1.2.3", CT, accession="A1", modality="CT"),
        InstanceBegun(1, number, number, CT, "1.2.3.1"),
        InstanceOutcome(1, number, number, 0, "success", 10),
        TransferClosed(CALLER, (number,), patient, ("1.2.3",), {CT: 1}, {"success": 1}, "released", 10),
    ]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a site where Jane was imaged and, once, refused; John too was imaged."""
    file = tmp_path / "leadglass.toml"
    file.write_text(CONFIGURATION)
    monkeypatch.setenv("LEADGLASS_CONFIG", str(file))
    found = tmp_path / "data"
    open_appstate(found / "app" / "leadglass.sqlite").dispose()
    refused = Refusal(CALLER, "operation", "operation", "status 0124H", False, patient=JANE)
    write(found, *transfer(JANE), refused, *transfer(JOHN, 2))
    return found


def project(data: Path) -> SqliteProjection:
    """The console's projection, caught up."""
    path = data / "projection" / "projection.sqlite"
    path.parent.mkdir(exist_ok=True)
    projection = SqliteProjection(path)
    catch_up(projection, LedgerReader(data / "ledger"), 1_000)
    return projection


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    assert run(arguments) == 0
    out, err = capsys.readouterr()
    return out, err


def patient(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(said(capsys, "audit", "patient", *arguments, "--json")[0])


def test_tells_who_touched_the_patient_with_leaves_that_exist(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(data).close()
    found = patient(capsys, "4711")
    (access,) = found["accesses"]
    assert (access["peer"], access["outcomes"], access["closed"]) == ("ct-2", {"success": 1}, "released")
    for proof in access["proof"]:
        assert LedgerReader(data / "ledger").leaf(proof["log"], proof["position"]).digest == proof["digest"]
    (refusal,) = found["refusals"]
    assert (refusal["kind"], refusal["body"]["patient"]["id"]) == ("refusal", "4711")
    assert (found["behind"], found["newer"]) == (0, [])


def test_says_the_same_without_a_projection_and_leaves_none_behind(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without = patient(capsys, "4711")
    assert not (data / "projection").exists()
    project(data).close()
    assert patient(capsys, "4711") == without


def test_reads_beyond_a_projection_that_is_behind_and_says_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(data).close()
    write(data, *transfer(JANE), *transfer(JOHN, 2))
    out, err = said(capsys, "audit", "patient", "4711", "--json")
    found = json.loads(out)
    assert found["behind"] > 0
    assert f"lacks the newest {found['behind']} leaves" in err
    assert [row["kind"] for row in found["newer"]] == ["transfer-begun", "transfer-closed"]
    assert len(found["accesses"]) == 1


def test_reads_beside_a_console_that_has_the_projection_open(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    console = project(data)
    assert len(patient(capsys, "4711")["accesses"]) == 1
    console.close()


def test_a_projection_of_another_version_is_not_believed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(data).close()
    db = sqlite3.connect(data / "projection" / "projection.sqlite")
    db.execute("PRAGMA user_version = 999")
    db.close()
    out, err = said(capsys, "audit", "patient", "4711")
    assert "another version" in err
    assert "ct-2" in out


def test_text_is_harmless_to_a_terminal_and_gives_the_proof(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "audit", "patient", "4711")
    assert "\x1b" not in out
    assert r"CT\x1b[2J at 10.0.0.7" in out
    assert "proof: 20" in out
    assert "refused: operation" in out


def test_a_patient_nobody_touched_is_said_to_be_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "nobody touched" in said(capsys, "audit", "patient", "none")[0]
    assert "nobody touched" in said(capsys, "audit", "patient", "4711", "--issuer", "OTHER")[0]
    assert "nobody touched" in said(capsys, "audit", "patient", "4711", "--until", "2001-01-01")[0]


def test_an_empty_id_is_patients_without_one_and_not_everybody(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project(data).close()
    assert "nobody touched" in said(capsys, "audit", "patient", "")[0]
    write(data, *transfer(UNKNOWN_PATIENT))
    found = patient(capsys, "")
    assert (found["accesses"], [row["kind"] for row in found["newer"]]) == ([], ["transfer-begun", "transfer-closed"])
    project(data).close()
    (access,) = patient(capsys, "")["accesses"]
    assert access["patient"] == ""


def test_xml_is_the_audit_messages_of_the_patient(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "audit", "patient", "4711", "--format", "xml")
    documents = [etree.fromstring(f"<?xml{each}".encode()) for each in out.split("<?xml")[1:]]
    assert [tree.find("EventIdentification/EventID").get("csd-code") for tree in documents] == [
        "110113",
        "110104",
        "110102",
    ]


def test_reading_is_itself_put_on_record(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = said(capsys, "audit", "patient", "4711", "--issuer", "HOSP")
    assert "could not be put on record" not in err
    db = sqlite3.connect(data / "app" / "leadglass.sqlite")
    (event,) = (decode(row[0]) for row in db.execute("SELECT event FROM outbox"))
    db.close()
    assert isinstance(event.body, AuditLogUsed)
    assert event.body.user.startswith("command-line:")
    assert (event.body.what, event.body.subject) == ("patient", "4711^^^HOSP")


def test_reading_that_cannot_be_put_on_record_is_said(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (data / "app").iterdir():
        file.unlink()
    out, err = said(capsys, "audit", "patient", "4711")
    assert "could not be put on record" in err
    assert "ct-2" in out
    assert list((data / "app").iterdir()) == []


@pytest.mark.parametrize("projected", [False, True])
def test_events_come_oldest_first_and_the_newest_n(
    data: Path, capsys: pytest.CaptureFixture[str], projected: bool
) -> None:
    if projected:
        project(data).close()
        write(data, Alarm("warning", "late", "checkpoint late"))
    out, _ = said(capsys, "audit", "events", "--json", "--kind", "transfer-begun", "--kind", "refusal")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["kind"] for row in rows] == ["transfer-begun", "refusal", "transfer-begun"]
    assert rows == sorted(rows, key=lambda row: row["position"])
    out, _ = said(capsys, "audit", "events", "--limit", "1", "--json", "--kind", "alarm", "--kind", "transfer-closed")
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert row["kind"] == ("alarm" if projected else "transfer-closed")
    assert "transfer-closed" in said(capsys, "audit", "events", "--since", "2020-01-01T00:00")[0]


def test_following_gives_each_new_event_once(data: Path) -> None:
    reader = LedgerReader(data / "ledger")
    waits: list[float] = []

    def later(seconds: float) -> None:
        waits.append(seconds)
        write(data, Alarm("warning", f"a{len(waits)}", ""), *transfer(JANE))

    rows = list(islice(following(reader, end_of(reader), Filter(kinds=("alarm",)), later), 3))
    assert [row.event.body.code for row in rows if isinstance(row.event.body, Alarm)] == ["a1", "a2", "a3"]


def test_without_a_ledger_there_is_a_fault_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "leadglass.toml").write_text(CONFIGURATION)
    monkeypatch.setenv("LEADGLASS_CONFIG", str(tmp_path / "leadglass.toml"))
    assert run(["audit", "patient", "4711"]) == 4
    err = capsys.readouterr().err
    assert err.startswith("error: there is no record")
    assert "\nhint: " in err


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "9999-12-31"])
def test_refuses_a_moment_it_cannot_read(text: str) -> None:
    with pytest.raises(click.UsageError):
        moment(text, ZoneInfo("Europe/Amsterdam"), end=True)


def test_a_moment_is_meant_in_the_hospitals_zone() -> None:
    zone = ZoneInfo("Europe/Amsterdam")
    assert moment("2026-11-24", zone) == 1_795_474_800_000_000_000
    assert moment("2026-11-24", zone, end=True) == moment("2026-11-25", zone)
    assert moment("2026-11-24T01:00", zone, end=True) == moment("2026-11-24T00:00+00:00", zone)
    assert moment("", zone) == 0
