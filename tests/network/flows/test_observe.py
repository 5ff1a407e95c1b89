"""Flows as sightings of cells: zones, services, direction, translation; never a cell whose ends nobody can tell."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.network.flows import flow_logs as logs
from tests.network.flows.flow_logs import CT, CT2, OUT, PACS, conn, nfdump, record

from leadglass.network.address import EVERY, V6, network, number
from leadglass.network.cell import OTHER
from leadglass.network.device import Device, Rewrite, Routing, Translate, Translation
from leadglass.network.flows import netflow, zeek
from leadglass.network.flows.observe import Seen, observe, together
from leadglass.network.flows.services import Services
from leadglass.network.flows.vantage import Capture, Kind, Vantage, capture
from leadglass.network.flows.zoning import zones
from leadglass.network.headers import headers
from leadglass.network.hospital import Hospital, Zone
from leadglass.network.intervals import EMPTY, Intervals, one
from leadglass.network.observed import Observations, Observed
from leadglass.network.rule import Place
from leadglass.network.service import Service
from leadglass.network.zones import partition

HOSPITAL = Hospital(
    format="leadglass-network-1",
    name="By hand",
    zones=(
        Zone(name="ct", networks=("10.1.0.0/24", "fd00:1::/64")),
        Zone(name="pacs", networks=("10.2.0.0/24", "fd00:2::/64")),
        Zone(name="log", networks=("10.3.0.0/24",)),
    ),
)
ZONES = partition(HOSPITAL)
SERVICES = (
    Service(id="dicom", title="DICOM", protocols=("tcp",), ports=("104", "11112")),
    Service(id="syslog", title="Syslog", protocols=("udp",), ports=("514",), one_way=True),
    Service(id="ntp", title="NTP", protocols=("udp",), ports=("123",)),
    Service(id="ping", title="Ping", protocols=("icmp", "icmpv6")),
)
WHERE = Vantage(Kind.ZONE, "pacs")
PLACE = Place("by hand", 1)


def seen(
    *lines: str,
    outside_of: frozenset[str] | None = frozenset(),
    devices: tuple[Device, ...] = (),
    past: Intervals = EMPTY,
) -> Seen:
    flows = zeek.read([logs.zeek(*lines)], "conn.log")
    return observe(flows, capture(flows, WHERE, outside_of=outside_of), ZONES, SERVICES, devices, past)


def test_flows_are_in_the_cell_of_their_zones_and_service() -> None:
    found = seen(
        conn(), conn(port=11_112), conn(port=9_999), conn(destination=OUT), conn(state="S0", history="S"),
        conn(source="fd00:1::7", destination="fd00:2::5"), conn(source="172.16.0.1"),
    )  # fmt: skip
    assert {key: one.flows for key, one in found.seen.items()} == {
        ("ct", "pacs", "dicom"): 3,
        ("ct", "pacs", OTHER): 1,
        ("ct", "internet", "dicom"): 1,
        ("unassociated", "pacs", "dicom"): 1,
    }
    assert set(found.attempts) == {("ct", "pacs", "dicom")}
    assert found.capture.whole


def test_the_witness_is_the_weightiest_and_says_where_it_stands() -> None:
    found = seen(conn(sizes=(1, 1)), conn(source=CT2, sizes=(9_000, 1)), conn(sizes=(5, 5), ts=logs.BEGIN + 60))
    one = found.seen["ct", "pacs", "dicom"]
    assert one.packet.source == number(CT2)
    assert (one.source, one.flows, one.bytes, one.vantage) == ("conn.log:8", 3, 9_013, "zone:pacs")
    assert (one.first, one.last) == (logs.BEGIN, logs.BEGIN + 61.5)
    assert (one.answered, one.confidence) == (True, "high")


def test_a_flow_within_a_zone_is_in_no_cell() -> None:
    assert not seen(conn(destination=CT2)).seen


def test_a_flow_without_handshake_begins_at_the_end_whose_port_is_no_service() -> None:
    found = seen(conn(PACS, 104, CT, 50_000, state="OTH", history="DdAa"))
    assert found.seen["ct", "pacs", "dicom"].confidence == "low"
    assert found.seen["ct", "pacs", "dicom"].packet.source_port == 50_000
    assert set(found.seen) == {("ct", "pacs", "dicom")}


def test_a_handshake_is_believed_against_the_ports() -> None:
    found = seen(conn(PACS, 104, CT, 50_000))
    assert set(found.seen) == {("pacs", "ct", OTHER)}


def test_two_like_ports_leave_the_other_direction_unclear() -> None:
    assert seen(conn(port=123, source_port=123, proto="udp", history="Dd")).unclear == {("pacs", "ct")}


def test_an_answer_alone_is_an_attempt_and_the_capture_is_not_whole() -> None:
    flows = netflow.read_csv([nfdump(record(PACS, 104, CT, 50_000, "...AP..."))], "flows.csv")
    found = observe(flows, capture(flows, WHERE, sampled=False, outside_of=frozenset()), ZONES, SERVICES)
    assert set(found.attempts) == {("ct", "pacs", "dicom")}
    assert (found.half, found.capture.whole) == (1, False)
    assert "only the answer" in found.words


def test_what_nothing_answers_is_seen_past_the_last_filter_alone() -> None:
    line = conn(destination="10.3.0.9", port=514, proto="udp", state="S0", history="D", sizes=(90, 0))
    assert set(seen(line).attempts) == {("ct", "log", "syslog")}
    assert set(seen(line, past=network("10.3.0.0/24")).seen) == {("ct", "log", "syslog")}
    answered_service = conn(destination="10.3.0.9", state="S0", history="S")
    assert not seen(answered_service, past=network("10.3.0.0/24")).seen


def firewall(*translations: Translation) -> Device:
    return Device("fw", "rules", (), (), (Translate(translations), Routing()))


def source(before: str, after: str, *, keeps: bool = False) -> Translation:
    matched = headers(network(before))
    return Translation(PLACE, Rewrite.SOURCE, matched, matched, network(after), keeps_offset=keeps)


def destination(before: str, after: str, port: int = 104, to: int | None = None) -> Translation:
    matched = headers(destination=network(before), protocol=one(6), destination_port=one(port))
    return Translation(PLACE, Rewrite.DESTINATION, matched, matched, network(after), None if to is None else one(to))


BEHIND = frozenset({"fw"})
SHARED = firewall(source("10.0.0.0/8", "198.51.100.1"))
STATIC = firewall(source("10.1.0.0/24", "198.51.100.0/24", keeps=True))
PUBLISHED = firewall(destination("198.51.100.80", PACS, 11_112, to=104))


def test_a_shared_address_hides_who_it_was() -> None:
    line = conn(source="198.51.100.1", destination=OUT)
    found = seen(line, outside_of=BEHIND, devices=(SHARED,))
    assert (dict(found.seen), found.hidden, found.capture.whole) == ({}, 1, False)
    assert "translation" in found.words


def test_an_address_that_stands_for_one_is_mapped_back() -> None:
    line = conn(source="198.51.100.7", destination=OUT)
    found = seen(line, outside_of=BEHIND, devices=(STATIC,))
    assert found.seen["ct", "internet", "dicom"].packet.source == number(CT)


def test_an_address_of_two_translations_is_not_mapped_back() -> None:
    both = firewall(source("10.1.0.7", "198.51.100.7"), source("10.2.0.5", "198.51.100.7"))
    found = seen(conn(source="198.51.100.7", destination=OUT), outside_of=BEHIND, devices=(both,))
    assert (dict(found.seen), found.hidden) == ({}, 1)


def test_a_published_address_leads_to_the_real_one_and_its_port() -> None:
    line = conn(source=OUT, destination="198.51.100.80", port=11_112)
    found = seen(line, outside_of=BEHIND, devices=(PUBLISHED,))
    packet = found.seen["internet", "pacs", "dicom"].packet
    assert (packet.destination, packet.destination_port) == (number(PACS), 104)


def test_another_port_of_a_published_address_is_the_address_itself() -> None:
    line = conn(source=OUT, destination="198.51.100.80", port=22)
    found = seen(line, outside_of=BEHIND, devices=(PUBLISHED,))
    assert not found.seen  # both ends are of the Internet
    assert not found.hidden


def test_a_translation_that_is_not_sure_to_match_hides_the_end() -> None:
    unsure = firewall(replace(destination("198.51.100.80", PACS), must=()))
    found = seen(conn(source=OUT, destination="198.51.100.80"), outside_of=BEHIND, devices=(unsure,))
    assert (dict(found.seen), found.hidden) == ({}, 1)


def test_where_nobody_said_on_which_side_translated_addresses_are_not_attributed() -> None:
    outward = conn(source="198.51.100.7", destination=OUT)
    inward = conn(source=OUT, destination="198.51.100.80", port=11_112)
    found = seen(outward, inward, outside_of=None, devices=(STATIC, PUBLISHED))
    assert (dict(found.seen), found.hidden) == ({}, 2)


def test_on_the_near_side_sources_are_real_and_a_published_destination_is_not() -> None:
    twice = firewall(source("10.1.0.0/24", "10.2.0.0/24", keeps=True), destination("10.3.0.9", PACS))
    found = seen(conn(source=PACS, destination=CT), conn(destination="10.3.0.9"), devices=(twice,))
    assert set(found.seen) == {("pacs", "ct", "dicom")}
    assert found.hidden == 1


def test_sightings_of_several_captures_are_one() -> None:
    first, second = seen(conn(sizes=(1, 1))).seen, seen(conn(CT2, sizes=(70, 1), ts=logs.BEGIN + 9)).seen
    one_ = together([first, second])["ct", "pacs", "dicom"]
    assert (one_.flows, one_.bytes, one_.first) == (2, 73, logs.BEGIN)
    assert one_.packet.source == number(CT2)
    assert Observations(together([first]), {}).of(("ct", "pacs", "dicom")) is Observed.SEEN


def test_a_capture_with_skipped_lines_proves_no_silence() -> None:
    whole = zeek.read([logs.zeek(conn())], "x")
    broken = zeek.read([logs.zeek(conn(), conn(port=70_000))], "x")
    lossy = zeek.read([logs.zeek(conn(missed=9))], "x")
    assert [capture(one, WHERE).proves_silence for one in (whole, broken, lossy)] == [True, False, False]


def test_data_that_tells_of_sampling_is_believed_against_people() -> None:
    flows = netflow.read_csv([nfdump(record(CT, 1, PACS, 104))], "x")

    def made(said: bool | None, told: bool | None) -> Capture:
        return capture(replace(flows, sampled=told), WHERE, sampled=said)

    assert made(None, None).sampled  # nobody says that all was looked at
    assert not made(False, None).sampled
    assert made(False, True).sampled
    assert made(True, False).sampled


ADDRESSES = (
    st.integers(0, V6 - 1)
    | st.integers(V6, EVERY.spans[-1][1])
    | st.sampled_from(
        [edge + step for part in ZONES.parts for span in part.addresses.spans for edge in span for step in (-1, 0, 1)]
    ).filter(EVERY.has)
)


@given(st.lists(ADDRESSES, min_size=1, max_size=20))
def test_every_address_is_in_the_zone_that_the_partition_names(places: list[int]) -> None:
    assert [ZONES.parts[index] for index in zones(ZONES, places)] == [ZONES.of(place) for place in places]


@given(st.integers(0, 255), st.integers(0, 65_535))
def test_every_header_is_of_the_service_that_has_it(protocol: int, port: int) -> None:
    import numpy as np

    known = Services(SERVICES)
    index = known.of(np.array([protocol], np.uint8), np.array([port], np.uint16))[0]
    having = [
        one.id
        for one in SERVICES
        if any(box.protocol.has(protocol) and box.destination_port.has(port) for box in one.between(EVERY, EVERY))
    ]
    assert known.names[index] == (having[0] if having else OTHER)
