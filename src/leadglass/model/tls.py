"""Where the data plane's certificates lie, and a digest of what is public of them. No key passes through here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of one generation. Workers read them when they prepare it; they do not change afterwards.

    Attributes:
        certificate, key: shown to devices; PEM, the chain with its leaf first; the key without a pass phrase.
        client_certificate, client_key: shown to archives.
        trust: PEM files of the authorities the hospital trusts; without any, only pinned certificates prove somebody.
        revocation: revocation lists, PEM or DER.
        digest: SHA-256 (hex) over the content of certificates, trust and revocation lists.
    """

    certificate: str
    key: str
    client_certificate: str
    client_key: str
    trust: tuple[str, ...] = ()
    revocation: tuple[str, ...] = ()
    digest: str = ""
