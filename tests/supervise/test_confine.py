"""Claims about confinement, each tried by a real child that was started as the supervisor starts it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from leadglass.config import load
from leadglass.supervise import landlock
from leadglass.supervise.seccomp import AF_UNIX, program

# Tries each attempt of argv[1] (JSON list of [verb, argument…]) and prints how each went: "ok" or the errno's name.
PROBE = """
import ctypes, errno, json, os, socket, sys

def read(path): open(path, "rb").read(1)
def write(path): open(path, "ab").close()
def delete(path): os.unlink(path)
def listing(path): os.listdir(path)
def bind(port):
    with socket.socket() as end: end.bind(("127.0.0.1", port))
def connect(port):
    with socket.socket() as end: end.settimeout(5); end.connect(("127.0.0.1", port))
def family(number): socket.socket(number, socket.SOCK_DGRAM).close()
def unix_server(path):
    with socket.socket(socket.AF_UNIX) as end: end.bind(path)
def unix_connect(path):
    with socket.socket(socket.AF_UNIX) as end: end.connect(path)
def execute(path): os.execv(path, [path])
def kill(pid): os.kill(pid, 0)
def call(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")
def chown(path): os.chown(path, 65534, 65534)

def attempt(verb, *arguments):
    try:
        globals()[verb](*arguments)
        return "ok"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))

def resolve(name): socket.getaddrinfo(name, 1)

status = open("/proc/self/status").read()
fields = dict(line.split(":\\t", 1) for line in status.splitlines() if ":\\t" in line)
import resource
results = [attempt(*each) for each in json.loads(sys.argv[1])]
print(json.dumps({"results": results, "fields": fields, "core": resource.getrlimit(resource.RLIMIT_CORE)}))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "module").mkdir()
    (tmp_path / "module" / "probe.py").write_text(PROBE)
    file = tmp_path / "leadglass.toml"
    file.write_text(
        '[[archive]]\nid = "pacs"\nhost = "10.0.0.1"\nport = 104\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
        "[console]\nport = 38443\n"
    )
    configuration = load(file)
    for directory in configuration.data.directories(configuration.writers):
        directory.mkdir(mode=0o700)
    (configuration.data.key / "ledger.key").write_text("secret")
    (configuration.data.ledger / "2026-11").mkdir()
    (configuration.data.ledger / "2026-11" / "checkpoint").write_text("note")
    (configuration.data.journal("w0") / "1.journal").write_text("events")
    configuration.data.application_state.write_text("users")
    return tmp_path


def run(
    place: Path, kind: str, name: str, attempts: list[tuple[object, ...]]
) -> tuple[dict[str, str], dict[str, object]]:
    """How each attempt went in a child of this kind, and the child's own status."""
    read, write = os.pipe()
    environment = os.environ | {
        "PYTHONPATH": str(place / "module"),
        "LEADGLASS_SUPERVISOR": str(os.getpid()),
        "LEADGLASS_REPORT": str(write),
    }
    command = (sys.executable, "-P", "-m", "leadglass.supervise.launch", kind, name, str(place / "leadglass.toml"))
    done = subprocess.run(
        (*command, "probe", json.dumps(attempts)),
        check=False,
        pass_fds=(write,),
        env=environment,
        capture_output=True,
        text=True,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        words = json.load(pipe)
    assert not [text for text in words if "NOT IN FORCE" in text]
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    verdicts = {" ".join(map(str, each)): verdict for each, verdict in zip(attempts, said["results"], strict=True)}
    return verdicts, said


def test_a_worker_writes_only_its_journal_and_cannot_read_the_key(place: Path) -> None:
    data = place / "var"
    refused = [
        ("read", f"{data}/key/ledger.key"),
        ("read", f"{data}/ledger/2026-11/checkpoint"),
        ("read", f"{data}/app/leadglass.sqlite"),
        ("write", f"{data}/journal/registrar/1.journal"),
        ("write", f"{data}/ledger/2026-11/checkpoint"),
        ("write", f"{data}/accepted/leadglass.toml"),
        ("write", "/etc/leadglass-probe"),
        ("write", "/tmp/leadglass-probe"),
        ("read", "/root/.bashrc"),
        ("bind", 38_112),
        ("execute", "/bin/true"),
    ]
    verdicts, _ = run(
        place, "relay", "w0", [*refused, ("write", f"{data}/journal/w0/2.journal"), ("read", "/etc/hosts")]
    )
    *denied, own, hosts = verdicts.values()
    assert set(denied) <= {"EACCES", "EPERM"}, verdicts
    assert (own, hosts) == ("ok", "ok")


def test_a_worker_connects_and_resolves_names(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as archive:
        verdicts, _ = run(place, "relay", "w0", [("connect", archive.getsockname()[1]), ("resolve", "localhost")])
    assert set(verdicts.values()) == {"ok"}


def test_the_ledger_has_no_network_and_alone_reads_the_key(place: Path) -> None:
    data = place / "var"
    with socket.create_server(("127.0.0.1", 0)) as somebody, socket.socket(socket.AF_UNIX) as registrar:
        registrar.bind(f"{data}/run/registrar.sock")
        registrar.listen(1)
        verdicts, _ = run(
            place,
            "ledger",
            "ledger",
            [
                ("connect", somebody.getsockname()[1]),
                ("bind", 38_113),
                ("family", socket.AF_INET),
                ("family", socket.AF_INET6),
                ("family", socket.AF_NETLINK),
                ("write", f"{data}/app/leadglass.sqlite"),
                ("write", f"{data}/journal/w0/1.journal"),
                ("read", f"{data}/app/leadglass.sqlite"),
                ("read", f"{data}/key/ledger.key"),
                ("write", f"{data}/ledger/2026-11/checkpoint"),
                ("read", f"{data}/journal/w0/1.journal"),
                ("delete", f"{data}/journal/w0/1.journal"),
                ("unix_connect", f"{data}/run/registrar.sock"),
            ],
        )
    denied, allowed = list(verdicts.values())[:8], list(verdicts.values())[8:]
    assert set(denied) <= {"EACCES", "EPERM"}, verdicts
    assert set(allowed) == {"ok"}, verdicts


def test_the_registrar_has_no_network_and_writes_its_own(place: Path) -> None:
    data = place / "var"
    verdicts, _ = run(
        place,
        "registrar",
        "registrar",
        [
            ("family", socket.AF_INET),
            ("read", f"{data}/key/ledger.key"),
            ("read", f"{data}/ledger/2026-11/checkpoint"),
            ("write", f"{data}/run/supervisor.pid"),
            ("write", f"{data}/app/leadglass.sqlite"),
            ("write", f"{data}/accepted/candidate.toml"),
            ("unix_server", f"{data}/run/registrar.sock"),
        ],
    )
    assert list(verdicts.values())[4:] == ["ok"] * 3, verdicts
    assert set(list(verdicts.values())[:4]) <= {"EACCES", "EPERM"}, verdicts


def test_the_console_binds_its_port_alone_and_reads_the_ledger_without_its_key(place: Path) -> None:
    data = place / "var"
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        verdicts, _ = run(
            place,
            "console",
            "console",
            [
                ("bind", 38_444),
                ("connect", somebody.getsockname()[1]),
                ("read", f"{data}/key/ledger.key"),
                ("write", f"{data}/ledger/2026-11/checkpoint"),
                ("read", f"{data}/journal/w0/1.journal"),
                ("write", f"{data}/accepted/leadglass.toml"),
                ("bind", 38_443),
                ("read", f"{data}/ledger/2026-11/checkpoint"),
                ("write", f"{data}/projection/projection.sqlite"),
                ("write", f"{data}/tls/console.key"),
            ],
        )
    assert list(verdicts.values())[6:] == ["ok"] * 4, verdicts
    assert set(list(verdicts.values())[:6]) <= {"EACCES", "EPERM"}, verdicts


@pytest.mark.parametrize(
    ("kind", "name"), [("relay", "w0"), ("registrar", "registrar"), ("ledger", "ledger"), ("console", "console")]
)
def test_every_child_has_no_capability_no_core_and_no_way_to_others(place: Path, kind: str, name: str) -> None:
    dangerous = [101, 425, 165, 272, 321]  # ptrace, io_uring_setup, mount, unshare, bpf on x86_64
    if os.uname().machine != "x86_64":
        dangerous = [117, 425, 40, 97, 280]
    calls: list[tuple[object, ...]] = [("call", number, 0, 0, 0, 0, 0) for number in dangerous]
    verdicts, said = run(place, kind, name, [*calls, ("kill", os.getpid()), ("chown", f"{place}/var/run")])
    assert set(verdicts.values()) == {"EPERM"}, verdicts
    fields = said["fields"]
    assert isinstance(fields, dict)
    for name_of_set in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(fields[name_of_set], 16) == 0
    if os.geteuid() == 0:
        assert int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"].strip() == "1"
    assert fields["Seccomp"].strip() == "2"
    assert said["core"] == [0, 0]


def test_a_child_whose_supervisor_has_gone_does_not_work(place: Path) -> None:
    read, write = os.pipe()
    environment = os.environ | {"LEADGLASS_SUPERVISOR": "1", "LEADGLASS_REPORT": str(write)}
    command = (sys.executable, "-P", "-m", "leadglass.supervise.launch", "relay", "w0", str(place / "leadglass.toml"))
    done = subprocess.run(
        (*command, "probe"), check=False, pass_fds=(write,), env=environment, capture_output=True, text=True
    )
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b""
    assert done.returncode != 0


def test_the_filter_denies_by_default_what_it_lists_on_both_machines() -> None:
    for machine in ("x86_64", "aarch64"):
        code = program(machine, (AF_UNIX,))
        assert len(code) % 8 == 0
        assert len(code) // 8 < 4_096  # BPF_MAXINSNS


def test_this_kernel_has_landlock() -> None:
    assert landlock.abi() >= 4, "these tests prove nothing without it"
