"""A hospital's description: what contradicts itself is told, what is sound is not."""

from __future__ import annotations

import pytest

from leadglass.network.hospital import Filter, Hospital, Link, Machine, Sensor, Vpn, Zone, faults


def described(**values: object) -> Hospital:
    zones = (Zone(name="ct", networks=("10.1.0.0/24",)), Zone(name="pacs", networks=("10.2.0.0/24",)))
    given = {"zones": zones, **values}
    return Hospital(format="leadglass-network-1", name="Test", **given)  # type: ignore[arg-type]  # fields of Hospital


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, []),
        (
            {"zones": (Zone(name="ct", networks=("10.1.0.0/33",)),)},
            ["zone 'ct': '10.1.0.0/33' is no address, network or range"],
        ),
        ({"zones": (Zone(name="ct", networks=("10.1.0.0/24",)),) * 2}, ["zone 'ct' stands twice"]),
        (
            {"machines": (Machine(name="m", addresses=("none",)),)},
            ["machine 'm': 'none' is no address, network or range"],
        ),
        ({"filters": (Filter(name="a", pair="b"),)}, ["filter 'a': no filter 'b'"]),
        ({"sensors": (Sensor(name="ids", zone="labs"),)}, ["sensor 'ids': no zone 'labs'"]),
        ({"vpns": (Vpn(name="v", kind="tls", ends_in="labs"),)}, ["VPN 'v': no zone 'labs'"]),
        ({"links": (Link(name="old", between=("ct", "labs")),)}, ["link 'old': no zone 'labs'"]),
        ({"links": (Link(name="adsl", between=("ct", "internet")),)}, []),
    ],
)
def test_what_contradicts_itself_is_told(values: dict[str, object], told: list[str]) -> None:
    assert faults(described(**values)) == told


def test_a_zone_has_the_addresses_of_all_its_networks() -> None:
    zone = Zone(name="ct", networks=("10.1.0.0/24", "10.1.1.5-10.1.1.6"))
    assert zone.addresses.size == 258
