"""Leadglass between devices and archives of the department, enforcing, four workers. It judges nothing of the day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.department.archives import TITLES
from tests.department.link import Address
from tests.department.play import HOST, Between
from tests.department.script import Script
from tests.gateway.running import Gateway, peer

WORKERS = 4
_MODALITY = ("C-ECHO", "C-FIND", "C-STORE", "N-CREATE", "N-SET", "N-ACTION", "N-EVENT-REPORT")
_WORKSTATION = ("C-ECHO", "C-FIND", "C-MOVE", "C-GET")


def leadglass(directory: Path, script: Script, kept: list[Gateway]) -> Between:
    """Starts it in ``directory``; the running gateway is put into ``kept``."""

    @contextmanager
    def between(archives: Mapping[str, int], devices: Mapping[str, int]) -> Iterator[Address]:
        peers = []
        for title in script.devices:
            modality = title in script.studies or title == "MIGRATE"
            listens = {"host": HOST, "port": devices[title]} if title in devices else {}
            peers.append(peer(title, *(_MODALITY if modality else _WORKSTATION), **listens))
        gateway = Gateway(
            directory,
            {},
            {title: f'archive = "{title.lower()}"\nmode = "enforce"\n' for title in TITLES},
            peers=tuple(peers),
            more="".join(
                f'[[archive]]\nid = "{title.lower()}"\nhost = "{HOST}"\nport = {archives[title]}\ntitle = "{title}"\n'
                for title in TITLES
            ),
            workers=WORKERS,
        )
        try:
            gateway.wait_ready()
            kept.append(gateway)
            yield HOST, gateway.port
        finally:
            gateway.destroy()

    return between
