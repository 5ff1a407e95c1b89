"""A ledger that stands still, a full journal, an archive that is down: declared behaviour, shown while it lasts.

The tests follow one another: the ledger is stopped before the first and goes on in the last but one.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import ModalityPerformedProcedureStep
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from tests.gateway.conftest import Frail
from tests.gateway.filling import fill
from tests.gateway.record import Entry
from tests.gateway.running import Gateway, now
from tests.peers.caller import Caller, context_results, ct_image, new_uid, rejection
from tests.peers.processes import dcmtk
from tests.peers.scripted import ScriptedArchive

LIMIT, SEGMENT = 16 << 20, 1 << 20
WAIVED = re.compile(r"(\d+) instances went on without a record")


@pytest.fixture(scope="module")
def opened(frail: Frail) -> Iterator[tuple[Caller, Caller]]:
    """Associations from before the fault, on the open and on the closed flow."""
    with (
        Caller(frail.gateway.port, "STORER", "OPEN") as open_flow,
        Caller(frail.gateway.port, "STORER", "CLOSED") as closed_flow,
    ):
        yield open_flow.associate(), closed_flow.associate()


@pytest.fixture(scope="module")
def asker(frail: Frail) -> Iterator[Any]:
    """An association of all services on the closed flow, from before the fault."""
    entity = AE("ASKER")
    entity.dimse_timeout = entity.network_timeout = 120
    for uid in (Find, Move, Get, ModalityPerformedProcedureStep):
        entity.add_requested_context(uid)
    association = entity.associate("127.0.0.1", frail.gateway.port, ae_title="CLOSED")
    assert association.is_established
    yield association
    association.abort()


def test_healthz_says_that_checkpoints_are_late_and_the_ledger_silent(frail: Frail) -> None:
    gateway = frail.gateway

    def late() -> dict[str, str] | None:
        found = gateway.unhealthy()
        return found if {"checkpoint-late", "ledger-missing"} <= set(found) else None

    gateway.wait(late, "the checkpoint is late")  # sixty seconds after the last one
    assert gateway.http("/healthz")[0] == 503


def test_healthz_says_that_an_archive_is_down_until_it_is_up_again(frail: Frail) -> None:
    gateway = frail.gateway
    with Caller(gateway.port, "STORER", "DOWN") as caller:
        assert rejection(caller.request()) == "2/3/1"
    gateway.wait(lambda: "upstream-down" in gateway.unhealthy())
    assert "later" in gateway.unhealthy()["upstream-down"]
    archive = ScriptedArchive(frail.down)
    try:
        assert dcmtk("echoscu", "-aet", "STORER", "-aec", "DOWN", "127.0.0.1", gateway.port).returncode == 0
        gateway.wait(lambda: "upstream-down" not in gateway.unhealthy())
    finally:
        archive.close()


def test_metrics_are_declared_and_name_no_patient_and_no_title(frail: Frail) -> None:
    gateway = frail.gateway
    with Caller(gateway.port, "STORER", "OPEN") as caller:
        instance = new_uid()
        data = ct_image(instance, patient="SECRET-PATIENT", study="2.25.424242")
        assert caller.associate().store(instance, data) == 0
        caller.release()
    gateway.wait(lambda: gateway.counter("instances:outcome=success") >= 1)
    code, text = gateway.http("/metrics")
    assert code == 200
    assert 'leadglass_instances_total{outcome="success",worker="w0"}' in text
    assert 'leadglass_refusals_total{cause="unknown-caller",worker="w0",would="no"} 0.0' in text
    for secret in ("SECRET", "STORER", "OPEN", "CLOSED", "424242", instance, "127.0.0.1"):
        assert secret not in text


def test_the_workers_own_limit_of_associations_is_told(frail: Frail, opened: tuple[Caller, Caller]) -> None:
    gateway = frail.gateway
    gateway.wait(lambda: [worker.open for worker in gateway.workers()] == [2])
    callers = [Caller(gateway.port, "STORER", "OPEN").associate() for _ in range(4)]
    with Caller(gateway.port, "STORER", "OPEN") as one_more:
        assert rejection(one_more.request()) == "2/3/2"
    callers.pop().release()

    def again() -> bool:
        with Caller(gateway.port, "STORER", "OPEN") as caller:
            accepted = caller.request()[:1] == b"\x02"
            if accepted:
                caller.release()
            return accepted

    gateway.wait(again, "a place is free again")
    for caller in callers:
        caller.release()


def test_a_journal_that_fills_up_is_shown_before_and_while_it_is_full(
    frail: Frail, opened: tuple[Caller, Caller], asker: Any
) -> None:
    gateway = frail.gateway
    directory = gateway.data.journal("w0")
    while sum(file.stat().st_size for file in directory.glob("*.journal")) + SEGMENT < LIMIT:
        fill(gateway.port, 50)  # while segments are made: the ledger merges none of them
    found: set[str] = set()
    while "recording-impaired" not in found:
        fill(gateway.port, 40)
        gateway.wait(partial(_reported_since, gateway, now()))
        found |= set(gateway.unhealthy())
    assert "journal-low" in found


def _reported_since(gateway: Gateway, moment: int) -> bool:
    return all(worker.time > moment for worker in gateway.workers())


def test_while_it_is_full_the_open_flow_goes_on_and_the_closed_one_says_a700(
    frail: Frail, opened: tuple[Caller, Caller]
) -> None:
    gateway, (open_flow, closed_flow) = frail.gateway, opened
    passed, refused = new_uid(), new_uid()
    assert open_flow.store(passed) == 0
    assert passed in frail.script.kept
    assert closed_flow.store(refused, ct_image(refused, size=1_000_000)) == 0xA700
    assert refused not in frail.script.kept

    gateway.wait(lambda: (found := WAIVED.search(gateway.unhealthy()["recording-impaired"])) and int(found[1]) >= 1)
    said = gateway.cli("status")
    assert said.returncode == 1
    assert "cannot record" in said.stdout
    with Caller(gateway.port, "STORER", "CLOSED") as caller:
        assert rejection(caller.request()) == "2/3/2"
    with Caller(gateway.port, "STORER", "OPEN") as caller:
        assert context_results(caller.request()) == {1: 0, 3: 1}, "stores are open, every other operation is closed"
        assert caller.store() == 0
        caller.release()
    with Caller(gateway.port, "NOBODY", "OPEN") as caller:
        assert rejection(caller.request()) == "1/1/3", "open waives the record, never a decision"


def test_while_it_is_full_each_service_says_so_by_its_own_status(frail: Frail, asker: Any) -> None:
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "STUDY", "1.2.3"
    step = Dataset()
    step.PatientID = "P1"
    before = len(frail.script.served[-1].pdus)
    assert list(asker.send_c_find(keys, Find))[-1][0].Status == 0xA700
    assert list(asker.send_c_move(keys, "ASKER", Move))[-1][0].Status == 0xA702
    assert list(asker.send_c_get(keys, Get))[-1][0].Status == 0xA702
    assert asker.send_n_create(step, ModalityPerformedProcedureStep, "1.2.9")[0].Status == 0x0213
    assert asker.send_n_set(step, ModalityPerformedProcedureStep, "1.2.9")[0].Status == 0x0213
    assert len(frail.script.served[-1].pdus) == before


def test_it_recovers_by_itself_and_says_on_record_what_was_waived(frail: Frail, opened: tuple[Caller, Caller]) -> None:
    gateway, (open_flow, closed_flow) = frail.gateway, opened
    os.kill(gateway.children()["ledger"], signal.SIGCONT)

    def told() -> list[Entry]:
        found = gateway.recorded("recording-impaired")  # twice, where the reserve came back in between
        return found if sum(one.body.waived for one in found) >= 2 else []

    impaired = gateway.wait(told, "what was waived is on record")
    assert sum(one.body.refused for one in impaired) >= 1
    assert all(one.body.since < one.time for one in impaired)
    gateway.wait(lambda: not gateway.unhealthy(), "all is well again")
    assert gateway.http("/healthz")[0] == 200
    instance = new_uid()
    assert closed_flow.store(instance) == 0
    closed_flow.release()
    assert open_flow.store() == 0
    open_flow.release()
    gateway.wait_recorded("transfer-closed", called="CLOSED", how="released")
    gateway.wait(lambda: gateway.instance_outcomes(instance) == [("success", 0)])


def test_the_record_has_no_gap_and_proves_itself(frail: Frail) -> None:
    gateway = frail.gateway
    assert not gateway.recorded("record-gap")
    said = gateway.cli("audit", "verify", "--data", str(gateway.data.root))
    assert said.returncode == 0, said.stdout + said.stderr
