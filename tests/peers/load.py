"""Mixed load from threads: stores, echoes, cut objects; a device that loses its association makes a new one."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from bench.peers import pdus
from tests.peers.caller import CT, Caller, ct_image, new_uid
from tests.peers.link import Message, data_pdus

CUT, UNTOLD = "cut", "untold"
PAUSE = 0.05  # seconds before a device tries again


@dataclass
class Load:
    """Devices at work.

    Attributes:
        told: status, "cut" or "untold" by SOP Instance UID.
        sent: the data set of each.
        lost: associations that broke or were not accepted.
    """

    port: int
    calling: str
    called: str
    devices: int = 40
    instances: int = 10  # stored by each device, whatever becomes of them
    sizes: tuple[int, ...] = (4_096, 65_536, 524_288)
    told: dict[str, str] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    lost: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._device, args=(number,)) for number in range(self.devices)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.join()

    def join(self, seconds: float = 90.0) -> None:
        """Until every device has done its work."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.1))
            assert not thread.is_alive(), "a device does not come to an end"

    def delivered(self) -> set[str]:
        """Instances whose sender was told Success or a warning."""
        return {uid for uid, fate in self.told.items() if fate in {"0000", "B000"}}

    def _device(self, number: int) -> None:
        chance = random.Random(number)
        left = self.instances
        while left > 0 and not self._stop.is_set():
            try:
                left = self._association(number, chance, left)
            except OSError:
                left -= 1
                with self._lock:
                    self.lost += 1
                self._stop.wait(PAUSE)

    def _association(self, number: int, chance: random.Random, left: int) -> int:
        with Caller(self.port, self.calling, self.called) as caller:
            if caller.request()[:1] != b"\x02":
                raise ConnectionError("not accepted")
            for _ in range(min(left, 5)):
                if chance.random() < 0.3 and self._echo(caller) is None:
                    raise ConnectionError("no echo")
                left -= 1
                if chance.random() < 0.1:
                    self._cut(caller, number, chance)
                    return left
                if not self._store(caller, number, chance):
                    raise ConnectionError("no answer")
            caller.link.send(pdus.RELEASE_RQ_PDU)
            caller.link.pdu()
        return left

    def _echo(self, caller: Caller) -> Message | None:
        caller.send_echo()
        answer = caller.link.message()
        return answer if isinstance(answer, Message) else None

    def _new(self, number: int, chance: random.Random, fate: str) -> tuple[str, bytes]:
        instance = new_uid()
        data = ct_image(instance, patient=f"LOAD{number}", study=f"2.25.77{number}", size=chance.choice(self.sizes))
        with self._lock:
            self.told[instance], self.sent[instance] = fate, data
        return instance, data

    def _store(self, caller: Caller, number: int, chance: random.Random) -> bool:
        instance, data = self._new(number, chance, UNTOLD)
        caller.send_store(instance, data)
        answer = caller.link.message()
        if not isinstance(answer, Message):
            return False
        self.told[instance] = f"{answer.status:04X}"
        return True

    def _cut(self, caller: Caller, number: int, chance: random.Random) -> None:
        """Half an object, then gone: between two bytes, or with an A-ABORT after a whole PDU."""
        instance, data = self._new(number, chance, CUT)
        pdu = data_pdus(CT, data[: len(data) // 2])
        flags = bytearray(pdu)
        for start in _control_headers(pdu):
            flags[start] = 0
        caller.link.send(pdus.c_store_rq(CT, caller.next_id(), pdus.CT_IMAGE, instance.encode()))
        if chance.random() < 0.5:
            caller.link.send(bytes(flags), pdus.ABORT_PDU)
        else:
            caller.link.send(bytes(flags[:-100]))


def _control_headers(stream: bytes) -> list[int]:
    """Where the message control headers stand in PDUs of one PDV."""
    found, position = [], 0
    while position < len(stream):
        found.append(position + 11)
        position += 6 + int.from_bytes(stream[position + 2 : position + 6], "big")
    return found
