"""Plays the day against addresses, on fresh archives, and takes its end state. It compares nothing."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from tests.department.archives import TITLES, archives
from tests.department.comparison import Day, Outcome
from tests.department.devices import Devices, devices
from tests.department.link import Address
from tests.department.objects import write_studies
from tests.department.script import Script, Step
from tests.department.with_dcmtk import PLAYS as DCMTK_PLAYS
from tests.department.with_dcmtk import DcmtkPlayer
from tests.department.with_pynetdicom import PynetdicomPlayer
from tests.department.with_sockets import PLAYS as SOCKETS_PLAY
from tests.department.with_sockets import SocketPlayer

HOST = "127.0.0.1"
Between = Callable[[Mapping[str, int], Mapping[str, int]], AbstractContextManager[Address]]
"""Given the ports of archives and devices, what stands between them: one address for all titles."""


def reserved_ports(titles: Iterable[str]) -> dict[str, int]:
    """A free port for each, below those that the kernel gives to outgoing connections: still free when it is taken."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found: dict[str, int] = {}
    for title in titles:
        port = 0
        while not port or port in found.values() or not _free(port):
            port = secrets.randbelow(lowest - 10_000) + 10_000
        found[title] = port
    return found


def _free(port: int) -> bool:
    with socket.socket() as end:
        return end.connect_ex((HOST, port)) != 0


def day(directory: Path, script: Script, between: Between | None = None) -> Day:
    """Play it.

    Args:
        directory: fresh.
        script: the steps.
        between: None plays it directly.
    """
    listening = [device.title for device in script.devices.values() if device.receives]
    reserved = reserved_ports([*TITLES, *listening])
    ports, own = {title: reserved[title] for title in TITLES}, {title: reserved[title] for title in listening}
    files = write_studies(script, directory / "made")
    with ExitStack() as stack:
        house = stack.enter_context(devices(directory / "devices", script, own))
        outside = {title: (HOST, port) for title, port in ports.items()}
        inside = {title: (HOST, port) for title, port in own.items()}
        if between is not None:
            address = stack.enter_context(between(ports, own))
            outside, inside = dict.fromkeys(ports, address), dict.fromkeys(own, address)
        behind = stack.enter_context(archives(directory, script, ports, inside))
        outcomes = _play(script, outside, own, files, house)
        return Day(outcomes, behind.places() | house.places(), house.received())


def _play(
    script: Script, addresses: dict[str, Address], own: dict[str, int], files: dict[str, list[Path]], house: Devices
) -> dict[str, Outcome]:
    """Hour by hour; in each, every peer plays its steps in their order, beside the others."""
    pynetdicom, sockets = PynetdicomPlayer(addresses, files, house), SocketPlayer(addresses)
    dcmtk = DcmtkPlayer(addresses, own, files, house)

    def play(steps: list[Step]) -> dict[str, Outcome]:
        found = {}
        for step in steps:
            with_dcmtk = script.devices[step.peer].tool == "dcmtk" and step.does in DCMTK_PLAYS
            player = sockets if step.does in SOCKETS_PLAY else dcmtk if with_dcmtk else pynetdicom
            try:
                found[step.name] = player.play(step)
            except Exception as fault:  # noqa: BLE001 (an association that broke is an end to compare, like any other)
                found[step.name] = Outcome((f"broke off: {fault!r}",))
        return found

    outcomes: dict[str, Outcome] = {}
    with ThreadPoolExecutor(len(script.devices)) as pool:
        for hour in script.hours():
            peers = dict.fromkeys(step.peer for step in hour)
            for found in pool.map(play, [[step for step in hour if step.peer == peer] for peer in peers]):
                outcomes |= found
    return outcomes
