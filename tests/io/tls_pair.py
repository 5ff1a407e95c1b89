"""A device and the gateway's end of its connection, in one process. It hides nothing of TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from pathlib import Path

from tests.peers.authority import Identity, make

from leadglass.io.tls_contexts import TlsContexts
from leadglass.io.tls_transport import HandshakeError, TlsTransport
from leadglass.io.transport import READ
from leadglass.model.tls import Tls

PASSES = 200


def files(
    directory: Path, own: Identity, trust: Iterable[Identity] = (), revocation: Iterable[bytes] = (), name: str = "own"
) -> Tls:
    """A gateway's files: ``own`` certificate, authorities, revocation lists."""
    certificate, key = own.write(directory, name)
    authorities = []
    for number, one in enumerate(trust):
        authorities.append(directory / f"{name}-trust-{number}.pem")
        authorities[-1].write_bytes(one.chain)
    lists = []
    for number, raw in enumerate(revocation):
        lists.append(directory / f"{name}-revoked-{number}")
        lists[-1].write_bytes(raw)
    return Tls(
        str(certificate), str(key), str(certificate), str(key), tuple(map(str, authorities)), tuple(map(str, lists))
    )


def device_context(directory: Path, identity: Identity | None, name: str = "device") -> ssl.SSLContext:
    """A device that shows ``identity`` and trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if identity is not None:
        context.load_cert_chain(*identity.write(directory, name))
    return context


class Pair:
    """A gateway's transport and a device's socket.

    Attributes:
        transport: the gateway's end.
        device: the other; its handshake is driven by `shake`.
    """

    def __init__(self, contexts: TlsContexts, context: ssl.SSLContext, *, room: int = 1 << 20) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, room)
        self.transport: TlsTransport = contexts.accept(ours)
        self.device = context.wrap_socket(theirs, do_handshake_on_connect=False)
        self.view = memoryview(bytearray(READ))

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self.transport.close()
        self.device.close()

    def shake(self) -> None:
        """Both ends, until the gateway's is done.

        Raises:
            HandshakeError: it failed.
        """
        theirs = False
        for _ in range(PASSES):
            if not theirs:
                try:
                    self.device.do_handshake()
                    theirs = True
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
            if self.transport.handshake(0.0):
                if not theirs:
                    self.device.do_handshake()
                return
        raise HandshakeError("it does not come to an end")

    def read(self) -> bytes:
        """What the gateway reads in one go."""
        return bytes(self.view[: self.transport.read(self.view)])

    def heard(self, size: int) -> bytes:
        """``size`` bytes at the device."""
        data = b""
        for _ in range(PASSES):
            if len(data) >= size:
                break
            try:
                data += self.device.recv(1 << 16)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                self.transport.flush(0.0) if self.transport.out else None
        return data


def hospital(directory: Path) -> tuple[Identity, TlsContexts]:
    """An authority, and a gateway that trusts it."""
    authority = make("Hospital CA", authority=True)
    return authority, TlsContexts(files(directory, make("gateway", issuer=authority), [authority]))
