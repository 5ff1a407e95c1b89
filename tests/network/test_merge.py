"""Imports beside what is described: new things are added, contradictions listed, and nothing is overwritten."""

from __future__ import annotations

import pytest

from leadglass.network.facts import Fact, Kind, Proposed
from leadglass.network.hospital import Hospital, Machine, Zone, faults
from leadglass.network.merge import merge
from leadglass.network.rule import Place

BASE = Hospital(
    format="leadglass-network-1",
    name="By hand",
    zones=(
        Zone(name="ct", roles=("ct",), networks=("10.1.0.0/24",)),
        Zone(name="pacs", networks=("10.2.0.0/24", "10.2.1.0/24")),
    ),
    machines=(Machine(name="ct-1", role="ct", addresses=("10.1.0.7",)),),
)


def zone(name: str, *networks: str, role: str = "") -> Zone:
    return Zone(name=name, roles=(role,) if role else (), networks=networks)


def machine(name: str, *addresses: str, role: str = "") -> Machine:
    return Machine(name=name, role=role, addresses=addresses)


def proposed(*things: Zone | Machine, unnamed: str = "") -> Proposed:
    zones = tuple(one for one in things if isinstance(one, Zone))
    machines = tuple(one for one in things if isinstance(one, Machine))
    facts = tuple(Fact(Kind.CLAIMED, f"zone {one.name}", "has", Place("list", 7), "") for one in zones)
    facts += tuple(Fact(Kind.OBSERVED, f"machine {one.name}", "is at", Place("scan", 9), "") for one in machines)
    return Proposed("list", "", zones, machines, frozenset({unnamed}) if unnamed else frozenset(), facts=facts)


def test_what_is_new_is_added_and_what_is_there_stays() -> None:
    found = merge(BASE, [proposed(zone("ris", "10.3.0.0/24"), machine("ris-1", "10.3.0.9"))])
    assert (found.zones, found.machines, found.conflicts) == (("ris",), ("ris-1",), ())
    assert found.hospital.zones[:2] == BASE.zones
    assert found.hospital.machines[:1] == BASE.machines
    assert not faults(found.hospital)


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (zone("ct", "10.1.0.0/25"), "addresses differ"),
        (zone("ct", "10.1.0.0/24", role="mr"), "role differs"),
        (zone("other", "10.1.0.0/24", role="mr"), "role differs"),  # the same zone under another name
        (zone("other", "10.1.0.128/25"), "subnets overlap"),  # it would take addresses away
        (zone("other", "10.0.0.0/8"), "subnets overlap"),
        (zone("other", "10.1.0.200-10.1.1.9"), "subnets overlap"),
        (machine("mr-1", "10.1.0.7"), "one address"),
        (machine("mr-1", "10.1.0.7/32", "10.1.0.8"), "one address"),
        (machine("ct-1", "10.1.0.9"), "addresses differ"),
        (machine("ct-1", "10.1.0.7", role="mr"), "role differs"),
    ],
)
def test_a_contradiction_is_listed_and_changes_nothing(thing: Zone | Machine, kind: str) -> None:
    found = merge(BASE, [proposed(thing)])
    assert {one.kind for one in found.conflicts} == {kind}
    assert found.hospital == BASE
    assert all(one.place.line in {7, 9} for one in found.conflicts)


@pytest.mark.parametrize(
    "thing",
    [
        zone("ct", "10.1.0.0/24"),
        zone("CT".lower(), "10.1.0.0-10.1.0.255", role="ct"),
        zone("other", "10.2.1.0/24", "10.2.0.0/24"),
        machine("ct-1", "10.1.0.7", role="ct"),
    ],
)
def test_what_agrees_is_neither_new_nor_a_conflict(thing: Zone | Machine) -> None:
    found = merge(BASE, [proposed(thing)])
    assert (found.hospital, found.conflicts) == (BASE, ())


def test_a_machine_that_a_scan_knows_by_its_address_alone_is_the_one_that_has_it() -> None:
    found = merge(BASE, [proposed(machine("host-10-1-0-7", "10.1.0.7"), unnamed="host-10-1-0-7")])
    assert (found.hospital, found.conflicts) == (BASE, ())
    found = merge(BASE, [proposed(machine("host-10-1-0-9", "10.1.0.9"), unnamed="host-10-1-0-9")])
    assert found.machines == ("host-10-1-0-9",)


def test_an_earlier_import_goes_before_a_later_one() -> None:
    first, second = proposed(machine("ris-1", "10.3.0.9")), proposed(machine("his-1", "10.3.0.9"))
    found = merge(BASE, [first, second])
    assert found.machines == ("ris-1",)
    assert [one.kind for one in found.conflicts] == ["one address"]
    assert merge(BASE, [second, first]).machines == ("his-1",)


def test_of_new_zones_one_may_lie_within_another_but_not_across() -> None:
    wide, narrow, across = (
        zone("wide", "10.8.0.0/16"),
        zone("narrow", "10.8.1.0/24"),
        zone("across", "10.8.255.0-10.9.0.9"),
    )
    found = merge(BASE, [proposed(wide, narrow, across)])
    assert found.zones == ("wide", "narrow")
    assert [(one.kind, one.subject) for one in found.conflicts] == [("subnets overlap", "zone across")]
