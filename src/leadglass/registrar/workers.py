"""The connected workers, and bringing one generation into all of them or none. Never builds or judges one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from leadglass.io.frames import pack_frame
from leadglass.model.generation import Generation
from leadglass.registrar.codec import encode
from leadglass.registrar.messages import MAX_FRAME, Commit, Frame, Hello, Prepare, Prepared

PREPARE_TIMEOUT = 5.0  # seconds until a silent worker fails a change
MAX_UNSENT = 4 * MAX_FRAME  # bytes; a worker that takes nothing any more is disconnected


@dataclass(eq=False, slots=True)
class WorkerLink:
    """One worker's connection. ``waiting`` maps a generation's number to whoever waits for its `Prepared`."""

    hello: Hello
    writer: asyncio.StreamWriter
    waiting: dict[int, asyncio.Future[str]] = field(default_factory=dict)

    def send(self, frame: Frame) -> None:
        """Queue a frame; a connection with too much unsent is cut, and the worker asks again on a new one."""
        transport = self.writer.transport
        if transport.get_write_buffer_size() > MAX_UNSENT:
            transport.abort()
            return
        self.writer.write(pack_frame(encode(frame), MAX_FRAME))

    def prepared(self, frame: Prepared) -> None:
        """The worker's answer to `Prepare`."""
        future = self.waiting.pop(frame.number, None)
        if future is not None and not future.done():
            future.set_result(frame.error)

    def gone(self) -> None:
        """The connection ended: nobody needs to wait any longer."""
        for future in self.waiting.values():
            if not future.done():
                future.set_result("went away during the change")
        self.waiting.clear()


class Workers:
    """Links by worker name; the newest connection of a name counts."""

    def __init__(self) -> None:
        self._links: dict[str, WorkerLink] = {}

    def add(self, link: WorkerLink, current: Generation | None) -> None:
        """Take in a worker and give it the generation in force."""
        former = self._links.pop(link.hello.worker, None)
        if former is not None:
            former.gone()
            former.writer.transport.abort()
        self._links[link.hello.worker] = link
        if current is not None:
            link.send(Prepare(current))
            link.send(Commit(current.number))

    def remove(self, link: WorkerLink) -> bool:
        """Forget a link; False when a newer one has taken its name."""
        link.gone()
        if self._links.get(link.hello.worker) is not link:
            return False
        del self._links[link.hello.worker]
        return True

    async def roll_out(self, generation: Generation, timeout: float = PREPARE_TIMEOUT) -> str:  # noqa: ASYNC109, RUF100 (a bound on the workers, told in the result)
        """Prepare in every connected worker, then commit in all: "" when it is in force, else why nowhere it is."""
        links = list(self._links.values())
        loop = asyncio.get_running_loop()
        answers: dict[WorkerLink, asyncio.Future[str]] = {}
        for link in links:
            answers[link] = link.waiting[generation.number] = loop.create_future()
            link.send(Prepare(generation))
        if answers:
            await asyncio.wait(answers.values(), timeout=timeout)
        faults = []
        for link, answer in answers.items():
            link.waiting.pop(generation.number, None)
            fault = answer.result() if answer.done() else f"did not answer within {timeout:g} s"
            if fault:
                faults.append(f"worker {link.hello.worker}: {fault}")
        if faults:
            return "; ".join(faults)
        for link in self._links.values():
            if link not in answers:  # connected meanwhile, and was given the generation before
                link.send(Prepare(generation))
            link.send(Commit(generation.number))
        return ""
