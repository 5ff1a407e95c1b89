"""Steps played by pynetdicom: every service. It tells what it was answered and judges nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from queue import Queue
from typing import Any

import pydicom
from pynetdicom import build_role, evt
from tests.department.comparison import Counters, Outcome, counters
from tests.department.devices import Devices, report_words
from tests.department.link import Address, NotAcceptedError, association
from tests.department.objects import (
    COMMITMENT_INSTANCE,
    MODALITY_WORKLIST,
    PROCEDURE_STEP,
    STORAGE_COMMITMENT,
    commitment,
    digest,
    identifier,
    performed,
    procedure_step,
    sop_class,
    text,
)
from tests.department.script import Step
from tests.peers.link import DEADLINE

VERIFICATION = "1.2.840.10008.1.1"
MODELS = {
    ("patient", "find"): "1.2.840.10008.5.1.4.1.2.1.1",
    ("patient", "move"): "1.2.840.10008.5.1.4.1.2.1.2",
    ("patient", "get"): "1.2.840.10008.5.1.4.1.2.1.3",
    ("study", "find"): "1.2.840.10008.5.1.4.1.2.2.1",
    ("study", "move"): "1.2.840.10008.5.1.4.1.2.2.2",
    ("study", "get"): "1.2.840.10008.5.1.4.1.2.2.3",
}
_COUNTERS = (
    "NumberOfRemainingSuboperations", "NumberOfCompletedSuboperations", "NumberOfFailedSuboperations",
    "NumberOfWarningSuboperations",
)  # fmt: skip


class PynetdicomPlayer:
    """Plays steps against ``addresses`` of called titles."""

    def __init__(self, addresses: dict[str, Address], files: dict[str, list[Path]], devices: Devices) -> None:
        self._addresses, self._files, self._devices = addresses, files, devices
        self._plays: dict[str, Callable[[Step], Outcome]] = {
            "echo": self._echo,
            "worklist": self._query,
            "find": self._query,
            "move": self._move,
            "get": self._get,
            "store": self._store,
            "commit": self._commit,
            "mpps-create": self._create,
            "mpps-set": self._set,
        }

    def play(self, step: Step) -> Outcome:
        """What came of it."""
        try:
            return self._plays[step.does](step)
        except NotAcceptedError:
            return REJECTED

    def _associated(
        self, step: Step, *classes: str, roles: Iterable[Any] = (), handlers: Iterable[Any] = ()
    ) -> AbstractContextManager[Any]:
        return association(step.peer, self._addresses[step.at], step.at, classes, roles, handlers)

    def _echo(self, step: Step) -> Outcome:
        with self._associated(step, VERIFICATION) as opened:
            return Outcome((said(opened.send_c_echo(step.number)),))

    def _query(self, step: Step) -> Outcome:
        model = MODALITY_WORKLIST if step.does == "worklist" else MODELS[step.root, "find"]
        with self._associated(step, model) as opened:
            return _answered(opened.send_c_find(identifier(step.keys), model, msg_id=step.number))

    def _move(self, step: Step) -> Outcome:
        model = MODELS[step.root, "move"]
        with self._associated(step, model) as opened:
            return _answered(opened.send_c_move(identifier(step.keys), step.to, model, msg_id=step.number))

    def _get(self, step: Step) -> Outcome:
        model, storage = MODELS[step.root, "get"], sop_class(step.study)
        folder = self._devices.folder(step.peer)

        def store(event: Any) -> int:
            uid = str(event.request.AffectedSOPInstanceUID)
            (folder / f"{digest(uid.encode())[:32]}.dcm").write_bytes(event.encoded_dataset())
            return 0

        roles, handlers = [build_role(storage, scp_role=True)], [(evt.EVT_C_STORE, store)]
        with self._associated(step, model, storage, roles=roles, handlers=handlers) as opened:
            return _answered(opened.send_c_get(identifier(step.keys), model, msg_id=step.number))

    def _store(self, step: Step) -> Outcome:
        with self._associated(step, sop_class(step.study)) as opened:
            files = self._files[step.study.name]
            return Outcome(tuple(said(opened.send_c_store(path, n)) for n, path in enumerate(files, start=1)))

    def _commit(self, step: Step) -> Outcome:
        """Asks, and waits for the report: on this association, if it is to come there, else on one of the archive's."""
        came: list[tuple[str, ...]] = []
        here: Queue[tuple[str, ...]] = Queue()

        def report(event: Any) -> tuple[int, None]:
            came.append(report_words(event, "on the association that asked"))
            return 0, None

        def sent(event: Any) -> None:
            """The response to the report has gone out too: a release would overtake it."""
            for told in came:
                here.put(told)

        handlers = [(evt.EVT_N_EVENT_REPORT, report), (evt.EVT_PDU_SENT, sent)]
        address = self._addresses[step.at]
        with association(step.peer, address, step.at, [STORAGE_COMMITMENT], (), handlers, asked=True) as opened:
            asked = commitment(step.study, step.transaction)
            answer, _ = opened.send_n_action(asked, 1, STORAGE_COMMITMENT, COMMITMENT_INSTANCE, step.number)
            status = said(answer)
            if status == "0000" and step.at == "KEEP":
                return Outcome((status,), reports=here.get(timeout=DEADLINE))
        return Outcome((status,), reports=self._devices.receivers[step.peer].report(step.transaction))

    def _create(self, step: Step) -> Outcome:
        attributes = procedure_step(step.study, step.peer)
        with self._associated(step, PROCEDURE_STEP) as opened:
            return _single(opened.send_n_create(attributes, PROCEDURE_STEP, step.study.procedure_step, step.number))

    def _set(self, step: Step) -> Outcome:
        attributes = performed(step.study, step.status)
        with self._associated(step, PROCEDURE_STEP) as opened:
            return _single(opened.send_n_set(attributes, PROCEDURE_STEP, step.study.procedure_step, step.number))


REJECTED = Outcome(("no association",))


def said(status: Any) -> str:
    """The status of a response, "no response" where none came."""
    return f"{status.Status:04X}" if "Status" in status else "no response"


def _single(answer: tuple[Any, Any]) -> Outcome:
    status, data = answer
    return Outcome((said(status),), responses=(text(data),) if data else ())


def _answered(answers: Iterable[tuple[Any, Any]]) -> Outcome:
    rows = list(answers)
    return Outcome(
        tuple(said(status) for status, _ in rows),
        counters(_counters(status) for status, _ in rows),
        tuple(sorted(text(data) for _, data in rows if data)),
    )


def _counters(status: Any) -> Counters:
    remaining, completed, failed, warnings = (int(status.get(keyword, -1)) for keyword in _COUNTERS)
    return remaining, completed, failed, warnings


def read_text(path: Path) -> str:
    """The data set in a file as text."""
    return text(pydicom.dcmread(path, force=True))
