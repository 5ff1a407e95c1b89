"""A transport that speaks TLS: as `Transport`, through memory BIOs. It verifies nothing: `tls_verification` does.

What arrives is read, decrypted and left in the caller's own buffer in one go, so that nothing waits where epoll cannot
see it. What leaves is encrypted in pieces, because OpenSSL keeps the memory of the largest.
"""

from __future__ import annotations

import contextlib
import socket
from math import inf

from cryptography import x509
from OpenSSL import SSL

from leadglass.io.tls_records import OVERHANG, decrypt, leftover
from leadglass.io.tls_verification import Verification
from leadglass.io.transport import Transport

PIECE = 65_536  # bytes encrypted at once
MAX_HANDSHAKE = 262_144  # bytes received before it is done; OpenSSL takes chains of 100 KiB
MAX_OVERHEAD = 65_536  # bytes received that were no data (key updates), before what OpenSSL says to them is sent

_SLACK = 4_096  # alerts and key updates beside the data


class HandshakeError(Exception):
    """It failed; the message says why, in words."""


class TlsTransport(Transport):
    """One end.

    Attributes:
        verification: what was found out about the other side's chain.
        heard: bytes received during the handshake.
    """

    __slots__ = ("_connection", "_notified", "_overhead", "_primed", "heard", "verification")

    def __init__(self, sock: socket.socket, connection: SSL.Connection, verification: Verification) -> None:
        super().__init__(sock)
        self._connection = connection
        self.verification = verification
        self.heard = 0
        self._primed = False  # data may have come with the end of the handshake
        self._notified = False  # close_notify came
        self._overhead = 0  # bytes that were no data, since anything was sent

    def chain(self) -> list[x509.Certificate]:
        """What the other side showed, its leaf first: of a client OpenSSL leaves that out."""
        shown = [above.to_cryptography() for above in self._connection.get_peer_cert_chain() or ()]
        leaf = self.verification.leaf
        return shown if leaf is None or leaf in shown else [leaf, *shown]

    # --- handshake ---------------------------------------------------------------------------------------------

    def handshake(self, now: float) -> bool:
        """Take it further; True when it is done.

        Raises:
            HandshakeError: it failed; an alert is on its way.
        """
        try:
            data = self.sock.recv(PIECE)
        except BlockingIOError:
            data = None
        except OSError as error:
            raise HandshakeError(f"the connection broke: {error.strerror}") from None
        if data == b"":
            raise HandshakeError("the connection was closed during the handshake")
        if data:
            self.heard += len(data)
            if self.heard > MAX_HANDSHAKE:
                raise HandshakeError(f"more than {MAX_HANDSHAKE} bytes")
            self._connection.bio_write(data)
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise HandshakeError(self.verification.error_of(words(error))) from None
        finally:
            self._send_pending(now)
        self._primed = True
        return True

    def spoken(self) -> str:
        """Version and cipher suite, "TLSv1.3 TLS_AES_256_GCM_SHA384"."""
        return f"{self._connection.get_protocol_version_name()} {self._connection.get_cipher_name()}"

    # --- data --------------------------------------------------------------------------------------------------

    def read(self, view: memoryview) -> int:
        """As `Transport.read`; ``view`` must be longer than `OVERHANG`."""
        if self._notified:
            self.ended = True
            return 0
        if self._primed:
            self._primed = False
            return self._taken(*leftover(self._connection, view))
        try:
            size = self.sock.recv_into(view[OVERHANG:])
        except BlockingIOError:
            return 0
        except OSError as error:
            self.broken = error.strerror or str(error)
            self.ended = True
            return 0
        if not size:  # without close_notify: A-RELEASE says whether all was said
            self.ended = True
            return 0
        got = self._taken(*decrypt(self._connection, view, size))
        self._overhead += size - got
        if self._overhead > MAX_OVERHEAD:
            self._overhead = 0
            self._send_pending(inf)
        return got

    def _taken(self, got: int, over: SSL.Error | None) -> int:
        if over is not None:
            self._over(over, got)
        return got

    def _over(self, error: SSL.Error, got: int) -> None:
        """The other side says no more, or nothing that could be decrypted."""
        if not isinstance(error, SSL.ZeroReturnError):
            self.broken = words(error)
            self._send_last()  # the alert
        self._notified = True
        if got:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RD)  # readable at once: the end is seen at the next turn
        else:
            self.ended = True

    def write(self, data: bytes | bytearray | memoryview, now: float) -> None:
        """As `Transport.write`."""
        view = memoryview(data)
        try:
            for at in range(0, len(view), PIECE):
                if self.broken:
                    return
                piece = view[at : at + PIECE]
                self._connection.send(piece)
                super().write(self._ciphertext(len(piece)), now)
        except SSL.Error as error:
            self.broken = words(error)

    def _ciphertext(self, size: int) -> bytes:
        """What OpenSSL wants sent; empty when nothing is."""
        limit = size + size // 64 + _SLACK
        found = b""
        while len(found) % limit == 0:
            try:
                found += self._connection.bio_read(limit)
            except SSL.WantReadError:
                break
        return found

    def _send_pending(self, now: float) -> None:
        pending = self._ciphertext(PIECE)
        if pending:
            super().write(pending, now)

    # --- ends --------------------------------------------------------------------------------------------------

    def end_output(self) -> None:
        """As `Transport.end_output`, after close_notify."""
        if not self.broken:
            self._notify()
        super().end_output()

    def close(self) -> None:
        """As `Transport.close`; close_notify tells the other side that nothing is missing."""
        if not self.out and not self.broken:
            self._notify()
        super().close()

    def _notify(self) -> None:
        with contextlib.suppress(SSL.Error):
            self._connection.shutdown()
        self._send_last()

    def _send_last(self) -> None:
        """A few bytes that are not waited for; never in the midst of a record."""
        if not self.out:
            with contextlib.suppress(OSError):
                self.sock.send(self._ciphertext(0))


def words(error: SSL.Error) -> str:
    """What OpenSSL said."""
    queue = error.args[0] if error.args else ()
    if isinstance(queue, list) and queue:
        return str(queue[-1][-1]) or "unknown TLS error"
    return str(error) or "the connection was closed"
