"""Tells how the ledger is: to ``ledger/status.json``, and to the registrar while it listens. Never waits for either."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from leadglass.model.status import LedgerStatus
from leadglass.registrar.messages import Ledger

_SEND_SECONDS = 0.2


class Reporter:
    """Keeps one connection to the registrar, made again when it breaks."""

    def __init__(self, status_file: Path, registrar_socket: Path | None) -> None:
        self._file = status_file
        self._registrar = registrar_socket
        self._socket: socket.socket | None = None

    def report(self, status: LedgerStatus) -> None:
        """Tell both. A registrar that is away hears it at the next report; a full disk is in the status already."""
        if self._registrar is not None:
            self._send(self._registrar, msgspec.msgpack.encode(Ledger(status)))
        new = self._file.with_name(self._file.name + ".new")
        try:
            new.write_bytes(msgspec.json.encode(status))
            new.rename(self._file)
        except OSError:
            return  # the file keeps its old time, which shows

    def _send(self, path: Path, frame: bytes) -> None:
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self._socket.settimeout(_SEND_SECONDS)
                self._socket.connect(str(path))
            self._socket.sendall(len(frame).to_bytes(4, "big") + frame)
        except OSError:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
