"""Real peers as processes: Orthanc and DCMTK. Started, waited for, ended; nothing is skipped without them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers.link import DEADLINE

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


def program(name: str) -> str:
    """Where a Debian package put it; `make test` installs them all."""
    found = shutil.which(name, path=PATH)
    assert found, f"{name} is not installed; 'make test' says which package brings it"
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as end:
        return int(end.getsockname()[1])


def listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something accepts on ``port``."""
    deadline = time.monotonic() + 2 * DEADLINE
    while True:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"{process.args!r} does not listen on {port}"
            time.sleep(0.05)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc."""

    port: int
    http: int

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=DEADLINE) as answer:
            return bytes(answer.read())

    def post(self, path: str, body: object) -> tuple[int, bytes]:
        """Status and text of an answer, whatever it is."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", data, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return answer.status, bytes(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def instances(self) -> list[str]:
        """Orthanc's ids of all instances."""
        found: list[str] = json.loads(self.get("/instances"))
        return found

    def find(self, sop_instance: str) -> list[str]:
        """Orthanc's ids of the instances with this SOP Instance UID."""
        query = {"Level": "Instance", "Query": {"SOPInstanceUID": sop_instance}}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.http}/tools/find", json.dumps(query).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            found: list[str] = json.loads(answer.read())
        return found

    def delete(self, sop_instance: str) -> None:
        """Forget the one instance."""
        (name,) = self.find(sop_instance)
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/instances/{name}", method="DELETE")
        urllib.request.urlopen(request, timeout=DEADLINE).close()

    def file(self, sop_instance: str) -> bytes:
        """The one instance's file, as Orthanc stored it."""
        (name,) = self.find(sop_instance)
        return self.get(f"/instances/{name}/file")


@contextmanager
def orthanc(
    directory: Path,
    title: str,
    port: int,
    more: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Orthanc]:
    """Orthanc, taking whoever calls; everything in ``directory``. ``more``: of its settings."""
    directory.mkdir(parents=True, exist_ok=True)
    http = free_port()
    settings: dict[str, Any] = {
        "StorageDirectory": str(directory / "storage"),
        "IndexDirectory": str(directory / "index"),
        "HttpPort": http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": title,
        "DicomPort": port,
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "DicomCheckCalledAet": False,
        "StoreMD5ForAttachments": False,
        "OverwriteInstances": True,
        "ConcurrentJobs": 1,
        "HttpThreadsCount": 2,
    }
    settings |= more or {}
    file = directory / "orthanc.json"
    file.write_text(json.dumps(settings))
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            (program("Orthanc"), str(file)),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=os.environ | (environment or {}),
        )
    try:
        listening(port, process)
        listening(http, process)
        yield Orthanc(port, http)
    finally:
        end(process)


@contextmanager
def storescp(directory: Path, port: int, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[Path]:
    """DCMTK's storescp, bit preserving; yields the directory it writes to."""
    directory.mkdir(parents=True, exist_ok=True)
    command = (program("storescp"), "-dhl", "+B", "+xa", "-od", str(directory), *options, str(port))
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=os.environ | (environment or {}),
    )
    try:
        listening(port, process)
        yield directory
    finally:
        end(process)


def dcmtk(tool: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a DCMTK tool and take what it says."""
    command = (program(tool), *map(str, arguments))
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=2 * DEADLINE, check=False
    )
