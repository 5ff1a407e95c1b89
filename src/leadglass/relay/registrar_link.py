"""A worker's side of the registrar's protocol: generations prepared and committed, questions put and answered."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from leadglass.errors import ConfigurationError
from leadglass.flow.surroundings import Rules
from leadglass.io.loop import IN, OUT, Loop
from leadglass.model.certificate import Certificate
from leadglass.model.expectation import ExpectedMove, ExpectedReport
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.model.status import WorkerStatus
from leadglass.registrar.messages import (
    Answer,
    Ask,
    AskExpected,
    Commit,
    Ended,
    Expected,
    ExpectMove,
    ExpectReport,
    Extend,
    Frame,
    HandshakeFailed,
    Kept,
    Prepare,
    Prepared,
    Report,
)
from leadglass.registrar.worker_channel import WorkerChannel

FORGET_AFTER = 60.0  # seconds; an association waits `timers.registrar`, and takes no answer later
MAX_EXTENSIONS = 1_024  # of moves, remembered while there is no line

Answered = Callable[[Peer | None, str], None]
HeardKept = Callable[[str], None]
Told = Callable[[tuple[ExpectedMove, ...], ExpectedReport | None], None]


class RegistrarLink:
    """The line, made anew whenever it breaks.

    Attributes:
        rules: the committed generation, None before the first.
    """

    def __init__(
        self,
        channel: WorkerChannel,
        loop: Loop,
        build: Callable[[Generation], Rules],
        committed: Callable[[Rules], None],
    ) -> None:
        self._channel = channel
        self._loop = loop
        self._build = build
        self._committed = committed
        self._prepared: Rules | None = None
        self._asked: dict[int, Answered] = {}
        self._keeping: dict[int, HeardKept] = {}
        self._asked_expected: dict[int, Told] = {}
        self._extensions: dict[str, int] = {}
        self._next = 0
        self._marks: deque[tuple[float, int]] = deque()  # when which question was the last
        self._descriptor = -1

    def keep_up(self) -> None:
        """Connect when there is no line; let go of questions that a registrar which hangs has not answered."""
        self._forget(time.monotonic())
        if not self._channel.closed:
            return
        if self._descriptor >= 0:
            self._loop.remove(self._descriptor)
            self._descriptor = -1
        for questions in (self._asked, self._keeping, self._asked_expected):
            questions.clear()  # unanswered: each association's timer refuses
        if self._channel.connect():
            for move_id, until in self._extensions.items():
                self._channel.send(Extend(move_id, until))
            self._extensions.clear()
            self._descriptor = self._channel.fileno()
            self._loop.add(self._descriptor, IN, self._on)
            self._watch()

    def _forget(self, now: float) -> None:
        self._marks.append((now, self._next))
        last = 0
        while now - self._marks[0][0] >= FORGET_AFTER:
            last = self._marks.popleft()[1]
        if not last:
            return
        for questions in (self._asked, self._keeping, self._asked_expected):
            for number in [number for number in questions if number <= last]:
                del questions[number]

    def _watch(self) -> None:
        if not self._channel.closed:
            self._loop.change(self._descriptor, IN | OUT if self._channel.wants_write else IN)

    def _on(self, events: int) -> None:
        if events & OUT:
            self._channel.flush()
        frames = self._channel.receive()
        if self._channel.closed:
            self._loop.remove(self._descriptor)
            self._descriptor = -1
        for frame in frames:
            self._take(frame)
        self._watch()

    def _take(self, frame: Frame) -> None:
        if isinstance(frame, Answer):
            answered = self._asked.pop(frame.question, None)
            if answered is not None:
                answered(frame.peer, frame.cause)
        elif isinstance(frame, Kept):
            kept = self._keeping.pop(frame.question, None)
            if kept is not None:
                kept(frame.error)
        elif isinstance(frame, Expected):
            told = self._asked_expected.pop(frame.question, None)
            if told is not None:
                told(frame.moves, frame.report)
        elif isinstance(frame, Prepare):
            self._channel.send(self._prepare(frame))
        elif isinstance(frame, Commit) and self._prepared and self._prepared.generation.number == frame.number:
            self._committed(self._prepared)
            self._prepared = None

    def _prepare(self, frame: Prepare) -> Prepared:
        number = frame.generation.number
        try:
            self._prepared = self._build(frame.generation)
        except ConfigurationError as error:
            return Prepared(number, str(error))
        return Prepared(number)

    def ask(self, question: Ask, answered: Answered) -> None:
        """Put a question; without a line it stays unanswered, which the association's timer turns into a refusal."""
        if not self._channel.closed:
            self._asked[question.question] = answered
            self._send(question)

    def expect(self, expectation: ExpectMove | ExpectReport, kept: HeardKept) -> None:
        """Have an expectation kept before its request goes on; ``kept`` hears "" or why not, or as in `ask` nothing."""
        if not self._channel.closed:
            self._keeping[expectation.question] = kept
            self._send(expectation)

    def expected(self, question: AskExpected, told: Told) -> None:
        """Ask what an archive may send; unanswered as in `ask`."""
        if not self._channel.closed:
            self._asked_expected[question.question] = told
            self._send(question)

    def extend(self, move_id: str, until: int) -> None:
        """Objects of this move may come until then (UTC ns); without a line it is said once there is one again."""
        if not self._channel.closed:
            self._send(Extend(move_id, until))
        elif move_id in self._extensions or len(self._extensions) < MAX_EXTENSIONS:
            self._extensions[move_id] = until

    def next_question(self) -> int:
        """A number no open question has."""
        self._next += 1
        return self._next

    def ended(self, association: int) -> None:
        """An association that was asked about is over."""
        self._send(Ended(association))

    def handshake_failed(self, address: str, certificate: Certificate | None, error: str) -> None:
        """A caller's TLS handshake failed."""
        self._send(HandshakeFailed(address, certificate, error))

    def report(self, status: WorkerStatus) -> None:
        """Tell how the worker is."""
        self._send(Report(status))

    def _send(self, frame: Frame) -> None:
        if not self._channel.closed:
            self._channel.send(frame)
            self._watch()
