"""What OpenSSL finds out about a chain, kept instead of ending the handshake: who is let in is not judged here.

Revoked certificates are the exception, weak keys, and chains longer than is followed: no pin outweighs those.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from cryptography import x509
from OpenSSL import SSL, crypto

from leadglass.io.tls_leaf import describe
from leadglass.io.tls_revocation import Revocations
from leadglass.model.certificate import Certificate

Callback = Callable[[SSL.Connection, crypto.X509, int, int, int], bool]

CHAIN_TOO_LONG = 22
KEY_TOO_SMALL = 66
FATAL = frozenset({CHAIN_TOO_LONG, KEY_TOO_SMALL})
MISUSED = 26
_WORDS = {  # X509_V_ERR_*, verification options of openssl
    2: "the issuer is not in the trust list",
    7: "its signature is not its issuer's",
    9: "not valid yet",
    10: "expired",
    18: "self-signed, and not in the trust list",
    19: "a root that is not in the trust list",
    20: "the issuer is not in the trust list",
    21: "the issuer is not in the trust list",
    CHAIN_TOO_LONG: "the chain is too long",
    23: "revoked",
    24: "an issuer is no certification authority",
    25: "an issuer may not have authorities beneath it",
    MISUSED: "not made for this use (extended key usage)",
    27: "not trusted for this use",
    32: "an issuer may not sign certificates",
    KEY_TOO_SMALL: "its key is too small",
    67: "an issuer's key is too small",
    68: "signed with an algorithm that is no longer safe",
    79: "an issuer is no certification authority",
}


class Verification:
    """Of one connection.

    Attributes:
        error: the first thing wrong with the chain, in words; empty when nothing is.
        revoked: a list names one of the chain.
        leaf: the certificate shown, once it was looked at.
    """

    __slots__ = ("_fatal", "error", "leaf", "revoked")

    def __init__(self) -> None:
        self.error = ""
        self.revoked = False
        self.leaf: x509.Certificate | None = None
        self._fatal = ""

    def found(self, number: int, depth: int) -> None:
        """OpenSSL objects."""
        words = _WORDS.get(number, f"X.509 error {number}")
        if depth and number != CHAIN_TOO_LONG:
            words += f" (certificate {depth} above it)"
        self.error = self.error or words
        if number in FATAL:
            self._fatal = words

    @property
    def misused(self) -> bool:
        """Whether it was only made for another use: no trust list changes that."""
        return self.error.startswith(_WORDS[MISUSED])

    @property
    def stands(self) -> bool:
        """Whether the handshake may end well."""
        return not self.revoked and not self._fatal

    def error_of(self, words: str) -> str:
        """Why a handshake failed, of which OpenSSL says ``words``."""
        if self.revoked:
            return "the certificate, or one above it, is revoked"
        return self._fatal or words

    @property
    def certificate(self) -> Certificate | None:
        """The leaf with the finding, None where none was shown."""
        if self.leaf is None:
            return None
        error = "revoked" if self.revoked else self.error
        return msgspec.structs.replace(describe(self.leaf), trusted=not error, error=error, revoked=self.revoked)


def callback(revocations: Revocations) -> Callback:
    """For `SSL.Context.set_verify`; a connection's `Verification` is its application data."""

    def look(connection: SSL.Connection, certificate: crypto.X509, number: int, depth: int, good: int) -> bool:
        verification: Verification = connection.get_app_data()
        if not good:
            verification.found(number, depth)
            return True  # it looks at the leaf last, and that decides
        if depth and not revocations:
            return True
        shown = certificate.to_cryptography()
        if revocations and revocations.names(shown):
            verification.revoked = True
        if depth == 0:
            verification.leaf = shown
            return verification.stands
        return True

    return look
