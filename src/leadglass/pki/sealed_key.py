"""A private key under a passphrase: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958, RFC 8018). Reads and writes no file.

The libraries derive with 2,048 rounds, far too few for a file that lies on a memory stick for twenty years.
"""

from __future__ import annotations

import base64
import textwrap

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from leadglass.pki.errors import PassphraseError

ROUNDS = 600_000  # PBKDF2 with HMAC-SHA-256, OWASP Password Storage Cheat Sheet
SALT, VECTOR = 16, 16  # bytes
MIN_PASSPHRASE, MAX_PASSPHRASE = 12, 1_024  # bytes of UTF-8

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_SEQUENCE, _INTEGER, _OCTETS, _OID, _NULL = 0x30, 0x02, 0x04, 0x06, b"\x05\x00"
_PBES2 = bytes.fromhex("2a864886f70d01050d")  # 1.2.840.113549.1.5.13
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")  # 1.2.840.113549.1.5.12
_HMAC_SHA256 = bytes.fromhex("2a864886f70d0209")  # 1.2.840.113549.2.9
_AES256_CBC = bytes.fromhex("60864801650304012a")  # 2.16.840.1.101.3.4.1.42


def check_passphrase(passphrase: bytes) -> None:
    """Accept a passphrase for a new key, or say why not.

    Raises:
        PassphraseError: too short or too long.
    """
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise PassphraseError(
            f"a passphrase has {MIN_PASSPHRASE} to {MAX_PASSPHRASE} bytes", "several words are easy to keep"
        )


def seal(key: PrivateKey, passphrase: bytes, salt: bytes, vector: bytes) -> bytes:
    """``key`` in PEM, encrypted with AES-256-CBC. ``salt`` and ``vector`` are random, `SALT` and `VECTOR` bytes."""
    check_passphrase(passphrase)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    derived = PBKDF2HMAC(hashes.SHA256(), 32, salt, ROUNDS).derive(passphrase)
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(derived), modes.CBC(vector)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    prf = _der(_SEQUENCE, _der(_OID, _HMAC_SHA256) + _NULL)
    parameters = _der(_SEQUENCE, _der(_OCTETS, salt) + _der(_INTEGER, ROUNDS.to_bytes(3, "big")) + prf)
    derivation = _der(_SEQUENCE, _der(_OID, _PBKDF2) + parameters)
    cipher = _der(_SEQUENCE, _der(_OID, _AES256_CBC) + _der(_OCTETS, vector))
    scheme = _der(_SEQUENCE, _der(_OID, _PBES2) + _der(_SEQUENCE, derivation + cipher))
    text = base64.b64encode(_der(_SEQUENCE, scheme + _der(_OCTETS, sealed))).decode()
    body = "\n".join(textwrap.wrap(text, 64))
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n".encode()


def unseal(sealed: bytes, passphrase: bytes, name: str) -> PrivateKey:
    """The key in a PEM file.

    Args:
        sealed: the file's content.
        passphrase: as typed, UTF-8.
        name: what the key is, for people: "the root's key".

    Raises:
        PassphraseError: the passphrase is wrong, or the file is damaged.
    """
    if not sealed.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"):
        raise PassphraseError(f"{name} is not an encrypted private key", "is this the file that 'pki init' wrote?")
    try:
        key = serialization.load_pem_private_key(sealed, passphrase)
    except (ValueError, TypeError):
        raise PassphraseError(
            f"the passphrase does not open {name}", "try again; if it is surely right, the file is damaged: restore it"
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise PassphraseError(f"{name} is of another kind", "is this the file that 'pki init' wrote?")
    return key


def _der(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
