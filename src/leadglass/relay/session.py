"""An association and its two sockets: bytes in, effects out. It judges nothing."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from leadglass.flow.association import Association, Phase
from leadglass.flow.effects import (
    AskExpected,
    AskRegistrar,
    Close,
    Connect,
    Count,
    Effect,
    Expect,
    Extend,
    Record,
    Send,
    Side,
)
from leadglass.io.loop import HANGUP, IN, OUT
from leadglass.io.transport import QUICKACK_BELOW, READ, Transport
from leadglass.relay.connector import Connector
from leadglass.relay.host import Host

LINGER = 5.0  # seconds a side may take to close after our last PDU (ARTIM, PS3.8 9.1.5)
MAX_WAITING = 65_536  # bytes that may wait for a side that does not read, before nothing more is read from it


class Session:
    """One association on its two transports.

    Attributes:
        association: the judgement.
        transports: caller and archive; the latter is None until it is asked for.
        asked: the registrar was asked about it.
    """

    __slots__ = (
        "_connector", "_deadline", "_executing", "_surroundings", "_worker", "asked", "association",
        "flow",
        "transports",
    )  # fmt: skip

    def __init__(self, worker: Host, association: Association, transport: Transport) -> None:
        self._worker = worker
        self._surroundings = worker.surroundings
        self.association = association
        self.transports: list[Transport | None] = [transport, None]
        self.asked = False
        self.flow = ""
        self._connector = Connector(worker, self._connected, self._unreachable)
        self._deadline = inf
        self._executing = False
        self._watch(Side.CALLER, self._on_caller)

    def start(self) -> None:
        """Look at once at what came with the end of a TLS handshake: the loop does not see it."""
        self._on(Side.CALLER, IN)
        self._settle()

    def _watch(self, side: Side, handler: Callable[[int], None], events: int = IN) -> None:
        transport = self.transports[side]
        assert transport is not None
        self._worker.loop.add(transport.fd, events, handler)
        transport.watched = events

    # --- events ------------------------------------------------------------------------------------------------

    def _on_caller(self, events: int) -> None:
        self._on(Side.CALLER, events)

    def _on_archive(self, events: int) -> None:
        self._on(Side.ARCHIVE, events)

    def _on(self, side: Side, events: int) -> None:
        transport = self.transports[side]
        if transport is None:
            return
        if events == IN and not transport.lingering and self._may_read(side):  # almost always
            self._read(side, transport)
            return
        if events & OUT and transport.out:
            transport.flush(self._surroundings.now)
            self._after_flush(side, transport)
            if self.transports[side] is not transport:
                return
        if events & IN:
            if self._may_read(side):
                self._read(side, transport)
            else:
                self._interest(side, unwanted=True)
                if events & HANGUP:
                    self._hung_up(side, transport)
        elif events & HANGUP:
            self._hung_up(side, transport)

    def _hung_up(self, side: Side, transport: Transport) -> None:
        """Both directions are shut. What was not read is read first, when its turn comes (`_settle`)."""
        if self._may_read(side):
            self._read(side, transport)
            return
        self._worker.loop.remove(transport.fd)
        transport.watched = -1
        transport.out.clear()
        transport.blocked_since = inf
        self._settle()

    def _after_flush(self, side: Side, transport: Transport) -> None:
        if not transport.out:
            if transport.closing:
                self._shut(side, transport)
            else:
                self._settle()
        else:
            self._interest(side)

    # --- reading -----------------------------------------------------------------------------------------------

    def _may_read(self, side: Side) -> bool:
        transport = self.transports[side]
        if transport is None or transport.ended:
            return False
        if transport.lingering:
            return True
        if self.association.streams[side].holding or len(transport.out) > MAX_WAITING:
            return False
        other = self.transports[1 - side]
        return other is None or not other.out

    def _read(self, side: Side, transport: Transport) -> None:
        buffer = self._worker.buffer
        if transport.lingering:
            if not transport.read(buffer[:READ]) and transport.ended:
                self._drop(side)
            return
        association = self.association
        stream = association.streams[side]
        kept = len(transport.tail)
        size = transport.read(buffer[kept : kept + READ] if kept else self._worker.window)
        if not size:
            if transport.ended:
                self._lost(side, transport)
            return
        association.bytes[side] += size
        association.heard[side] = self._surroundings.now
        owing = size < QUICKACK_BELOW and stream.unfinished
        if owing:
            transport.acknowledge()
        if size < QUICKACK_BELOW and not kept and stream.flows(buffer[:size]):
            self._pass_on(side, buffer[:size])
            return
        if kept:
            if kept + size < stream.need:  # a PDU that must be whole and is not yet
                transport.tail += buffer[kept : kept + size]
                return
            buffer[:kept] = transport.tail
            transport.tail = bytearray()
        phase = association.phase
        self._feed(side, buffer[: kept + size])
        other = self.transports[1 - side]
        if (
            phase is not Phase.OPEN
            or association.phase is not phase
            or transport.out
            or (other is not None and other.out)
            or stream.holding
        ):
            self._settle()
        if not owing and size < QUICKACK_BELOW and stream.unfinished and self.transports[side] is transport:
            transport.acknowledge()

    def _pass_on(self, side: Side, view: memoryview) -> None:
        """Data that nobody needs to look at: of a sender that writes PDU by PDU, almost every read."""
        other = self.transports[1 - side]
        self.association.partial[side] = False
        if other is not None and not other.closing:
            other.write(view, self._surroundings.now)
            if other.out:
                self._settle()

    def _feed(self, side: Side, view: memoryview) -> None:
        """Hand bytes to the association until it wants more, or a gate holds it; keep the rest."""
        association = self.association
        stream = association.streams[side]
        used = 0
        while True:
            used += association.receive(side, view[used:] if used else view)
            held = stream.holding
            if association.effects:
                self.execute()
            if not held or stream.holding:
                break
        transport = self.transports[side]
        if transport is None:
            return
        rest = len(view) - used
        if rest and association.phase is not Phase.OVER:
            transport.tail = bytearray(view[used:])
        association.partial[side] = bool(rest) and not stream.holding

    def _resume(self, side: Side) -> bool:
        """Bytes that waited for a gate or an answer go their way; True when there were any."""
        transport = self.transports[side]
        stream = self.association.streams[side]
        if transport is None or stream.holding or transport.lingering:
            return False
        if not stream.waiting and not transport.tail:
            return False
        if not stream.waiting and stream.need > len(transport.tail):
            return False
        other = self.transports[side.other]
        if other is not None and other.out:
            return False
        tail, transport.tail = transport.tail, bytearray()
        self._feed(side, memoryview(tail))
        return True

    def _settle(self) -> None:
        """After any input: let held bytes go on, then watch what may be read and what must be written."""
        for side in Side:
            while self._resume(side) and self.association.streams[side].waiting:
                pass
        for side in Side:
            transport = self.transports[side]
            if transport is None:
                continue
            if transport.watched < 0:  # it hung up while nothing could be read
                while self.transports[side] is transport and self._may_read(side):
                    self._read(side, transport)
            else:
                self._interest(side)

    def _interest(self, side: Side, *, unwanted: bool = False) -> None:
        """Watch what may be read and what must be written.

        Reading is switched off only when it was offered and not wanted: most pauses are shorter than that.
        """
        transport = self.transports[side]
        if transport is None or transport.watched < 0:
            return
        wanted = (IN if self._may_read(side) else 0) | (OUT if transport.out else 0)
        if not unwanted:
            wanted |= transport.watched & IN
        if wanted != transport.watched:
            self._worker.loop.change(transport.fd, wanted)
            transport.watched = wanted

    # --- effects -----------------------------------------------------------------------------------------------

    def execute(self) -> None:
        """Carry out what the association asks for, in order."""
        if self._executing:
            return
        self._executing = True
        effects = self.association.effects
        try:
            for effect in effects:  # grows while it is walked: a gate that opens at once has effects of its own
                if type(effect) is Send:
                    transport = self.transports[effect.side]
                    if transport is not None and not transport.closing:
                        transport.write(effect.data, self._surroundings.now)
                else:
                    self._carry_out(effect)
        finally:
            effects.clear()
            self._executing = False

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Record):
            if not self.flow:
                self.flow = self.association.who.called
            self._worker.record.keep(effect, self.flow, self._recorded)
        elif isinstance(effect, Count):
            self._worker.count(effect.name, effect.amount)
        elif isinstance(effect, Close):
            self._close(effect.side)
        elif isinstance(effect, Connect):
            self._connector.start(effect.archive)
        elif isinstance(effect, AskRegistrar):
            self.asked = True
            self._worker.ask(self, effect)
        elif isinstance(effect, AskExpected | Expect | Extend):
            self._worker.consult(self, effect)
        else:
            self._worker.soon(self)

    def _recorded(self, side: Side, kept: bool) -> None:
        self.association.recorded(side, kept)
        if not self._executing:
            self.execute()
            self._settle()

    def told(self) -> None:
        """After an input that came from elsewhere (registrar, timer): carry out what it led to."""
        self.execute()
        self._settle()

    # --- the archive's connection ------------------------------------------------------------------------------

    def _connected(self, transport: Transport) -> None:
        self.transports[Side.ARCHIVE] = transport
        self._watch(Side.ARCHIVE, self._on_archive)
        self.association.heard[Side.ARCHIVE] = self._surroundings.now
        self.association.connected()
        self.told()

    def _unreachable(self, reason: str) -> None:
        self.association.unreachable(reason)
        self.told()

    # --- ends --------------------------------------------------------------------------------------------------

    def _lost(self, side: Side, transport: Transport) -> None:
        reason = transport.broken or "closed by the other side"
        transport.out.clear()
        self.association.lost(side, reason)
        self._drop(side)
        self.execute()
        self._settle()

    def _close(self, side: Side) -> None:
        if side is Side.ARCHIVE:
            self._connector.cancel()
        transport = self.transports[side]
        if transport is None:
            return
        transport.closing = True
        if not transport.out:
            self._shut(side, transport)
        else:
            self._deadline = min(self._deadline, self._surroundings.now + LINGER)
            self._interest(side)

    def _shut(self, side: Side, transport: Transport) -> None:
        """Our last byte has left. A peer that has not closed gets the time to read it."""
        if transport.ended or transport.broken or self.association.released:
            self._drop(side)
            return
        transport.lingering = True
        transport.tail = bytearray()
        try:
            transport.end_output()
        except OSError:
            self._drop(side)
            return
        self._deadline = min(self._deadline, self._surroundings.now + LINGER)
        self._interest(side)

    def _drop(self, side: Side) -> None:
        transport = self.transports[side]
        if transport is None:
            return
        self.transports[side] = None
        if transport.watched >= 0:
            self._worker.loop.forget(transport.fd)
        transport.close()
        if self.transports == [None, None] and self.association.phase is Phase.OVER:
            self._worker.ended(self)

    def detach(self) -> None:
        """After the end: its parts let go of each other, so that memory needs no collector."""
        del self._connector
        self.association.detach()

    def tick(self) -> None:
        """Time has passed."""
        if self.association.phase is Phase.OVER:
            if self._surroundings.now >= self._deadline:
                for side in Side:
                    self._drop(side)
            return
        caller, archive = self.transports
        self._connector.tick()
        self.association.tick(
            (inf if caller is None else caller.blocked_since, inf if archive is None else archive.blocked_since)
        )
        if self.association.effects:
            self.told()
