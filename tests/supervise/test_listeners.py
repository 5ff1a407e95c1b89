"""Claims about binding and about the data directory."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from leadglass.config import load
from leadglass.model.route import Listener
from leadglass.supervise import listeners
from leadglass.supervise.directory import DirectoryError, prepare
from leadglass.supervise.listeners import ListenError


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as end:
        return int(end.getsockname()[1])


def test_each_worker_has_its_own_listening_socket_on_every_listener() -> None:
    wanted = (Listener("127.0.0.1", free_port()), Listener("::1", free_port()))
    sockets = listeners.bind(wanted, 3)
    try:
        assert [len(ends) for ends in sockets] == [2, 2, 2]
        assert len({end.fileno() for ends in sockets for end in ends}) == 6
        for listener in wanted:
            for _ in range(20):
                socket.create_connection((listener.address, listener.port), 5).close()
    finally:
        listeners.close(sockets)


def test_a_connection_waits_in_the_socket_while_its_worker_is_dead() -> None:
    port = free_port()
    sockets = listeners.bind((Listener("127.0.0.1", port),), 1)
    try:
        client = socket.create_connection(("127.0.0.1", port), 5)
        client.sendall(b"held")
        sockets[0][0].setblocking(True)
        accepted, _ = sockets[0][0].accept()
        assert accepted.recv(4) == b"held"
        accepted.close()
        client.close()
    finally:
        listeners.close(sockets)


def test_the_wildcard_takes_ipv4_and_ipv6() -> None:
    port = free_port()
    sockets = listeners.bind((Listener("::", port),), 1)
    try:
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, port), 5).close()
    finally:
        listeners.close(sockets)


def test_a_port_shared_by_another_gateway_is_refused_not_shared() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ListenError, match="in use") as caught:
            listeners.bind((Listener("127.0.0.1", other.getsockname()[1]),), 2)
    assert "ss -ltnp" in caught.value.hint


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ListenError) as caught:
        listeners.bind((Listener("192.0.2.1", free_port()),), 1)
    assert "none of this machine" in caught.value.hint


BIND_PRIVILEGED = """
from leadglass.errors import LeadglassError
from leadglass.model.route import Listener
from leadglass.supervise import listeners
try:
    listeners.close(listeners.bind((Listener("127.0.0.1", 104),), 2))
    print("bound")
except LeadglassError as error:
    print(error.hint)
"""


@pytest.mark.parametrize(
    ("ambient", "said"),
    [("+net_bind_service", "bound"), ("-net_bind_service", "ports below 1024 need CAP_NET_BIND_SERVICE")],
)
def test_a_port_below_1024_needs_one_capability_and_not_root(ambient: str, said: str) -> None:
    caps = f"-all,{ambient}" if ambient.startswith("+") else "-all"
    command = ["setpriv", f"--inh-caps={caps}", f"--ambient-caps={caps}", f"--bounding-set={caps}"]
    # In a user namespace of its own, so that the test needs no root; securebits take root's special treatment away.
    command += ["--securebits=+noroot,+noroot_locked", sys.executable, "-c", BIND_PRIVILEGED]
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(said)


TOML = '[[archive]]\nid = "pacs"\nhost = "10.0.0.1"\nport = 104\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n'


def test_the_data_directory_is_private_and_has_one_supervisor(tmp_path: Path) -> None:
    (tmp_path / "leadglass.toml").write_text(TOML)
    configuration = load(tmp_path / "leadglass.toml")
    lock = prepare(configuration)
    try:
        for directory in configuration.data.directories(configuration.writers):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700, directory
        assert configuration.data.lock.read_text() == f"{os.getpid()}\n"
        with pytest.raises(DirectoryError, match=f"already runs .*process {os.getpid()}"):
            prepare(configuration)
    finally:
        os.close(lock)
    os.close(prepare(configuration))


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "leadglass.toml").write_text(TOML + '[site]\ndata = "file/var"\n')
    (tmp_path / "file").touch()
    with pytest.raises(DirectoryError, match="Not a directory"):
        prepare(load(tmp_path / "leadglass.toml"))
