"""A small hospital to judge: peers, archives, and times with names."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from leadglass.model.generation import Generation
from leadglass.model.peer import Hours, Peer
from leadglass.model.route import Archive, Route, Settings
from leadglass.policy import defaults
from leadglass.policy.source import join

Value = TypeVar("Value")


def replace(value: Value, **changes: Any) -> Value:
    """A copy with changes, of a dataclass or of a struct."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changes)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]  # one or the other


ZONE = ZoneInfo("Europe/Amsterdam")
VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
WORKLIST = "1.2.840.10008.5.1.4.31"
MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"
PRIVATE = "1.3.46.670589.11.0.0.12.1"

WEEKDAYS = Hours((1, 2, 3, 4, 5), 7 * 60, 19 * 60)
NIGHTS = Hours((5, 6), 22 * 60, 6 * 60)

CT2 = Peer("ct2", "CT2", ("10.2.0.0/16",), "approved", ("C-ECHO", "C-STORE"), (CT,), ("pacs",), (WEEKDAYS,), plain=True)
WORKSTATION = Peer("ws", "WS", ("10.3.0.0/16",), operations=("*",), plain=True)
BLOCKED = Peer("rogue", "ROGUE", ("10.9.0.1",), "blocked", operations=("*",))
ARCHIVES = (Archive("pacs", "10.20.0.5", 4242, "ORTHANC"), Archive("test", "10.20.0.6", 4242, "TESTPACS"))
ROUTES = (Route("PACS", "pacs"), Route("TEST", "test"))


def generation(*peers: Peer, policies: str = "", zone: str = "Europe/Amsterdam") -> Generation:
    """A generation of these peers, by default CT2, WORKSTATION and BLOCKED."""
    return Generation(
        7,
        zone,
        Settings(),
        ARCHIVES,
        ROUTES,
        peers or (CT2, WORKSTATION, BLOCKED),
        policies or defaults(),
        "",
    )


def with_own(text: str) -> str:
    """The shipped policies and a hospital's own file."""
    return defaults() + join([("own.cedar", text)])


def local(text: str) -> datetime:
    """An instant by the hospital's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


TUESDAY_MORNING = local("2026-11-24T10:00")
TUESDAY_NIGHT = local("2026-11-24T03:00")
EPOCH = datetime.fromtimestamp(0, UTC)
