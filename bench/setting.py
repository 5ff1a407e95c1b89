"""The setting measures run in: sides, answerers, loads. Never measures by itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import BenchError, Process, run_json
from bench.sides import ARCHIVE, CALLING, TLS, Side

GENERATOR = "bench.peers.generator"
LOAD_SECONDS = 180.0
READY_SECONDS = 30.0


@dataclass(slots=True)
class Setting:
    """What a measure finds in place.

    Attributes:
        directory: on a real disk, this run's own.
        quick: a smoke run: few instances, one round, nothing judged.
        processes: what is stopped at the end; a measure may add its own.
        subject: the side that is judged, Leadglass (a smoke run may put HAProxy there).
        archives: by called title, the port of the archive itself.
        kept: what the answerer of the mixed load says it kept.
    """

    directory: Path
    quick: bool
    processes: list[Process]
    direct: Side
    haproxy: Side
    tuned: Side
    subject: Side
    archives: dict[str, int]
    kept: Path

    def size(self, full: int, quick: int) -> int:
        """``full``, or ``quick`` in a smoke run."""
        return quick if self.quick else full

    @property
    def rounds(self) -> range:
        """Interleaved rounds."""
        return range(self.size(5, 1))

    def turn(self, number: int, sides: Sequence[Side]) -> list[Side]:
        """The sides in the order of a round: each begins in turn, so none always runs first."""
        start = number % len(sides)
        return [*sides[start:], *sides[:start]]

    def wait_ready(self) -> None:
        """Waits until an echo goes through the subject, at most `READY_SECONDS`: its listeners open before its workers.

        Raises:
            BenchError: none did.
        """
        end = time.monotonic() + READY_SECONDS
        while True:
            try:
                self.load("echo", self.subject, count=4, concurrent=4)
            except BenchError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
            else:
                return

    def arguments(self, load: str, side: Side, title: str = ARCHIVE, **options: object) -> list[str]:
        """The generator's arguments; ``tls=True`` among the options takes the side's TLS port."""
        secure = options.pop("tls", False)
        port = (side.secure if secure else side.ports)[title]
        said = [load, "--port", str(port), "--calling", CALLING, "--called", title]
        said += ["--seconds", str(LOAD_SECONDS)]
        if secure:
            said += ["--tls", str(self.directory / TLS)]
        for name, value in options.items():
            said += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return said

    def load(self, load: str, side: Side, title: str = ARCHIVE, **options: object) -> Any:
        """Runs one load through ``side`` to its end; what the generator saw."""
        arguments = self.arguments(load, side, title, **options)
        return run_json(GENERATOR, *arguments, seconds=LOAD_SECONDS + 30, log=self.directory / "generator.log")
