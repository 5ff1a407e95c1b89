"""A RIS that serves MPPS (PS3.4 F), and an archive that commits on the association that asked (PS3.4 J.3.3)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pynetdicom import AE, evt
from tests.department.link import no_delay
from tests.department.objects import COMMITMENT_INSTANCE, PROCEDURE_STEP, STORAGE_COMMITMENT, digest, text

DUPLICATE, UNKNOWN = 0x0111, 0x0112  # PS3.7 C.5


class Ris:
    """Keeps performed procedure steps by SOP Instance UID."""

    def __init__(self) -> None:
        self._steps: dict[str, Any] = {}
        self._reports: list[threading.Thread] = []

    def steps(self) -> dict[str, str]:
        """SHA-256 of each procedure step as it stands."""
        return {uid: digest(text(step).encode()) for uid, step in self._steps.items()}

    def create(self, event: Any) -> tuple[int, Any]:
        """N-CREATE."""
        uid = str(event.request.AffectedSOPInstanceUID)
        if uid in self._steps:
            return DUPLICATE, None
        self._steps[uid] = event.attribute_list
        return 0, event.attribute_list

    def set(self, event: Any) -> tuple[int, Any]:
        """N-SET."""
        step = self._steps.get(str(event.request.RequestedSOPInstanceUID))
        if step is None:
            return UNKNOWN, None
        step.update(event.modification_list)
        return 0, step

    def commit(self, event: Any) -> tuple[int, Any]:
        """N-ACTION: everything is committed to; the report goes out when the response has."""
        report = threading.Thread(target=self._report, args=(event.assoc, event.action_information))
        self._reports.append(report)
        report.start()
        return 0, None

    @staticmethod
    def _report(association: Any, asked: Any) -> None:
        report = Dataset()
        report.TransactionUID = asked.TransactionUID
        report.ReferencedSOPSequence = Sequence(asked.ReferencedSOPSequence)
        # It waits until the association's own thread is between messages: the N-ACTION-RSP has gone out by then.
        association.send_n_event_report(report, 1, STORAGE_COMMITMENT, COMMITMENT_INSTANCE)

    def join(self) -> None:
        """Until every report is out."""
        for report in self._reports:
            report.join(30)


@contextmanager
def serving(port: int, commitment_port: int) -> Iterator[Ris]:
    """Both, on a port each."""
    ris = Ris()
    handlers = [
        (evt.EVT_N_CREATE, ris.create),
        (evt.EVT_N_SET, ris.set),
        (evt.EVT_N_ACTION, ris.commit),
        (evt.EVT_CONN_OPEN, no_delay),
    ]
    entity = AE(ae_title="RIS")
    entity.maximum_associations = 64
    entity.add_supported_context(PROCEDURE_STEP)
    entity.add_supported_context(STORAGE_COMMITMENT)
    servers = [
        entity.start_server(("127.0.0.1", number), block=False, evt_handlers=handlers)
        for number in (port, commitment_port)
    ]
    try:
        yield ris
    finally:
        ris.join()
        for server in servers:
            server.shutdown()
