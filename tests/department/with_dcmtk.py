"""Steps played by DCMTK's tools: what they say of each response is read from their log. It judges nothing."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.department.comparison import Counters, Outcome, counters
from tests.department.devices import Devices
from tests.department.link import Address
from tests.department.script import Step
from tests.department.with_pynetdicom import read_text
from tests.peers.link import DEADLINE
from tests.peers.processes import program

_RESPONSE = re.compile(r"= INCOMING DIMSE MESSAGE =.*?= END DIMSE MESSAGE =", re.DOTALL)
_STATUS = re.compile(r"DIMSE Status +: 0x([0-9a-f]{4})")
_COUNTERS = tuple(
    re.compile(rf"{word} Suboperations +: (\d+)") for word in ("Remaining", "Completed", "Failed", "Warning")
)
_MODEL = {"patient": "-P", "study": "-S"}
PLAYS = {"echo", "worklist", "find", "move", "get", "store"}


class DcmtkPlayer:
    """Plays steps against ``addresses`` of called titles; ``ports`` are the devices' own."""

    def __init__(
        self, addresses: dict[str, Address], ports: dict[str, int], files: dict[str, list[Path]], devices: Devices
    ) -> None:
        self._addresses, self._ports, self._files, self._devices = addresses, ports, files, devices

    def play(self, step: Step) -> Outcome:
        """What came of it."""
        if step.does in {"worklist", "find"}:
            return self._query(step)
        if step.does == "move":
            return self._move(step)
        if step.does == "echo":
            said = self._run("echoscu", step)
            return Outcome(("0000",)) if "Received Echo Response (Success)" in said else _outcome(said, "C-ECHO RSP")
        said = {
            "store": lambda: self._run("storescu", step, "-R", *self._files.get(step.study.name, [])),
            "get": lambda: self._run(
                "getscu", step, _MODEL[step.root], "+B", "-od", self._devices.folder(step.peer), *_keys(step.keys)
            ),
        }[step.does]()
        return _outcome(said, f"C-{step.does.upper()} RSP")

    def _query(self, step: Step) -> Outcome:
        model = "-W" if step.does == "worklist" else _MODEL[step.root]
        with tempfile.TemporaryDirectory() as directory:
            said = self._run("findscu", step, model, "-X", "-od", directory, *_keys(step.keys))
            found = tuple(sorted(map(read_text, Path(directory).iterdir())))
        return _outcome(said, "C-FIND RSP", found)

    def _move(self, step: Step) -> Outcome:
        arguments: list[object] = [_MODEL[step.root], "-aem", step.to]
        if step.to == step.peer in self._devices.on_demand:
            arguments += ["+P", self._ports[step.peer], "+B"]
        return _outcome(self._run("movescu", step, *arguments, *_keys(step.keys)), "C-MOVE RSP")

    def _run(self, tool: str, step: Step, *arguments: object) -> str:
        host, port = self._addresses[step.at]
        options = [item for item in arguments if not isinstance(item, Path) or item.is_dir()]
        files = [item for item in arguments if isinstance(item, Path) and not item.is_dir()]
        command = [program(tool), "-d", "-aet", step.peer, "-aec", step.at, *map(str, options), host, str(port)]
        done = subprocess.run(
            [*command, *map(str, files)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=2 * DEADLINE, check=False,
            cwd=self._devices.folder(step.peer),  # movescu writes what it receives where it runs
            env=os.environ | {"TCP_NODELAY": "1"},
        )  # fmt: skip
        return done.stdout.decode("utf-8", "replace")


def _keys(keys: dict[str, Any], path: str = "") -> Iterator[str]:
    """``-k`` options; an item of a sequence is a path to its keys."""
    for keyword, value in keys.items():
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from _keys(item, f"{path}{keyword}[{number}].")
        else:
            yield from ("-k", f"{path}{keyword}={value}")


def _outcome(said: str, message: str, responses: tuple[str, ...] = ()) -> Outcome:
    blocks = [block for block in _RESPONSE.findall(said) if f": {message}" in block]
    statuses = [found[1].upper() for block in blocks if (found := _STATUS.search(block))]
    return Outcome(
        tuple(statuses) or ("no association" if "Association Accepted" not in said else "no response",),
        counters(map(_counters, blocks)),
        responses,
    )


def _counters(block: str) -> Counters:
    remaining, completed, failed, warnings = (
        int(found[1]) if (found := counter.search(block)) else -1 for counter in _COUNTERS
    )
    return remaining, completed, failed, warnings
