"""Binds what devices connect to: one SO_REUSEPORT socket a worker for each listener. Never accepts."""

from __future__ import annotations

import errno
import ipaddress
import socket

from leadglass.errors import LeadglassError
from leadglass.model.route import Listener

BACKLOG = 1_024  # connections the kernel holds for a worker that is being restarted


Sockets = tuple[tuple[socket.socket, ...], ...]
"""For each worker its sockets, one for each listener in order."""


class ListenError(LeadglassError):
    """A listener cannot be bound."""


def bind(listeners: tuple[Listener, ...], workers: int) -> Sockets:
    """For each worker its sockets, one for each listener in order, bound and listening.

    They are listening at once and belong to the supervisor: connections queue while a worker starts, also anew.

    Raises:
        ListenError: a port is taken or not permitted, or an address is not of this machine.
    """
    opened: list[socket.socket] = []
    try:
        for listener in listeners:
            probe = _bound(listener, shared=False)  # SO_REUSEPORT would share with another gateway in silence
            probe.close()
        for _ in range(workers):
            for listener in listeners:
                end = _bound(listener, shared=True)
                opened.append(end)
                end.listen(BACKLOG)
    except OSError as error:
        close((tuple(opened),))
        raise ListenError(f"cannot listen: {error.strerror}", "look at the listeners in the configuration") from None
    except ListenError:
        close((tuple(opened),))
        raise
    width = len(listeners)
    return tuple(tuple(opened[first : first + width]) for first in range(0, len(opened), width))


def close(opened: Sockets) -> None:
    """Close all."""
    for sockets in opened:
        for end in sockets:
            end.close()


def _bound(listener: Listener, *, shared: bool) -> socket.socket:
    six = ipaddress.ip_address(listener.address).version == 6
    try:
        end = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    except OSError as error:
        raise _fault(listener, error) from None
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if six:
            end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if listener.address == "::" else 1)
        end.bind((listener.address, listener.port))
        if not shared:
            end.listen(1)
    except OSError as error:
        end.close()
        raise _fault(listener, error) from None
    return end


_HINTS = {
    errno.EADDRINUSE: "another program listens there: 'ss -ltnp' names it",
    errno.EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE (packaging/leadglass.service gives it)",
    errno.EADDRNOTAVAIL: "the address is none of this machine's: 'ip address' lists them",
    errno.EAFNOSUPPORT: 'this machine has no IPv6: set address = "0.0.0.0"',
}


def _fault(listener: Listener, error: OSError) -> ListenError:
    where = (
        f"[{listener.address}]:{listener.port}" if ":" in listener.address else f"{listener.address}:{listener.port}"
    )
    return ListenError(
        f"cannot listen on {where}: {error.strerror}", _HINTS.get(error.errno or 0, "look at the listener's address")
    )
