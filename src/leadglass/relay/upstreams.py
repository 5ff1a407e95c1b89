"""Where the archives are: names resolved off the loop, connections begun on it, and whether each was reachable."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable

from leadglass.io.tls_contexts import TlsContexts
from leadglass.model.route import Archive
from leadglass.model.status import UpstreamStatus

RESOLVE_EVERY = 60.0  # seconds between look-ups of archive names

SocketAddress = tuple[int, tuple[str, int] | tuple[str, int, int, int]]


class Upstreams:
    """Addresses and health of the archives, as this worker finds them.

    Attributes:
        tls: what is shown to those that speak TLS; None where nothing is configured.
    """

    def __init__(self, changed: Callable[[str, bool, str], None]) -> None:
        self._changed = changed
        self.tls: TlsContexts | None = None
        self._addresses: dict[str, tuple[SocketAddress, ...]] = {}
        self._archives: tuple[Archive, ...] = ()
        self._watched: frozenset[str] = frozenset()
        self._sought: set[str] = set()  # looked up at least once
        self._status: dict[str, UpstreamStatus] = {}
        self._wake = threading.Event()
        threading.Thread(target=self._resolve_forever, name="resolver", daemon=True).start()

    def use(self, archives: Iterable[Archive], watched: Iterable[str]) -> None:
        """Whom a new generation connects to. Addresses are taken at once, names by the resolver thread.

        Args:
            archives: with the devices that are destinations.
            watched: ids of those whose absence is a fault; a workstation may be switched off.
        """
        self._archives = tuple(archives)
        self._watched = frozenset(watched)
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

    def archive(self, archive: str) -> Archive | None:
        """By id; None once a reload has taken it away."""
        return next((row for row in self._archives if row.id == archive), None)

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
            if (status is not None or not up) and archive in self._watched:
                self._changed(archive, up, reason)

    def is_down(self, archive: str) -> bool:
        """Whether the last attempt failed."""
        status = self._status.get(archive)
        return status is not None and not status.up

    def status(self) -> tuple[UpstreamStatus, ...]:
        """How each archive was last found."""
        return tuple(status for name, status in self._status.items() if name in self._watched)


def _resolve(archive: Archive, flags: int) -> tuple[SocketAddress, ...]:
    try:
        found = socket.getaddrinfo(archive.host, archive.port, type=socket.SOCK_STREAM, flags=flags)
    except OSError:
        return ()
    return tuple((family, address) for family, _, _, _, address in found)  # type: ignore[misc]  # TCP families only
