"""Tells systemd what we are doing (sd_notify(3)), when systemd wants to know. Never fails the caller."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Sends datagrams to ``$NOTIFY_SOCKET``; without one, nothing.

    Args:
        environment: where NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are looked up.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        text = environment.get("WATCHDOG_USEC", "")
        self.watchdog = int(text) / 2_000_000 if ours and text.isdigit() else 0.0
        """Seconds between two `alive`, half of what systemd allows; 0 when it does not watch."""

    def send(self, *lines: str) -> None:
        """Send assignments, "READY=1"."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            try:
                end.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return  # systemd has gone: nobody is left to tell

    def ready(self, status: str) -> None:
        """Everything has been started."""
        self.send("READY=1", f"STATUS={status}", f"MAINPID={os.getpid()}")

    def reloading(self) -> None:
        """A reload has begun; `ready` ends it."""
        self.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Draining."""
        self.send("STOPPING=1", "STATUS=draining")

    def alive(self) -> None:
        """The watchdog's beat."""
        self.send("WATCHDOG=1")
