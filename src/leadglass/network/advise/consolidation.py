"""From many gateways to one: which go, in which order, and how many audit trails that saves. Never whether one is safe.

An audit trail has to be looked at wherever somebody from outside can work: on every gateway, and on every machine that
a gateway not run by the hospital leads to, because the hospital's own trail does not hold what is done there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadglass.network.address import network
from leadglass.network.hospital import Hospital, ServiceGateway
from leadglass.network.intervals import union

HOSPITAL = "hospital"
MODEMS = ("modem", "dial", "isdn", "analogue")
PASSIVE = ("internet", "outbound")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A gateway that goes.

    Attributes:
        machines: names of those that it serves, to be reached by the one gateway instead.
        audit_points: trails that need no longer be looked at.
        why: why it stands at this place of the order.
    """

    gateway: ServiceGateway
    machines: tuple[str, ...]
    audit_points: int
    why: str


@dataclass(frozen=True, slots=True)
class Consolidation:
    """The plan.

    Attributes:
        kept: the hospital's own gateway; None: one has to be set up first.
        leaving: in order.
        before, after: trails to look at, now and in the end.
        steps: in words, in order.
    """

    kept: ServiceGateway | None
    leaving: tuple[Leaving, ...]
    before: int
    after: int
    steps: tuple[str, ...]

    @property
    def saved(self) -> int:
        """Audit trails that need no longer be looked at."""
        return self.before - self.after


def consolidation(hospital: Hospital) -> Consolidation:
    """The plan for a hospital's gateways as they are declared."""
    own = [one for one in hospital.gateways if one.managed_by == HOSPITAL]
    kept = own[0] if own else None
    others = sorted((one for one in hospital.gateways if one is not kept), key=_first)
    leaving = tuple(
        Leaving(one, machines, 1 + (len(machines) if one.managed_by != HOSPITAL else 0), _why(one))
        for one in others
        for machines in [_machines(hospital, one)]
    )
    theirs = {name for one in leaving if one.gateway.managed_by != HOSPITAL for name in one.machines}
    before = len(hospital.gateways) + len(theirs)
    after = 1 if hospital.gateways else 0
    return Consolidation(kept, leaving, before, after, tuple(_steps(kept, leaving)))


def _first(one: ServiceGateway) -> tuple[int, str]:
    way = one.way.lower()
    if any(word in way for word in MODEMS):
        return 0, one.name
    if any(word in way for word in PASSIVE):
        return 1, one.name
    return (2 if one.managed_by != HOSPITAL else 3), one.name


def _why(one: ServiceGateway) -> str:
    return (
        "a modem answers whoever calls, past every filter",
        "it is reached from the Internet, or calls out by itself, past the hospital's own entrance",
        "its maker runs it, and holds its audit trail",
        "it is the hospital's own and a second way in",
    )[_first(one)[0]]


def _machines(hospital: Hospital, gateway: ServiceGateway) -> tuple[str, ...]:
    """Those it names, and those in zones that it names; a machine is its own gateway where it stands at its address."""
    own = union(map(network, gateway.addresses))
    zones = {zone.name: zone.addresses for zone in hospital.zones if zone.name in gateway.serves}
    found = []
    for one in hospital.machines:
        addresses = union(map(network, one.addresses))
        within = any(addresses.meets(zone) for zone in zones.values()) and not addresses.meets(own)
        if one.name in gateway.serves or within:
            found.append(one.name)
    return tuple(found)


def _steps(kept: ServiceGateway | None, leaving: tuple[Leaving, ...]) -> Iterator[str]:
    if kept is None and leaving:
        yield (
            "Set up one gateway that the hospital runs, in the DMZ or a zone of its own, with its own firewall: closed "
            "by default, engineers under their own names with a second factor, sessions approved, limited and recorded."
        )
    for one in leaving:
        gateway = one.gateway
        who = f" of {gateway.managed_by}" if gateway.managed_by != HOSPITAL else ""
        served = f" to {', '.join(one.machines)}" if one.machines else ""
        yield (
            f"Move the sessions{who}{served} to the one gateway; then take away {gateway.title or gateway.name}: "
            f"{one.why}. "
            f"That is {one.audit_points} audit {'trail' if one.audit_points == 1 else 'trails'} less."
        )
    if leaving:
        yield "Change every password and key that a gateway which went has known, and close its rules on the filters."
