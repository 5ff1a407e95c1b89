"""Claims about what the authority does not do, and about being killed while it does something."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.pki.conftest import WORD, Pki, openssl

from leadglass.cli.main import run
from leadglass.pki.authority import listed
from leadglass.pki.files import AuthorityFiles


def _request(key: object, *names: str, der: bool = False) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.DER if der else Encoding.PEM)  # type: ignore[arg-type] # any key is the point


def _flipped() -> bytes:
    whole = bytearray(_request(ec.generate_private_key(ec.SECP256R1()), der=True))
    whole[-1] ^= 1
    return bytes(whole)


_HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no signing request"),
    "garbage": (lambda: os.urandom(900), "no signing request"),
    "garbage in PEM": (
        lambda: b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "no signing request",
    ),
    "a length of 4 GB": (lambda: b"\x30\x84\xff\xff\xff\xff" + bytes(64), "no signing request"),
    "nested 5,000 deep": (lambda: b"\x30\x80" * 5_000, "no signing request"),
    "huge": (lambda: bytes(1 << 20), "at most 16384 bytes"),
    "a bad signature": (_flipped, "not signed by its own key"),
    "RSA of 1024 bits": (lambda: _request(rsa.generate_private_key(65_537, 1_024)), "1024 bits"),
    "RSA with exponent 3": (lambda: _request(rsa.generate_private_key(3, 2_048)), "small exponent"),
    "Ed25519": (lambda: _request(ed25519.Ed25519PrivateKey.generate()), "kind Ed25519"),
    "DSA": (lambda: _request(dsa.generate_private_key(2_048)), "kind DSA"),
    "another curve": (lambda: _request(ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
    "a name of another device": (
        lambda: _request(ec.generate_private_key(ec.SECP256R1()), "us-1", "ct-1"),
        "asks for the name ct-1",
    ),
    "a name that is hostile text": (
        lambda: _request(ec.generate_private_key(ec.SECP256R1()), "\x1b[31m\nok"),
        r"\x1b[31m\nok",
    ),
    "a hundred names": (
        lambda: _request(ec.generate_private_key(ec.SECP256R1()), *(f"n{i}" for i in range(100))),
        "more than 32 names",
    ),
}


@pytest.mark.parametrize("what", _HOSTILE)
def test_a_hostile_request_is_refused_with_two_lines_and_leaves_nothing(pki: Pki, tmp_path: Path, what: str) -> None:
    make, words = _HOSTILE[what]
    (tmp_path / "csr").write_bytes(make())
    before = sorted(pki.directory.rglob("*"))
    pki("sign", str(tmp_path / "csr"), "us-1", "--title", "US1", code=4)
    error, hint = pki.err.splitlines()
    assert words in error
    assert hint.startswith("hint: ")
    assert [path for path in sorted(pki.directory.rglob("*")) if path.name != "lock"] == before


def test_a_key_belongs_to_one_device_and_a_revoked_one_to_none(pki: Pki, tmp_path: Path) -> None:
    request = tmp_path / "csr"
    request.write_bytes(_request(ec.generate_private_key(ec.SECP256R1())))
    pki("sign", str(request), "us-1", "--title", "US1")
    pki("sign", str(request), "us-2", "--title", "US2", code=4)
    assert "this is the key of us-1" in pki.err
    pki("revoke", "us-1", "--reason", "keyCompromise")
    pki("sign", str(request), "us-1", "--title", "US1", code=4)
    assert "was revoked" in pki.err


def test_the_authoritys_own_key_is_not_certified_for_a_device(pki: Pki, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key((pki.directory / "intermediate.key").read_bytes(), WORD.encode())
    (tmp_path / "csr").write_bytes(_request(key))
    pki("sign", str(tmp_path / "csr"), "us-1", "--title", "US1", code=4)
    assert "the authority's own key" in pki.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("enrol", "ct-1", "--title", "CT1"), "ct-1 has a certificate until"),
        (("enrol", "ct-2", "--title", "CT2", "--host", "ct-1"), "'ct-1' is a name of ct-1"),
        (("enrol", "ct-2", "--title", "CT2", "--host", "10.0.0.7"), "'10.0.0.7' is a name of ct-1"),
        (("enrol", "gateway", "--title", "CT2"), "not an id for a device"),
        (("enrol", "../x", "--title", "CT2"), "not an id for a device"),
        (("enrol", "ct-2", "--title", "longer than sixteen"), "an AE title has 1 to 16"),
        (("enrol", "ct-2", "--title", "CT2", "--host", "*.example.org"), "not a host name"),
        (("enrol", "ct-2", "--title", "CT2", "--host", "a b"), "not a host name"),
        (("enrol", "ct-2", "--title", "CT2", *(f"--host=h{i}" for i in range(16))), "1 to 16 names"),
        (("gateway",), "1 to 16 names"),
        (("renew", "ct-2"), "ct-2 has no certificate yet"),
        (("revoke", "ct-2", "--reason", "superseded"), "no certificate of 'ct-2'"),
        (("init",), "there is an authority"),
    ],
)
def test_what_cannot_be_is_refused(pki: Pki, arguments: tuple[str, ...], words: str) -> None:
    pki("enrol", "ct-1", "--title", "CT1", "--host", "10.0.0.7")
    pki(*arguments, code=4)
    assert words in pki.err
    assert len(pki.json("list")["certificates"]) == 1


def test_a_wrong_passphrase_issues_nothing_and_says_so(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADGLASS_PKI_PASSPHRASE", "a word of another day")
    pki("enrol", "ct-1", "--title", "CT1", code=4)
    assert pki.err.startswith("error: the passphrase does not open the intermediate's key\nhint: ")
    assert pki.json("list")["certificates"] == []


@pytest.mark.parametrize(
    ("word", "root", "words"),
    [
        ("short", "long enough for a root", "12 to 1024 bytes"),
        ("long enough to use", "short", "12 to 1024 bytes"),
        ("one and the same", "one and the same", "the same passphrase"),
    ],
)
def test_weak_passphrases_make_no_authority(
    pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, root: str, words: str
) -> None:
    monkeypatch.setenv("LEADGLASS_PKI_PASSPHRASE", word)
    monkeypatch.setenv("LEADGLASS_PKI_ROOT_PASSPHRASE", root)
    other = Pki(tmp_path / "other", pki._capsys)
    other("init", code=4)
    assert words in other.err
    assert not other.directory.exists()


def test_a_passphrase_comes_from_a_file_that_only_its_owner_reads(
    pki: Pki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEADGLASS_PKI_PASSPHRASE")
    word = tmp_path / "word"
    word.write_text(f"{WORD}\nsecond line\n")
    word.chmod(0o644)
    pki("enrol", "ct-1", "--title", "CT1", "--passphrase-file", str(word), code=4)
    assert "other users can read" in pki.err
    word.chmod(0o600)
    pki("enrol", "ct-1", "--title", "CT1", "--passphrase-file", str(word))


def test_without_a_terminal_nobody_is_asked(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADGLASS_PKI_PASSPHRASE")
    monkeypatch.setattr(sys, "stdin", Path(os.devnull).open())  # noqa: SIM115 (pytest's own stdin is no file)
    pki("enrol", "ct-1", "--title", "CT1", code=4)
    assert "no passphrase for the authority" in pki.err


def test_at_a_terminal_the_passphrase_is_asked_for_and_not_shown(pki: Pki) -> None:
    ours, theirs = os.openpty()
    environment = {name: value for name, value in os.environ.items() if "PASSPHRASE" not in name}
    command = [sys.executable, "-m", "leadglass", "-c", "none.toml", "pki", "enrol", "ct-1", "--title", "CT1"]
    with subprocess.Popen(
        [*command, "--directory", str(pki.directory)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
        start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(theirs, __import__("termios").TIOCSCTTY, 0),  # noqa: PLW1509 (the terminal becomes its own)
    ) as child:  # fmt: skip
        os.close(theirs)
        said = b""
        while b"Passphrase of the authority:" not in said:
            said += os.read(ours, 4096)
        os.write(ours, WORD.encode() + b"\n")
        while True:
            try:
                said += os.read(ours, 4096)
            except OSError:  # its end was closed
                break
    os.close(ours)
    assert child.returncode == 0, said
    assert WORD.encode() not in said


def test_a_key_file_that_others_can_read_is_not_used(pki: Pki) -> None:
    (pki.directory / "intermediate.key").chmod(0o640)
    pki("enrol", "ct-1", "--title", "CT1", code=4)
    assert "other users can read or change it" in pki.err


def test_damage_is_told_not_passed_over(pki: Pki) -> None:
    serial = pki.json("enrol", "ct-1", "--title", "CT1")["serial"]
    record = pki.directory / "issued" / f"{serial}.json"
    record.write_bytes(record.read_bytes()[:100])
    pki("list", code=5)
    assert f"{serial}.json" in pki.err
    pki("enrol", "ct-2", "--title", "CT2", code=5)


def test_many_at_a_time_all_get_theirs(pki: Pki) -> None:
    codes: list[int] = []
    none = pki.directory.parent / "none.toml"

    def enrol(number: int) -> None:
        where = ("--directory", str(pki.directory))
        codes.append(run(("-c", str(none), "pki", "enrol", f"d{number}", "--title", "T", *where)))

    threads = [threading.Thread(target=enrol, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0] * 6
    assert {row["device"] for row in pki.json("list")["certificates"]} == {f"d{number}" for number in range(6)}
    assert len((pki.directory / "index.txt").read_text().splitlines()) == 6


def _killed_at_rename(number: int, *arguments: str) -> bool:
    """Run the command line in a child that dies of SIGKILL at its nth rename; whether it got as far."""
    child = os.fork()
    if not child:
        seen = 0

        def hook(event: str, _arguments: tuple[object, ...]) -> None:
            nonlocal seen
            if event == "os.rename":
                seen += 1
                if seen == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        os._exit(run(arguments))
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_kill_9_at_any_step_hands_out_nothing_that_is_not_on_record(pki: Pki) -> None:
    where = ("--directory", str(pki.directory))
    none = ("-c", str(pki.directory.parent / "none.toml"))
    number, left = 0, True
    while left:
        number += 1
        left = _killed_at_rename(number, *none, "pki", "enrol", f"d{number}", "--title", "T", *where)
        rows = {row["serial"]: row for row in pki.json("list")["certificates"]}
        for certificate in [*pki.directory.glob("devices/*/*/*.crt"), *pki.directory.glob("devices/*/.*/*.crt")]:
            loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
            assert rows[f"{loaded.serial_number:040x}"]["state"] == "issued"
        row = next((row for row in rows.values() if row["device"] == f"d{number}"), None)
        again = "renew" if row and row["state"] == "issued" else "enrol"
        made = pki.bundle(again, f"d{number}", *(["--title", "T"] if again == "enrol" else []))
        trust = ("-CAfile", made / "ca.pem", "-untrusted", made / "ca-intermediate.pem")
        openssl("verify", *trust, made / f"d{number}.crt")
    assert number >= 5


def test_kill_9_in_a_revocation_never_loses_one_that_was_begun(pki: Pki) -> None:
    where = ("--directory", str(pki.directory))
    none = ("-c", str(pki.directory.parent / "none.toml"))
    files = AuthorityFiles(pki.directory)
    number, left, recorded = 0, True, []
    while left:
        number += 1
        serial = pki.json("enrol", f"d{number}", "--title", "T")["serial"]
        arguments = ("pki", "revoke", f"d{number}", "--reason", "keyCompromise")
        left = _killed_at_rename(number, *none, *arguments, *where)
        on_record = {row["serial"] for row in _rows(pki) if row["state"] == "revoked"}
        assert listed(files) <= on_record
        recorded.append(serial in on_record)
        if serial in on_record and serial not in listed(files):
            assert "not on the list" in pki("list", code=1)
        pki("revoke", f"d{number}", "--reason", "keyCompromise")
        assert serial in listed(files)
    assert recorded[0] is False
    assert recorded[-1] is True


def _rows(pki: Pki) -> list[dict[str, str]]:
    import json

    try:
        said = pki("list", "--json")
    except AssertionError:
        said = pki("list", "--json", code=1)
    rows: list[dict[str, str]] = json.loads(said)["certificates"]
    return rows


def test_kill_9_while_the_authority_is_made_leaves_none_or_a_whole_one(pki: Pki, tmp_path: Path) -> None:
    number, left = 0, True
    while left:
        number += 1
        directory = tmp_path / f"ca{number}"
        where = ("-c", str(tmp_path / "none.toml"), "pki", "init", "--directory", str(directory))
        left = _killed_at_rename(number, *where)
        other = Pki(directory, pki._capsys)
        if not directory.exists():
            other("init")
        other("enrol", "ct-1", "--title", "CT1")
