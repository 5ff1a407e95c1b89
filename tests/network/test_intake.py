"""Files that people hand in become a hospital: told by their text, masked first, asked about; never a secret kept."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from leadglass.config.network import load_model, parse_hospital
from leadglass.errors import LeadglassError
from leadglass.network.hospital import Filter, Hospital, Machine, ServiceGateway, Zone
from leadglass.network.hospital_file import write
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.intake import HOSPITAL, ZONES, Intake, intake, kind_of, safe_name, taken

CANARY = "canary-Zq7-secret"
MODEL = load_model("2026")
CORE = resources.files("leadglass.demo.network").joinpath("core-firewall.json").read_text("utf-8")
SUBNETS = "cidr,zone,label\n10.20.0.0/24,Servers,PACS servers\n10.20.2.0/24,RIS,\n10.99.0.0/24,Cellar,=1+1\n"


def made(*files: tuple[str, str], base: Hospital | None = None) -> Intake:
    return intake([taken(name, text) for name, text in files], MODEL, base, "St. Elsewhere")


def test_files_are_told_by_their_text_and_not_by_their_names() -> None:
    assert kind_of(CORE) == "nftables"
    assert kind_of(SUBNETS) == kind_of("10.1.0.0/16;Wards;offices\n") == kind_of("fd00:1::/64\tWards\t\n") == ZONES
    assert kind_of('format = "leadglass-network-1"\nname = "x"\n') == HOSPITAL
    assert kind_of("Dear colleague, the subnets are in the other file.") is None


def test_a_backup_and_a_list_make_a_hospital_with_proposals_that_are_asked_about() -> None:
    found = made(("core.json", CORE), ("subnets.csv", SUBNETS)).draft
    zones = {zone.name: zone.roles for zone in found.hospital.zones}
    assert zones == {"servers": ("pacs",), "ris": ("ris",), "cellar": ()}
    assert found.hospital.filters == (Filter(name="core", kind="nftables", file="core.json"),)
    assert found.proposed == {"servers", "ris"}
    asked = "\n".join(found.questions)
    assert "Zone servers: its words propose" in asked
    assert "Zone cellar: what is Cellar" in asked
    assert "subnets.csv:4" in asked  # the formula
    assert "core leads to 10.10.0.0/29, 10.20.1.0/24" in asked


def test_without_a_list_each_network_of_a_filter_is_a_zone() -> None:
    hospital = made(("core.json", CORE)).draft.hospital
    assert {zone.name: zone.networks for zone in hospital.zones}["servers"] == ("10.20.0.0/24",)
    assert not any(zone.roles for zone in hospital.zones)  # nobody said what they are


def test_what_is_described_already_stays_when_more_comes() -> None:
    base = Hospital(
        format="leadglass-network-1",
        name="Ours",
        zones=(Zone(name="ris", title="Our RIS", roles=("his",), networks=("10.20.2.0/24",)),),
        filters=(Filter(name="heart", kind="nftables", file="core.json"),),
    )
    hospital = made(("core.json", CORE), ("subnets.csv", SUBNETS), base=base).draft.hospital
    assert hospital.name == "Ours"
    assert hospital.zones[0] == base.zones[0]
    assert [zone.name for zone in hospital.zones] == ["ris", "servers", "cellar"]
    assert hospital.filters == base.filters


def test_secrets_are_masked_before_anything_reads_the_text() -> None:
    commented = CORE.replace("RIS must be reachable", f"password {CANARY}")
    assert commented != CORE
    listed = SUBNETS + f"10.9.0.0/24,Lab,community={CANARY}\n"
    found = made(("core.json", commented), ("subnets.csv", listed))
    said = [one.text for one in found.configurations]
    said += [write(found.draft.hospital, found.draft.questions), repr(found)]
    assert not any(CANARY in text for text in said)
    assert any("masked" in text for text in said)


def test_names_of_files_lead_nowhere() -> None:
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("C:\\backup\\fw\u202e.cfg") == "fw_.cfg"
    assert safe_name("..") == "file"
    assert len(safe_name("x" * 1_000)) <= 120


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ([("a.txt", "hello")], "a.txt: neither a configuration"),
        ([("a.json", CORE[:4_000])], "a.json:"),
        ([("a.json", CORE + "\0")], "a.json:49: binary"),
        ([("a.csv", "cidr,zone\n10.0.0.0/33,x\n")], "a.csv:2:"),
        ([("a.csv", SUBNETS), ("b.csv", SUBNETS)], "both lists of subnets"),
        ([("x/a.json", CORE), ("y/a.json", CORE)], "two files are called a.json"),
        ([(f"{number}.csv", SUBNETS) for number in range(61)], "more than 60 files"),
    ],
)
def test_what_cannot_be_taken_is_told_with_file_and_line(files: list[tuple[str, str]], fault: str) -> None:
    with pytest.raises(LeadglassError) as caught:
        made(*files)
    assert fault in str(caught.value)
    assert caught.value.hint


def test_a_syntax_that_is_said_is_believed_and_must_fit() -> None:
    with pytest.raises(ConfigurationUnreadable):
        intake([taken("a.txt", "hello", "nftables")], MODEL)


def test_a_written_hospital_is_read_again_the_same() -> None:
    hospital = Hospital(
        format="leadglass-network-1",
        name='Quote " back \\ ünï\u2028 \x7f \t',
        zones=(
            Zone(name="a", title="A", roles=("pacs", "viewer"), networks=("10.0.0.0/24", "fd00::/64"), note="x\ny"),
        ),
        machines=(Machine(name="m", addresses=("10.0.0.1",), snmp="2c"),),
        gateways=(ServiceGateway(name="g", managed_by="hospital", serves=("a",)),),
    )
    text = write(hospital, ["Is it\nso? \x1b[2J", "And \u202e?"])
    assert parse_hospital(text, "x.toml") == hospital
    assert write(parse_hospital(text, "x.toml")) == write(hospital)
    assert all(line.startswith("#") for line in text.splitlines()[:3])
    assert tomllib.loads(text)["zones"][0]["roles"] == ["pacs", "viewer"]


def test_an_inventory_adds_machines_and_overwrites_nothing() -> None:
    scan = (
        '<?xml version="1.0"?><nmaprun scanner="nmap"><host><status state="up"/><address addr="10.20.2.7" '
        'addrtype="ipv4"/><hostnames><hostname name="ris-2"/></hostnames></host></nmaprun>'
    )
    assert kind_of(scan) == "nmap"
    base = Hospital(
        format="leadglass-network-1", name="Ours", machines=(Machine(name="mine", addresses=("10.20.2.7",)),)
    )
    fresh = made(("subnets.csv", SUBNETS), ("scan.xml", scan)).draft
    assert [machine.addresses for machine in fresh.hospital.machines] == [("10.20.2.7",)]
    again = made(("scan.xml", scan), base=base).draft
    assert again.hospital.machines == base.machines
    with pytest.raises(ConfigurationUnreadable, match="entities"):
        made(("scan.xml", scan.replace("<nmaprun", '<!DOCTYPE x [<!ENTITY a "b">]><nmaprun')))
