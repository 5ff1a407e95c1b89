"""The script of the day: who takes part, what they make, and the list of steps of `day.toml`. It plays nothing."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("day.toml")
_ROOT = "1.2.826.0.1.3680043.10.1111"  # of the UIDs made here; the same in every run, so that runs compare


@dataclass(frozen=True)
class Device:
    """A peer. ``receives`` "" is one that nobody calls."""

    title: str
    tool: str
    receives: str = ""


@dataclass(frozen=True)
class Study:
    """One study of one series."""

    name: str
    number: int
    patient: str
    person: str
    sop_class: str
    instances: int
    pixels: int

    @property
    def uid(self) -> str:
        return f"{_ROOT}.1.{self.number}"

    @property
    def series(self) -> str:
        return f"{_ROOT}.2.{self.number}"

    @property
    def procedure_step(self) -> str:
        """SOP Instance UID of its MPPS."""
        return f"{_ROOT}.4.{self.number}"

    @property
    def accession(self) -> str:
        return f"A{self.number:06d}"

    def instance(self, number: int) -> str:
        """SOP Instance UID of instance 1, 2 …"""
        return f"{_ROOT}.3.{self.number}.{number}"

    def values(self) -> dict[str, str]:
        """What stands for the place holders of a step."""
        return {
            "patient": self.patient, "name": self.person, "study": self.uid, "series": self.series,
            "instance": self.instance(1), "accession": self.accession,
        }  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One operation of one peer, place holders filled in.

    Attributes:
        name: unique within the day.
        number: from 1; also its Message ID.
        does: "echo", "worklist", "find", "move", "get", "store", "commit", "mpps-create", "mpps-set", "cancel-find",
            "cancel-move".
        at: called title.
        to: Move Destination.
        status: Performed Procedure Step Status.
        transaction: Transaction UID.
    """

    name: str
    number: int
    hour: int
    peer: str
    does: str
    at: str
    study: Study
    root: str = ""
    keys: dict[str, Any] = field(default_factory=dict)
    to: str = ""
    status: str = ""
    transaction: str = ""


@dataclass(frozen=True)
class Script:
    """The whole day."""

    devices: dict[str, Device]
    studies: dict[str, Study]
    steps: tuple[Step, ...]

    def hours(self) -> list[list[Step]]:
        """The steps by hour."""
        return [list(group) for _, group in itertools.groupby(self.steps, lambda step: step.hour)]


def _filled(value: Any, values: dict[str, str]) -> Any:
    if isinstance(value, str):
        return value.format_map(values)
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    return value


def read(path: Path = PATH) -> Script:
    """The script in ``path``."""
    table = tomllib.loads(path.read_text("utf-8"))
    devices = {
        title: Device(title, row["tool"], row.get("receives", "")) for row in table["device"] for title in row["titles"]
    }
    studies = {name: Study(name, number, *row) for number, (name, row) in enumerate(table["studies"].items(), start=1)}
    steps: list[Step] = []
    for row in table["step"]:
        peers = table["groups"][row["peers"]] if isinstance(row["peers"], str) else row["peers"]
        for peer in peers:
            for name in row.get("of", [peer]):
                study = studies.get(name, studies["ABSENT"])
                number = len(steps) + 1
                values = {"peer": peer} | study.values()
                step = Step(
                    f"{number:03d} {row['hour']:02d}h {peer} {row['does']} {row['at']} {name}",
                    number, row["hour"], peer, row["does"], row["at"], study, row.get("root", ""),
                    status=row.get("status", ""), transaction=f"{_ROOT}.5.{number}",
                )  # fmt: skip
                keys = _filled(row.get("keys", {}), values)
                steps.append(replace(step, keys=keys, to=row.get("to", "").format_map(values)))
    return Script(devices, studies, tuple(steps))
