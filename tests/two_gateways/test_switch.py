"""docs/how-to/two-gateways.md, tried: two gateways behind one address, and the one that has it dies."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from bench.accounting import read_ledger
from tests.peers.processes import program
from tests.postgresql import Server
from tests.two_gateways.network import GATEWAYS, HOSPITAL, SHARED, Network

from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.registrar.client import RegistrarClient

pytestmark = pytest.mark.timeout(400)

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "two-gateways.md"
PORT, ARCHIVE = 11_112, 4_242
DEVICES = ("CT1", "MR1")
DEADLINE = 120.0


def keepalived_text(name: str, reload: str) -> str:
    """The how-to's configuration for gateway a or b."""
    (text,) = re.findall(r"```keepalived\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    if name == "b":
        own, other = GATEWAYS.values()
        text = text.replace(own, "OWN").replace(other, own).replace("OWN", other).replace("leadglass_a", "leadglass_b")
    assert "/usr/bin/systemctl reload leadglass" in text
    return str(text).replace("/usr/bin/systemctl reload leadglass", reload)  # no systemd in a namespace


def until(condition: Callable[[], object], *machines: Machine) -> None:
    """Wait; where it takes too long, what the machines say."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "\n".join(machine.words()[-3_000:] for machine in machines)
        time.sleep(0.1)


class Machine:
    """One gateway and its keepalived."""

    def __init__(self, network: Network, name: str, directory: Path, url: str, password: Path) -> None:
        self.name, self.directory = name, directory / name
        self.directory.mkdir()
        self._network, self._starts = network, 0
        self.file = self.directory / "leadglass.toml"
        self.file.write_text(
            '[site]\nname = "Two"\ndata = "data"\n[gateway]\nworkers = 1\n'
            f'[[listener]]\naddress = "::"\nport = {PORT}\n'
            f'[[archive]]\nid = "pacs"\nhost = "{HOSPITAL}"\nport = {ARCHIVE}\n'
            '[[route]]\ncalled = "PACS"\narchive = "pacs"\nmode = "enforce"\n'
            f'[timers]\ndrain = 2\n[state]\nurl = "{url}"\npassword_file = "{password}"\n'
        )
        self.data = load(self.file).data
        self.client = RegistrarClient(self.data.registrar_socket, timeout=10)
        reload = f"/bin/sh -c '/usr/bin/xargs /bin/kill -HUP < {self.data.run / 'supervisor.pid'}'"
        (self.directory / "keepalived.conf").write_text(keepalived_text(name, reload))

    def leadglass(self) -> None:
        command = (sys.executable, "-m", "leadglass", "--config", self.file, "up")
        self._process = self._network.start(self.name, self.directory / "log", *command)

    def ready(self) -> bool:
        try:
            status = self.client.status()
        except LeadglassError:
            return False
        return len(status.workers) == 1 and len(status.children) == 4 and status.workers[0].generation > 0

    def keepalived(self) -> None:
        self._starts += 1  # where /run is empty after a start, here it is not
        files = [f"--{kind}={self.directory / kind}.{self._starts}" for kind in ("pid", "vrrp_pid")]
        self._network.start(
            self.name, self.directory / "keepalived.log", program("keepalived"), "--dont-fork", "--log-console",
            "--vrrp", f"--use-file={self.directory / 'keepalived.conf'}", *files,
        )  # fmt: skip

    def has_address(self) -> bool:
        return f"{SHARED}/" in self._network.addresses(self.name)

    def cli(self, *words: str) -> str:
        return self._network.run(self.name, sys.executable, "-m", "leadglass", "--config", self.file, *words)

    def stop(self) -> None:
        """SIGTERM, and wait for its end: the ledger is whole then."""
        self._network.run(self.name, "sh", "-c", f"kill $(cat {self.data.run / 'supervisor.pid'})")
        status = self._process.wait(60)
        assert status == 0, f"{self.name} ended with {status}\n{self.words()[-3_000:]}"

    def words(self) -> str:
        files = (self.directory / "log", self.directory / "keepalived.log")
        return "".join(file.read_text() for file in files if file.exists())


Outcomes = dict[str, list[tuple[str, int]]]


@dataclass(frozen=True)
class Ending:
    """How it ended.

    Attributes:
        told: instances told Success, in order, with the device's title.
        kept: SOP Instance UIDs in the archive.
        first, second: outcomes in the ledgers of the gateway that died first, and of the other.
        switched_at, back_at: how many had been told Success when the first died, and when the second did.
        stayed: the other kept the address when the first came back.
    """

    told: list[tuple[str, str]]
    kept: set[str]
    first: Outcomes
    second: Outcomes
    switched_at: int
    back_at: int
    stayed: bool


def told(file: Path) -> list[tuple[str, str]]:
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [(title, uid) for title, uid, word in lines if word == "0000"]


def new_device(machine: Machine, title: str) -> None:
    machine.cli(
        "peer", "add", title.lower(), "--title", title, "--network", f"{HOSPITAL}/32", "--plain",
        "--operation", "C-STORE",
    )  # fmt: skip


@pytest.fixture(scope="module")
def ending(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Ending:
    directory = tmp_path_factory.mktemp("two")
    database = postgresql.database()
    assert database.password_file is not None
    kept, file = directory / "kept", directory / "told"
    kept.mkdir()
    with Network(directory) as network:
        a, b = (Machine(network, name, directory, database.url, database.password_file) for name in GATEWAYS)
        network.start(
            "", directory / "archive.log", program("storescp"), "--fork", "-dhl", "+B", "+xa", "-od", kept, ARCHIVE
        )
        for machine in (a, b):
            machine.leadglass()
        until(lambda: a.ready() and b.ready(), a, b)
        for title in DEVICES:
            new_device(a, title)  # on one gateway only: the other learns of it when it takes over
        a.keepalived()
        until(a.has_address, a)
        b.keepalived()
        devices = network.start(
            "",
            directory / "devices.log",
            sys.executable,
            "-m",
            "tests.two_gateways.devices",
            SHARED,
            PORT,
            file,
            *DEVICES,
        )
        until(lambda: len(told(file)) > 40, a)

        network.power_off("a")
        before = len(told(file))
        until(b.has_address, b)
        until(lambda: len(told(file)) > before + 40, b)
        network.power_on("a")
        a.leadglass()
        until(a.ready, a)
        a.keepalived()
        until(lambda: "Entering BACKUP STATE" in a.words().rpartition("Starting VRRP")[2], a)
        stayed = b.has_address() and not a.has_address()

        back = len(told(file))
        network.kill("b", "leadglass")  # its keepalived lives, and gives the address up
        until(lambda: a.has_address() and not b.has_address(), a, b)
        until(lambda: len(told(file)) > back + 40, a)
        assert devices.stdin is not None
        devices.stdin.close()
        devices.wait(60)
        b.leadglass()
        until(b.ready, b)
        for machine in (a, b):
            machine.stop()
    first, second = (read_ledger(machine.data.ledger).outcomes for machine in (a, b))
    names = {path.name.partition(".")[2] for path in kept.iterdir()}
    return Ending(told(file), names, first, second, before, back, stayed)


def test_devices_store_before_and_after_each_switch(ending: Ending) -> None:
    for first, last in ((0, ending.switched_at), (ending.switched_at + 1, ending.back_at), (ending.back_at + 1, None)):
        assert {title for title, _ in ending.told[first:last]} == set(DEVICES)


def test_nothing_acknowledged_is_lost(ending: Ending) -> None:
    assert not {uid for _, uid in ending.told} - ending.kept


def test_everything_acknowledged_is_on_record_in_the_ledger_of_the_gateway_that_said_so(ending: Ending) -> None:
    both = [ending.first, ending.second]
    for _, uid in ending.told:
        assert [ledger[uid] for ledger in both if uid in ledger] == [[("success", 0)]], uid


def test_what_no_device_was_told_of_is_on_record_too(ending: Ending) -> None:
    """In the archive, its gateway dead before the device heard of it: as its outcome was written, or unknown."""
    untold = ending.kept - {uid for _, uid in ending.told}
    for uid in untold:
        (outcomes,) = (ledger[uid] for ledger in (ending.first, ending.second) if uid in ledger)
        assert {word for word, _ in outcomes} <= {"success", "unknown"}


def test_a_gateway_that_comes_back_leaves_the_address_where_it_is(ending: Ending) -> None:
    assert ending.stayed


def test_keepalived_checks_what_the_how_to_says() -> None:
    a, b = keepalived_text("a", "reload"), keepalived_text("b", "reload")
    for text in (a, b):
        assert text.count("10.99.0.11") == text.count("10.99.0.12") == 1
        assert f":{PORT}" in text
    assert a != b
