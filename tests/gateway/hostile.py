"""Archives and devices that do what they should not, and a gateway between them. It asserts nothing of the gateway."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.peers import pdus
from tests.gateway.running import PATIENT_TIMERS, Gateway, peer
from tests.gateway.test_bad_archives import resident
from tests.peers.caller import Caller
from tests.peers.link import DEADLINE, Message
from tests.peers.scripted import ScriptedArchive, Served
from tests.peers.services import COMMITMENT, Device, answer, asked_of

from leadglass.model.peer import Peer

STUDY = "2.25.1"  # of `ct_image`
POLICY = """\
@id("not-by-patient")
@why("This hospital asks by study.")
forbid (principal, action in [Action::"C-FIND", Action::"C-MOVE", Action::"C-GET"], resource)
when { context.level == "PATIENT" };

@id("not-p9")
@why("P9 stays where it is.")
forbid (principal, action, resource) when { context.patient == "P9" };
"""
CT_ONLY = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE),)
REPORTS = ((COMMITMENT, pdus.EXPLICIT_LITTLE),)


@dataclass(frozen=True)
class House:
    """Two archives, and devices that listen: WS and WS2."""

    gateway: Gateway
    pacs: ScriptedArchive
    vna: ScriptedArchive
    ws: ScriptedArchive
    ws2: ScriptedArchive

    def device(self, title: str = "WS") -> Device:
        return Device(self.gateway.port, title, "PACS")

    def archive(self, called: str = "WS", calling: str = "PACS", host: str = "127.0.0.1") -> Caller:
        """An archive that calls a device."""
        return Caller(self.gateway.port, calling, called, host=host)

    def oblige(self) -> None:
        """Everybody answers Success to everything again."""
        for archive in (self.pacs, self.vna, self.ws, self.ws2):
            archive.script = obliging

    def listener(self, title: str, archive: ScriptedArchive, **more: object) -> Peer:
        return replace(peer(title, "*", host="127.0.0.1", port=archive.port), **more)  # type: ignore[arg-type]


@contextmanager
def standing(directory: Path, more: str = "") -> Iterator[House]:
    """A gateway with a policy about levels and a patient between them; ``more`` TOML."""
    (directory / "policy.cedar").write_text(POLICY)
    pacs, vna, ws, ws2 = (ScriptedArchive() for _ in range(4))
    gateway = Gateway(
        directory / "gateway",
        {"pacs": pacs.port, "vna": vna.port},
        {"PACS": 'archive = "pacs"\nmode = "enforce"\n', "VNA": 'archive = "vna"\nmode = "enforce"\n'},
        peers=(
            peer("WS", "*", host="127.0.0.1", port=ws.port), peer("WS2", "*", host="127.0.0.1", port=ws2.port),
        ),
        timers=PATIENT_TIMERS | {"registrar": 4, "move_expected": 10},
        more=f'[policy]\nfiles = ["{directory / "policy.cedar"}"]\n{more}',
    )  # fmt: skip
    try:
        house = House(gateway.wait_ready(), pacs, vna, ws, ws2)
        house.oblige()
        yield house
    finally:
        gateway.destroy()
        for archive in (pacs, vna, ws, ws2):
            archive.close()


def hang_up(gateway: Gateway) -> None:
    """SIGHUP, and until the new configuration is in force."""
    generation = gateway.wait(gateway.settled).generation
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait(lambda: (s := gateway.settled()) and s.generation > generation, "a new generation is in force")


@contextmanager
def mode(gateway: Gateway, name: str) -> Iterator[None]:
    """Every route in another mode for a while."""
    if name == "enforce":
        yield
        return
    before = dict(gateway.routes)
    gateway.routes.update({called: rest.replace("enforce", name) for called, rest in before.items()})
    gateway.write()
    hang_up(gateway)
    try:
        yield
    finally:
        gateway.routes.update(before)
        gateway.write()
        hang_up(gateway)


class Held:
    """An archive that takes one request and answers it when the test says so."""

    def __init__(self, archive: ScriptedArchive, status: int = 0) -> None:
        self._archive, self._status, self._before = archive, status, len(archive.served)
        self.asked: list[Message] = []

    def __enter__(self) -> Held:
        self._archive.script = self._play
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.script = obliging

    def _play(self, served: Served) -> None:
        served.accept()
        self.asked.append(asked_of(served.link))
        served.seen.set()
        served.wait()
        served.link.send(answer(self.asked[-1], self._status))
        serve(served)

    def begun(self) -> Served:
        """The association, once the request is there."""
        served = self._archive.next(self._before)
        assert served.seen.wait(DEADLINE), served.fault
        return served


def serve(served: Served) -> None:
    """Answer Success to whatever comes."""
    while isinstance(message := served.link.message(), Message):
        if message.field == 0x0001:
            assert message.data is not None
            served.archive.kept[message.sop_instance] = message.data
        if message.field != 0x0FFF:
            served.link.send(answer(message, 0))
    if message[:1] == bytes((pdus.RELEASE_RQ,)):
        served.link.send(pdus.RELEASE_RP_PDU)


def obliging(served: Served) -> None:
    served.accept()
    serve(served)


def worker_memory(gateway: Gateway) -> dict[str, int]:
    return {name: resident(pid) for name, pid in gateway.children().items() if name.startswith("w")}


def grown(gateway: Gateway, before: dict[str, int]) -> int:
    after = worker_memory(gateway)
    assert after.keys() == before.keys()
    return max(after[name] - size for name, size in before.items())


def worker_of(gateway: Gateway, device: Caller, children: dict[str, int]) -> str:
    """The worker that has this caller's connection."""
    address = f"{device.port:04X}"
    for name, pid in children.items():
        if name.startswith("w"):
            sockets = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.exists()}
            for table in ("tcp", "tcp6"):
                for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                    fields = line.split()
                    if fields[2].endswith(":" + address) and f"socket:[{fields[9]}]" in sockets:
                        return name
    raise AssertionError("no worker has it")
