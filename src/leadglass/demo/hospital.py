"""The demonstration hospital as values, read from ``hospital.toml``. Names no real person; does nothing."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Literal

import msgspec

from leadglass.demo.ports import LOOPBACK
from leadglass.model.peer import ANY, Peer
from leadglass.wire.dicom.uids import uid_of


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up patient: Patient ID, Patient's Name, Patient's Sex, Patient's Birth Date (DA)."""

    id: str
    name: str
    sex: str
    birth: str


@dataclass(frozen=True, slots=True)
class Device:
    """A device.

    Attributes:
        id: of its peer in the registry.
        title: AE title it calls with.
        description: for people.
        operations: what the registry permits.
        permitted: keywords of the SOP classes the registry permits; empty permits all.
        sends: keywords of the SOP classes of one examination's instances, in order.
        known: False for the device nobody approved.
        receives: it listens: a destination of C-MOVE.
    """

    id: str
    title: str
    description: str = ""
    operations: tuple[str, ...] = ("C-ECHO", "C-STORE")
    permitted: tuple[str, ...] = ()
    sends: tuple[str, ...] = ()
    known: bool = True
    receives: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a device does."""

    device: str
    does: Literal["echo", "store", "find", "retrieve"]


@dataclass(frozen=True, slots=True)
class Hospital:
    """All of it; ``called`` is the AE title of the archive, ``step`` what happens in turn."""

    called: str
    patients: tuple[Person, ...]
    device: tuple[Device, ...]
    step: tuple[Step, ...]

    def named(self, device: str) -> Device:
        """The device of an id.

        Raises:
            StopIteration: there is none.
        """
        return next(one for one in self.device if one.id == device)


def hospital() -> Hospital:
    """The shipped one."""
    text = resources.files("leadglass.demo").joinpath("hospital.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Hospital)


def peers(of: Hospital, workstation: int) -> tuple[Peer, ...]:
    """The registry the demonstration starts with: the devices that are known. The one that receives has a port."""
    return tuple(
        Peer(
            device.id,
            device.title,
            ("127.0.0.1/32",),
            operations=device.operations,
            sop_classes=tuple(uid_of(keyword) for keyword in device.permitted) or (ANY,),
            description=device.description,
            plain=True,
            host=LOOPBACK if device.receives else "",
            port=workstation if device.receives else 0,
        )
        for device in of.device
        if device.known
    )
