"""Gaps: what is one, how bad, which control, and the witness that anybody can check."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from tests.network.sites import DEFAULT, LINE, ZONES, compared, firewall, permit, tcp, zone

from leadglass.config.network_models import load_gap_classes
from leadglass.network.address import network, number, text
from leadglass.network.compare import Comparison
from leadglass.network.device import Check, Rewrite, Routing, Translate, Translation
from leadglass.network.gap_class import Severity
from leadglass.network.gaps import Gap, gaps
from leadglass.network.headers import EVERYTHING, Packet, headers
from leadglass.network.hospital import Link
from leadglass.network.intervals import one
from leadglass.network.observed import Observations, Sighting
from leadglass.network.rule import Action, Chain, Chains, Place
from leadglass.network.trace import End
from leadglass.network.walk import walk

CLASSES = load_gap_classes()
CT, ARCHIVE, WARD = "10.1.0.7", "10.2.0.5", "10.4.0.9"
SMB = tcp("10.4.0.0/24", ARCHIVE, 445)


def found(comparison: Comparison, name: str, proven: frozenset[str] = frozenset()) -> Gap:
    (gap,) = (gap for gap in gaps(comparison, CLASSES, proven) if gap.id == name)
    return gap


def sighting(source: str, destination: str, port: int) -> Sighting:
    packet = Packet(number(source), number(destination), 6, 50_000, port)
    return Sighting(packet, "conn.log:1", 0, 1, 3, 1, "core tap", answered=True)


def test_a_needless_opening_shows_a_packet_and_the_line_that_lets_it_through() -> None:
    gap = found(compared(permit(SMB)), "wards--pacs--smb")
    assert gap.kind == "needless-opening"
    assert gap.severity is Severity.HIGH
    assert gap.control == "fw-pacs"
    assert gap.witness is not None
    assert gap.witness.end is End.ARRIVED
    assert gap.witness.places == (LINE,)
    assert gap.witness.packet is not None
    assert text(gap.witness.packet.destination) == ARCHIVE
    assert "TCP from 10.4.0.1 port 49152 to 10.2.0.5 port 445: fw permits (fw.conf:7)." in gap.witness.words


def test_something_needed_and_closed_shows_the_default_that_stops_it() -> None:
    gap = found(compared(), "devices--pacs--dicom")
    assert gap.kind == "blocked"
    assert gap.witness is not None
    assert gap.witness.end is End.STOPPED
    assert gap.witness.places == (DEFAULT,)
    assert "Modalities store images" in gap.what
    assert "DICOM over TLS would serve too" in gap.what


def test_something_needed_and_denied_by_a_line_shows_that_line() -> None:
    line = Place("fw.conf", 9, "deny")
    deny = replace(permit(tcp(CT, ARCHIVE, 104), place=line), action=Action.DENY)
    gap = found(compared(deny), "devices--pacs--dicom")
    assert gap.witness is not None
    assert gap.witness.places == (line,)


def test_where_nobody_showed_a_zone_nothing_is_called_blocked() -> None:
    apart = replace(firewall(zones=ZONES[1:]), routes=())
    gap = found(compared(device=apart), "devices--pacs--dicom")
    assert gap.kind == "cannot-tell"
    assert "No configuration here shows where devices is connected." in gap.what
    assert gap.witness is not None
    assert gap.witness.end is End.NO_WAY
    assert "no device here leads there" in gap.witness.words


def test_a_published_address_is_the_one_that_the_witness_sends_to() -> None:
    public = headers(destination=network("198.51.100.9"), protocol=one(6), destination_port=one(8104))
    dnat = Translation(Place("fw.conf", 4), Rewrite.DESTINATION, public, public, network(ARCHIVE), one(104))
    check = Check(Chains(Chain("filter", (permit(tcp("0.0.0.0/0", ARCHIVE, 104)),), Action.DENY, DEFAULT)))
    device = firewall(steps=(Translate((dnat,)), Routing(), check))
    gap = found(compared(device=device), "internet--pacs--dicom")
    assert gap.severity is Severity.CRITICAL
    assert gap.controls[0] == "fw-internet"
    assert gap.witness is not None
    assert gap.witness.packet is not None
    assert (text(gap.witness.packet.destination), gap.witness.packet.destination_port) == ("198.51.100.9", 8104)
    assert [place.line for place in gap.witness.places] == [4, 7]


def test_a_violation_in_use_shows_who_was_seen_too() -> None:
    seen = Observations({("wards", "pacs", "smb"): sighting(WARD, ARCHIVE, 445)}, {})
    gap = found(compared(permit(SMB), seen=seen), "wards--pacs--smb")
    assert gap.kind == "violation-in-use"
    assert gap.severity is Severity.CRITICAL
    assert gap.witness is not None
    assert gap.witness.sighting == seen.seen["wards", "pacs", "smb"]
    assert gap.witness.packet is not None


def test_what_was_seen_where_nothing_may_pass_is_a_contradiction_with_its_flow() -> None:
    seen = Observations({("wards", "pacs", "smb"): sighting(WARD, ARCHIVE, 445)}, {})
    gap = found(compared(seen=seen), "wards--pacs--smb")
    assert gap.kind == "contradiction"
    assert gap.control == "topo-map"
    assert gap.witness is not None
    assert "core tap: TCP from 10.4.0.9 port 50000 to 10.2.0.5 port 445, 3 flows seen." in gap.witness.words


def test_an_open_port_proves_no_obligation_and_a_met_control_does() -> None:
    comparison = compared(permit(tcp(CT, ARCHIVE, 104)))
    gap = found(comparison, "devices--pacs--dicom")
    assert gap.kind == "unproven"
    assert gap.unproven == ("encrypted", "authenticated", "logged")
    assert gap.controls == ("exch-dicom-tls", "exch-node-authentication", "aud-central")
    half = found(comparison, "devices--pacs--dicom", frozenset({"aud-central", "exch-dicom-tls"}))
    assert half.unproven == ("authenticated",)
    proven = frozenset(gap.controls)
    assert not [each for each in gaps(comparison, CLASSES, proven) if each.id == gap.id]


def test_a_line_that_was_not_understood_is_named_as_the_reason() -> None:
    doubt = Place("fw.conf", 33, "frobnicate")
    device = firewall(permit(tcp(CT, ARCHIVE, 104)), zones=ZONES[:2], doubts=(doubt,))
    comparison = compared(device=device, zones=ZONES[:2])
    gap = found(comparison, "devices--pacs--dicom")
    assert gap.kind == "cannot-tell"
    assert "fw.conf:33" in gap.what
    assert not [each for each in gaps(comparison, CLASSES) if each.kind == "needless-opening"]


def test_a_link_is_named_as_the_reason() -> None:
    comparison = compared(links=(Link(name="adsl", between=("wards", "pacs")),))
    assert "The link 'adsl' is known and not given." in found(comparison, "wards--pacs--ssh").what


def test_two_zones_on_one_network_need_no_line() -> None:
    zones = (zone("devices", "modality", "10.1.0.0/25"), zone("wards", "clinical", "10.1.0.128/25"))
    comparison = compared(device=firewall(zones=(zone("both", "", "10.1.0.0/24"),)), zones=zones, machines=())
    gap = found(comparison, "wards--devices--ssh")
    assert gap.witness is not None
    assert "no filter between them" in gap.witness.words


def test_ids_survive_new_addresses_new_lines_and_a_new_class() -> None:
    before = {gap.id for gap in gaps(compared(permit(SMB)), CLASSES) if gap.kind == "needless-opening"}
    elsewhere = tcp("10.4.0.128/25", "10.2.0.99", 445)
    seen = Observations({("wards", "pacs", "smb"): sighting(WARD, ARCHIVE, 445)}, {})
    after = compared(permit(elsewhere, place=Place("new.conf", 99)), seen=seen)
    assert before == {"wards--pacs--smb"}
    assert before <= {gap.id for gap in gaps(after, CLASSES)}


def test_gaps_stand_in_one_order_the_worst_first() -> None:
    rules = [permit(SMB), permit(tcp("0.0.0.0/0", ARCHIVE, 22)), permit(tcp(CT, ARCHIVE, 104))]
    listed = gaps(compared(*rules), CLASSES)
    ranks = [gap.severity.rank for gap in listed]
    assert ranks == sorted(ranks, reverse=True)
    random.Random(1).shuffle(rules)
    assert [gap.id for gap in gaps(compared(*rules), CLASSES)] == [gap.id for gap in listed]
    assert len({gap.id for gap in listed}) == len(listed)


def test_every_witness_of_an_opening_arrives_by_the_sets_too() -> None:
    rules = [permit(SMB), permit(tcp("10.4.0.0/24", "10.3.0.0/24", 22)), permit(tcp("10.1.0.0/24", "8.8.8.8", 443))]
    comparison = compared(*rules)
    shown = [gap for gap in gaps(comparison, CLASSES) if gap.kind == "needless-opening"]
    assert len(shown) >= 3
    for gap in shown:
        assert gap.witness is not None
        packet = gap.witness.packet
        assert packet is not None
        arrived = walk(comparison.net, one(packet.source), EVERYTHING)
        assert any(flight.box.has(packet) for flight in arrived.may), gap.id


@pytest.mark.parametrize("kind", [one.id for one in CLASSES.classes if one.gap])
def test_each_class_says_what_why_and_what_to_do(kind: str) -> None:
    one = CLASSES.called(kind)
    assert "{service}" in one.what
    assert len(one.why) > 40
    assert len(one.do) > 40
