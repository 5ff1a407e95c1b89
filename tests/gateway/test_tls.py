"""TLS through a whole gateway, with real peers: who gets in, what stands on record, and what a reload changes."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.gateway.conftest import ENFORCE
from tests.gateway.record import Entry
from tests.gateway.running import PATIENT_TIMERS, Gateway, now, peer
from tests.io.tls_pair import device_context
from tests.peers.authority import Identity, make, revocation_list
from tests.peers.caller import Caller, rejection
from tests.peers.processes import dcmtk, free_port, storescp
from tests.peers.scripted import ScriptedArchive

from leadglass.config import load
from leadglass.supervise.profiles import profile

TITLES = ("STORER", "OTHER", "SELFSIGNED", "REVOKED", "LATER")
HANDSHAKE = 1  # second


@dataclass(frozen=True)
class Hospital:
    """A gateway that speaks TLS, its authority, and devices by title."""

    gateway: Gateway
    port: int
    authority: Identity
    devices: dict[str, Identity]
    directory: Path
    script: ScriptedArchive
    kept: Path

    def context(self, title: str) -> ssl.SSLContext:
        return device_context(self.directory / "devices", self.devices[title], title.lower())

    def call(self, title: str, *, calling: str = "", called: str = "PACS") -> Caller:
        return Caller(self.port, calling or title, called, tls=self.context(title))

    @property
    def revoked(self) -> Path:
        return self.directory / "revoked.pem"

    def reload(self, words: str = "configuration reloaded") -> None:
        before = len(self.gateway.logged(words))
        self.gateway.process.send_signal(signal.SIGHUP)
        self.gateway.wait(lambda: len(self.gateway.logged(words)) > before, words)


def toml(directory: Path, port: int, archives: dict[str, str]) -> str:
    text = f'[[listener]]\naddress = "127.0.0.1"\nport = {port}\ntls = true\n'
    text += f'[tls]\ncertificate = "{directory}/gateway.crt"\nkey = "{directory}/gateway.key"\n'
    text += f'trust = ["{directory}/ca.pem"]\nrevocation = ["{directory}/revoked.pem"]\n[limits]\nhandshakes = 8\n'
    for title, rest in archives.items():
        text += f'[[archive]]\nid = "{title.lower()}"\nhost = "localhost"\ntls = true\n{rest}\n'
        text += f'[[route]]\ncalled = "{title}"\narchive = "{title.lower()}"\n{ENFORCE}'
    return text


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    directory = tmp_path_factory.mktemp("tls")
    authority = make("Hospital CA", authority=True)
    (directory / "ca.pem").write_bytes(authority.chain)
    devices = {title: make(title.lower(), issuer=authority) for title in TITLES}
    devices["SELFSIGNED"] = make("selfsigned", usages=())
    devices["STRANGER"] = make("stranger", issuer=make("Strange CA", authority=True))
    (directory / "revoked.pem").write_bytes(revocation_list(authority, devices["REVOKED"]))
    make("gateway", issuer=authority, hosts=("localhost",)).write(directory, "gateway")
    archive = make("archive", issuer=authority, hosts=("localhost",))
    elsewhere = make("elsewhere", hosts=("elsewhere.example",))
    ports = {name: free_port() for name in ("KEEPER", "ELSEWHERE", "tls")}
    script = ScriptedArchive()
    gateway = Gateway(
        directory / "gateway",
        {"script": script.port},
        {"PACS": 'archive = "script"\n' + ENFORCE, "WATCHED": 'archive = "script"\nmode = "observe"\n'},
        peers=tuple(peer(title, certificates=(devices[title].fingerprint,)) for title in TITLES),
        timers=PATIENT_TIMERS | {"handshake": HANDSHAKE},
        more=toml(
            directory,
            ports["tls"],
            {
                "KEEPER": f"port = {ports['KEEPER']}",
                "WRONG": f"port = {ports['ELSEWHERE']}",
                "PINNED": f'port = {ports["ELSEWHERE"]}\ncertificates = ["{elsewhere.fingerprint}"]',
                "ANOTHER": f'port = {ports["KEEPER"]}\ncertificates = ["{elsewhere.fingerprint}"]',
            },
        ),
    )
    try:
        with (
            storescp(directory / "kept", ports["KEEPER"], *archive_options(directory, archive, "keeper")) as kept,
            storescp(
                directory / "kept-elsewhere", ports["ELSEWHERE"], *archive_options(directory, elsewhere, "elsewhere")
            ),
        ):
            yield Hospital(gateway.wait_ready(), ports["tls"], authority, devices, directory, script, kept)
    finally:
        gateway.destroy()
        script.close()


def archive_options(directory: Path, identity: Identity, name: str) -> tuple[str, ...]:
    certificate, key = identity.write(directory, name)
    return "+tls", str(key), str(certificate), "+cf", str(directory / "ca.pem"), "-rc"


def s_client(hospital: Hospital, *options: str, said: str = "Q\n") -> str:
    """What OpenSSL's client says; ``Q`` ends it."""
    command = ("openssl", "s_client", "-connect", f"127.0.0.1:{hospital.port}", *options)
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


def told(hospital: Hospital, words: str) -> Entry:
    """A handshake that failed for this reason, on record."""

    def found() -> Entry | None:
        return next((row for row in hospital.gateway.recorded("certificate-refused") if words in row.body.error), None)

    return hospital.gateway.wait(found, words)


def shown(hospital: Hospital, title: str) -> tuple[str, ...]:
    certificate, key = hospital.devices[title].write(hospital.directory / "devices", title.lower())
    return "-cert", str(certificate), "-key", str(key), "-CAfile", str(hospital.directory / "ca.pem")


# --- who gets in --------------------------------------------------------------------------------------------------


def test_dcmtk_stores_over_tls_on_both_sides_and_the_record_says_so(hospital: Hospital, tmp_path: Path) -> None:
    since = now()
    certificate, key = hospital.devices["STORER"].write(tmp_path, "storer")
    tls = ("+tls", key, certificate, "+cf", hospital.directory / "ca.pem")
    echoed = dcmtk("echoscu", *tls, "-aet", "STORER", "-aec", "KEEPER", "127.0.0.1", hospital.port)
    assert echoed.returncode == 0, echoed.stdout
    with hospital.call("STORER", called="KEEPER") as caller:
        assert caller.associate().store() == 0
        caller.release()
    assert list(hospital.kept.iterdir())
    first, second = hospital.gateway.wait_recorded("association-closed", since, count=2, how="released")
    for entry in (first, second):
        who = entry.body.association
        assert who.peer == "storer"
        assert who.certificate == hospital.devices["STORER"].fingerprint
        assert who.tls.startswith("TLSv1.")
        assert "GCM" in who.tls


def test_a_pinned_leaf_may_be_self_signed(hospital: Hospital) -> None:
    with hospital.call("SELFSIGNED") as caller:
        assert caller.associate().echo() == 0


def test_another_devices_certificate_is_refused(hospital: Hospital) -> None:
    since = now()
    with hospital.call("OTHER", calling="STORER") as caller:
        rejection(caller.request())
    (entry,) = hospital.gateway.wait_recorded("refusal", since)
    assert entry.body.cause == "certificate"
    assert entry.body.association.certificate == hospital.devices["OTHER"].fingerprint


def test_an_unknown_certificate_is_refused_after_its_handshake_and_named(hospital: Hospital) -> None:
    since = now()
    with hospital.call("STRANGER", calling="STORER") as caller:
        rejection(caller.request())
    (entry,) = hospital.gateway.wait_recorded("refusal", since)
    assert entry.body.association.certificate == hospital.devices["STRANGER"].fingerprint


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_without_a_certificate_the_handshake_fails_in_every_mode(hospital: Hospital, version: ssl.TLSVersion) -> None:
    before = hospital.gateway.counter("handshakes:how=failed")
    context = device_context(hospital.directory, None)
    context.minimum_version = context.maximum_version = version
    sock = socket.create_connection(("127.0.0.1", hospital.port), timeout=20)
    with sock, pytest.raises(ssl.SSLError, match=r"(?i)alert (handshake failure|certificate required)"):
        context.wrap_socket(sock).recv(1)  # TLS 1.3: the device is done before it hears
    hospital.gateway.wait(lambda: hospital.gateway.counter("handshakes:how=failed") > before)
    entry = told(hospital, "did not return a certificate")
    assert entry.body.address == "127.0.0.1"
    assert entry.body.certificate == ""


@pytest.mark.parametrize("called", ["PACS", "WATCHED"])
def test_a_revoked_certificate_fails_in_every_mode_and_is_named(hospital: Hospital, called: str) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)), hospital.call("REVOKED", called=called) as caller:
        caller.associate()
    (entry, *_) = hospital.gateway.wait_recorded(
        "certificate-refused", certificate=hospital.devices["REVOKED"].fingerprint
    )
    assert "revoked" in entry.body.error
    assert entry.body.subject == "CN=revoked"


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_does_not_get_a_session_resumed(hospital: Hospital, version: str, tmp_path: Path) -> None:
    options = (*shown(hospital, "STORER"), version)
    said = s_client(hospital, *options, "-reconnect")
    assert said.count("New, TLSv1") == 6
    assert "Reused" not in said
    ticket = tmp_path / "session"
    s_client(hospital, *options, "-sess_out", str(ticket))
    if ticket.exists():
        assert "Reused" not in s_client(hospital, *options, "-sess_in", str(ticket))


# --- archives -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("called", "said"), [("WRONG", "not trusted"), ("ANOTHER", "another certificate"), ("PINNED", "")]
)
def test_an_archive_must_prove_itself_by_pin_or_by_trust_list_and_name(
    hospital: Hospital, called: str, said: str
) -> None:
    since = now()
    with hospital.call("STORER", called=called) as caller:
        if not said:
            assert caller.associate().store() == 0
            return
        assert rejection(caller.request()) == "2/3/1"  # transient, presentation: temporary congestion
    (entry,) = hospital.gateway.wait_recorded("refusal", since, cause="upstream-down")
    assert said in entry.body.judgement.failed


# --- bad input ----------------------------------------------------------------------------------------------------


def test_silent_connections_are_closed_and_only_counted(hospital: Hospital) -> None:
    since = now()
    before = hospital.gateway.counter("handshakes:how=silent")
    with socket.create_connection(("127.0.0.1", hospital.port), timeout=20) as sock:
        assert sock.recv(1) == b""
    hospital.gateway.wait(lambda: hospital.gateway.counter("handshakes:how=silent") > before)
    assert not hospital.gateway.recorded("certificate-refused", since)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"\x16\x03\x01\x00\xff\x01\x00\x00\xfb\x03\x03", "not finished within"),
        (b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n", "http request"),
        (b"\x01\x00\x00\x00\x00\x44" + bytes(68), "wrong version number"),
    ],
)
def test_what_is_no_handshake_is_told_once_a_minute(hospital: Hospital, sent: bytes, said: str) -> None:
    before = hospital.gateway.counter("handshakes_told_before")
    count = 2 * len(hospital.gateway.workers()) + 1
    for _ in range(count):  # each worker hears it more often than it tells it
        with socket.create_connection(("127.0.0.1", hospital.port), timeout=20) as sock:
            sock.sendall(sent)
            while sock.recv(4_096):
                pass
    hospital.gateway.wait(lambda: hospital.gateway.counter("handshakes_told_before") > before)
    told(hospital, said)
    entries = [row for row in hospital.gateway.recorded("certificate-refused") if said in row.body.error]
    assert 1 <= len(entries) <= len(hospital.gateway.workers())


def test_a_storm_of_stalled_handshakes_keeps_no_honest_device_out(hospital: Hospital) -> None:
    stalled = [socket.create_connection(("127.0.0.1", hospital.port), timeout=20) for _ in range(60)]
    try:
        for sock in stalled:
            sock.sendall(b"\x16\x03\x01\x00\xff\x01")
        with hospital.call("STORER") as caller:
            assert caller.associate().echo() == 0
    finally:
        for sock in stalled:
            sock.close()


# --- reload -------------------------------------------------------------------------------------------------------


def test_a_new_revocation_list_counts_at_the_next_message_and_handshake_and_a_broken_one_not_at_all(
    hospital: Hospital,
) -> None:
    gateway = hospital.gateway
    former = hospital.revoked.read_bytes()
    with hospital.call("LATER") as caller:
        assert caller.associate().echo() == 0
        hospital.revoked.write_bytes(former[: len(former) // 2])
        generation = gateway.wait(gateway.settled).generation
        hospital.reload("configuration not reloaded, the former one stays")
        assert gateway.wait(gateway.settled).generation == generation
        with hospital.call("LATER") as second:
            assert second.associate().echo() == 0
        devices = hospital.devices
        hospital.revoked.write_bytes(revocation_list(hospital.authority, devices["REVOKED"], devices["LATER"]))
        hospital.reload()
        assert gateway.wait(gateway.settled).generation > generation
        assert caller.store() == 0x0124
        with pytest.raises((ssl.SSLError, ConnectionError)), hospital.call("LATER") as third:
            third.associate()


def test_a_new_certificate_is_shown_without_a_restart_and_a_worker_that_dies_comes_back_with_it(
    hospital: Hospital,
) -> None:
    gateway = hospital.gateway
    with hospital.call("STORER") as caller:
        caller.associate()
        new = make("gateway", issuer=hospital.authority, hosts=("localhost", "renewed.example"))
        new.write(hospital.directory, "gateway")
        hospital.reload()
        assert caller.echo() == 0
    assert served(hospital.port) == new.fingerprint
    make("gateway", issuer=hospital.authority).write(hospital.directory, "gateway")  # edited, not accepted
    for name, pid in gateway.children().items():
        if name.startswith("w"):
            subprocess.run(("kill", "-9", str(pid)), check=True)
    gateway.wait_ready()
    assert served(hospital.port) == new.fingerprint
    assert len(list(gateway.data.relay_keys.iterdir())) <= 2  # those in force and those before


def served(port: int) -> str:
    """The certificate a device is shown."""
    import hashlib

    pem = ssl.get_server_certificate(("127.0.0.1", port))
    return "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def test_private_keys_are_for_workers_alone(hospital: Hospital) -> None:
    configuration = load(hospital.gateway.data.accepted / "leadglass.toml")
    assert configuration.tls is not None
    keys = hospital.gateway.data.relay_keys
    assert configuration.tls.key.is_relative_to(keys)
    assert configuration.tls.key.stat().st_mode & 0o777 == 0o600
    for kind, name, expected in (
        ("relay", "w0", True),
        ("registrar", "registrar", False),
        ("console", "console", False),
    ):
        paths = [path for path, _ in profile(kind, name, configuration).rights.paths]
        assert any(keys.is_relative_to(path) for path in paths) is expected, kind
