"""The epoll loop of a relay worker: descriptors and their handlers, one timer. No protocol, no judgement."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

IN = select.EPOLLIN
OUT = select.EPOLLOUT
HANGUP = select.EPOLLHUP | select.EPOLLERR

Handler = Callable[[int], None]


class Loop:
    """Level-triggered epoll. A handler gets the event mask; it may register and unregister anything."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Handler] = {}
        self._stopped = False

    def add(self, descriptor: int, events: int, handler: Handler) -> None:
        """Watch a descriptor."""
        self._handlers[descriptor] = handler
        self._epoll.register(descriptor, events)

    def handle(self, descriptor: int, handler: Handler) -> None:
        """Another handler for a watched descriptor."""
        self._handlers[descriptor] = handler

    def change(self, descriptor: int, events: int) -> None:
        """Watch for other events."""
        self._epoll.modify(descriptor, events)

    def remove(self, descriptor: int) -> None:
        """Stop watching; call it before the descriptor is closed."""
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def stop(self) -> None:
        """Return from `run` after the current round."""
        self._stopped = True

    def run(self, every: float, tick: Callable[[], None], before: Callable[[], None]) -> None:
        """Serve until `stop`.

        Args:
            every: seconds between ticks.
            tick: called at least that often.
            before: called after each wait, before its handlers: the instant of the inputs that follow.
        """
        poll = self._epoll.poll
        handlers = self._handlers
        following = time.monotonic() + every
        while not self._stopped:
            ready = poll(max(0.0, following - time.monotonic()))
            before()
            for descriptor, events in ready:
                handler = handlers.get(descriptor)  # gone when an earlier handler of this round removed it
                if handler is not None:
                    handler(events)
            if time.monotonic() >= following:
                tick()
                following = time.monotonic() + every
        self._epoll.close()
