"""The TLS contexts of one generation: what is shown to devices and to archives, and whom the hospital trusts."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from cryptography import x509
from OpenSSL import SSL, crypto

from leadglass.errors import ConfigurationError, Place
from leadglass.io import tls_files
from leadglass.io.tls_profile import context
from leadglass.io.tls_revocation import Revocations
from leadglass.io.tls_transport import TlsTransport
from leadglass.io.tls_verification import Callback, Verification, callback
from leadglass.model.certificate import Certificate
from leadglass.model.tls import Tls

MUTUAL = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT


class TlsContexts:
    """Makes transports; those made before keep what they were made with.

    Raises:
        ConfigurationError: a file cannot be used, or a key is of another certificate.
    """

    def __init__(self, tls: Tls) -> None:
        trust = [authority for path in tls.trust for authority in tls_files.certificates(path)]
        self._revocations = Revocations(tls.revocation, trust)
        look = callback(self._revocations)
        self._server = _context(tls.certificate, tls.key, trust, look)
        self._client = _context(tls.client_certificate, tls.client_key, trust, look)

    def accept(self, sock: socket.socket) -> TlsTransport:
        """A device's connection, its handshake still to come."""
        connection = SSL.Connection(self._server, None)
        connection.set_accept_state()
        return _transport(sock, connection)

    def connect(self, sock: socket.socket, host: str) -> TlsTransport:
        """A connection to an archive, its handshake still to come."""
        connection = SSL.Connection(self._client, None)
        if not _is_address(host):
            with contextlib.suppress(UnicodeError):
                connection.set_tlsext_host_name(host.encode("idna"))
        connection.set_connect_state()
        return _transport(sock, connection)

    def again(self, transport: TlsTransport) -> Certificate | None:
        """What a certificate that was shown before is by this trust list and these revocation lists."""
        verification, chain = transport.verification, transport.chain()
        again = Verification()
        again.leaf = verification.leaf
        again.revoked = any(map(self._revocations.names, chain))
        store = self._server.get_cert_store()
        assert store is not None
        if chain:
            shown, *above = map(crypto.X509.from_cryptography, chain)
            try:
                crypto.X509StoreContext(store, shown, above).verify_certificate()
            except crypto.X509StoreContextError as error:
                again.found(error.errors[0], error.errors[1])
            else:
                again.error = verification.error if verification.misused else ""
        return again.certificate


def _transport(sock: socket.socket, connection: SSL.Connection) -> TlsTransport:
    verification = Verification()
    connection.set_app_data(verification)
    return TlsTransport(sock, connection, verification)


def _context(certificate: str, key: str, trust: list[x509.Certificate], look: Callback) -> SSL.Context:
    chain, secret = tls_files.certificates(certificate), tls_files.private_key(key)
    if chain[0].public_key() != secret.public_key():
        raise ConfigurationError(
            f"the key is not that of {certificate}", "the chain begins with the certificate of the key", Place(key)
        )
    made = context()
    try:
        made.use_certificate(chain[0])
        made.use_privatekey(secret)
        for above in chain[1:]:
            made.add_extra_chain_cert(above)
    except SSL.Error as error:
        raise ConfigurationError(
            f"a certificate that TLS does not take: {_reason(error)}",
            "RSA from 2048 bits, or P-256",
            Place(certificate),
        ) from None
    store = made.get_cert_store()
    assert store is not None
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)  # an intermediate in the trust list is enough
    for authority in trust:
        store.add_cert(crypto.X509.from_cryptography(authority))
    made.set_verify(MUTUAL, look)
    return made


def _reason(error: SSL.Error) -> str:
    return str(error.args[0][-1][-1]) if error.args and error.args[0] else "no reason given"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
