"""From a folder on disk to gaps and verdicts: a small hospital by hand, with what a person finds in it."""

from __future__ import annotations

from pathlib import Path

from leadglass.config.network import load_hospital
from leadglass.config.network_models import load_gap_classes
from leadglass.network.compare import Comparison, compare
from leadglass.network.gaps import gaps
from leadglass.network.rules import judge

SMALL = Path(__file__).parent / "hospitals/small/hospital.toml"


def comparison() -> Comparison:
    network = load_hospital(SMALL)
    return compare(network.hospital, network.model, network.devices)


def test_the_gaps_are_those_that_a_person_finds() -> None:
    found = {gap.id: (gap.kind, gap.severity.value) for gap in gaps(comparison(), load_gap_classes())}
    from_wards = {name: what for name, what in found.items() if name.startswith("wards--ris--")}
    others = {name: what for name, what in found.items() if name not in from_wards}
    assert others == {
        "internet--pacs--dicom": ("needless-opening", "critical"),
        "pacs--reading--dicom": ("blocked", "high"),
        "wards--pacs--smb": ("needless-opening", "high"),
        "devices--pacs--dicom": ("unproven", "medium"),
        "pacs--devices--dicom": ("unproven", "medium"),
        "reading--pacs--dicom": ("unproven", "medium"),
        "ris--pacs--hl7": ("unproven", "medium"),
        "internet--dmz--https": ("unproven", "medium"),
        "wards--internet--https": ("unproven", "low"),
    }
    assert from_wards.pop("wards--ris--https") == ("unproven", "low")
    assert set(from_wards.values()) == {("needless-opening", "medium")}
    assert len(from_wards) == 47  # all other services, and what none has


def test_each_witness_names_the_line_that_a_person_would_point_at() -> None:
    lines = SMALL.with_name("core.rules").read_text().splitlines()
    shown = {gap.id: gap.witness for gap in gaps(comparison(), load_gap_classes()) if gap.witness is not None}
    for name, text in (
        ("internet--pacs--dicom", "-A PREROUTING -i wan -d 198.51.100.2/32"),
        ("internet--pacs--dicom", "-A FORWARD -i wan -d 10.20.2.5/32"),
        ("wards--pacs--smb", "--dport 445 -j ACCEPT"),
        ("wards--ris--ssh", "-A FORWARD -i wards -o ris -j ACCEPT"),
        ("pacs--reading--dicom", ":FORWARD DROP"),
    ):
        assert any(text in lines[place.line - 1] for place in shown[name].places), name


def test_the_verdicts_are_those_that_a_person_gives() -> None:
    found = {(each.rule, each.control): each.verdict.value for each in judge(comparison())}
    assert found == {
        ("isolation-internet", "fw-internet"): "partly",
        ("isolation-ris", "fw-ris"): "not met",
        ("isolation-his", "fw-his"): "not covered",
        ("isolation-pacs", "fw-pacs"): "partly",
        ("isolation-gateway", "fw-gateway"): "not covered",
        ("exposed", "topo-not-exposed"): "not met",
        ("dmz", "dmz-requests"): "not met",
        ("vlan", "vlan-router"): "met",
        ("vlan", "vlan-zones"): "not met",
        ("mixed-modalities", "vlan-mixed-modalities"): "not met",
        ("single-gateway", "gw-present"): "met",
        ("single-gateway", "gw-single"): "not met",
        ("single-gateway", "gw-hospital-managed"): "not met",
        ("detection", "ids-network"): "met",
        ("detection", "ids-imaging"): "not met",
        ("snmp", "mon-snmp"): "not met",
        ("vpn", "vpn-only"): "not met",
        ("vpn", "vpn-no-dialup"): "not met",
        ("default-deny", "fw-default-deny"): "met",
        ("source-port", "fw-default-deny"): "not covered",
        ("inventory", "topo-map"): "not covered",
        ("inventory", "topo-inventory"): "not covered",
    }
