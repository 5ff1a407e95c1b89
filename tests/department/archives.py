"""The archives of the department: Orthanc with its worklist plugin, dcmqrscp, and a RIS of pynetdicom's.

No program that Debian ships serves MPPS, nor reports a storage commitment on the association that asked: the RIS does.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.department import ris
from tests.department.link import Address
from tests.department.objects import data_set_of, digest, write_worklist
from tests.department.script import Script
from tests.peers.processes import Orthanc, end, listening, orthanc, program

WORKLISTS = "/usr/share/orthanc/plugins/libModalityWorklists.so"
NOBODY_LISTENS = ("127.0.0.1", 9)
PROMPT = {"TCP_NODELAY": "1"}  # read by DCMTK, also inside Orthanc: its sockets wait for no acknowledgement
TITLES = ("PACS", "VNA", "RIS", "KEEP")


@dataclass(frozen=True)
class Archives:
    """What runs, and what lies in it."""

    orthanc: Orthanc
    vna: Path
    ris: ris.Ris

    def places(self) -> dict[str, dict[str, str]]:
        """By archive and SOP Instance UID, the SHA-256 of the data set."""
        pacs = [self.orthanc.get(f"/instances/{name}/file") for name in json.loads(self.orthanc.get("/instances"))]
        return {"PACS": digests(pacs), "VNA": in_directory(self.vna), "RIS": self.ris.steps()}


def digests(files: list[bytes]) -> dict[str, str]:
    """By SOP Instance UID, the SHA-256 of the data set in each file."""
    return {uid: digest(data) for uid, data in map(data_set_of, files)}


def in_directory(directory: Path) -> dict[str, str]:
    """The same of the files in a directory, those of an index left out."""
    files = [path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file()]
    return digests([file for file in files if file[128:132] == b"DICM"])


@contextmanager
def archives(
    directory: Path, script: Script, ports: Mapping[str, int], devices: Mapping[str, Address]
) -> Iterator[Archives]:
    """All of them.

    Args:
        directory: fresh, for everything that they keep.
        script: its worklist is theirs.
        ports: where each listens.
        devices: where they are told that each device listens.
    """
    worklists = write_worklist(script, directory / "worklists")
    more = {
        "Plugins": [WORKLISTS],
        "Worklists": {"Enable": True, "Database": str(worklists)},
        "DicomModalities": {title: [title, *devices.get(title, NOBODY_LISTENS)] for title in script.devices},
        "DicomThreadsCount": 32,
        "ConcurrentJobs": 8,
    }
    with (
        orthanc(directory / "pacs", "PACS", ports["PACS"], more, PROMPT) as pacs,
        dcmqrscp(directory / "vna", "VNA", ports["VNA"], devices) as vna,
        ris.serving(ports["RIS"], ports["KEEP"]) as information_system,
    ):
        yield Archives(pacs, vna, information_system)


@contextmanager
def dcmqrscp(directory: Path, title: str, port: int, devices: Mapping[str, Address]) -> Iterator[Path]:
    """DCMTK's archive; yields the directory in which its objects lie."""
    storage = directory / title
    storage.mkdir(parents=True)
    hosts = "".join(f"{name.lower()} = ({name}, localhost, {port})\n" for name, (_, port) in devices.items())
    file = directory / "dcmqrscp.cfg"
    file.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 64\n"
        f"HostTable BEGIN\n{hosts}HostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\n{title} {storage} RW (200, 1024mb) ANY\nAETable END\n"
    )
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            (program("dcmqrscp"), "-v", "-c", str(file)),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=os.environ | PROMPT,
        )
    try:
        listening(port, process)
        yield storage
    finally:
        end(process)
