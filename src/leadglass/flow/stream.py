"""One direction of an association: whole DIMSE messages in, judged by their owner, passed on unchanged or drained.

Pixel data is passed on as it stands in the buffer; only PDU headers are looked at. Nothing of a message leaves before
its owner has judged it, and a PDU with its last fragment leaves whole or not at all. It holds no socket and no clock.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import Enum
from typing import Protocol

from leadglass.flow.effects import Effect, Send, Side
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dataset.layout import LayoutMemory
from leadglass.wire.dataset.tags import IDENTITY
from leadglass.wire.dicom.command import Command, parse_command
from leadglass.wire.dicom.violation import CommandError

_HEADER = struct.Struct(">BxIIBB").unpack_from  # PDU type, length; PDV length, context id, message control header
_PDU = struct.Struct(">BxI").unpack_from
_PDV = struct.Struct(">IBB").unpack_from
P_DATA_TF = 4
MAX_CONTROL_PDU = 4  # length field of A-ASSOCIATE-RJ, A-RELEASE and A-ABORT (PS3.8 9.3.4 to 9.3.8)
NONE_FLOWING = -1  # equals no context id on the wire, not even a forged 0
HELD_OVERHEAD = 2  # raw bytes held may be this many times the bound on a head, whatever the fragmentation
FRAGMENT_OVERHEAD = 12  # raw bytes of a fragment besides its payload: headers of PDU and PDV

Fault = tuple[str, str]
"""A stable finding id, and its detail in words."""


class Verdict(Enum):
    """What happens to the message in progress."""

    PASS = "pass"  # noqa: S105 (no password)
    HEAD = "head"  # read on: the head of the data set decides
    HOLD = "hold"  # a gate decides: `Stream.open_gate`
    DRAIN = "drain"  # swallow it; it is answered by us once it ended
    DEAD = "dead"  # the association is over


class Owner(Protocol):
    """Who judges."""

    def transfer_syntax(self, context: int) -> str | None:
        """Transfer syntax of an accepted context, or None."""

    def command(self, stream: Stream, context: int, command: Command) -> Verdict:
        """Judge a message by its command set."""

    def identified(self, stream: Stream, context: int, command: Command, head: HeadReader) -> Verdict:
        """Judge a message by the head of its data set."""

    def passed(self, stream: Stream, command: Command) -> None:
        """The last fragment of a message is going on."""

    def control(self, stream: Stream, kind: int, pdu: bytes) -> None:
        """A PDU that is not P-DATA-TF."""

    def violation(self, stream: Stream, finding: str, detail: str) -> None:
        """The sender broke the protocol; the association is over."""


class Stream:
    """Bytes from one side on their way to the other.

    Attributes:
        side: where the bytes come from.
        limit: longest P-DATA-TF length we announced to that side.
        association_limit: longest A-ASSOCIATE PDU taken.
        open: False until P-DATA is legal.
        holding: True while nothing more may be taken in.
        need: bytes the next call must bring for progress, 0 when any will do.
        through: bytes of the PDU being passed on that are still to come.
        data_bytes: of the data set of the message in progress.
        fragmented: PDUs that carried several PDVs.
        empty_last: last fragments without a byte.
        released: its side asked for release: P-DATA is no longer legal.
        wanted: what to read of the data set of the message in progress, set by the owner before `Verdict.HEAD`.
    """

    __slots__ = (
        "_backlog", "_broken", "_command_bytes", "_complete", "_context", "_draining", "_drop_front", "_emit",
        "_flowing", "_front", "_head", "_held", "_layouts", "_max_command", "_max_head", "_max_inflated", "_owner",
        "_raw", "_to", "_undecided", "association_limit", "command", "data_bytes", "empty_last", "fragmented",
        "holding", "limit", "need", "open", "pdus", "released", "side", "through", "wanted",
    )  # fmt: skip

    def __init__(
        self,
        owner: Owner,
        emit: Callable[[Effect], None],
        side: Side,
        association_limit: int,
        max_command: int,
        max_head: int,
        max_inflated: int,
    ) -> None:
        self._owner = owner
        self._emit = emit
        self.side = side
        self._to = side.other
        self.association_limit = association_limit
        self._max_command = max_command
        self._max_head = max_head
        self._max_inflated = max_inflated
        self.limit = 0
        self.open = False
        self.holding = False
        self.need = 0
        self.through = 0
        self.data_bytes = 0
        self.fragmented = 0
        self.empty_last = 0
        self.released = False
        self.wanted = IDENTITY
        self.pdus = 0
        self.command: Command | None = None
        self._command_bytes = bytearray()
        self._held = bytearray()
        self._backlog = b""
        self._broken: Fault | None = None
        self._raw = 0  # bytes of the message in progress as received, while it is undecided
        self._head: HeadReader | None = None
        self._layouts = LayoutMemory()
        self._context = 0  # of the message in progress, 0 between messages
        self._flowing = NONE_FLOWING  # the same while its data set passes unlooked at
        self._front = 0  # bytes at the front of the next input that were judged and wait for a gate
        self._drop_front = False
        self._undecided = False
        self._draining = False
        self._complete = False

    def detach(self) -> None:
        """Let go of the owner: nothing is taken in any more."""
        del self._owner, self._emit

    @property
    def between_messages(self) -> bool:
        """True when the other side has received whole messages only, so that ours may follow."""
        return not (self.through or self._front or self._backlog) and (
            not self._context or self._undecided or self._draining
        )

    @property
    def in_message(self) -> bool:
        """True from the first fragment of a message to its last."""
        return bool(self._context)

    @property
    def unfinished(self) -> bool:
        """True when the side has more to send before it gets an answer: inside a message or a PDU."""
        return self.command is not None or self.through > 0 or self._context != 0 or self.need > 0

    @property
    def draining(self) -> bool:
        """True while a refused message is being swallowed."""
        return self._draining

    @property
    def waiting(self) -> bool:
        """True when bytes already taken in, or in front of what comes, wait to go on."""
        return bool(self._front or self._backlog)

    @property
    def in_pdu(self) -> bool:
        """True when a PDU has begun to pass and its rest is still to come."""
        return self.through > 0

    def receive(self, view: memoryview) -> int:
        """Take in bytes; returns how many were used. The rest comes again, in front of what follows."""
        if self._backlog:
            backlog, self._backlog = self._backlog, b""
            used = self._scan(memoryview(backlog))
            if used < len(backlog):
                self._backlog = backlog[used:]
                return 0
            if self.holding:
                return 0
        return self._scan(view)

    def flows(self, view: memoryview) -> bool:
        """Whether all of ``view`` is data that passes unlooked at: then it is taken in, and goes on as it stands."""
        flowing = self._flowing
        if flowing == NONE_FLOWING or self._front or self._backlog or self.need:
            return False
        size, position = len(view), self.through
        data = pdus = 0
        while position < size:
            if size - position < 12:
                return False
            kind, length, pdv, context, control = _HEADER(view, position)
            if context != flowing or control or kind != P_DATA_TF or not 6 <= pdv + 4 == length <= self.limit:
                return False
            data += pdv - 2
            pdus += 1
            position += 6 + length
        self.through = position - size
        self.data_bytes += data
        self.pdus += pdus
        return True

    def _scan(self, view: memoryview) -> int:
        size = len(view)
        position = self._front
        start = position if self._drop_front else 0
        self._front = 0
        self._drop_front = False
        if self.through:
            position = min(self.through, size)
            self.through -= position
        flowing = self._flowing
        limit = self.limit
        self.need = 0
        while True:
            if size - position >= 12:
                kind, length, pdv, context, control = _HEADER(view, position)
                end = position + 6 + length
                if context == flowing and control == 0 and kind == P_DATA_TF and 6 <= pdv + 4 == length <= limit:
                    self.data_bytes += pdv - 2
                    self.pdus += 1
                    if end > size:
                        self.through = end - size
                        position = size
                        break
                    position = end
                    continue
            elif size - position >= 6:
                kind, length = _PDU(view, position)
                end = position + 6 + length
            else:
                break
            fault = self._fault(kind, length)
            if fault is not None:
                return self._break(view, start, position, fault)
            if end > size:
                self.need = end
                break
            self.pdus += 1
            if kind != P_DATA_TF:
                self._pass(view, start, position)
                self._owner.control(self, kind, bytes(view[position:end]))
                start = position = end
                flowing, limit = self._flowing, self.limit
                if self.holding:
                    break
                continue
            if length < 6 or _PDV(view, position + 6)[0] + 4 != length:
                self._pass(view, start, position)
                fault = self._refragment(view[position + 6 : end])
                if fault is not None:
                    return self._break(view, end, end, fault)
                start = position = end
                flowing = self._flowing
                if self.holding or self._backlog:
                    break
                continue
            if not self._context and position > start:
                self._pass(view, start, position)
                start = position
            verdict = self._fragment(context, control, view[position + 12 : end])
            position = end
            if verdict is Verdict.PASS:
                self._release_held()
            elif verdict is Verdict.DRAIN:
                self._held.clear()
                start = end
            elif verdict is Verdict.HOLD:
                self.holding = True
                self._front = end - start
                return start
            elif verdict is Verdict.DEAD:
                return self._break(view, start, end - 6 - length, self._broken)
            flowing = self._flowing
        if self.need:
            self.need -= position  # counted from what will come again
        self._pass(view, start, position)
        return position

    def _pass(self, view: memoryview, start: int, end: int) -> None:
        """Bytes judged so far go on; those of an undecided message are kept."""
        if end > start:
            if self._undecided:
                self._held += view[start:end]
            else:
                self._emit(Send(self._to, view[start:end]))

    def _break(self, view: memoryview, start: int, end: int, fault: Fault | None) -> int:
        """The sender broke the protocol, or the owner ended the association (no fault).

        What was judged before goes on first: it may be the rest of a PDU under way, and the A-ABORT that follows
        would be read as its bytes.
        """
        if fault is not None:
            self._pass(view, start, end)
            self._owner.violation(self, *fault)
        return len(view)

    def _fault(self, kind: int, length: int) -> Fault | None:
        """What is wrong with a PDU by its header alone."""
        if kind == P_DATA_TF and self.open:
            if length <= self.limit:
                return None
            return "pdu-too-long", f"P-DATA-TF of {length} bytes, {self.limit} were negotiated"
        if kind in {1, 2}:
            if length <= self.association_limit:
                return None
            return "pdu-too-long", f"A-ASSOCIATE PDU of {length} bytes, bound {self.association_limit}"
        if kind == P_DATA_TF:
            if self.released:
                return "data-after-release", "P-DATA-TF after a request for release"
            return "data-before-association", "P-DATA-TF before the association is established"
        if not 1 <= kind <= 7:
            return "unknown-pdu", f"PDU type {kind:02X}H"
        if length != MAX_CONTROL_PDU:
            return "pdu-length", f"PDU type {kind:02X}H of {length} bytes, {MAX_CONTROL_PDU} expected"
        return None

    def _refragment(self, items: memoryview) -> Fault | None:
        """Judge a PDU of several PDVs as that many PDUs of one (PS3.8 Annex E allows either)."""
        frames: list[bytes | memoryview] = []
        position = 0
        while position < len(items):
            left = len(items) - position - 4
            if left < 0:
                return "truncated-pdv", "a PDV header runs past its PDU"
            pdv = int.from_bytes(items[position : position + 4], "big")
            end = position + 4 + pdv
            if pdv < 2:
                return "pdv-length", f"a PDV of {pdv} bytes"
            if pdv > left:
                return "pdv-overrun", f"a PDV of {pdv} bytes in a PDU with {left} left"
            frames.append(struct.pack(">BxI", P_DATA_TF, 4 + pdv))
            frames.append(items[position:end])
            position = end
        if not frames:
            return "truncated-pdv", "a P-DATA-TF PDU without a PDV"
        self.fragmented += 1
        whole = b"".join(frames)
        used = self._scan(memoryview(whole))
        self._backlog = whole[used:]
        return None

    def _fragment(self, context: int, control: int, payload: memoryview) -> Verdict | None:
        """One PDV; None when nothing changes for the run of bytes it stands in."""
        if not self._context:
            if not control & 1:
                return self._dead("data-without-command", f"a data set fragment on context {context} with no command")
            if self._owner.transfer_syntax(context) is None:
                return self._dead("context-not-accepted", f"a PDV on context {context}, which was not accepted")
            self._context = context
            self._undecided = True
            self.data_bytes = self._raw = 0
        elif context != self._context:
            return self._dead("interleaved-contexts", f"a PDV on context {context} inside a message on {self._context}")
        self._raw += len(payload) + FRAGMENT_OVERHEAD
        if control & 2 and not payload:
            self.empty_last += 1
        if control & 1:
            return self._command_fragment(payload, bool(control & 2))
        return self._data_fragment(payload, bool(control & 2))

    def _command_fragment(self, payload: memoryview, last: bool) -> Verdict | None:
        if self.command is not None:
            return self._dead("command-inside-data", "a command fragment where a data set fragment was due")
        if len(self._command_bytes) + len(payload) > self._max_command:
            return self._dead("command-too-long", f"a command set of more than {self._max_command} bytes")
        self._command_bytes += payload
        if not last:
            if self._raw > self._max_command * HELD_OVERHEAD:
                return self._dead("command-too-long", "a command set in too many fragments")
            return None
        try:
            self.command = parse_command(bytes(self._command_bytes))
        except CommandError as error:
            return self._dead(error.finding, error.detail)
        self._command_bytes.clear()
        self._complete = not self.command.data_set_present
        return self.apply(self._owner.command(self, self._context, self.command))

    def _data_fragment(self, payload: memoryview, last: bool) -> Verdict | None:
        if self.command is None:
            return self._dead("data-without-command", "a data set fragment before the command set ended")
        self.data_bytes += len(payload)
        self._complete = last
        head = self._head
        if head is not None:
            done = head.feed(payload)
            if not done and (last or self._raw > self._max_head * HELD_OVERHEAD):
                head.finish()
                done = True
            if not done:
                return None
            self._head = None
            return self.apply(self._owner.identified(self, self._context, self.command, head))
        if self._draining:
            if last:
                self._end(drained=True)
            return Verdict.DRAIN
        if last:
            self._end(drained=False)
        return None

    def apply(self, verdict: Verdict) -> Verdict | None:
        """Carry out a judgement on the message in progress."""
        if verdict is Verdict.HEAD:
            syntax = self._owner.transfer_syntax(self._context) or ""
            self._head = HeadReader(
                syntax,
                max_bytes=self._max_head,
                max_inflated=self._max_inflated,
                memory=self._layouts,
                wanted=self.wanted,
            )
            return None
        if verdict is Verdict.PASS or verdict is Verdict.DRAIN:
            self._undecided = False
            self._draining = verdict is Verdict.DRAIN
            if self._complete:
                self._end(drained=self._draining)
            elif not self._draining:
                self._flowing = self._context
        return verdict

    def open_gate(self, verdict: Verdict) -> None:
        """A held message is judged at last: PASS or DRAIN. Then call `receive` with what came again."""
        self.holding = False
        self.apply(verdict)
        if verdict is Verdict.DRAIN:
            self._held.clear()
            self._drop_front = True
        else:
            self._release_held()

    def _release_held(self) -> None:
        if self._held:
            self._emit(Send(self._to, self._held))
            self._held = bytearray()

    def _end(self, drained: bool) -> None:
        command = self.command
        assert command is not None
        self.command = None
        self._context = 0
        self._flowing = NONE_FLOWING
        self._draining = self._complete = False
        if not drained:
            self._owner.passed(self, command)

    def _dead(self, finding: str, detail: str) -> Verdict:
        self._broken = finding, detail
        return Verdict.DEAD
