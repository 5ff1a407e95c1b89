"""Responses of our own, which wait until they fit between whole messages (PS3.8 annex E). It decides nothing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from leadglass.flow.effects import Effect, Send, Side
from leadglass.flow.stream import Stream
from leadglass.model.decision import Decision
from leadglass.wire.dicom.command import Command, build_command, response_to
from leadglass.wire.dicom.pdu import p_data


class Replies:
    """Those of one association.

    Attributes:
        max_pdu: bytes of a P-DATA-TF each side takes, 0 for any.
        unsaid: some wait.
    """

    __slots__ = ("_emit", "_waiting", "max_pdu", "unsaid")

    def __init__(self, emit: Callable[[Effect], None]) -> None:
        self.max_pdu = (0, 0)
        self.unsaid = False
        self._emit = emit
        self._waiting: tuple[list[bytes], list[bytes]] = ([], [])

    def waiting(self, side: Side) -> int:
        """How many wait for ``side``."""
        return len(self._waiting[side])

    def refuse(self, side: Side, context: int, command: Command, code: int, decision: Decision) -> None:
        """Answer a request of ``side`` with a failure, and with what decided as its Error Comment."""
        comment = "refused by the gateway"
        if decision.rule:
            comment += f": {decision.rule}"
        elif decision.nearest:
            comment += f", nearest rule {decision.nearest}"
        self._wait(side, context, response_to(command, code, error_comment=comment[:64]))

    def replace(self, side: Side, context: int, response: Command, code: int) -> None:
        """Tell ``side`` a failure instead of what the next hop answered."""
        told = msgspec.structs.replace(response, status=code, data_set_present=False, other=(), tolerated=())
        self._wait(side, context, build_command(told))

    def _wait(self, side: Side, context: int, response: bytes) -> None:
        self._waiting[side].append(p_data(context, response, max_length=self.max_pdu[side]))
        self.unsaid = True

    def say(self, streams: tuple[Stream, Stream]) -> None:
        """Send those that have a gap between whole messages now."""
        for side in (Side.CALLER, Side.ARCHIVE):
            waiting = self._waiting[side]
            if waiting and streams[side.other].between_messages and not streams[side].draining:
                for pdus in waiting:
                    self._emit(Send(side, pdus))
                waiting.clear()
        self.unsaid = any(self._waiting)
