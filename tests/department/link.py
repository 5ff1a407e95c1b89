"""What pynetdicom's side of every connection here has in common. It judges nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pynetdicom import AE, evt
from tests.peers.link import DEADLINE

Address = tuple[str, int]


class NotAcceptedError(Exception):
    """There is no association."""


def no_delay(event: Any) -> None:
    """TCP_NODELAY, which pynetdicom leaves off: commands and data sets would wait for each other's acknowledgement."""
    event.assoc.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _StandStill(threading.Event):
    """Never set before the end.

    pynetdicom's thread of an association takes messages that nobody waits for. It stands still during ``send_*()``, and
    may yet wake between two of them and take the response to the second, which then never comes: seen once in some
    twenty days of this department.
    """

    def set(self) -> None:
        """Stays as it is."""

    def end(self) -> None:
        """The thread may come to its end."""
        super().set()


def _stand_still(event: Any) -> None:
    no_delay(event)
    event.assoc._reactor_checkpoint = _StandStill()


@contextmanager
def association(
    calling: str,
    address: Address,
    called: str,
    classes: Iterable[str],
    roles: Iterable[Any] = (),
    handlers: Iterable[Any] = (),
    *,
    asked: bool = False,
) -> Iterator[Any]:
    """An association, released at the end. ``asked``: the other side asks something on it too.

    Raises:
        NotAcceptedError: it was rejected, aborted or not reached.
    """
    entity = AE(ae_title=calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = DEADLINE
    for uid in classes:
        entity.add_requested_context(uid, "1.2.840.10008.1.2.1")
    opening = (evt.EVT_CONN_OPEN, no_delay if asked else _stand_still)
    opened = entity.associate(*address, ae_title=called, ext_neg=list(roles), evt_handlers=[opening, *handlers])
    try:
        if not opened.is_established:
            raise NotAcceptedError
        yield opened
    finally:
        opened.release()
        if isinstance(opened._reactor_checkpoint, _StandStill):
            opened._reactor_checkpoint.end()
