"""A worker's side of the registrar's protocol: generations prepared and committed, questions put and answered."""

from __future__ import annotations

from collections.abc import Callable

from leadglass.errors import ConfigurationError
from leadglass.flow.surroundings import Rules
from leadglass.io.loop import IN, OUT, Loop
from leadglass.model.peer import Peer
from leadglass.model.status import WorkerStatus
from leadglass.registrar.messages import Answer, Ask, Commit, Ended, Frame, Prepare, Prepared, Report
from leadglass.registrar.worker_channel import WorkerChannel

Answered = Callable[[Peer | None, str], None]


class RegistrarLink:
    """The line, made anew whenever it breaks.

    Attributes:
        rules: the committed generation, None before the first.
    """

    def __init__(self, channel: WorkerChannel, loop: Loop, committed: Callable[[Rules], None]) -> None:
        self._channel = channel
        self._loop = loop
        self._committed = committed
        self._prepared: Rules | None = None
        self._questions: dict[int, Answered] = {}
        self._next = 0
        self._descriptor = -1

    def keep_up(self) -> None:
        """Connect when there is no line."""
        if not self._channel.closed:
            return
        if self._descriptor >= 0:
            self._loop.remove(self._descriptor)
            self._descriptor = -1
        self._questions.clear()  # unanswered: each association's timer refuses
        if self._channel.connect():
            self._descriptor = self._channel.fileno()
            self._loop.add(self._descriptor, IN, self._on)
            self._watch()

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
            answered = self._questions.pop(frame.question, None)
            if answered is not None:
                answered(frame.peer, frame.cause)
        elif isinstance(frame, Prepare):
            self._channel.send(self._prepare(frame))
        elif isinstance(frame, Commit) and self._prepared and self._prepared.generation.number == frame.number:
            self._committed(self._prepared)
            self._prepared = None

    def _prepare(self, frame: Prepare) -> Prepared:
        number = frame.generation.number
        try:
            self._prepared = Rules.build(frame.generation)
        except ConfigurationError as error:
            return Prepared(number, str(error))
        return Prepared(number)

    def ask(self, question: Ask, answered: Answered) -> None:
        """Put a question; without a line it stays unanswered, which the association's timer turns into a refusal."""
        if self._channel.closed:
            return
        self._questions[question.question] = answered
        self._channel.send(question)
        self._watch()

    def next_question(self) -> int:
        """A number no open question has."""
        self._next += 1
        return self._next

    def ended(self, association: int) -> None:
        """An association that was asked about is over."""
        self._send(Ended(association))

    def report(self, status: WorkerStatus) -> None:
        """Tell how the worker is."""
        self._send(Report(status))

    def _send(self, frame: Ended | Report) -> None:
        if not self._channel.closed:
            self._channel.send(frame)
            self._watch()
