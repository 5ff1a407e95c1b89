"""A stand-in where no archive is installed: keeps the newest instances, finds their studies, gives them back.

``python -m leadglass.demo.stand_in_archive PORT DIRECTORY``
"""

from __future__ import annotations

import itertools
import signal
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, evt
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

from leadglass.demo.ports import LOOPBACK

KEPT = 200  # instances; the oldest goes
TITLE = "PACS"


class Shelf:
    """The newest instances, one file each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._files = deque(sorted(directory.glob("*.dcm")))
        first = int(self._files[-1].stem) + 1 if self._files else 1
        self._numbers = itertools.count(first)

    def keep(self, event: Any) -> int:
        """Write an instance down as it came, then say Success (0000H), or Out of Resources (A700H)."""
        path = self._directory / f"{next(self._numbers):09d}.dcm"
        try:
            path.write_bytes(event.encoded_dataset())
            self._files.append(path)
            while len(self._files) > KEPT:
                self._files.popleft().unlink(missing_ok=True)
        except OSError:
            return 0xA700
        return 0x0000

    def find(self, event: Any) -> Iterator[tuple[int, Any]]:
        """The studies that a C-FIND names, whatever else it asks: all without a Study Instance UID."""
        told = set()
        for content in self._named(event):
            if content.StudyInstanceUID not in told:
                told.add(content.StudyInstanceUID)
                answer = Dataset()
                answer.QueryRetrieveLevel, answer.StudyInstanceUID = "STUDY", content.StudyInstanceUID
                answer.PatientID, answer.PatientName = content.PatientID, content.PatientName
                yield 0xFF00, answer

    def get(self, event: Any) -> Iterator[Any]:
        """The instances of the study that a C-GET names."""
        found = self._named(event)
        yield len(found)
        for content in found:
            yield 0xFF00, content

    def _named(self, event: Any) -> list[Any]:
        study = event.identifier.get("StudyInstanceUID", "")
        contents = [dcmread(path) for path in tuple(self._files) if path.exists()]
        return [content for content in contents if study in {"", content.StudyInstanceUID}]


def main(port: int, directory: Path) -> None:
    """Serve until SIGTERM."""
    shelf = Shelf(directory)
    entity = AE(ae_title=TITLE)
    entity.require_called_aet = True
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax, scu_role=True, scp_role=True)
    for uid in (Verification, StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelGet):
        entity.add_supported_context(uid)
    handlers: list[Any] = [
        (evt.EVT_C_STORE, shelf.keep),
        (evt.EVT_C_ECHO, lambda _event: 0x0000),
        (evt.EVT_C_FIND, shelf.find),
        (evt.EVT_C_GET, shelf.get),
    ]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    server = entity.start_server((LOOPBACK, port), block=False, evt_handlers=handlers)
    signal.sigwait({signal.SIGTERM})
    server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
