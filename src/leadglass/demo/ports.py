"""The TCP ports of the demonstration: free ones, kept for the next run. Holds none of them."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import msgspec

LOOPBACK = "127.0.0.1"


class Ports(msgspec.Struct, frozen=True):
    """DICOM to the gateway, its console, DICOM and HTTP of the archive, DICOM to the workstation that receives.

    The defaults are what one would look for.
    """

    gateway: int = 11_112
    console: int = 8_443
    archive: int = 4_242
    archive_http: int = 8_042
    workstation: int = 11_113


def choose(file: Path) -> Ports:
    """The ports kept in ``file``, each replaced by a free one where somebody else has it; written back.

    Raises:
        OSError: the file cannot be written.
    """
    kept = Ports()
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        kept = msgspec.json.decode(file.read_bytes(), type=Ports)
    taken: set[int] = set()
    chosen: dict[str, int] = {}
    for name in Ports.__struct_fields__:
        port = int(getattr(kept, name))
        while port in taken or not _free(port):
            port = _any()
        taken.add(port)
        chosen[name] = port
    ports = Ports(**chosen)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(ports)))
    return ports


def _free(port: int) -> bool:
    """Whether a server could listen on it, on all addresses: Orthanc wants them all."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
            probe.listen(1)
        except (OSError, OverflowError):
            return False
    return True


def _any() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
