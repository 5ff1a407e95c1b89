"""The steady traffic: one step of the hospital's day after the other. Judges no answer."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydicom import dcmread

from leadglass.demo.hospital import Hospital, Step
from leadglass.demo.objects import examination
from leadglass.demo.players import Players


class Traffic:
    """What the devices do.

    Args:
        of: the hospital.
        players: who plays its devices.
        port: of the gateway.
        outbox: holds the instances of one examination at a time.
        workstation: port on which a device that retrieves listens.
        clock: local time.
    """

    def __init__(
        self,
        of: Hospital,
        players: Players,
        port: int,
        outbox: Path,
        workstation: int,
        clock: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._hospital = of
        self._players = players
        self._port = port
        self._outbox = outbox
        self._workstation = workstation
        self._study = ""  # the last one that went through
        self._clock = clock
        self._steps = itertools.cycle(of.step)
        self._patients = itertools.cycle(of.patients)
        self._accession = int(clock().timestamp()) % 10_000_000  # seven digits, as they stand in Accession Number

    def step(self) -> Step:
        """Do what comes next; the step done."""
        step = next(self._steps)
        device = self._hospital.named(step.device)
        called = self._hospital.called
        try:
            if step.does == "echo":
                self._players.echo(device.title, called, self._port)
            elif step.does == "find":
                self._players.find(device.title, called, self._port)
            elif step.does == "retrieve":
                self._empty()
                if self._study:
                    self._players.retrieve(
                        device.title, called, self._port, self._study, self._workstation, self._outbox
                    )
            else:
                self._empty()
                self._accession += 1
                files = examination(device, next(self._patients), self._clock(), self._accession, self._outbox)
                self._players.store(device.title, called, self._port, files)
                if device.known and "CTImageStorage" in device.sends:
                    self._study = str(dcmread(files[0], specific_tags=["StudyInstanceUID"]).StudyInstanceUID)
        except subprocess.TimeoutExpired:
            pass  # a gateway that hangs shows on its own pages; the next device tries
        return step

    def _empty(self) -> None:
        shutil.rmtree(self._outbox, ignore_errors=True)
        self._outbox.mkdir(parents=True)
