"""What is said of queries, retrieves and N-services that are refused: read back by DCMTK, else by pynetdicom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
from tests.gateway.running import Gateway, now, peer
from tests.peers.processes import dcmtk, free_port

POLICY = """\
@id("no-queries-by-patient")
@why("This hospital asks by study.")
forbid (principal, action in [Action::"C-FIND", Action::"C-MOVE", Action::"C-GET"], resource)
when { context.level == "PATIENT" };
"""
FIND, MOVE, GET = (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
    StudyRootQueryRetrieveInformationModelGet,
)
SUCCESS = 0x0000
PUSH_INSTANCE = "1.2.840.10008.1.20.1.1"


@dataclass
class Archive:
    """A pynetdicom SCP of every service; ``asked`` is what reached it."""

    port: int
    asked: list[str] = field(default_factory=list)
    associations: list[Any] = field(default_factory=list)

    def serve(self) -> Any:
        def took(name: str) -> Callable[[Any], Any]:
            def handler(event: Any) -> Any:
                self.asked.append(name)
                self.associations.append(event.assoc)
                return SUCCESS if name == "N-DELETE" else (SUCCESS, None)

            return handler

        def found(event: Any) -> Iterator[tuple[int, Any]]:
            self.asked.append("C-FIND")
            yield SUCCESS, None

        entity = AE("PACS")
        for uid in (
            FIND, MOVE, GET, PatientRootQueryRetrieveInformationModelFind, PatientRootQueryRetrieveInformationModelMove,
            PatientRootQueryRetrieveInformationModelGet, ModalityPerformedProcedureStep, StorageCommitmentPushModel,
        ):  # fmt: skip
            entity.add_supported_context(uid)
        entity.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
        handlers: list[Any] = [
            (evt.EVT_C_FIND, found),
            (evt.EVT_N_ACTION, took("N-ACTION")),
            (evt.EVT_N_CREATE, took("N-CREATE")),
            (evt.EVT_N_SET, took("N-SET")),
        ]
        return entity.start_server(("127.0.0.1", self.port), block=False, evt_handlers=handlers)


@dataclass(frozen=True)
class House:
    gateway: Gateway
    archive: Archive


ASKER = peer("ASKER", "*", host="127.0.0.1", port=11_999)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("services")
    (directory / "policy.cedar").write_text(POLICY)
    archive = Archive(free_port())
    server = archive.serve()
    gateway = Gateway(
        directory / "gateway", {"pacs": archive.port}, {"PACS": 'archive = "pacs"\nmode = "enforce"\n'},
        peers=(ASKER,), more=f'[policy]\nfiles = ["{directory / "policy.cedar"}"]\n', workers=1,
    )  # fmt: skip
    try:
        yield House(gateway.wait_ready(), archive)
    finally:
        gateway.destroy()
        server.shutdown()


@pytest.fixture
def association(house: House) -> Iterator[Any]:
    """All services, and a registry that is as it was afterwards."""
    yield from _association(house)
    house.gateway.save(ASKER)


def _association(house: House) -> Iterator[Any]:
    entity = AE("ASKER")
    entity.dimse_timeout = entity.acse_timeout = 30
    for uid in (FIND, MOVE, GET, CTImageStorage, ModalityPerformedProcedureStep, StorageCommitmentPushModel):
        entity.add_requested_context(uid)
    roles = [build_role(CTImageStorage, scu_role=True, scp_role=True)]
    made = entity.associate("127.0.0.1", house.gateway.port, ae_title="PACS", ext_neg=roles)
    assert made.is_established
    yield made
    made.release()


def identifier(level: str = "STUDY") -> Dataset:
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID, keys.PatientID = level, "1.2.3", "P1"
    return keys


def step() -> Dataset:
    content = Dataset()
    content.PatientID, content.PerformedProcedureStepStatus = "P1", "IN PROGRESS"
    return content


def commitment() -> Dataset:
    content = Dataset()
    content.TransactionUID = generate_uid()
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, "1.2.3.4"
    content.ReferencedSOPSequence = [reference]
    return content


def last(responses: Any) -> Dataset:
    return list(responses)[-1][0]


REQUESTS: dict[str, tuple[int, Callable[[Any], Dataset]]] = {
    "C-FIND": (0xC001, lambda a: last(a.send_c_find(identifier(), FIND))),
    "C-MOVE": (0x0124, lambda a: last(a.send_c_move(identifier(), "ASKER", MOVE))),
    "C-GET": (0x0124, lambda a: last(a.send_c_get(identifier(), GET))),
    "N-ACTION": (0x0124, lambda a: a.send_n_action(commitment(), 1, StorageCommitmentPushModel, PUSH_INSTANCE)[0]),
    "N-CREATE": (0x0124, lambda a: a.send_n_create(step(), ModalityPerformedProcedureStep, "1.2.9")[0]),
    "N-SET": (0x0124, lambda a: a.send_n_set(step(), ModalityPerformedProcedureStep, "1.2.9")[0]),
    "N-GET": (0x0124, lambda a: a.send_n_get([], ModalityPerformedProcedureStep, "1.2.9")[0]),
}


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_service_that_is_taken_away_is_refused_at_its_next_message(
    house: House, association: Any, operation: str
) -> None:
    since, before = now(), list(house.archive.asked)
    house.gateway.save(peer("ASKER", "C-ECHO", host="127.0.0.1", port=11_999))
    code, send = REQUESTS[operation]
    answer = send(association)
    assert answer.Status == code
    assert answer.get("ErrorComment", "").startswith("refused by the gateway")
    assert house.archive.asked == before
    (event,) = house.gateway.wait_recorded("refusal", since, operation=operation)
    assert (event.body.scope, event.body.said) == ("operation", f"status {code:04X}H")


@pytest.mark.parametrize(
    ("tool", "options", "code"),
    [
        ("findscu", (), "c001"),
        ("movescu", ("-aem", "ASKER"), "0124"),
        ("getscu", (), "0124"),
    ],
)
def test_dcmtk_hears_the_status_of_the_table(
    house: House, tmp_path: Path, tool: str, options: tuple[str, ...], code: str
) -> None:
    keys = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P1")
    place = ("-od", tmp_path) if tool == "getscu" else ()
    said = dcmtk(
        tool, "-d", "-P", "-aet", "ASKER", "-aec", "PACS", *options, *place, *keys, "127.0.0.1", house.gateway.port
    )
    assert f"0x{code}" in said.stdout.lower(), said.stdout
    assert "no-queries-by-patient" in said.stdout


def test_a_move_to_nobody_is_a801(house: House) -> None:
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.3")
    said = dcmtk(
        "movescu", "-d", "-S", "-aet", "ASKER", "-aec", "PACS", "-aem", "NOBODY", *keys, "127.0.0.1", house.gateway.port
    )
    assert "0xa801" in said.stdout.lower(), said.stdout


def test_a_report_of_a_strangers_transaction_is_0110_to_the_archive(house: House, association: Any) -> None:
    since = now()
    asked = commitment()
    assert association.send_n_action(asked, 1, StorageCommitmentPushModel, PUSH_INSTANCE)[0].Status == SUCCESS
    archive_side = house.archive.associations[-1]
    stranger = commitment()
    answer, _ = archive_side.send_n_event_report(stranger, 1, StorageCommitmentPushModel, PUSH_INSTANCE)
    assert answer.Status == 0x0110
    (event,) = house.gateway.wait_recorded("refusal", since, cause="unexpected-report")
    assert event.body.said == "status 0110H"
