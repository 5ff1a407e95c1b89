"""Queries and retrieves of a workstation through a gateway to a real Orthanc, as DCMTK's tools see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from tests.gateway.running import Gateway, now, peer
from tests.peers.processes import Orthanc, dcmtk, free_port, orthanc, storescp

FILES = tuple(Path(str(get_testdata_file(name))) for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm"))
CT_STUDY = str(pydicom.dcmread(FILES[0]).StudyInstanceUID)
MR_STUDY = str(pydicom.dcmread(FILES[1]).StudyInstanceUID)
ENFORCE = 'archive = "pacs"\nmode = "enforce"\n'
SECRET = """\
@id("no-mr-of-this-patient-leaves")
@why("This patient's images stay in the archive.")
forbid (principal, action in [Action::"C-MOVE", Action::"C-GET"], resource)
when { context.patient == "4MR1" };
"""


@dataclass(frozen=True)
class Department:
    """A gateway, the archive behind it, and where the workstation receives."""

    gateway: Gateway
    pacs: Orthanc
    received: Path

    def find(self, *keys: str, title: str = "WS1") -> str:
        options = [word for key in keys for word in ("-k", key)]
        return dcmtk(
            "findscu", "-S", "-v", "-aet", title, "-aec", "PACS", *options, "127.0.0.1", self.gateway.port
        ).stdout

    def move(self, *keys: str, title: str = "WS1", to: str = "WS1") -> str:
        options = [word for key in keys for word in ("-k", key)]
        return dcmtk(
            "movescu", "-S", "-d", "-aet", title, "-aec", "PACS", "-aem", to, *options, "127.0.0.1", self.gateway.port
        ).stdout

    def get(self, directory: Path, *keys: str, title: str = "WS1") -> str:
        directory.mkdir(exist_ok=True)
        options = [word for key in keys for word in ("-k", key)]
        return dcmtk(
            "getscu", "-S", "-d", "+B", "-od", directory, "-aet", title, "-aec", "PACS", *options,
            "127.0.0.1", self.gateway.port,
        ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def department(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Department]:
    directory = tmp_path_factory.mktemp("department")
    port, workstation = free_port(), free_port()
    (directory / "secret.cedar").write_text(SECRET)
    peers = (
        peer("WS1", "C-ECHO", "C-STORE", "C-FIND", "C-MOVE", "C-GET", host="127.0.0.1", port=workstation),
        peer("WS2", "C-ECHO", "C-FIND"),
    )
    gateway = Gateway(directory / "gateway", {"pacs": port}, {"PACS": ENFORCE}, peers=peers,
                      more=f'[policy]\nfiles = ["{directory / "secret.cedar"}"]\n')  # fmt: skip
    modalities = {title: [title, "127.0.0.1", gateway.port] for title in ("WS1", "NOWHERE")}
    modalities["STRAY"] = ["STRAY", "127.0.0.1", port]
    try:
        with (
            orthanc(directory / "orthanc", "PACS", port, {"DicomModalities": modalities}) as pacs,
            storescp(directory / "received", workstation, "-aet", "WS1") as received,
        ):
            gateway.wait_ready()
            stored = dcmtk("storescu", "-aet", "WS1", "-aec", "PACS", "127.0.0.1", gateway.port, *FILES)
            assert stored.returncode == 0, stored.stdout
            yield Department(gateway, pacs, received)
    finally:
        gateway.destroy()


def same_object(one: Path, other: Path) -> bool:
    left, right = pydicom.dcmread(one), pydicom.dcmread(other)
    return bool(left.SOPInstanceUID == right.SOPInstanceUID and left.PixelData == right.PixelData)


def test_a_query_is_answered_and_its_patients_are_on_record(department: Department) -> None:
    since = now()
    said = department.find("QueryRetrieveLevel=STUDY", "PatientID=", "StudyInstanceUID=", "PatientName=")
    assert CT_STUDY in said
    assert MR_STUDY in said
    asked = department.gateway.wait_recorded("operation", since, operation="C-FIND", status=-1)[0]
    assert (asked.body.level, asked.body.association.peer) == ("STUDY", "ws1")
    listed = department.gateway.wait_recorded("patients-listed", since)[0]
    assert {patient.id for patient, _ in listed.body.patients} == {"1CT1", "4MR1", "id00001"}


def test_a_move_brings_the_study_through_the_gateway_to_who_asked(department: Department) -> None:
    since = now()
    said = department.move("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={CT_STUDY}")
    assert "Success" in said, said
    assert [same_object(FILES[0], path) for path in department.received.iterdir()] == [True]
    begun = department.gateway.wait_recorded("transfer-begun", since, operation="C-MOVE")[0].body
    assert (begun.requester, begun.association.called, begun.patient.id) == ("ws1", "WS1", "1CT1")
    final = department.gateway.wait_recorded("operation", since, operation="C-MOVE", status=0)[0].body
    assert (final.destination, final.completed, final.failed) == ("WS1", 1, 0)


def test_a_get_brings_the_study_on_the_same_association(department: Department, tmp_path: Path) -> None:
    since = now()
    said = department.get(tmp_path / "got", "QueryRetrieveLevel=STUDY", f"StudyInstanceUID={CT_STUDY}")
    assert [same_object(FILES[0], path) for path in (tmp_path / "got").iterdir()] == [True], said
    begun = department.gateway.wait_recorded("transfer-begun", since, operation="C-GET")[0].body
    assert (begun.requester, begun.patient.id) == ("ws1", "1CT1")


def test_an_object_that_policy_forbids_is_refused_and_the_counters_add_up(
    department: Department, tmp_path: Path
) -> None:
    since = now()
    said = department.move("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={MR_STUDY}")
    assert "Success" not in said, said
    refused = department.gateway.wait_recorded("refusal", since, operation="C-STORE")[0].body
    assert (refused.said, refused.judgement.rule, refused.patient.id) == (
        "status 0124H", "no-mr-of-this-patient-leaves", "4MR1",
    )  # fmt: skip
    department.get(tmp_path / "got", "QueryRetrieveLevel=STUDY", f"StudyInstanceUID={MR_STUDY}")
    assert list((tmp_path / "got").iterdir()) == []
    final = department.gateway.wait_recorded("operation", since, operation="C-GET")[-1].body
    assert final.status != 0


def test_what_is_not_permitted_is_refused_with_the_status_of_the_table(department: Department) -> None:
    assert "a801" in department.move("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={CT_STUDY}", to="NOBODY").lower()


def test_an_archive_that_sends_what_nobody_asked_for_is_refused(department: Department) -> None:
    since = now()
    before = len(list(department.received.iterdir()))
    (plan,) = department.pacs.find(str(pydicom.dcmread(FILES[2]).SOPInstanceUID))
    status, _ = department.pacs.post("/modalities/WS1/store", plan)
    assert status >= 400
    assert len(list(department.received.iterdir())) == before
    department.gateway.wait_recorded("refusal", since, cause="unexpected-move")
