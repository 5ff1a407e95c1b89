"""Where the archives are: names resolved off the loop, connections begun on it, and whether each was reachable."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable

from leadglass.model.route import Archive
from leadglass.model.status import UpstreamStatus

RESOLVE_EVERY = 60.0  # seconds between look-ups of archive names

SocketAddress = tuple[int, tuple[str, int] | tuple[str, int, int, int]]


class Upstreams:
    """Addresses and health of the archives, as this worker finds them."""

    def __init__(self, changed: Callable[[str, bool, str], None]) -> None:
        self._changed = changed
        self._addresses: dict[str, tuple[SocketAddress, ...]] = {}
        self._archives: tuple[Archive, ...] = ()
        self._sought: set[str] = set()  # looked up at least once
        self._status: dict[str, UpstreamStatus] = {}
        self._wake = threading.Event()
        threading.Thread(target=self._resolve_forever, name="resolver", daemon=True).start()

    def use(self, archives: Iterable[Archive]) -> None:
        """The archives of a new generation. Addresses are taken at once, names by the resolver thread."""
        self._archives = tuple(archives)
        for archive in self._archives:
            numeric = _resolve(archive, socket.AI_NUMERICHOST)
            if numeric:
                self._addresses[archive.id] = numeric
                self._sought.add(archive.id)
        self._wake.set()

    def _resolve_forever(self) -> None:
        while True:
            self._wake.wait(RESOLVE_EVERY)
            self._wake.clear()
            for archive in self._archives:
                found = _resolve(archive, 0)
                if found:  # an answer that fails keeps the last one that did not
                    self._addresses[archive.id] = found
                self._sought.add(archive.id)

    def sought(self, archive: str) -> bool:
        """False until the first look-up of its name is over: then wait, do not refuse."""
        return archive in self._sought

    def addresses(self, archive: str) -> tuple[SocketAddress, ...]:
        """Socket addresses to try, in order; empty while the name cannot be resolved."""
        return self._addresses.get(archive, ())

    def succeeded(self, archive: str) -> None:
        """A connection was opened."""
        self._note(archive, True, "")

    def failed(self, archive: str, reason: str) -> None:
        """No connection could be opened."""
        self._note(archive, False, reason)

    def _note(self, archive: str, up: bool, reason: str) -> None:
        status = self._status.get(archive)
        if status is None or status.up is not up:
            self._status[archive] = UpstreamStatus(archive, up, time.time_ns(), reason)
            if status is not None or not up:
                self._changed(archive, up, reason)

    def is_down(self, archive: str) -> bool:
        """Whether the last attempt failed."""
        status = self._status.get(archive)
        return status is not None and not status.up

    def status(self) -> tuple[UpstreamStatus, ...]:
        """How each archive was last found."""
        known = {archive.id for archive in self._archives}
        return tuple(status for name, status in self._status.items() if name in known)


def _resolve(archive: Archive, flags: int) -> tuple[SocketAddress, ...]:
    try:
        found = socket.getaddrinfo(archive.host, archive.port, type=socket.SOCK_STREAM, flags=flags)
    except OSError:
        return ()
    return tuple((family, address) for family, _, _, _, address in found)  # type: ignore[misc]  # TCP families only
