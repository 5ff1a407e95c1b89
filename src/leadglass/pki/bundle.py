"""Everything a device may want to be given: the same key and certificates in every form. Pure; writes no file."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from leadglass.pki.sealed_key import PrivateKey

PKCS12_ROUNDS = 10_000  # the password is long and random, and the key lies beside it


def certificates(
    name: str, certificate: x509.Certificate, above: x509.Certificate, root: x509.Certificate
) -> dict[str, bytes]:
    """What is no secret, by file name: certificate, chain, and whom to trust, in PEM and DER."""
    own, middle, top = (one.public_bytes(Encoding.PEM) for one in (certificate, above, root))
    return {
        f"{name}.crt": own,
        f"{name}.der": certificate.public_bytes(Encoding.DER),
        f"{name}-chain.pem": own + middle,
        "ca.pem": top,
        "ca.der": root.public_bytes(Encoding.DER),
        "ca-intermediate.pem": middle,
        "ca-intermediate.der": above.public_bytes(Encoding.DER),
    }


def secrets(
    name: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    above: x509.Certificate,
    root: x509.Certificate,
    password: str,
    *,
    old: bool = False,
) -> dict[str, bytes]:
    """What only the device may have, by file name: its key in PEM and DER, and everything as PKCS#12.

    Args:
        name: begins each file's name.
        key: of ``certificate``.
        certificate: the device's.
        above: the intermediate.
        root: goes into the PKCS#12 too.
        password: of the PKCS#12 file.
        old: PKCS#12 as systems before about 2019 read it: triple DES and SHA-1.
    """
    algorithm = pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC if old else pkcs12.PBES.PBESv2SHA256AndAES256CBC
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(PKCS12_ROUNDS).key_cert_algorithm(algorithm)
    encryption = builder.hmac_hash(hashes.SHA1() if old else hashes.SHA256()).build(password.encode())  # noqa: S303 (what old systems read)
    plain = NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain)
    chain = certificate.public_bytes(Encoding.PEM) + above.public_bytes(Encoding.PEM)
    return {
        f"{name}.key": pem,
        f"{name}-key.der": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, plain),
        f"{name}-key-and-chain.pem": pem + chain,
        f"{name}.p12": pkcs12.serialize_key_and_certificates(
            name.encode(), key, certificate, [above, root], encryption
        ),
        f"{name}.p12.password": f"{password}\n".encode(),
    }
