"""A disk that is really full: declared behaviour, shown while it lasts, and nothing acknowledged is lost after it.

The tests follow one another: the disk is filled in the first and freed in the third.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import ENFORCE
from tests.gateway.filling import fill
from tests.gateway.record import Record
from tests.gateway.running import DEADLINE, Gateway
from tests.peers.caller import Caller, ct_image, new_uid, rejection
from tests.peers.scripted import ScriptedArchive

from leadglass.config import DataDirectory
from leadglass.registrar.client import RegistrarClient

SIZE = 48 << 20  # five journals of three small segments, and room for a ledger
JOURNAL = "[journal]\nsegment_bytes = 1048576\nreserve = 2\nlimit_bytes = 16777216\n"
MOUNT = 'mount -t tmpfs -o size="$1" none "$0" && echo ready && exec sleep infinity'


class OnASmallDisk(Gateway):
    """A gateway whose data directory is a file system of its own, in a mount namespace, made without being root."""

    def __init__(self, directory: Path, *arguments: Any, **more: Any) -> None:
        data = directory / "data"
        data.mkdir()
        self._holder = subprocess.Popen(
            ("unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, data, str(SIZE)),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == "ready\n", "no file system of one's own can be mounted here"
        self.disk = Path(f"/proc/{self._holder.pid}/root{data}")  # the same, from outside
        super().__init__(directory, *arguments, **more)

    def start(self) -> subprocess.Popen[bytes]:
        self.data = DataDirectory(self.disk)
        self.client = RegistrarClient(self.data.registrar_socket, timeout=10)
        self.record = Record(self.data.ledger)
        added = self.cli("peer", "add", "storer", "--title", "STORER", "--network", "127.0.0.0/8", "--plain")
        assert added.returncode == 0, added.stderr
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._inside("up"), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=os.environ
            )
        return self.process

    def _inside(self, *arguments: str) -> tuple[str, ...]:
        enter = ("nsenter", "--target", str(self._holder.pid), "--user", "--mount", "--preserve-credentials")
        return (*enter, sys.executable, "-m", "leadglass", "--config", str(self.file), *arguments)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self._inside(*arguments), capture_output=True, text=True, timeout=DEADLINE, check=False)

    def fill(self) -> Path:
        """Take every free byte; the file that holds them."""
        ballast = self.disk / "ballast"
        descriptor = os.open(ballast, os.O_CREAT | os.O_WRONLY)
        try:
            for size in (1 << 20, 4096, 1):
                with suppress(OSError):
                    while True:
                        os.write(descriptor, bytes(size))
        finally:
            os.close(descriptor)
        return ballast

    def destroy(self) -> None:
        super().destroy()
        self._holder.kill()
        self._holder.wait()


@dataclass
class Full:
    """The gateway, its archive, two associations from before the fault, and what they were told Success of."""

    gateway: OnASmallDisk
    archive: ScriptedArchive
    open_flow: Caller
    closed_flow: Caller
    told: list[str] = field(default_factory=list)
    ballast: Path = Path()


@pytest.fixture(scope="module")
def full() -> Iterator[Full]:
    directory = Path(tempfile.mkdtemp(prefix="lg"))  # short: a socket's path has a bound
    archive = ScriptedArchive()
    to_script = 'archive = "script"\n' + ENFORCE
    gateway = OnASmallDisk(
        directory,
        {"script": archive.port},
        {"OPEN": to_script, "CLOSED": to_script + 'store_failure = "closed"\n'},
        more=JOURNAL,
        workers=1,
    )
    try:
        gateway.wait_ready()
        gateway.wait(lambda: gateway.http("/healthz")[0] == 200, "the console answers")
        with (
            Caller(gateway.port, "STORER", "OPEN") as open_flow,
            Caller(gateway.port, "STORER", "CLOSED") as closed_flow,
        ):
            yield Full(gateway, archive, open_flow.associate(), closed_flow.associate())
    finally:
        gateway.destroy()
        archive.close()
        shutil.rmtree(directory, ignore_errors=True)


def test_a_full_disk_is_shown_as_soon_as_the_journals_reserve_is_used_up(full: Full) -> None:
    gateway = full.gateway
    full.told.append(_stored(full.open_flow))
    full.ballast = gateway.fill()
    with pytest.raises(OSError) as fault:  # noqa: PT011 (which one is asserted below)
        (gateway.disk / "one-more").write_bytes(bytes(4096))
    assert fault.value.errno == errno.ENOSPC
    while "recording-impaired" not in gateway.unhealthy():
        fill(gateway.port, 40)
        full.told += [_stored(full.open_flow) for _ in range(5)]
    assert "no space left" in gateway.unhealthy()["recording-impaired"]
    gateway.wait(lambda: {"ledger-error", "checkpoint-late"} & set(gateway.unhealthy()), "the ledger says so too")
    assert "cannot record" in gateway.cli("status").stdout


def _stored(caller: Caller) -> str:
    instance = new_uid()
    assert caller.store(instance) == 0
    return instance


def test_while_it_is_full_the_open_flow_goes_on_and_the_closed_one_says_a700(full: Full) -> None:
    passed, refused = new_uid(), new_uid()
    assert full.open_flow.store(passed) == 0
    assert passed in full.archive.kept
    assert full.closed_flow.store(refused, ct_image(refused, size=300_000)) == 0xA700
    assert refused not in full.archive.kept
    with Caller(full.gateway.port, "STORER", "CLOSED") as caller:
        assert rejection(caller.request()) == "2/3/2"
    with Caller(full.gateway.port, "NOBODY", "OPEN") as caller:
        assert rejection(caller.request()) == "1/1/3", "open waives the record, never a decision"


def test_freed_it_recovers_by_itself_and_says_what_was_waived(full: Full) -> None:
    gateway = full.gateway
    full.ballast.unlink()
    (impaired,) = gateway.wait_recorded("recording-impaired")
    assert "no space left" in impaired.body.reason
    assert impaired.body.waived >= 1
    assert impaired.body.refused >= 1
    assert full.closed_flow.store() == 0
    full.closed_flow.release()
    full.open_flow.release()
    gateway.wait(lambda: not gateway.unhealthy(), "all is well again")


def test_nothing_that_was_acknowledged_is_lost_and_the_record_proves_itself(full: Full) -> None:
    """What was told Success is in the archive; what is not on record of it was counted as waived."""
    gateway = full.gateway
    gateway.wait_recorded("transfer-closed", called="OPEN")
    outcomes = gateway.record.outcomes()
    assert set(full.told) <= set(full.archive.kept)
    missing = [instance for instance in full.told if ("success", 0) not in outcomes.get(instance, [])]
    (impaired,) = gateway.recorded("recording-impaired")
    assert len(missing) <= impaired.body.waived
    assert missing == full.told[len(full.told) - len(missing) :], "only the last ones, after the reserve was used up"
    assert not gateway.recorded("record-gap")
    said = gateway.cli("audit", "verify", "--json")
    assert said.returncode == 0, said.stdout + said.stderr
