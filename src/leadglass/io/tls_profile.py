"""What TLS is spoken on the data plane: the DICOM "BCP 195 RFC 8996, 9325" profile, as a context. No certificates.

PS3.15 B.12: TLS 1.2 is supported, 1.3 preferred, nothing older. RFC 9325 4.2 names the cipher suites of TLS 1.2; those
of TLS 1.3 are RFC 8446 B.4. Sessions are never resumed: each association proves anew who speaks.
"""

from __future__ import annotations

from OpenSSL import SSL

CIPHERS = (  # RFC 9325 4.2, by their OpenSSL names
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
)
CIPHER_SUITES = (  # RFC 8446 B.4
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
)
STRENGTH = "@SECLEVEL=2"  # 112 bits: RSA from 2048, no SHA-1 (RFC 9325 4.4, 4.5)
MAX_CHAIN = 6  # certificates above a leaf; more are not followed

_PARTIAL_WRITE = 0x1  # SSL_MODE_ENABLE_PARTIAL_WRITE, which pyOpenSSL sets and does not name
_OPTIONS = SSL.OP_NO_COMPRESSION | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION


def context() -> SSL.Context:
    """A context for either end, without certificates."""
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_min_proto_version(SSL.TLS1_2_VERSION)
    made.set_cipher_list(":".join((*CIPHERS, STRENGTH)).encode())
    made.set_tls13_ciphersuites(":".join(CIPHER_SUITES).encode())
    made.set_options(_OPTIONS)
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    made.clear_mode(_PARTIAL_WRITE)  # a memory BIO takes all there is
    made.set_mode(SSL.MODE_RELEASE_BUFFERS)  # 34 KiB less for an association that is silent
    made.set_verify_depth(MAX_CHAIN)
    return made
