"""Claims about handshakes: who is let through to be judged, with what finding, and who is not let through at all."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.io.tls_pair import Pair, device_context, files, hospital
from tests.peers.authority import Identity, make, revocation_list

from leadglass.errors import ConfigurationError
from leadglass.io.tls_contexts import TlsContexts
from leadglass.io.tls_files import digest
from leadglass.io.tls_transport import HandshakeError
from leadglass.model.certificate import Certificate


def met(contexts: TlsContexts, context: ssl.SSLContext) -> Certificate:
    """What the gateway found out about a device whose handshake stands."""
    with Pair(contexts, context) as pair:
        pair.shake()
        found = pair.transport.verification.certificate
        assert found is not None
        return found


def refused(contexts: TlsContexts, context: ssl.SSLContext) -> tuple[str, Certificate | None]:
    """Why the handshake failed, and the certificate shown."""
    with Pair(contexts, context) as pair, pytest.raises(HandshakeError) as fault:
        pair.shake()
    return str(fault.value), pair.transport.verification.certificate


def chain(length: int, root: Identity) -> Identity:
    """A device beneath ``length`` authorities."""
    above = root
    for number in range(length):
        above = make(f"CA {number}", issuer=above, authority=True)
    return make("deep", issuer=above)


def test_a_certificate_of_the_hospital_is_trusted(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    device = make("ct1.example", issuer=authority, hosts=("ct1.example", "ct1"))
    found = met(contexts, device_context(tmp_path, device))
    assert found.trusted
    assert found.error == ""
    assert found.fingerprint == device.fingerprint
    assert found.names == ("ct1.example", "ct1")
    assert (found.subject, found.issuer) == ("CN=ct1.example", "CN=Hospital CA")
    assert found.not_after == int(device.certificate.not_valid_after_utc.timestamp())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "self-signed"),
        ({"usages": (ExtendedKeyUsageOID.SERVER_AUTH,), "hospital": True}, "extended key usage"),
        ({"ends": -1, "begins": -9, "hospital": True}, "expired"),
        ({"begins": 5, "hospital": True}, "not valid yet"),
        ({"stranger": True}, "not in the trust list"),
    ],
)
def test_what_a_pin_could_outweigh_is_let_through_untrusted(
    tmp_path: Path, options: dict[str, object], said: str
) -> None:
    authority, contexts = hospital(tmp_path)
    issuer = authority if options.pop("hospital", False) else None
    if options.pop("stranger", False):
        issuer = make("Strange CA", authority=True)
    device = make("ct1", issuer=issuer, **options)  # type: ignore[arg-type]  # as the parameters say
    found = met(contexts, device_context(tmp_path, device))
    assert not found.trusted
    assert said in found.error
    assert not found.revoked
    assert found.fingerprint == device.fingerprint


def test_an_intermediate_in_the_trust_list_is_enough(tmp_path: Path) -> None:
    root = make("Root", authority=True)
    middle = make("Middle", issuer=root, authority=True)
    only = Identity(middle.certificate, middle.key)
    contexts = TlsContexts(files(tmp_path, make("gateway", issuer=only), [only]))
    assert met(contexts, device_context(tmp_path, make("ct1", issuer=only))).trusted


def test_without_a_certificate_nobody_gets_in(tmp_path: Path) -> None:
    _, contexts = hospital(tmp_path)
    said, shown = refused(contexts, device_context(tmp_path, None))
    assert "did not return a certificate" in said
    assert shown is None


@pytest.mark.parametrize("what", ["leaf", "intermediate", "pinned stranger"])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_what_a_revocation_list_names_is_refused(tmp_path: Path, what: str, encoding: Encoding) -> None:
    authority = make("Hospital CA", authority=True)
    middle = make("Middle", issuer=authority, authority=True)
    usages = (ExtendedKeyUsageOID.SERVER_AUTH,) if what == "pinned stranger" else (ExtendedKeyUsageOID.CLIENT_AUTH,)
    device = make("ct1", issuer=middle, usages=usages)
    other = make("ct2", issuer=middle)
    lists = {
        "leaf": [revocation_list(middle, device, encoding=encoding)],
        "intermediate": [revocation_list(middle), revocation_list(authority, middle, encoding=encoding)],
        "pinned stranger": [revocation_list(middle, device, encoding=encoding)],
    }[what]
    contexts = TlsContexts(files(tmp_path, make("gateway", issuer=authority), [middle, authority], lists))
    said, shown = refused(contexts, device_context(tmp_path, device))
    assert "revoked" in said
    assert shown is not None
    assert shown.revoked
    assert not shown.trusted
    assert shown.fingerprint == device.fingerprint
    if what != "intermediate":
        assert met(contexts, device_context(tmp_path, other, "other")).trusted


def test_a_chain_of_fifty_is_not_followed(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    said, shown = refused(contexts, device_context(tmp_path, chain(50, authority)))
    assert "chain is too long" in said
    assert shown is not None
    assert met(contexts, device_context(tmp_path, chain(3, authority), "short")).trusted


def test_a_curve_that_tls_does_not_know_is_refused(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    device = make("ct1", issuer=authority, key=ec.generate_private_key(ec.SECP256K1()))
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = device_context(tmp_path, device)
        context.minimum_version = context.maximum_version = version
        with pytest.raises((HandshakeError, ssl.SSLError)), Pair(contexts, context) as pair:
            pair.shake()


def test_weak_keys_are_refused_though_pinned(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    device = make("ct1", issuer=authority, key=rsa.generate_private_key(65_537, 1_024))
    context = device_context(tmp_path, None)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(*device.write(tmp_path, "weak"))
    said, _ = refused(contexts, context)
    assert "too small" in said


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_older_versions_are_refused(tmp_path: Path, version: ssl.TLSVersion) -> None:
    authority, contexts = hospital(tmp_path)
    context = device_context(tmp_path, make("ct1", issuer=authority))
    context.set_ciphers("ALL@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = version
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = version
    said, _ = refused(contexts, context)
    assert "unsupported protocol" in said


@pytest.mark.parametrize(
    ("cipher", "key"),
    [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", "ec"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "ec"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "rsa"),
        ("ECDHE-RSA-AES256-GCM-SHA384", "rsa"),
    ],
)
def test_each_cipher_suite_of_the_profile_is_spoken(tmp_path: Path, cipher: str, key: str) -> None:
    authority = make("Hospital CA", authority=True)
    own = rsa.generate_private_key(65_537, 2_048) if key == "rsa" else None
    contexts = TlsContexts(files(tmp_path, make("gateway", issuer=authority, key=own), [authority]))
    context = device_context(tmp_path, make("ct1", issuer=authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    with Pair(contexts, context) as pair:
        pair.shake()
        assert pair.transport.spoken() == f"TLSv1.2 {cipher}"


@pytest.mark.parametrize("cipher", ["ECDHE-ECDSA-AES128-SHA256", "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256"])
def test_others_are_not(tmp_path: Path, cipher: str) -> None:
    authority, contexts = hospital(tmp_path)
    context = device_context(tmp_path, make("ct1", issuer=authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(cipher)
    said, _ = refused(contexts, context)
    assert "no shared cipher" in said


def test_a_session_is_never_resumed(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = device_context(tmp_path, make("ct1", issuer=authority))
        context.minimum_version = context.maximum_version = version
        with Pair(contexts, context) as pair:
            pair.shake()
            pair.transport.write(b"x", 0.0)
            assert pair.heard(1) == b"x"  # tickets, were there any, came before
            session = pair.device.session
        with Pair(contexts, context) as pair:
            if session is not None:
                pair.device.session = session
            pair.shake()
            assert not pair.device.session_reused
            assert pair.transport.verification.certificate is not None


def test_certificates_of_a_device_are_read_however_they_are_made(tmp_path: Path) -> None:
    _, contexts = hospital(tmp_path)
    found = met(contexts, device_context(tmp_path, make("bare", hosts=(), usages=())))
    assert found.names == ("bare",)
    assert not found.trusted


# --- the hospital's own files -------------------------------------------------------------------------------------


def broken(tmp_path: Path, **content: str | bytes) -> ConfigurationError:
    authority = make("Hospital CA", authority=True)
    tls = files(tmp_path, make("gateway", issuer=authority), [authority], [revocation_list(authority)])
    paths = {"certificate": tls.certificate, "key": tls.key, "trust": tls.trust[0], "revocation": tls.revocation[0]}
    for name, text in content.items():
        Path(paths[name]).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigurationError) as fault:
        TlsContexts(tls)
    assert fault.value.hint
    assert fault.value.place is not None
    return fault.value


def test_each_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    other = make("other", authority=True)
    assert "no certificates" in broken(tmp_path, certificate="nothing").message
    assert "no private key" in broken(tmp_path, key="nothing").message
    assert "the key is not that of" in broken(tmp_path, key=other.pem_key).message
    assert "no certificates" in broken(tmp_path, trust="nothing").message
    assert "no revocation list" in broken(tmp_path, revocation="nothing").message
    assert "no authority in tls.trust has signed" in broken(tmp_path, revocation=revocation_list(other)).message
    forged = make("Hospital CA", authority=True)  # the same name, another key
    assert "no authority in tls.trust has signed" in broken(tmp_path, revocation=revocation_list(forged)).message


def test_a_key_with_a_pass_phrase_or_of_another_kind_is_named(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    locked = make("gateway").key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    assert "pass phrase" in broken(tmp_path, key=locked).message
    edwards = ed25519.Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert "another kind" in broken(tmp_path, key=edwards).message


def test_the_digest_changes_with_the_content_alone(tmp_path: Path) -> None:
    authority = make("Hospital CA", authority=True)
    own = make("gateway", issuer=authority)
    device = make("ct1", issuer=authority)
    seen: list[str] = []
    variants: Sequence[tuple[Identity, list[Identity], list[bytes]]] = (
        (own, [authority], []),
        (make("gateway", issuer=authority), [authority], []),
        (own, [authority, make("Second CA", authority=True)], []),
        (own, [authority], [revocation_list(authority)]),
        (own, [authority], [revocation_list(authority, device)]),
    )
    for identity, trust, lists in variants:
        seen.append(digest(files(tmp_path / "a", identity, trust, lists)))
        assert digest(files(tmp_path / "b", identity, trust, lists, name="b")) == seen[-1]
    assert len(set(seen)) == len(seen)
