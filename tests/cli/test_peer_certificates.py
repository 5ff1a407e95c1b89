"""`leadglass peer` with certificates: what is pinned, what is refused, and what is said about it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from leadglass.cli.main import main
from leadglass.config import load
from leadglass.model.certificate import Certificate
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.store.appstate.certificates import load_certificates
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import load_peers
from leadglass.store.appstate.unknown_peers import list_unknown, record_unknown

TOML = '[site]\ndata = "var"\n[[archive]]\nid = "pacs"\nhost = "127.0.0.1"\nport = 104\n'
TOML += '[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
END = dt.datetime(2033, 5, 18, tzinfo=dt.UTC)
_B = "sha256:" + "b" * 64


def written(directory: Path, name: str, encoding: Encoding = Encoding.PEM) -> tuple[str, str]:
    """A self-signed certificate in a file: the file and the digest."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, END - dt.timedelta(90), END)
    made = builder.sign(key, hashes.SHA256())
    (directory / f"{name}.pem").write_bytes(made.public_bytes(encoding))
    return str(directory / f"{name}.pem"), "sha256:" + made.fingerprint(hashes.SHA256()).hex()


class Typed:
    """A person at a terminal, and what came of it."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (directory / "leadglass.toml").write_text(TOML)
        self.engine: Engine = open_appstate(load(directory / "leadglass.toml").data.application_state)
        self._capsys = capsys
        self.code, self.out, self.err = 0, "", ""

    def __call__(self, *arguments: str) -> int:
        try:
            main(["peer", *arguments])
        except SystemExit as exit_:
            self.code = int(exit_.code or 0)
        self.out, self.err = self._capsys.readouterr()
        return self.code

    @property
    def peers(self) -> tuple[Peer, ...]:
        return load_peers(self.engine)


@pytest.fixture
def peer(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Typed]:
    monkeypatch.setenv("LEADGLASS_CONFIG", str(tmp_path / "leadglass.toml"))
    typed = Typed(tmp_path, capsys)
    yield typed
    typed.engine.dispose()


def test_a_device_is_added_with_the_file_of_its_certificate(peer: Typed, tmp_path: Path) -> None:
    file, digest = written(tmp_path, "ct1")
    listens = ("--host", "ct1.example", "--port", "104", "--destination", "WS1", "--level", "STUDY")
    assert peer("add", "ct1", "--title", "CT1", "--certificate", file, *listens) == 0
    (device,) = peer.peers
    assert (device.certificates, device.networks, device.plain) == ((digest,), (), False)
    assert (device.host, device.port, device.destinations, device.levels) == ("ct1.example", 104, ("WS1",), ("STUDY",))
    assert load_certificates(peer.engine)[digest].not_after == END.timestamp()
    assert peer("list") == 0
    assert f"certificate {digest[:71]}" in peer.out.replace("…", "") or digest[:20] in peer.out
    assert "until 2033-05-18" in peer.out
    assert "listens at ct1.example port 104" in peer.out


def test_a_device_that_nothing_would_let_in_is_refused_with_what_to_do(peer: Typed) -> None:
    assert peer("add", "ct1", "--title", "CT1", "--network", "10.0.0.7") == 3
    assert peer.err.startswith("error: ct1 has no certificate, and may not call without TLS\nhint: ")
    for words in ("--certificate FILE.pem", "leadglass pki", "--plain --network ADDRESS", "counted as a gap"):
        assert words in peer.err
    assert peer("add", "ct1", "--title", "CT1", "--plain") == 4
    assert "nothing proves this peer" in peer.err
    assert peer.peers == ()


def test_a_file_that_is_no_certificate_is_named(peer: Typed, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    for file in (str(tmp_path / "key.pem"), str(tmp_path / "gone.pem")):
        assert peer("add", "ct1", "--title", "CT1", "--certificate", file) == 3
        assert file in peer.err
        assert "hint:" in peer.err
    assert peer("add", "ct1", "--title", "CT1", "--certificate", "sha256:abc") == 4
    assert peer("add", "ct1", "--title", "CT1", "--certificate", _B, "--host", "ct1") == 4
    assert peer("add", "ct1", "--title", "CT1", "--certificate", _B, "--host", "c t", "--port", "104") == 4
    assert peer.peers == ()


def test_a_renewal_on_the_command_line_has_no_gap(peer: Typed, tmp_path: Path) -> None:
    (one, first), (two, second), (three, _) = (written(tmp_path, name) for name in ("one", "two", "three"))
    assert peer("add", "ct1", "--title", "CT1", "--certificate", one) == 0
    assert peer("pin", "ct1", two) == 0
    assert list(peer.peers[0].certificates) == [first, second]
    assert peer("pin", "ct1", three) == 4
    assert "2 certificates already" in peer.err
    assert peer("unpin", "ct1", first[7:17]) == 0
    assert list(peer.peers[0].certificates) == [second]
    assert peer("unpin", "ct1", second) == 4
    assert "nothing would prove" in peer.err


def test_permission_to_call_without_tls_is_given_and_taken(peer: Typed) -> None:
    assert peer("add", "ct1", "--title", "CT1", "--certificate", _B, "--network", "10.0.0.7", "--plain") == 0
    assert "counted as a gap" in peer.out
    assert peer("list") == 0
    assert "1 gap: it may call without TLS" in peer.out
    assert peer("plain", "ct1", "--refuse") == 0
    assert not peer.peers[0].plain
    assert peer("list") == 0
    assert "gap" not in peer.out


def caller(digit: str = "b", **more: object) -> UnknownPeer:
    shown = Certificate(f"sha256:{digit * 64}", (), "CN=x\x1b[2J", "", 2_000_000_000, error="self-signed\n")
    return UnknownPeer("10.0.0.9", "MR1", "PACS", 1, 2, 3, tls=True, error=shown.error, certificate=shown)


def test_an_unknown_certificate_is_listed_and_approved_by_what_it_is(peer: Typed) -> None:
    record_unknown(peer.engine, caller())
    record_unknown(peer.engine, caller("c"))
    assert peer("list") == 0
    assert "TLS: self-signed\\n" in peer.out
    assert "\x1b" not in peer.out
    assert peer("approve", "10.0.0.9", "MR1", "--id", "mr1") == 2
    assert "say which with --certificate" in peer.err
    assert peer("approve", "10.0.0.9", "MR1", "--id", "mr1", "--certificate", "bbbb") == 0
    assert (peer.peers[0].certificates, peer.peers[0].plain) == ((_B,), False)
    assert peer("approve", "10.0.0.9", "MR1", "--into", "mr1", "--certificate", "cccc") == 0
    assert peer.peers[0].certificates == (_B, "sha256:" + "c" * 64)
    assert list_unknown(peer.engine) == ()
    for wrong in (("--id", "a", "--into", "mr1"), (), ("--into", "mr1")):
        assert peer("approve", "10.0.0.9", "MR1", *wrong) == 2


def test_an_import_reads_certificates_beside_it_and_says_who_could_not_call(peer: Typed, tmp_path: Path) -> None:
    _, digest = written(tmp_path, "ct1", Encoding.DER)
    devices = tmp_path / "devices.toml"
    head = '[[peer]]\nid = "ct1"\ntitle = "CT1"\n'
    devices.write_text(head + 'networks = ["10.0.0.7"]\n')
    assert peer("import", str(devices)) == 3
    assert "plain = true" in peer.err
    devices.write_text(head + 'certificates = ["gone.pem"]\n')
    assert peer("import", str(devices)) == 3
    devices.write_text(head + 'certificates = ["ct1.pem", "name:ct1"]\nhost = "ct1"\nport = 104\n')
    assert peer("import", str(devices)) == 0
    (device,) = peer.peers
    assert device.certificates == (digest, "name:ct1")
    assert digest in load_certificates(peer.engine)
    assert peer("list", "--json") == 0
    assert json.loads(peer.out)["peers"][0]["certificates"] == [digest, "name:ct1"]


def test_who_a_caller_would_be_is_said_with_the_reason(peer: Typed, tmp_path: Path) -> None:
    (one, _), (two, other) = (written(tmp_path, name) for name in ("one", "two"))
    assert peer("add", "ct1", "--title", "CT1", "--certificate", one) == 0
    assert peer("who", "10.0.0.7", "CT1", "--certificate", one) == 0
    assert peer.out.startswith("ct1, for another ")
    assert peer("who", "10.0.0.7", "MR1", "--certificate", one) == 1
    assert peer.out.startswith(
        "nobody (certificate), refused where a route enforces: certificate of ct1 used under title MR1"
    )
    assert peer("who", "10.0.0.7", "CT1", "--certificate", two) == 1
    assert "is none of ct1" in peer.out
    assert peer("who", "10.0.0.7", "CT1") == 1
    assert "nobody (plain)" in peer.out
    assert peer("who", "10.0.0.7", "CT1", "--tls", "--json") == 1
    assert json.loads(peer.out)["failed"] == "it showed no certificate, and ct1 has to"
    assert peer("add", "us1", "--title", "US1", "--certificate", "name:two") == 0
    assert peer("who", "10.0.0.7", "US1", "--certificate", two) == 1
    assert peer("who", "10.0.0.7", "US1", "--certificate", two, "--trusted") == 0
    assert peer("who", "10.0.0.7", "US1", "--certificate", other) == 1
