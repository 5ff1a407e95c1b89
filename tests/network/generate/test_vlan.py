"""The VLAN plan: roles apart, kinds of modalities mixed, subnets free, no names that tell."""

from __future__ import annotations

from ipaddress import ip_network

from leadglass.network.generate.vlan import vlan_plan
from leadglass.network.hospital import Hospital, Machine, Zone


def machine(name: str, role: str, address: str, kind: str = "") -> Machine:
    return Machine(name=name, role=role, kind=kind, addresses=(address,))


FLAT = Hospital(
    format="leadglass-network-1",
    name="Flat",
    zones=(Zone(name="flat", roles=("modality", "pacs"), networks=("10.0.0.0/24",)),),
    machines=(
        machine("ct-1", "modality", "10.0.0.11", "CT"),
        machine("ct-2", "modality", "10.0.0.12", "CT"),
        machine("mr-1", "modality", "10.0.0.13", "MR"),
        machine("archive", "pacs", "10.0.0.21"),
        machine("unknown", "", "10.0.0.99"),
    ),
)


def test_roles_get_their_own_and_a_kind_that_is_there_twice_stands_in_both() -> None:
    plan = vlan_plan(FLAT, ())
    by_role = {one.role: [each for each in plan.vlans if each.role == one.role] for one in plan.vlans}
    assert set(by_role) == {"modality", "pacs"}
    assert all({"ct-1", "ct-2"} & set(one.machines) for one in by_role["modality"])
    assert len(by_role["modality"]) == 2
    assert plan.unplaced == ("unknown",)


def test_subnets_are_free_and_apart_and_names_say_nothing() -> None:
    plan = vlan_plan(FLAT, ())
    subnets = [ip_network(one.subnet) for one in plan.vlans]
    assert not any(one.overlaps(ip_network("10.0.0.0/24")) for one in subnets)
    assert not any(one.overlaps(other) for at, one in enumerate(subnets) for other in subnets[at + 1 :])
    assert not any(word in one.name for one in plan.vlans for word in ("pacs", "modality", "ct"))


def test_a_network_of_one_role_needs_no_plan() -> None:
    zones = (Zone(name="ct", roles=("modality",), networks=("10.0.0.0/24",)),)
    sound = Hospital(format="leadglass-network-1", name="Sound", zones=zones, machines=FLAT.machines[:3])
    assert vlan_plan(sound, ()).vlans == ()
