"""Claims about what is handed out: other people's programs must be able to use it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.pki.conftest import ROOT_WORD, WORD, Pki, openssl


def test_openssl_verifies_the_chain_for_both_purposes_and_knows_the_device(pki: Pki) -> None:
    made = pki.bundle("enrol", "ct-1", "--title", "CT1", "--host", "CT1.example.org", "--host", "10.0.0.7")
    for purpose in ("sslclient", "sslserver"):
        chain = ("-CAfile", made / "ca.pem", "-untrusted", made / "ca-intermediate.pem", "-x509_strict")
        openssl("verify", "-purpose", purpose, *chain, made / "ct-1.crt")
    text = openssl("x509", "-in", made / "ct-1.crt", "-noout", "-text")
    assert "DNS:ct-1, DNS:ct1.example.org, IP Address:10.0.0.7" in text
    assert "ASN1 OID: prime256v1" in text
    assert "ecdsa-with-SHA256" in text
    assert "CA:FALSE" in text
    assert "Digital Signature\n" in text
    assert "TLS Web Client Authentication, TLS Web Server Authentication" in text
    subject = openssl("x509", "-in", made / "ct-1.crt", "-noout", "-subject", "-nameopt", "RFC2253")
    assert subject == "subject=CN=CT1,O=St. Elsewhere\n"


def test_a_device_cannot_issue_and_the_intermediate_makes_no_further_one(pki: Pki) -> None:
    text = openssl("x509", "-in", pki.directory / "intermediate.crt", "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in text
    assert "CA:TRUE, pathlen:1" in openssl("x509", "-in", pki.directory / "root.crt", "-noout", "-text")
    assert "Certificate Sign, CRL Sign\n" in text


def test_validity_is_twenty_ten_and_a_settable_number_of_years(pki: Pki) -> None:
    def days(certificate: Path) -> int:
        from cryptography import x509

        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        return (loaded.not_valid_after_utc - loaded.not_valid_before_utc).days

    assert days(pki.directory / "root.crt") == 7305
    assert days(pki.directory / "intermediate.crt") == 3653
    assert days(pki.bundle("enrol", "ct-1", "--title", "CT1") / "ct-1.crt") == 825
    assert days(pki.bundle("enrol", "ct-2", "--title", "CT2", "--days", "30") / "ct-2.crt") == 30


def test_serials_are_long_and_never_the_same(pki: Pki) -> None:
    serials = [pki.json("enrol", f"d{number}", "--title", "T")["serial"] for number in range(3)]
    assert len({serial[:8] for serial in serials}) == 3
    assert all(len(serial) == 40 and int(serial, 16) < 1 << 159 for serial in serials)


@pytest.mark.parametrize("old", [False, True])
def test_openssl_opens_the_pkcs12_with_the_password_beside_it(pki: Pki, old: bool) -> None:
    made = pki.bundle("enrol", "mr", "--title", "MR", *(["--old-pkcs12"] if old else []))
    password = f"file:{made / 'mr.p12.password'}"
    legacy = ["-legacy"] if old else []
    text = openssl("pkcs12", "-in", made / "mr.p12", "-passin", password, "-nodes", "-info", *legacy)
    assert text.count("BEGIN CERTIFICATE") == 3
    assert text.count("BEGIN PRIVATE KEY") == 1
    assert ("pbeWithSHA1And3-KeyTripleDES-CBC" if old else "AES-256-CBC") in text
    openssl("pkcs12", "-in", made / "mr.p12", "-passin", "pass:wrong", "-nodes", *legacy, code=1)


def test_a_chosen_pkcs12_password_is_not_written_down(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("as chosen\n")
    (tmp_path / "word").chmod(0o600)
    made = pki.bundle("enrol", "mr", "--title", "MR", "--password-file", str(tmp_path / "word"))
    assert not list(made.glob("*.password"))
    openssl("pkcs12", "-in", made / "mr.p12", "-passin", "pass:as chosen", "-nodes", "-noout")


def test_pem_and_der_are_the_same_key_and_certificate(pki: Pki) -> None:
    made = pki.bundle("enrol", "us", "--title", "US", "--rsa")
    own = openssl("x509", "-in", made / "us.crt", "-noout", "-pubkey")
    assert own == openssl("x509", "-inform", "DER", "-in", made / "us.der", "-noout", "-pubkey")
    assert own == openssl("pkey", "-in", made / "us.key", "-pubout")
    assert own == openssl("pkey", "-inform", "DER", "-in", made / "us-key.der", "-pubout")
    text = openssl("x509", "-in", made / "us-chain.pem", "-noout", "-text")
    assert "Public-Key: (3072 bit)" in text
    assert "Digital Signature, Key Encipherment" in text


def test_only_its_owner_can_read_what_is_secret(pki: Pki) -> None:
    os.umask(0o000)
    try:
        made = pki.bundle("enrol", "ct-1", "--title", "CT1")
    finally:
        os.umask(0o022)
    assert stat.S_IMODE(pki.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    secret = [
        path for path in made.iterdir() if b"PRIVATE" in path.read_bytes() or path.suffix in {".p12", ".password"}
    ]
    secret += [made / "ct-1-key.der", pki.directory / "root.key", pki.directory / "intermediate.key"]
    assert len(secret) == 7
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert {path.name for path in made.iterdir() if path.stat().st_mode & 0o077}.isdisjoint(p.name for p in secret)


def test_the_authoritys_keys_are_sealed_with_enough_rounds_and_openssl_opens_them(pki: Pki) -> None:
    for name, word in (("root.key", ROOT_WORD), ("intermediate.key", WORD)):
        text = openssl("asn1parse", "-in", pki.directory / name)
        assert ":0927C0" in text  # 600,000 rounds
        assert "aes-256-cbc" in text
        openssl("pkey", "-in", pki.directory / name, "-passin", f"pass:{word}", "-check", "-noout")
        openssl("pkey", "-in", pki.directory / name, "-passin", "pass:wrong", "-noout", code=1)


def test_a_revoked_certificate_is_on_the_list_that_openssl_checks(pki: Pki) -> None:
    made = {name: pki.bundle("enrol", name, "--title", name.upper()) for name in ("good", "stolen")}
    pki("revoke", "stolen", "--reason", "keyCompromise")
    trust = ("-CAfile", pki.directory / "trust.pem", "-CRLfile", pki.directory / "revocation.pem")
    for check in ("-crl_check", "-crl_check_all"):
        openssl("verify", check, *trust, made["good"] / "good.crt")
        said = openssl("verify", check, *trust, made["stolen"] / "stolen.crt", code=2)
        assert "certificate revoked" in said
    text = openssl("crl", "-in", pki.directory / "revocation.pem", "-noout", "-text")
    assert "Key Compromise" in text
    assert pki.json("list")["findings"] == []


def test_a_new_list_has_a_higher_number_and_lasts_as_long_as_its_issuer(pki: Pki) -> None:
    def number() -> int:
        return int(openssl("crl", "-in", pki.directory / "revocation.pem", "-noout", "-crlnumber").split("=")[1], 16)

    before = number()
    pki("enrol", "ct-1", "--title", "CT1")
    pki("revoke", "ct-1", "--reason", "cessationOfOperation")
    after = number()
    pki("revoke", "ct-1", "--reason", "cessationOfOperation")
    assert before < after < number()
    last = openssl("crl", "-in", pki.directory / "revocation.pem", "-noout", "-nextupdate").split("=")[1]
    assert last == openssl("x509", "-in", pki.directory / "intermediate.crt", "-noout", "-enddate").split("=")[1]


def test_the_index_is_one_that_openssl_reads(pki: Pki, tmp_path: Path) -> None:
    made = pki.bundle("enrol", "ct-1", "--title", "CT1")
    pki("revoke", "ct-1", "--reason", "superseded")
    request, answer = tmp_path / "request", tmp_path / "answer"
    ca = pki.directory / "intermediate.crt"
    openssl("ocsp", "-issuer", ca, "-cert", made / "ct-1.crt", "-reqout", request)
    key = openssl("pkey", "-in", pki.directory / "intermediate.key", "-passin", f"pass:{WORD}")
    (tmp_path / "key").write_text(key)
    responder = ("-index", pki.directory / "index.txt", "-CA", ca, "-rsigner", ca, "-rkey", tmp_path / "key")
    openssl("ocsp", *responder, "-reqin", request, "-respout", answer)
    assert "Reason: superseded" in openssl("ocsp", "-respin", answer, "-text", "-noverify")


def test_a_renewed_authority_vouches_for_what_it_issued_before(pki: Pki, tmp_path: Path) -> None:
    made = pki.bundle("enrol", "ct-1", "--title", "CT1")
    before = (pki.directory / "intermediate.crt").read_bytes()
    away = tmp_path / "stick.key"
    (pki.directory / "root.key").rename(away)
    assert "root's key" not in pki("list")
    pki("renew-authority", "--root-key", str(away))
    assert (pki.directory / "intermediate.crt").read_bytes() != before
    trust = ("-CAfile", pki.directory / "trust.pem", "-CRLfile", pki.directory / "revocation.pem")
    openssl("verify", "-crl_check_all", *trust, made / "ct-1.crt")
    pki("renew-authority", "--root-key", str(pki.directory / "intermediate.key"), code=4)
    assert "the passphrase does not open the root's key" in pki.err


def test_an_authority_of_rsa_keys_issues_rsa_throughout(pki: Pki, tmp_path: Path) -> None:
    other = Pki(tmp_path / "rsa", pki._capsys)
    other("init", "--rsa", "--name", "Old Hospital")
    made = other.bundle("enrol", "old", "--title", "OLD")
    text = openssl("x509", "-in", made / "old.crt", "-noout", "-text")
    assert "sha256WithRSAEncryption" in text
    assert "Public-Key: (3072 bit)" in text
    openssl("verify", "-CAfile", made / "ca.pem", "-untrusted", made / "ca-intermediate.pem", made / "old.crt")


def test_the_gateways_files_have_one_place_over_renewals_and_belong_together(pki: Pki) -> None:
    said = pki("gateway", "--host", "gw.example.org", "--host", "10.0.0.1")
    place = pki.directory / "gateway"
    assert f'certificate = "{place}/gateway-chain.pem"' in said
    first = (place / "gateway.crt").read_bytes()
    pki("renew", "gateway")
    assert (place / "gateway.crt").read_bytes() != first
    assert openssl("x509", "-in", place / "gateway-chain.pem", "-noout", "-pubkey") == openssl(
        "pkey", "-in", place / "gateway.key", "-pubout"
    )
    assert "DNS:gw.example.org, IP Address:10.0.0.1" in openssl("x509", "-in", place / "gateway.crt", "-noout", "-text")
    sheet = pki.bundle("enrol", "ct-1", "--title", "CT1") / "instructions.txt"
    assert "Host        gw.example.org" in sheet.read_text()


def test_the_instructions_say_what_to_load_and_are_one_self_contained_page(pki: Pki) -> None:
    made = pki.bundle("enrol", "ct-1", "--title", "A<B&C", "--gateway-host", "gw.example.org")
    html, text = (made / "instructions.html").read_text(), (made / "instructions.txt").read_text()
    assert "A&lt;B&amp;C" in html
    assert "A<B" not in html
    for said in (html, text):
        assert all(path.name in said for path in made.iterdir() if not path.name.startswith("instructions"))
        assert "gw.example.org" in said
        assert "pki renew ct-1" in said
        fingerprint = openssl("x509", "-in", made / "ca.pem", "-noout", "-fingerprint", "-sha256").split("=")[1]
        assert fingerprint.strip().replace(":", "").lower() in said.replace(" ", "")
    assert not any(word in html for word in ("<script", "src=", "href=", "@import", "url("))


def test_a_device_that_keeps_its_key_gets_no_other(pki: Pki, tmp_path: Path) -> None:
    request = tmp_path / "us.csr"
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout",
            tmp_path / "us.key", "-subj", "/CN=whatever it likes/O=Vendor", "-addext", "subjectAltName=DNS:us-1",
            "-addext", "basicConstraints=critical,CA:TRUE", "-out", request)  # fmt: skip
    made = pki.bundle("sign", str(request), "us-1", "--title", "US1")
    assert not [path for path in made.iterdir() if "key" in path.name or path.suffix == ".p12"]
    text = openssl("x509", "-in", made / "us-1.crt", "-noout", "-text")
    assert "CN = US1" in text
    assert "whatever" not in text
    assert "CA:FALSE" in text
    own = openssl("pkey", "-in", tmp_path / "us.key", "-pubout")
    assert own == openssl("x509", "-in", made / "us-1.crt", "-noout", "-pubkey")
    assert "us-1-chain.pem as the answer to its request" in (made / "instructions.txt").read_text()
    pki("renew", "us-1", code=4)
    assert "keeps its own key" in pki.err
    pki("renew", "us-1", "--request", str(request))


@contextlib.contextmanager
def _dcmtk_server(*arguments: str) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as end:
        port = end.getsockname()[1]
    server = subprocess.Popen(["storescp", *arguments, str(port)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 30
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, server.stdout
                assert server.poll() is None, server.stdout and server.stdout.read()
                time.sleep(0.05)
        yield port
    finally:
        server.send_signal(signal.SIGKILL)
        server.communicate()


@pytest.mark.parametrize("rsa", [False, True])
def test_dcmtk_devices_prove_each_other_with_these_files(pki: Pki, tmp_path: Path, rsa: bool) -> None:
    kind = ["--rsa"] if rsa else []
    ct = pki.bundle("enrol", "ct-1", "--title", "CT1", *kind)
    pacs = pki.bundle("enrol", "pacs", "--title", "PACS", *kind)
    profile = ["+px"]

    def tls(made: Path, name: str) -> list[str]:
        key, chain = str(made / f"{name}.key"), str(made / f"{name}-chain.pem")
        return [*profile, "+tls", key, chain, "+cf", str(pki.directory / "trust.pem")]

    with _dcmtk_server(*tls(pacs, "pacs"), "-rc", "-od", str(tmp_path)) as port:
        where = ["-aet", "CT1", "-aec", "PACS", "127.0.0.1", str(port)]
        done = subprocess.run(["echoscu", *tls(ct, "ct-1"), *where], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        anonymous = ["echoscu", *profile, "+tla", "+cf", str(pki.directory / "trust.pem"), *where]
        assert subprocess.run(anonymous, capture_output=True, timeout=60, check=False).returncode != 0


def test_list_says_what_ends_soon_in_words_and_as_data(pki: Pki) -> None:
    pki("enrol", "ct-1", "--title", "CT1", "--days", "30")
    said = pki("list", code=1)
    assert "ct-1 ends in 29 days: 'leadglass pki renew ct-1'" in said
    pki("renew", "ct-1")
    assert json.loads(pki("list", "--json"))["findings"] == []
