"""Where devices listen: DCMTK's storescp, or pynetdicom, which also takes reports of storage commitment."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pynetdicom import AE, StoragePresentationContexts, evt
from tests.department.archives import PROMPT, in_directory
from tests.department.link import no_delay
from tests.department.objects import STORAGE_COMMITMENT, digest
from tests.department.script import Script
from tests.peers.link import DEADLINE
from tests.peers.processes import storescp

Report = tuple[str, ...]


def report_words(event: Any, where: str) -> Report:
    """An N-EVENT-REPORT in words: where it came, its event type, and each instance with its fate."""
    data = event.event_information
    kept = [f"kept {item.ReferencedSOPInstanceUID}" for item in data.get("ReferencedSOPSequence", [])]
    failed = [
        f"failed {item.ReferencedSOPInstanceUID} {item.FailureReason:04X}" for item in data.get("FailedSOPSequence", [])
    ]
    return (where, f"event type {event.event_type}", *sorted(kept), *sorted(failed))


class Receiver:
    """A device's own listener, by pynetdicom."""

    def __init__(self, title: str, port: int) -> None:
        self.objects: dict[str, str] = {}
        self.received: list[tuple[str, ...]] = []
        self._reports: dict[str, Report] = {}
        self._changed = threading.Condition()
        entity = AE(ae_title=title)
        entity.supported_contexts = StoragePresentationContexts
        entity.add_supported_context(STORAGE_COMMITMENT, scu_role=False, scp_role=True)
        handlers = [
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_N_EVENT_REPORT, self._report),
            (evt.EVT_CONN_OPEN, no_delay),
        ]
        self._server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)

    def _store(self, event: Any) -> int:
        request, asked = event.request, event.assoc.requestor
        uid = str(request.AffectedSOPInstanceUID)
        origin = (request.MoveOriginatorApplicationEntityTitle, request.MoveOriginatorMessageID)
        with self._changed:
            self.objects[uid] = digest(request.DataSet.getvalue())
            self.received.append((asked.ae_title, asked.primitive.called_ae_title, uid, *map(str, origin)))
        return 0

    def _report(self, event: Any) -> tuple[int, None]:
        calling = event.assoc.requestor.ae_title
        with self._changed:
            uid = str(event.event_information.TransactionUID)
            self._reports[uid] = report_words(event, f"on an association of {calling}")
            self._changed.notify_all()
        return 0, None

    def report(self, transaction: str) -> Report:
        """The report of a storage commitment, waited for; words where none comes."""
        with self._changed:
            self._changed.wait_for(lambda: transaction in self._reports, DEADLINE)
            return self._reports.get(transaction, ("no report came",))

    def close(self) -> None:
        self._server.shutdown()


class Devices:
    """Every listener of the day. ``on_demand``: titles that listen only while a C-MOVE of theirs runs."""

    def __init__(self, directory: Path, on_demand: frozenset[str]) -> None:
        self.directory, self.on_demand = directory, on_demand
        self.receivers: dict[str, Receiver] = {}

    def folder(self, title: str) -> Path:
        """Where the device's DCMTK tools put what they receive."""
        path = self.directory / title
        path.mkdir(parents=True, exist_ok=True)
        return path

    def places(self) -> dict[str, dict[str, str]]:
        """By device and SOP Instance UID, the SHA-256 of the data set."""
        found = {path.name: in_directory(path) for path in self.directory.iterdir()}
        for title, receiver in self.receivers.items():
            found[title] = found.get(title, {}) | receiver.objects
        return found

    def received(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        """What archives said of the objects they sent."""
        return {title: tuple(sorted(receiver.received)) for title, receiver in self.receivers.items()}


@contextmanager
def devices(directory: Path, script: Script, ports: Mapping[str, int]) -> Iterator[Devices]:
    """The listeners of all devices that have one all day."""
    directory.mkdir(parents=True)
    house = Devices(directory, frozenset(d.title for d in script.devices.values() if d.receives == "movescu"))
    with ExitStack() as stack:
        for device in script.devices.values():
            if device.receives == "storescp":
                stack.enter_context(storescp(house.folder(device.title), ports[device.title], environment=PROMPT))
            elif device.receives == "pynetdicom":
                house.receivers[device.title] = Receiver(device.title, ports[device.title])
        try:
            yield house
        finally:
            with ThreadPoolExecutor() as pool:
                list(pool.map(Receiver.close, house.receivers.values()))
