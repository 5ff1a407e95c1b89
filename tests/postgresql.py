"""A real PostgreSQL server of the tests, on a Unix socket and on loopback; ended, and its files removed, with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from leadglass.store.appstate.database import Database

PASSWORD = "only for these tests"
USER = "leadglass"


class Server:
    """One cluster under a short path of its own (a Unix socket's path has 107 bytes)."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="lg-pg-"))
        self.data = self.directory / "data"
        self.port = _free_port()
        self.databases = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None  # the server refuses to run as root
        if self._user is not None:
            os.chown(self.directory, self._user.pw_uid, self._user.pw_gid)
        self.directory.chmod(0o755)
        self.password_file = self.directory / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o644)
        self._run(
            "initdb", "--pgdata", str(self.data), "--username", USER, "--pwfile", str(self.password_file),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync",
        )  # fmt: skip

        self.ca_file = self.directory / "ca.pem"
        key = self._key()
        for file in (self.ca_file, key):
            if self._user is not None:
                os.chown(file, self._user.pw_uid, self._user.pw_gid)

    def _key(self) -> Path:
        """A certificate for 127.0.0.1 that vouches for itself, and its key's file."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the tests' server")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        file = self.directory / "server.key"
        file.touch(mode=0o600)
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        file.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
        return file

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = (f"unix_socket_directories={self.directory}", f"port={self.port}", "listen_addresses=127.0.0.1")
        tls = ("ssl=on", f"ssl_cert_file={self.ca_file}", f"ssl_key_file={self.directory / 'server.key'}")
        options = [
            word
            for setting in (*settings, *tls, "shared_buffers=16MB", "fsync=off", "max_wal_size=64MB")
            for word in ("-c", setting)
        ]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user("--pdeathsig=QUIT"), _program("postgres"), "-D", str(self.data), *options],
                stdout=log, stderr=log, cwd=self.directory, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while subprocess.run(
            [_program("pg_isready"), "-q", "-h", str(self.directory), "-p", str(self.port)], check=False
        ).returncode:
            assert self._process.poll() is None, (self.directory / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGQUIT) -> None:
        """End it: at once (SIGQUIT), as a crash does (SIGKILL), or let it finish (SIGTERM)."""
        if self._process is not None:
            if number == signal.SIGKILL:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)
            self._process.wait(60)
            self._process = None
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def pause(self) -> None:
        """Let it answer nothing any more, its connections open."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `pause`."""
        self._signal_all(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove its files."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def database(self, *, tcp: bool = False) -> Database:
        """A new, empty database."""
        self.databases += 1
        name = f"state{self.databases}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        where = f"127.0.0.1:{self.port}" if tcp else ""
        url = f"postgresql://{USER}@{where}/{name}" + ("" if tcp else f"?host={self.directory}:{self.port}")
        return Database(self.directory / "unused.sqlite", url, self.password_file)

    def drop(self, database: Database) -> None:
        """Remove a database, whoever uses it."""
        self.sql("postgres", f"DROP DATABASE {database.name} WITH (FORCE)")

    def sql(self, database: str, text: str) -> str:
        """Run a statement as somebody who is not Leadglass; its output."""
        where = ("-h", str(self.directory), "-p", str(self.port), "-U", USER, "-d", database)
        done = subprocess.run(
            [_program("psql"), "-X", "-At", *where],
            input=text, env={"PGPASSWORD": PASSWORD}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._as_user(), _program(program), *arguments],
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def _as_user(self, *options: str) -> tuple[str, ...]:
        """A command's first words; with the option of `start` the server ends with the thread that started it."""
        if self._user is None:
            return ("setpriv", *options)
        ids = (f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups")
        return ("setpriv", *ids, *options)


def _program(name: str) -> str:
    """Debian keeps the server's programs out of PATH, by version."""
    found = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))]
    program = found[-1] if found else shutil.which(name)
    assert program, f"{name} is missing: apt-get install postgresql"
    return program


def _free_port() -> int:
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])
