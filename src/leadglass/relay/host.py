"""What a session needs of the worker it lives in. A protocol alone: it does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from leadglass.flow.effects import AskExpected, AskRegistrar, Expect, Extend
from leadglass.flow.surroundings import Surroundings
from leadglass.io.loop import Loop
from leadglass.relay.record import WorkerRecord
from leadglass.relay.upstreams import Upstreams

if TYPE_CHECKING:
    from leadglass.relay.session import Session


class Host(Protocol):
    """What a session needs of its worker."""

    loop: Loop
    record: WorkerRecord
    upstreams: Upstreams
    buffer: memoryview
    window: memoryview

    @property
    def surroundings(self) -> Surroundings:
        """What holds now."""

    def ask(self, session: Session, question: AskRegistrar) -> None:
        """Put a question to the registrar."""

    def consult(self, session: Session, effect: AskExpected | Expect | Extend) -> None:
        """Ask or tell the registrar what is expected."""

    def soon(self, session: Session) -> None:
        """Let the session look at the time within 50 ms."""

    def count(self, name: str, amount: int) -> None:
        """Add to a counter."""

    def ended(self, session: Session) -> None:
        """The session holds nothing any more."""
