"""A VLAN and subnet plan: machines of one role together, one VLAN for one subnet, kinds of modalities mixed. No rules.

NHS England's imaging pattern: separate VLANs for modalities, PACS, RIS, VNA, viewers and databases; a modality VLAN
mixes kinds of devices, so that one that fails takes no kind away; one VLAN is one subnet; no VLAN is named for what it
holds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from leadglass.network.address import IPV4, network
from leadglass.network.device import Device
from leadglass.network.hospital import Hospital, Machine
from leadglass.network.intervals import Intervals, union

MODALITY = "modality"
FIRST_VLAN, LAST_VLAN = 100, 4_094  # IEEE 802.1Q: 12 bits, 0 and 4095 reserved
ROOM = 2  # addresses for each machine: as many again may come
OVERHEAD = 4  # its own name, broadcast, gateway and standby
POOL = "10.0.0.0/8"
MAX_SUBNETS = 4_096  # that are tried to find a free one
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take a cell that begins so for a formula


@dataclass(frozen=True, slots=True)
class Vlan:
    """One VLAN to be.

    Attributes:
        number: 802.1Q. name: says nothing of what is in it.
        role: of the model. subnet: free today.
        machines: to be moved, by name.
        why: the reason.
    """

    number: int
    name: str
    role: str
    subnet: str
    gateway: str
    machines: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class VlanPlan:
    """All of it.

    Attributes:
        unplaced: machines without a role: nobody said where they belong.
    """

    vlans: tuple[Vlan, ...]
    unplaced: tuple[str, ...]

    @property
    def csv(self) -> str:
        """A line for each machine; cells that a spreadsheet would take for formulas begin with an apostrophe."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["vlan", "name", "subnet", "gateway", "role", "machine"])
        for one in self.vlans:
            for machine in one.machines:
                row = [str(one.number), one.name, one.subnet, one.gateway, one.role, machine]
                writer.writerow([f"'{cell}" if cell.startswith(DANGEROUS) else cell for cell in row])
        return out.getvalue()


def vlan_plan(hospital: Hospital, devices: tuple[Device, ...], pool: str = POOL) -> VlanPlan:
    """VLANs for machines that share a network with machines of another role.

    Args:
        hospital: machines with their roles.
        devices: filters, whose networks are taken.
        pool: where subnets may be taken from, an IPv4 network.

    Raises:
        ValueError: the pool is no IPv4 network.
    """
    room = IPv4Network(pool)
    mixed = _mixed(hospital)
    groups: dict[str, list[Machine]] = {}
    for machine in mixed:
        if machine.role:
            groups.setdefault(machine.role, []).append(machine)
    taken = _taken(hospital, devices)
    found: list[Vlan] = []
    for role, machines in groups.items():
        for part in _parts(role, machines):
            subnet = _free(room, taken, len(part))
            number = FIRST_VLAN + len(found)
            if subnet is None or number > LAST_VLAN:
                break
            taken = union([taken, network(str(subnet))])
            names = tuple(machine.name for machine in part)
            found.append(Vlan(number, f"seg-{number}", role, str(subnet), str(subnet[1]), names, _why(role, part)))
    planned = {name for one in found for name in one.machines}
    return VlanPlan(tuple(found), tuple(one.name for one in mixed if one.name not in planned))


def _mixed(hospital: Hospital) -> list[Machine]:
    """Machines of networks on which several roles stand, in the order of the file."""
    found: dict[str, Machine] = {}
    for zone in hospital.zones:
        for written in zone.networks:
            here = [one for one in hospital.machines if _addresses(one).meets(network(written))]
            if len({one.role for one in here if one.role} | set(zone.roles)) > 1:
                found.update((one.name, one) for one in here)
    return [one for one in hospital.machines if one.name in found]


def _addresses(machine: Machine) -> Intervals:
    return union(map(network, machine.addresses))


def _taken(hospital: Hospital, devices: tuple[Device, ...]) -> Intervals:
    declared = [network(written) for zone in hospital.zones for written in zone.networks]
    declared += [_addresses(machine) for machine in hospital.machines]
    declared += [one.networks for device in devices for one in device.interfaces]
    # A default route names nobody's network.
    declared += [route.destination for device in devices for route in device.routes if route.destination.size < 1 << 31]
    return union(declared).common(IPV4)


def _parts(role: str, machines: list[Machine]) -> Iterator[list[Machine]]:
    """Modalities in two parts with each kind in both, where a kind has two; all others together."""
    kinds: dict[str, list[Machine]] = {}
    for machine in machines:
        kinds.setdefault(machine.kind, []).append(machine)
    if role != MODALITY or all(len(same) < 2 for same in kinds.values()):
        yield machines
        return
    halves: tuple[list[Machine], list[Machine]] = ([], [])
    for same in kinds.values():
        for at, machine in enumerate(same):
            halves[at % 2 if len(same) > 1 else len(halves[0]) > len(halves[1])].append(machine)
    yield from halves


def _free(room: IPv4Network, taken: Intervals, machines: int) -> IPv4Network | None:
    bits = max((machines * ROOM + OVERHEAD - 1).bit_length(), 4)
    length = max(32 - bits, room.prefixlen)
    for index in range(min(MAX_SUBNETS, 1 << (length - room.prefixlen))):
        first = int(room.network_address) + index * (1 << (32 - length))
        candidate = IPv4Network((first, length))
        if not network(str(candidate)).meets(taken):
            return candidate
    return None


def _why(role: str, machines: list[Machine]) -> str:
    kinds = sorted({one.kind for one in machines if one.kind})
    if role == MODALITY and len(kinds) > 1:
        return f"kinds are mixed ({', '.join(kinds)}): one VLAN that fails takes no kind of examination away"
    return f"machines of the role {role} alone: what passes to others passes a filter"
