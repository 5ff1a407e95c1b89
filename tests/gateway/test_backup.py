"""A backup taken while images flow, put elsewhere, goes on there: proven, and without losing what was told Success."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.gateway.conftest import ENFORCE
from tests.gateway.running import Gateway, peer
from tests.peers.caller import Caller, ct_image, new_uid
from tests.peers.scripted import ScriptedArchive

ROUTES = {"SCRIPT": 'archive = "script"\n' + ENFORCE}


@dataclass
class Senders:
    """Devices that store without end; ``told`` holds what they were told Success of, in order."""

    port: int
    told: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.is_set():
            with Caller(self.port, "STORER", "SCRIPT") as caller:
                caller.associate()
                for _ in range(20):
                    instance = new_uid()
                    assert caller.store(instance, ct_image(instance, patient=instance[-6:])) == 0
                    self.told.append(instance)
                caller.release()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Senders, ScriptedArchive]]:
    """A gateway with small journals, through which images flow all the time."""
    archive = ScriptedArchive()
    gateway = Gateway(
        tmp_path_factory.mktemp("busy"),
        {"script": archive.port},
        ROUTES,
        peers=(peer("STORER"),),
        more="[journal]\nsegment_bytes = 1048576\n",
    )
    senders = Senders(gateway.port)
    threads = [threading.Thread(target=senders.run) for _ in range(2)]
    try:
        gateway.wait_ready()
        for thread in threads:
            thread.start()
        yield gateway, senders, archive
    finally:
        senders.stop.set()
        for thread in threads:
            if thread.ident:
                thread.join(30)
        gateway.destroy()
        archive.close()


def test_a_backup_of_a_running_gateway_goes_on_elsewhere(
    busy: tuple[Gateway, Senders, ScriptedArchive], tmp_path: Path
) -> None:
    gateway, senders, archive = busy
    for number in range(3):  # each at another moment of the ledger
        seen = len(senders.told)
        gateway.wait(lambda seen=seen: len(senders.told) > seen + 100)  # type: ignore[misc]  # mypy cannot infer it
        before = list(senders.told)
        made = gateway.cli("backup", "--json", str(tmp_path / f"backup-{number}"))
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["leaves"] > 0
    verified = gateway.cli("audit", "verify", "--data", str(tmp_path / f"backup-{number}"), "--json")
    assert json.loads(verified.stdout)["clean"], verified.stdout
    _went_on(tmp_path, number, before, archive)


def _went_on(tmp_path: Path, number: int, told: list[str], archive: ScriptedArchive) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / f"backup-{number}", elsewhere / "data")
    restored = Gateway(elsewhere, {"script": archive.port}, ROUTES)
    try:
        restored.wait_ready()
        with Caller(restored.port, "STORER", "SCRIPT") as caller:  # the registry came along
            assert caller.associate().store() == 0
            caller.release()
        restored.wait_recorded("transfer-closed", port=caller.port)
        outcomes = restored.record.outcomes()
        assert [each for each in told if ("success", 0) not in outcomes.get(each, [])] == []
        verified = json.loads(restored.cli("audit", "verify", "--json").stdout)
        assert verified["clean"]
        assert verified["gaps"] == []
    finally:
        restored.destroy()


def test_a_backup_is_whole_or_not_there(busy: tuple[Gateway, Senders, ScriptedArchive], tmp_path: Path) -> None:
    gateway, _, _ = busy
    (tmp_path / "there").mkdir()
    refused = gateway.cli("backup", str(tmp_path / "there"))
    assert refused.returncode == 4
    assert [line.partition(":")[0] for line in refused.stderr.splitlines()] == ["error", "hint"]
    assert list(tmp_path.iterdir()) == [tmp_path / "there"]


def test_a_backup_leaves_out_what_a_start_makes_anew_and_is_for_its_owner_alone(
    busy: tuple[Gateway, Senders, ScriptedArchive], tmp_path: Path
) -> None:
    gateway, _, _ = busy
    assert gateway.cli("backup", str(tmp_path / "copy")).returncode == 0
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert names == {"app", "journal", "ledger", "key", "tls", "relay-keys", "accepted"}
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "copy" / "key" / "ledger.key").stat().st_mode & 0o777 == 0o600
