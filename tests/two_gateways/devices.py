"""Devices that store one object after another until standard input ends; what each was told goes to a file at once.

`python -m tests.two_gateways.devices HOST PORT FILE TITLE…`
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tests.peers.caller import Caller, ct_image, new_uid

PAUSE = 0.1  # seconds before a device tries again
SIZE = 200_000  # bytes: large enough to be under way when a gateway dies
PATIENCE = 5.0  # seconds without a byte until a device gives its association up


class Devices:
    """All of them."""

    def __init__(self, host: str, port: int, told: Path) -> None:
        self._address, self._told = (host, port), told
        self._over, self._lock = threading.Event(), threading.Lock()

    def work(self, title: str) -> None:
        """One device: whatever happens to an association, it makes another."""
        while not self._over.is_set():
            try:
                self._associate(title)
            except (OSError, AssertionError) as fault:
                self._say(title, "-", f"lost:{type(fault).__name__}")
                self._over.wait(PAUSE)

    def _associate(self, title: str) -> None:
        host, port = self._address
        with Caller(port, title, "PACS", host=host) as caller:
            caller.link.sock.settimeout(PATIENCE)
            if caller.request()[:1] != b"\x02":
                raise ConnectionError("not accepted")
            while not self._over.is_set():
                instance = new_uid()
                status = caller.store(instance, ct_image(instance, patient=title, study=f"{instance}.1", size=SIZE))
                self._say(title, instance, f"{status:04X}")
            caller.release()

    def _say(self, title: str, instance: str, word: str) -> None:
        with self._lock, self._told.open("a") as file:
            file.write(f"{title} {instance} {word}\n")

    def play(self, titles: list[str]) -> None:
        """Until standard input ends."""
        threads = [threading.Thread(target=self.work, args=(title,)) for title in titles]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        self._over.set()
        for thread in threads:
            thread.join(30)


if __name__ == "__main__":
    Devices(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])).play(sys.argv[4:])
