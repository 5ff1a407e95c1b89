"""A scan of nmap: machines and what answered, nothing that did not; XML that does more than say is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadglass.network.address import number
from leadglass.network.facts import Kind, digest
from leadglass.network.importers import nmap_xml
from leadglass.network.importers.fault import ConfigurationUnreadable

TEXT = (Path(__file__).parents[2] / "vectors/network/inventory/nmap.xml").read_text()
SCAN = nmap_xml.read(TEXT, "scan.xml")


def test_hosts_that_are_up_are_machines() -> None:
    assert [(one.name, one.addresses, one.vendor) for one in SCAN.machines] == [
        ("pacs-example-org", ("10.2.0.5",), "Maker"),
        ("host-10-2-0-9", ("10.2.0.9",), ""),
    ]
    assert SCAN.unnamed == {"host-10-2-0-9"}
    assert SCAN.machines[0].snmp == "1"


def test_ports_that_answered_are_services_and_others_are_not() -> None:
    assert [(one.address, one.protocol, one.port, one.service) for one in SCAN.listening] == [
        (number("10.2.0.5"), 6, 104, "dicom"),
        (number("10.2.0.5"), 17, 161, "snmp"),
        (number("10.2.0.9"), 6, 443, "'=https"),  # no spreadsheet takes it for a formula
    ]


def test_every_fact_is_observed_and_keeps_place_and_hash() -> None:
    assert {(one.kind, one.digest) for one in SCAN.facts} == {(Kind.OBSERVED, digest(TEXT))}
    lines = TEXT.splitlines()
    for one in SCAN.listening:
        assert f'portid="{one.port}"' in lines[one.place.line - 1]


def test_a_port_that_is_none_is_told() -> None:
    assert [words for _, words in SCAN.told] == ["machine pacs-example-org: 'tcp' '99999' is no port"]


def test_a_scan_that_did_not_end_is_told() -> None:
    cut = TEXT.replace("<runstats>", "<!--").replace("</runstats>", "-->")
    assert any("did not end" in words for _, words in nmap_xml.read(cut, "scan.xml").told)


LAUGHS = '<!DOCTYPE nmaprun [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE nmaprun SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        (TEXT.replace("<!DOCTYPE nmaprun>", LAUGHS), "entities: refused", 2),
        (TEXT.replace("<!DOCTYPE nmaprun>", OUTSIDE), "entities: refused", 2),
        (TEXT.replace("<!DOCTYPE nmaprun>", OUTSIDE.lower()), "entities: refused", 2),
        (TEXT.replace("DICOM Service", "&undeclared;"), "damaged", 11),
        ("\n".join(TEXT.splitlines()[:14]), "cut off", 14),
        ("<a>" * 5_000, "damaged", 1),
        ('<?xml version="1.0"?>\n<config/>', "another program", 2),
        ("not xml", "damaged", 1),
        ("", "damaged", 0),
        (TEXT + "\0", "binary", 24),
    ],
)
def test_what_is_no_whole_scan_is_refused_with_its_line(text: str, words: str, line: int) -> None:
    with pytest.raises(ConfigurationUnreadable, match=words) as raised:
        nmap_xml.read(text, "scan.xml")
    assert raised.value.place is not None
    assert abs(raised.value.place.line - line) <= 1
