"""A certificate as a caller showed it, with what TLS found out. It proves nothing alone: `policy.registry` judges."""

from __future__ import annotations

import msgspec


class Certificate(msgspec.Struct, frozen=True):
    """The leaf of a chain.

    Attributes:
        fingerprint: "sha256:" and the hex digest of its DER.
        names: SAN dNSNames, else the CN; empty where it has neither.
        subject, issuer: distinguished names (RFC 4514).
        not_after: UTC seconds.
        trusted: a chain to the hospital's trust list stood, with clientAuth where it names key usages, and not revoked.
        error: why not, in the words of TLS; empty when trusted.
        revoked: a revocation list names it or one of its issuers: refused in every mode, also when pinned.
    """

    fingerprint: str
    names: tuple[str, ...] = ()
    subject: str = ""
    issuer: str = ""
    not_after: int = 0
    trusted: bool = False
    error: str = ""
    revoked: bool = False
