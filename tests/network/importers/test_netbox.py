"""NetBox's inventory: zones of prefixes and VLANs, machines of devices, all of them claims; fragments are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leadglass.config.network import load_model
from leadglass.network.facts import Kind, Proposed, digest
from leadglass.network.importers import netbox
from leadglass.network.importers.fault import ConfigurationUnreadable

TEXT = (Path(__file__).parents[2] / "vectors/network/inventory/netbox.json").read_text()
MODEL = load_model("2026")


def read(text: str) -> Proposed:
    return netbox.read(text, "netbox.json", MODEL)


FOUND = read(TEXT)


def test_prefixes_of_one_vlan_are_one_zone() -> None:
    assert [(one.name, one.title, one.networks) for one in FOUND.zones] == [
        ("ct-scanners", "CT scanners", ("10.1.0.0/24", "fd00:1::/64")),
        ("pacs-servers", "PACS servers", ("10.2.0.0/24",)),
    ]


def test_roles_are_proposed_from_words() -> None:
    assert all(set(zone.roles) <= {role.id for role in MODEL.roles} for zone in FOUND.zones)
    assert FOUND.zones[1].roles


def test_devices_with_their_addresses_are_machines() -> None:
    assert [(one.name, one.addresses, one.kind, one.vendor) for one in FOUND.machines] == [
        ("ct-1", ("10.1.0.7", "fd00:1::7"), "CT", "Maker"),
        ("pacs-example-org", ("10.2.0.5",), "", ""),
    ]


def test_every_fact_is_a_claim_with_place_and_hash() -> None:
    assert {(one.kind, one.digest) for one in FOUND.facts} == {(Kind.CLAIMED, digest(TEXT))}
    lines = TEXT.splitlines()
    assert all(one.place.text in lines[one.place.line - 1] for one in FOUND.facts)


def test_what_is_left_out_is_told() -> None:
    told = " / ".join(words for _, words in FOUND.told)
    assert "10.0.0.0/8 is 'container'" in told
    assert "'10.2.0.300' is no address" in told or "10.2.0.300" in told
    assert "10.2.0.0/24 is of VRF 'imaging'" in told


def test_a_formula_stays_text() -> None:
    assert not any(zone.note.startswith("=") or "; =" in zone.note for zone in FOUND.zones)


def test_one_list_by_itself_is_known_by_its_records() -> None:
    prefixes = json.loads(TEXT)["prefixes"]
    assert [one.networks for one in read(json.dumps(prefixes)).zones] == [one.networks for one in FOUND.zones]
    assert [one.networks for one in read(json.dumps(prefixes["results"])).zones] == [
        one.networks for one in FOUND.zones
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT[: len(TEXT) // 2], "cut off"),
        ('{"count": 90, "next": "http://x/?offset=50", "results": [{"prefix": "10.1.0.0/24"}]}', "one page of several"),
        ("{}", "no prefixes"),
        ("[]", "no prefixes"),
        ("3", "no prefixes"),
        ('{"prefixes": {"results": "x"}}', "no prefixes"),
        ("[" * 100_000, "damaged"),
        ("", "cut off"),
    ],
)
def test_what_is_no_whole_inventory_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationUnreadable, match=words):
        read(text)


def test_a_fault_of_json_has_its_line() -> None:
    with pytest.raises(ConfigurationUnreadable) as raised:
        read('{"prefixes": [\n{"prefix": "10.1.0.0/24"},\n{oops}]}')
    assert raised.value.place is not None
    assert raised.value.place.line == 3


def test_values_of_other_kinds_are_told_and_never_raised() -> None:
    records = [{"prefix": value} for value in (3, None, ["10.1.0.0/24"], {"a": 1}, "10.1.0.0/99", "=1", {"name": "x"})]
    found = read(json.dumps({"prefixes": records, "devices": [{"name": 3, "primary_ip4": {"address": 4}}]}))
    assert not found.zones
    assert not found.machines
    assert len(found.told) == len(records)
