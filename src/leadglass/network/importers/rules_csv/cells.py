"""What a cell of a table of rules says, as bounds: what is not understood is both nothing and anything. No lines."""

from __future__ import annotations

import re
from typing import NamedTuple

from leadglass.network.address import EVERY, network, number
from leadglass.network.headers import EVERYTHING, NOTHING, WITH_PORTS, Headers, common, headers
from leadglass.network.intervals import EMPTY, Intervals, one, span, union
from leadglass.network.rule import Action
from leadglass.network.service import PROTOCOL_NUMBERS

MAX_PARTS = 1_000  # addresses or services in one cell

ANY = frozenset({"any", "all", "*"})
ACTIONS = {
    **dict.fromkeys(("permit", "allow", "accept", "pass"), Action.PERMIT),
    **dict.fromkeys(("deny", "drop", "reject", "block", "discard"), Action.DENY),
}
ENABLED = {
    **dict.fromkeys(("yes", "true", "1", "enabled", "on", "active"), True),
    **dict.fromkeys(("no", "false", "0", "disabled", "off", "inactive"), False),
}

_APART = re.compile(r"[\s;,]+")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


class Addresses(NamedTuple):
    """Addresses: may ⊇ truth ⊇ must."""

    may: Intervals
    must: Intervals

    @property
    def exact(self) -> bool:
        """Whether all was understood."""
        return self.may == self.must


class Services(NamedTuple):
    """Headers of services: may ⊇ truth ⊇ must."""

    may: Headers
    must: Headers
    exact: bool


def addresses(cell: str) -> Addresses:
    """Addresses, networks and ranges, apart by spaces, commas or semicolons; "any"; anything else may be all."""
    parts = [part for part in _APART.split(cell.strip()) if part]
    if parts and all(part.lower() in ANY for part in parts):
        return Addresses(EVERY, EVERY)
    if not parts or len(parts) > MAX_PARTS:
        return Addresses(EVERY, EMPTY)
    found: list[Intervals] = []
    understood = True
    for part in parts:
        try:
            found.append(network(part))
        except ValueError:
            understood = False
    must = union(found)
    return Addresses(must if understood else EVERY, must)


def services(cell: str) -> Services:
    """What "tcp/104", "udp/500-510", "icmp" or "any" say, apart by spaces, commas or semicolons; else it may be all."""
    parts = [part.lower() for part in _APART.split(cell.strip()) if part]
    if parts and all(part in ANY for part in parts):
        return Services(EVERYTHING, EVERYTHING, exact=True)
    if not parts or len(parts) > MAX_PARTS:
        return Services(EVERYTHING, NOTHING, exact=False)
    found = [_service(part) for part in parts]
    must = tuple(box for part in found if part is not None for box in part)
    exact = None not in found
    return Services(must if exact else EVERYTHING, must, exact)


def _service(part: str) -> Headers | None:
    name, slash, ports = part.partition("/")
    protocol = PROTOCOL_NUMBERS.get(name)
    if protocol is None:
        return None
    if not slash or ports in ANY:
        return headers(protocol=one(protocol))
    written = _PORTS.fullmatch(ports)
    if written is None or protocol not in WITH_PORTS:
        return None
    first, last = int(written[1]), int(written[2] or written[1])
    if not first <= last <= 65_535:
        return None
    return headers(protocol=one(protocol), destination_port=span(first, last))


def between(source: Addresses, destination: Addresses, service: Services) -> tuple[Headers, Headers]:
    """Headers of a rule: may and must."""
    return (
        common(headers(source.may, destination.may), service.may),
        common(headers(source.must, destination.must), service.must),
    )


def endpoint(cell: str) -> tuple[int, Intervals] | None:
    """An interface's address and its network, of "10.1.0.1/24"; None where it is something else."""
    bare, slash, _ = cell.strip().partition("/")
    try:
        return (number(bare), network(cell.strip())) if slash else None
    except ValueError:
        return None
