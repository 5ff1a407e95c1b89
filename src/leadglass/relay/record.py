"""A worker's record: events into its journal, gates that wait for the disk, and what was waived while it failed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leadglass.config.values import JournalSettings
from leadglass.flow.effects import Gate, Record, Side
from leadglass.flow.surroundings import Surroundings
from leadglass.model.event import Alarm, Body, RecordingImpaired
from leadglass.store.journal import Journal, JournalUnavailable
from leadglass.store.recorder import Recorder

GATE_TIMEOUT = 5.0  # seconds a message waits for a disk that hangs before its record counts as impossible

Opened = Callable[[Side, bool], None]


@dataclass(frozen=True, slots=True)
class _Waiting:
    position: int
    since: float
    side: Side
    opened: Opened


class WorkerRecord:
    """Keeps events for one worker."""

    def __init__(
        self, directory: Path, worker: str, settings: JournalSettings, surroundings: Surroundings | None = None
    ) -> None:
        self.journal = Journal(
            directory,
            worker,
            segment_bytes=settings.segment_bytes,
            reserve=settings.reserve,
            limit_bytes=settings.limit_bytes,
        )
        self._recorder = Recorder(self.journal, worker)
        self.surroundings = surroundings
        self._gates: deque[_Waiting] = deque()
        self.lost = 0  # records that could not be kept since it is impaired
        self.impaired_since = 0
        self._reason = ""
        self.waived = 0
        self.refused = 0

    @property
    def fileno(self) -> int:
        """Readable when `serve` has something to do."""
        return self.journal.fileno

    def note(self, body: Body, flow: str = "") -> None:
        """Keep an event nothing waits for; one that cannot be kept is counted."""
        try:
            self._recorder.record(body, flow)
        except JournalUnavailable as fault:
            self._impaired(fault.reason)

    def keep(self, effect: Record, flow: str, opened: Opened) -> None:
        """Carry out a `Record` effect; ``opened`` is called once, now or later, when it has a gate."""
        try:
            event = self._recorder.record(effect.body, flow)
            if effect.alarm:
                self._recorder.record(Alarm("warning", "would-refuse", effect.alarm), flow, event)
        except JournalUnavailable as fault:
            self._impaired(fault.reason)
            if effect.gate is not Gate.NONE:
                opened(effect.side, False)
            return
        if effect.gate is Gate.WRITTEN:
            opened(effect.side, True)
        elif effect.gate is Gate.DURABLE:
            position = self._recorder.ticket()
            assert self.surroundings is not None
            self._gates.append(_Waiting(position, self.surroundings.now, effect.side, opened))

    def _impaired(self, reason: str) -> None:
        self.lost += 1
        if not self.impaired_since and self.surroundings is not None:
            self.impaired_since = self.surroundings.utc
        self._reason = reason

    def serve(self) -> None:
        """The journal has news: open the gates whose records are on disk, or shut all of them when it failed."""
        self.journal.acknowledge()
        durable = self.journal.durable
        gates = self._gates
        while gates and gates[0].position <= durable:
            gate = gates.popleft()
            gate.opened(gate.side, True)
        if self.journal.impaired:
            self._shut_all()

    def _shut_all(self) -> None:
        self._impaired(self.journal.impaired)
        while self._gates:
            gate = self._gates.popleft()
            gate.opened(gate.side, False)

    def tick(self) -> None:
        """Time has passed."""
        assert self.surroundings is not None
        self.surroundings.impaired = self.journal.impaired
        if self.journal.impaired:
            self._shut_all()
            return
        while self._gates and self.surroundings.now - self._gates[0].since >= GATE_TIMEOUT:
            gate = self._gates.popleft()
            self._impaired("the disk does not answer")
            gate.opened(gate.side, False)
        if self.impaired_since and not self._gates:
            body = RecordingImpaired(self._reason, self.impaired_since, self.waived, self.refused)
            try:
                self._recorder.record(body)
            except JournalUnavailable:
                return
            self.impaired_since = self.lost = self.waived = self.refused = 0
            self._reason = ""
