"""One gateway with real peers behind it for all tests of this folder. Tests that break a gateway start their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.gateway.running import IMPATIENT_TIMERS, Gateway, peer
from tests.peers.processes import Orthanc, free_port, orthanc, storescp
from tests.peers.scripted import ScriptedArchive

from leadglass.model.peer import Hours

ENFORCE = 'mode = "enforce"\n'
ROUTES = {
    "PACS": 'archive = "orthanc"\n' + ENFORCE,
    "OBSERVE": 'archive = "orthanc"\nmode = "observe"\n',
    "ALERT": 'archive = "orthanc"\nmode = "alert"\n',
    "KEEPER": 'archive = "keeper"\n' + ENFORCE,
    "SCRIPT": 'archive = "script"\n' + ENFORCE,
    "REFUSE": 'archive = "script"\nunreadable_head = "refuse"\n' + ENFORCE,
    "MAPPED": 'archive = "script"\ncalled_as = "ARCHIVE"\ncalling_as = "GATEWAY"\n' + ENFORCE,
    "DOWN": 'archive = "down"\n' + ENFORCE,
}
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"

PEERS = (
    peer("STORER"),
    peer("ECHOER", "C-ECHO"),
    peer("SENDER", "C-STORE"),
    peer("CTONLY", sop_classes=(CT_IMAGE,)),
    peer("LIMITED", max_associations=1),
    peer("BLOCKED", status="blocked"),
    peer("ELSEWHERE", networks=("10.1.2.3/32",)),
    peer("NEVER", hours=(Hours((1,), 0, 1),)),
)


@dataclass(frozen=True)
class House:
    """The gateway and what stands behind it."""

    gateway: Gateway
    orthanc: Orthanc
    keeper: Path
    script: ScriptedArchive


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    script = ScriptedArchive()
    ports = {"orthanc": free_port(), "keeper": free_port(), "script": script.port, "down": free_port()}
    gateway = Gateway(directory / "gateway", ports, ROUTES, peers=PEERS)
    try:
        with (
            orthanc(directory / "orthanc", "PACS", ports["orthanc"]) as archive,
            storescp(directory / "keeper", ports["keeper"]) as keeper,
        ):
            yield House(gateway.wait_ready(), archive, keeper, script)
    finally:
        gateway.destroy()
        script.close()


@pytest.fixture(scope="session")
def impatient(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of one worker with short timers, in front of the scripted archive."""
    gateway = Gateway(
        tmp_path_factory.mktemp("impatient"),
        {"script": house.script.port},
        {"SCRIPT": ROUTES["SCRIPT"]},
        peers=(peer("STORER"),),
        timers=IMPATIENT_TIMERS,
        workers=1,
    )
    try:
        yield gateway.wait_ready()
    finally:
        gateway.destroy()


@dataclass(frozen=True)
class Frail:
    """A gateway whose ledger stands still from the start. ``down`` is the port of an archive nobody has started."""

    gateway: Gateway
    script: ScriptedArchive
    down: int


@pytest.fixture(scope="session")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frail]:
    """One worker, a journal as small as it may be, few associations; its ledger is stopped once all runs."""
    script, down = ScriptedArchive(), free_port()
    to_script = 'archive = "script"\n' + ENFORCE
    gateway = Gateway(
        tmp_path_factory.mktemp("frail"),
        {"script": script.port, "later": down},
        {
            "OPEN": to_script,
            "CLOSED": to_script + 'store_failure = "closed"\n',
            "DOWN": 'archive = "later"\n' + ENFORCE,
        },
        peers=(peer("STORER"), peer("ASKER", "*")),
        more="[limits]\nassociations = 6\n[journal]\nsegment_bytes = 1048576\nreserve = 2\nlimit_bytes = 16777216\n",
        workers=1,
    )
    try:
        gateway.wait_ready()
        os.kill(gateway.children()["ledger"], signal.SIGSTOP)
        yield Frail(gateway, script, down)
    finally:
        gateway.destroy()
        script.close()


@pytest.fixture(scope="session", autouse=True)
def _ahead(request: pytest.FixtureRequest) -> None:
    """A checkpoint is late after a minute: where tests will ask for that, the minute begins before the others."""
    if any("frail" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("frail")


@pytest.fixture
def gateway(house: House) -> Gateway:
    return house.gateway


@pytest.fixture
def script(house: House) -> ScriptedArchive:
    return house.script
