"""One gateway with real peers behind it for all tests of this folder. Tests that break a gateway start their own."""

from __future__ import annotations

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


@pytest.fixture
def gateway(house: House) -> Gateway:
    return house.gateway


@pytest.fixture
def script(house: House) -> ScriptedArchive:
    return house.script
