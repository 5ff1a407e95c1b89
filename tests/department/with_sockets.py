"""Cancelled queries and moves, over a plain socket: request and C-CANCEL leave together, so that neither can be late.

A tool sends its C-CANCEL when it has seen a response; a fast archive has said everything by then, now and then.
"""

from __future__ import annotations

from struct import pack

from bench.peers import pdus
from pynetdicom.dsutils import encode
from tests.department.comparison import Outcome
from tests.department.link import Address
from tests.department.objects import identifier
from tests.department.script import Step
from tests.department.with_pynetdicom import MODELS, REJECTED
from tests.peers.caller import Caller
from tests.peers.link import Message, data_pdus

PLAYS = {"cancel-find", "cancel-move"}
_FIELDS = {"cancel-find": 0x0020, "cancel-move": 0x0021}  # PS3.7 E.1
_CANCEL, _NO_DATA_SET = 0x0FFF, 0x0101
_COUNTERS = range(0x1020, 0x1024)
_CONTEXT = 1


class SocketPlayer:
    """Plays steps against ``addresses`` of called titles."""

    def __init__(self, addresses: dict[str, Address]) -> None:
        self._addresses = addresses

    def play(self, step: Step) -> Outcome:
        """The final status, and the sum of the sub-operations: how far the archive got is chance."""
        host, port = self._addresses[step.at]
        model = MODELS[step.root, step.does.removeprefix("cancel-")].encode()
        with Caller(port, step.peer, step.at, host=host) as caller:
            if caller.request(((model, pdus.IMPLICIT_LITTLE),))[:1] != b"\x02":
                return REJECTED
            data = encode(identifier(step.keys), True, True)
            caller.link.send(_request(step, model), data_pdus(_CONTEXT, data), _cancel(step))
            answer = caller.answer()
            while answer.status == 0xFF00:
                answer = caller.answer()
            caller.release()
        return Outcome((f"{answer.status:04X}",), _sum(answer))


def _request(step: Step, model: bytes) -> bytes:
    elements = [
        (0x0002, model + b"\0" * (len(model) % 2)),
        (0x0100, pack("<H", _FIELDS[step.does])),
        (0x0110, pack("<H", step.number)),
        (0x0700, pack("<H", 0)),
        (0x0800, pack("<H", 0)),
    ]
    if step.to:
        elements.insert(3, (0x0600, step.to.encode().ljust(len(step.to) + len(step.to) % 2)))
    return pdus.command(_CONTEXT, elements)


def _cancel(step: Step) -> bytes:
    elements = (
        (0x0100, pack("<H", _CANCEL)), (0x0120, pack("<H", step.number)), (0x0800, pack("<H", _NO_DATA_SET)),
    )  # fmt: skip
    return pdus.command(_CONTEXT, elements)


def _sum(answer: Message) -> tuple[tuple[int, int, int, int], ...]:
    counts = [int.from_bytes(answer.command[tag], "little") for tag in _COUNTERS if tag in answer.command]
    return ((sum(counts), -1, -1, -1),) if counts else ()
