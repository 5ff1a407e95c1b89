"""One TLS handshake on the loop, with a device or an archive. It judges nobody and keeps no time."""

from __future__ import annotations

from collections.abc import Callable

from leadglass.flow.surroundings import Surroundings
from leadglass.io.loop import IN, OUT, Loop
from leadglass.io.tls_transport import HandshakeError, TlsTransport


class Handshake:
    """One of two callbacks follows, unless it is cancelled; the descriptor is then no longer watched.

    Args:
        loop: of the worker.
        surroundings: for the time.
        transport: connected.
        done: it stands; the transport may hold data already.
        failed: it does not, in words; the transport is still open, an alert on its way.
    """

    __slots__ = ("_done", "_failed", "_loop", "_surroundings", "_watched", "transport")

    def __init__(
        self,
        loop: Loop,
        surroundings: Surroundings,
        transport: TlsTransport,
        done: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._loop = loop
        self._surroundings = surroundings
        self._done = done
        self._failed = failed
        self._watched = IN
        self.transport = transport
        loop.add(transport.fd, IN, self.go_on)

    def go_on(self, events: int = IN) -> None:
        """Take it as far as it goes now; a client begins with this."""
        transport, now = self.transport, self._surroundings.now
        if events & OUT and transport.out:
            transport.flush(now)
        try:
            finished = transport.handshake(now)
            if transport.broken:
                raise HandshakeError(f"the connection broke: {transport.broken}")
        except HandshakeError as error:
            failed = self._failed
            self.cancel()
            failed(str(error))
            return
        if finished:
            done = self._done
            self.cancel()
            done()
            return
        wanted = IN | OUT if transport.out else IN
        if wanted != self._watched:
            self._loop.change(transport.fd, wanted)
            self._watched = wanted

    def cancel(self) -> None:
        """Watch it no longer; no callback follows."""
        self._loop.remove(self.transport.fd)
        self._done = self._failed = _nothing  # they know this handshake: it goes without the garbage collector


def _nothing(*_: object) -> None:
    pass
