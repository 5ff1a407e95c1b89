"""Who plays the devices: DCMTK's programs where they are installed, otherwise pynetdicom. Judges nothing it hears.

What was answered stands in the gateway's record.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Protocol

from leadglass.demo.ports import LOOPBACK

PATIENCE = 10  # seconds for a connection, an answer, a response
_PATH = "/usr/bin:/usr/local/bin"


class Players(Protocol):
    """Does what devices do, one association each."""

    name: str
    stand_in: bool

    def echo(self, title: str, called: str, port: int) -> None:
        """C-ECHO."""

    def store(self, title: str, called: str, port: int, files: tuple[Path, ...]) -> None:
        """C-STORE of each file, all over one association, going on after a refused one."""

    def find(self, title: str, called: str, port: int) -> None:
        """C-FIND of all studies."""

    def retrieve(self, title: str, called: str, port: int, study: str, listens: int, inbox: Path) -> None:
        """C-FIND of a study, then have it sent here: by C-MOVE to the port that ``listens``, or by C-GET."""


class Dcmtk:
    """DCMTK's programs."""

    stand_in = False

    def __init__(self, echoscu: str) -> None:
        self._directory = Path(echoscu).parent
        words = subprocess.run((echoscu, "--version"), capture_output=True, text=True, check=False).stdout  # noqa: S603 (DCMTK)
        version = re.search(r"v(\d+\.\d+\.\d+)", words)
        self.name = f"DCMTK {version[1]}" if version else "DCMTK"

    def echo(self, title: str, called: str, port: int) -> None:
        """By echoscu."""
        self._run("echoscu", title, called, (), port, ())

    def store(self, title: str, called: str, port: int, files: tuple[Path, ...]) -> None:
        """By storescu, proposing only what the files need."""
        self._run("storescu", title, called, ("-R", "-nh"), port, tuple(map(str, files)))

    def find(self, title: str, called: str, port: int) -> None:
        """By findscu, Study Root."""
        self._run("findscu", title, called, ("-S", "-k", "QueryRetrieveLevel=STUDY"), port, ())

    def retrieve(self, title: str, called: str, port: int, study: str, listens: int, inbox: Path) -> None:
        """By findscu, and by movescu, which listens itself."""
        keys = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}")
        self._run("findscu", title, called, (*keys, "-k", "PatientName", "-k", "PatientID"), port, ())
        here = ("-aem", title, "+P", str(listens), "-od", str(inbox))
        self._run("movescu", title, called, (*keys, *here), port, ())

    def _run(
        self, program: str, title: str, called: str, options: tuple[str, ...], port: int, files: tuple[str, ...]
    ) -> None:
        wait = str(PATIENCE)
        command = (str(self._directory / program), "-to", wait, "-ta", wait, "-td", wait, "-aet", title, "-aec", called)
        subprocess.run(  # noqa: S603 (DCMTK's own programs; the titles are ours)
            (*command, *options, LOOPBACK, str(port), *files),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TCP_NODELAY": "1"},
            process_group=0,  # Ctrl-C lets the last examination finish
            check=False,
            timeout=6 * PATIENCE,
        )


class Pynetdicom:
    """Stand-ins within this process."""

    name = "pynetdicom"
    stand_in = True

    def echo(self, title: str, called: str, port: int) -> None:
        """C-ECHO."""
        from pynetdicom.sop_class import Verification  # noqa: PLC0415 (slow to import, and only without DCMTK)

        association = self._associate(title, called, port, [Verification])
        if association.is_established:
            association.send_c_echo()
            association.release()

    def store(self, title: str, called: str, port: int, files: tuple[Path, ...]) -> None:
        """C-STORE; an instance without an accepted context is passed over."""
        from pydicom import dcmread  # noqa: PLC0415 (slow to import)

        contents = [dcmread(file) for file in files]
        association = self._associate(
            title, called, port, list(dict.fromkeys(content.SOPClassUID for content in contents))
        )
        if association.is_established:
            accepted = {context.abstract_syntax for context in association.accepted_contexts}
            for content in contents:
                if content.SOPClassUID in accepted:
                    association.send_c_store(content)
            association.release()

    def find(self, title: str, called: str, port: int) -> None:
        """C-FIND, Study Root."""
        from pydicom.dataset import Dataset  # noqa: PLC0415 (slow to import)
        from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as Find  # noqa: PLC0415 (likewise)

        association = self._associate(title, called, port, [Find])
        if association.is_established:
            query = Dataset()
            query.QueryRetrieveLevel, query.StudyInstanceUID = "STUDY", ""
            for _ in association.send_c_find(query, Find):
                pass
            association.release()

    def retrieve(self, title: str, called: str, port: int, study: str, listens: int, inbox: Path) -> None:  # noqa: ARG002 (it needs no port)
        """C-FIND and C-GET over one association."""
        from pydicom.dataset import Dataset  # noqa: PLC0415 (slow to import)
        from pynetdicom import build_role, evt  # noqa: PLC0415 (likewise)
        from pynetdicom.sop_class import (  # noqa: PLC0415 (likewise)
            CTImageStorage,
            StudyRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelGet,
        )

        find, get, images = (
            StudyRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelGet,
            CTImageStorage,
        )
        handlers = [(evt.EVT_C_STORE, lambda _event: 0x0000)]
        association = self._associate(
            title, called, port, [find, get, images], [build_role(images, scp_role=True)], handlers
        )
        if association.is_established:
            query = Dataset()
            query.QueryRetrieveLevel, query.StudyInstanceUID, query.PatientID = "STUDY", study, ""
            for _ in association.send_c_find(query, find):
                pass
            for _ in association.send_c_get(query, get):
                pass
            association.release()

    @staticmethod
    def _associate(
        title: str,
        called: str,
        port: int,
        classes: list[str],
        roles: list[Any] | None = None,
        handlers: list[Any] | None = None,
    ) -> Any:
        from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian  # noqa: PLC0415 (slow to import)
        from pynetdicom import AE  # noqa: PLC0415 (likewise)

        entity = AE(ae_title=title)
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = entity.connection_timeout = PATIENCE
        for uid in classes:
            entity.add_requested_context(uid, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
        return entity.associate(LOOPBACK, port, ae_title=called, ext_neg=roles or [], evt_handlers=handlers or [])


def players(*, stand_in: bool) -> Players:
    """DCMTK where it is installed and not forbidden, otherwise the stand-ins."""
    echoscu = None if stand_in else shutil.which("echoscu", path=_PATH)
    return Dcmtk(echoscu) if echoscu else Pynetdicom()
