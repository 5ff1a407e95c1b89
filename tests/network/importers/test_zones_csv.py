"""A list of subnets: what it says, what a person must be told, what is refused and where."""

from __future__ import annotations

import pytest

from leadglass.config.network_models import load_model
from leadglass.network import hospital
from leadglass.network.hospital import Hospital
from leadglass.network.importers import zones_csv
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.importers.zones_csv import ZonesRead, inert, slug
from leadglass.network.zones import partition

MODEL = load_model("2026")


def read(text: str) -> ZonesRead:
    return zones_csv.read(text, "subnets.csv", MODEL)


def test_subnets_become_zones_and_words_propose_their_roles() -> None:
    found = read("cidr,zone,label\n10.1.0.0/24,Radiology,CT and MR\n10.1.1.0/24,Radiology,\n10.2.0.0/24,PACS,\n")
    radiology, pacs = found.zones
    assert (radiology.name, radiology.title, radiology.roles) == ("radiology", "Radiology", ("modality",))
    assert radiology.networks == ("10.1.0.0/24", "10.1.1.0/24")
    assert pacs.roles == ("pacs",)
    assert found.proposed == {"radiology", "pacs"}
    assert hospital.faults(Hospital(format="leadglass-network-1", name="x", zones=found.zones)) == []


@pytest.mark.parametrize(
    "text",
    [
        "10.1.0.0/24,CT,x",
        "\ufeffcidr;zone;label\r\n10.1.0.0/24;CT;x\r\n",
        "zone\tlabel\tsubnet\nCT\tx\t10.1.0.0/24",
        "# subnets\n\n10.1.0.0/24, CT ,x\n",
        "Zone,CIDR\nCT,10.1.0.0/24",
    ],
)
def test_separators_order_and_a_head_are_as_people_write_them(text: str) -> None:
    (found,) = read(text).zones
    assert (found.name, found.networks) == ("ct", ("10.1.0.0/24",))


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Ultrasound", "modality"),
        ("reading room 3", "workstation"),
        ("PACS", "pacs"),
        ("hospital information system", "his"),
        ("Vendor Neutral Archive", "vna"),
        ("guest wifi", "wireless"),
        ("Laundry", None),
        ("director", None),
    ],
)
def test_a_role_is_proposed_by_whole_words_or_not_at_all(label: str, role: str | None) -> None:
    found = read(f"10.1.0.0/24,zone seven,{label}")
    assert found.zones[0].roles == ((role,) if role else ())
    assert any("no word tells its role" in words for _, words in found.told) is (role is None)


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-2+3", "@SUM(A1)", " =1"])
def test_a_formula_is_text_and_is_told(cell: str) -> None:
    found = read(f"10.1.0.0/24,CT,{cell}")
    assert not found.zones[0].note.startswith(tuple("=+-@"))
    assert [place.line for place, words in found.told if "looks like a formula" in words] == [1]


def test_a_formula_as_a_zone_makes_a_name_that_nothing_computes() -> None:
    (found,) = read('10.1.0.0/24,"=cmd|x",').zones
    assert found.name == "cmd-x"
    assert found.title == "'=cmd|x"


def test_subnets_that_two_zones_claim_are_told_with_both_lines_and_the_first_keeps_them() -> None:
    found = read("10.1.0.0/24,CT,\n10.0.0.0/8,House,\n10.1.0.0/24,MR,\n10.1.0.200-10.1.1.9,US,\n")
    told = [(place.line, words) for place, words in found.told if "gets it" in words]
    assert (3, "10.1.0.0/24 is of 'ct' too (line 1), which gets it, not 'mr'") in told
    assert {line for line, _ in told} == {3, 4}
    described = Hospital(format="leadglass-network-1", name="x", zones=found.zones)
    assert partition(described).overlaps


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("10.1.0.0/24,CT,\nten,MR,", 2, "'ten' is no network"),
        ("10.1.0.0/24,CT,\n,MR,", 2, "no subnet"),
        ("10.1.0.0/24,", 1, "no zone"),
        ('10.1.0.0/24,CT,\n10.2.0.0/24,"MR', 2, "not CSV"),
        ("hostname fw\ninterface eth0", 1, "no zone"),
        ("10.1.0.0/24,CT\n" * 20_002, 20_002, "more than 20000 lines"),
    ],
)
def test_what_is_no_list_of_subnets_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigurationUnreadable) as fault:
        read(text)
    assert fault.value.place is not None
    assert (fault.value.place.line, words in fault.value.message) == (line, True), str(fault.value)


def test_a_list_larger_than_any_is_refused() -> None:
    with pytest.raises(ConfigurationUnreadable, match="more than 4 MiB"):
        read("#" * (zones_csv.MAX_TEXT + 1))


def test_names_are_stable_also_in_letters_beyond_latin() -> None:
    assert slug("Röntgen 1. OG") == "rontgen-1-og"
    assert slug("放射線科") == slug(" 放射線科 ")
    assert slug("放射線科") != slug("病棟")
    assert slug("放射線科").startswith("zone-")
    assert len(slug("x" * 200)) <= zones_csv.MAX_NAME


def test_an_inert_cell_is_one_bounded_line() -> None:
    assert inert("a\nb\t c") == "a b c"
    assert inert("=" + "x" * 500) == "'=" + "x" * 198
