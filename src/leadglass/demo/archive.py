"""The archive behind the gateway: Orthanc where it is installed, otherwise a stand-in. Never keeps all it gets.

Orthanc takes only the hospital's devices. Both keep a bounded amount and forget the oldest.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from leadglass.demo.hospital import Device, Hospital
from leadglass.demo.ports import LOOPBACK, Ports

STORAGE_MB = 64  # Orthanc forgets the oldest patients beyond
TITLE = "PACS"
_PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


@dataclass(frozen=True, slots=True)
class Archive:
    """What to start.

    Attributes:
        id: in configuration and registry.
        name: for people, "Orthanc 1.10.1".
        stand_in: whether it only stands in for a real archive.
        command: program and arguments.
        address: its own web page; empty where it has none.
    """

    id: str
    name: str
    stand_in: bool
    command: tuple[str, ...]
    address: str = ""


def archive(directory: Path, ports: Ports, of: Hospital, *, stand_in: bool) -> Archive:
    """The archive, its directory and configuration made.

    Args:
        directory: it keeps everything there.
        ports: where it listens.
        of: the devices it takes associations from.
        stand_in: do without Orthanc even where it is installed.

    Raises:
        OSError: the directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    program = None if stand_in else shutil.which("Orthanc", path=_PATH)
    if program is None:
        command = (sys.executable, "-m", "leadglass.demo.stand_in_archive", str(ports.archive), str(directory))
        return Archive("stand-in", "a stand-in (pynetdicom)", True, command)
    file = directory / "orthanc.json"
    file.write_text(json.dumps(_orthanc(directory, ports, of), indent=1), "utf-8")
    version = subprocess.run((program, "--version"), capture_output=True, text=True, check=False)  # noqa: S603 (Orthanc)
    number = re.search(r"\d+\.\d+\.\d+", version.stdout)
    name = f"Orthanc {number[0]}" if number else "Orthanc"
    return Archive("orthanc", name, False, (program, str(file)), f"http://{LOOPBACK}:{ports.archive_http}")


def _orthanc(directory: Path, ports: Ports, of: Hospital) -> dict[str, object]:
    """Orthanc listens on all addresses and cannot do otherwise: so it takes known titles from this machine only."""
    return {
        "Name": "Leadglass demonstration",
        "StorageDirectory": str(directory / "storage"),
        "IndexDirectory": str(directory / "index"),
        "MaximumStorageSize": STORAGE_MB,
        "ConcurrentJobs": 1,
        "HttpThreadsCount": 4,
        "HttpPort": ports.archive_http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": TITLE,
        "DicomPort": ports.archive,
        "DicomCheckCalledAet": True,
        "DicomCheckModalityHost": True,
        "DicomAlwaysAllowEcho": True,  # a device that is approved under any title must get through
        "DicomAlwaysAllowStore": True,
        "DicomModalities": {device.id: _modality(device, ports) for device in of.device},
    }


def _modality(device: Device, ports: Ports) -> dict[str, object]:
    """A device as Orthanc knows it; what it sends to one that receives goes through the gateway."""
    asks = device.receives
    may = {"AllowEcho": True, "AllowStore": True, "AllowFind": asks, "AllowMove": asks, "AllowGet": asks}
    return {"AET": device.title, "Host": LOOPBACK, "Port": ports.gateway if asks else 104, **may}
