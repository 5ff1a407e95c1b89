"""A device from nothing: enrolled with one command, it stores, queries, moves and gets over TLS; nobody else is it."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import CTImageStorage
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from tests.gateway.running import Gateway
from tests.peers.processes import dcmtk, free_port, orthanc, storescp

FILE = Path(str(get_testdata_file("CT_small.dcm")))
OBJECT = pydicom.dcmread(FILE)
PASSPHRASE = "a passphrase long enough"
STUDY = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={OBJECT.StudyInstanceUID}")


@dataclass(frozen=True)
class Ward:
    """A gateway that only speaks TLS, an Orthanc behind it, and what was handed out to the workstation."""

    gateway: Gateway
    port: int
    device: Path
    received: Path

    def tls(self, tool: str, *arguments: object, title: str = "WS1", certificate: bool = True) -> tuple[int, str]:
        files = ("+tls", self.device / "ws1.key", self.device / "ws1-chain.pem") if certificate else ("+tla",)
        command = ("-d", "-aet", title, "-aec", "PACS", *files, "+cf", self.device / "ca.pem")
        said = dcmtk(tool, *command, *arguments)
        return said.returncode, said.stdout

    def address(self) -> tuple[object, ...]:
        return "localhost", self.port


def cli(gateway: Gateway, *arguments: object) -> str:
    os.environ.setdefault("LEADGLASS_PKI_PASSPHRASE", PASSPHRASE)
    os.environ.setdefault("LEADGLASS_PKI_ROOT_PASSPHRASE", PASSPHRASE + " of the root")
    said = gateway.cli(*map(str, arguments))
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    directory = tmp_path_factory.mktemp("ward")
    archive, secure, workstation = free_port(), free_port(), free_port()
    gateway = Gateway(
        directory / "gateway", {"pacs": archive}, {"PACS": 'archive = "pacs"\nmode = "enforce"\n'}, start=False
    )
    cli(gateway, "pki", "init", "--root-key", directory / "root.key")
    told = json.loads(cli(gateway, "--json", "pki", "gateway", "--host", "localhost", "--host", "127.0.0.1"))
    gateway.extend(f'{told["toml"]}\n[[listener]]\naddress = "127.0.0.1"\nport = {secure}\ntls = true\n')
    gateway.start()
    try:
        with orthanc(
            directory / "orthanc", "PACS", archive, {"DicomModalities": {"WS1": ["WS1", "127.0.0.1", gateway.port]}}
        ):
            gateway.wait_ready()
            told = json.loads(
                cli(
                    gateway, "--json", "pki", "enrol", "ws1", "--title", "WS1", "--register", "--operation", "*",
                    "--host", "127.0.0.2", "--listens", f"127.0.0.2:{workstation}",
                )
            )  # fmt: skip
            device = Path(told["directory"])
            options = ("+tls", str(device / "ws1.key"), str(device / "ws1-chain.pem"), "+cf", str(device / "ca.pem"))
            with storescp(directory / "received", workstation, "-aet", "WS1", *options) as received:
                yield Ward(gateway, secure, device, received)
    finally:
        gateway.destroy()


def keys() -> Dataset:
    found = Dataset()
    found.QueryRetrieveLevel, found.StudyInstanceUID = "STUDY", OBJECT.StudyInstanceUID
    return found


@contextmanager
def retriever(ward: Ward) -> Iterator[tuple[Any, list[Dataset]]]:
    """An association of the enrolled device for C-MOVE and C-GET; Debian's movescu and getscu know no TLS."""
    got: list[Dataset] = []

    def keep(event: Any) -> int:
        got.append(event.dataset)
        return 0x0000

    context = ssl.create_default_context(cafile=str(ward.device / "ca.pem"))
    context.load_cert_chain(ward.device / "ws1-chain.pem", ward.device / "ws1.key")
    entity = AE("WS1")
    entity.dimse_timeout = entity.network_timeout = 60
    for uid in (Move, Get, CTImageStorage):
        entity.add_requested_context(uid)
    association = entity.associate(
        "localhost", ward.port, ae_title="PACS", ext_neg=[build_role(CTImageStorage, scp_role=True)],
        evt_handlers=[(evt.EVT_C_STORE, keep)], tls_args=(context, "localhost"),
    )  # fmt: skip
    assert association.is_established
    try:
        yield association, got
    finally:
        association.release()


def test_it_stores_queries_moves_and_gets_and_each_step_stands_with_the_patient(ward: Ward) -> None:
    code, said = ward.tls("storescu", *ward.address(), FILE)
    assert code == 0, said
    code, said = ward.tls("findscu", "-S", *STUDY, "-k", "PatientID", *ward.address())
    assert code == 0, said
    assert str(OBJECT.PatientID) in said
    with retriever(ward) as (association, got):
        assert [answer.Status for answer, _ in association.send_c_move(keys(), "WS1", Move)][-1] == 0
        (moved,) = ward.received.iterdir()
        assert pydicom.dcmread(moved).PixelData == OBJECT.PixelData
        assert [answer.Status for answer, _ in association.send_c_get(keys(), Get)][-1] == 0
        assert [content.PixelData for content in got] == [OBJECT.PixelData]

    def on_record() -> bool:
        about = json.loads(cli(ward.gateway, "--json", "audit", "patient", OBJECT.PatientID))
        transfers = {access["operation"] for access in about["accesses"]}
        asked = {row["body"].get("operation") for row in (*about["mentions"], *about["newer"])}
        return transfers == {"C-STORE", "C-MOVE", "C-GET"} and {"C-FIND", "C-MOVE", "C-GET"} <= asked

    ward.gateway.wait(on_record, "store, query, move and get on the patient's record")
    begun = ward.gateway.wait_recorded("transfer-begun", operation="C-STORE")[0].body.association
    assert begun.tls.startswith("TLSv1.")
    assert begun.certificate.startswith("sha256:")


def test_the_same_certificate_under_another_title_is_refused_and_shown(ward: Ward) -> None:
    code, said = ward.tls("echoscu", *ward.address(), title="CT9")
    assert code != 0, said
    assert "Calling AE Title Not Recognized" in said
    ward.gateway.wait_recorded("refusal", calling="CT9", cause="certificate")


def test_the_same_title_without_the_certificate_is_refused(ward: Ward) -> None:
    code, said = ward.tls("echoscu", *ward.address(), certificate=False)
    assert code != 0, said
    ward.gateway.wait_recorded("certificate-refused")
    said = dcmtk("echoscu", "-v", "-aet", "WS1", "-aec", "PACS", "localhost", ward.gateway.port).stdout
    assert "Calling AE Title Not Recognized" in said
    ward.gateway.wait_recorded("refusal", calling="WS1", said="A-ASSOCIATE-RJ 1/1/3")
