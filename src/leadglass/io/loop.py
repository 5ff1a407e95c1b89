"""The epoll loop of a relay worker: descriptors and their handlers, one timer. No protocol, no judgement."""

from __future__ import annotations

import select
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

    def change(self, descriptor: int, events: int) -> None:
        """Watch for other events."""
        self._epoll.modify(descriptor, events)

    def remove(self, descriptor: int) -> None:
        """Stop watching; call it before the descriptor is closed."""
        if self._handlers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def forget(self, descriptor: int) -> None:
        """Stop watching a descriptor whose only copy is closed next: the kernel then unregisters it."""
        self._handlers.pop(descriptor, None)

    def stop(self) -> None:
        """Return from `run` after the current round."""
        self._stopped = True

    def run(self, every: float, tick: Callable[[], None], before: Callable[[], float]) -> None:
        """Serve until `stop`.

        Args:
            every: seconds between ticks.
            tick: called about that often.
            before: called after each wait, before its handlers: takes and returns the monotonic time of the inputs
                that follow.
        """
        poll = self._epoll.poll
        handlers = self._handlers
        following = before() + every
        while not self._stopped:
            ready = poll(every)
            now = before()
            for descriptor, events in ready:
                handler = handlers.get(descriptor)  # gone when an earlier handler of this round removed it
                if handler is not None:
                    handler(events)
            if now >= following:
                tick()
                following = now + every
        self._epoll.close()
