"""When silence means something: every way between two zones captured for 30 days, without gap, sampling or loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from leadglass.network.address import network
from leadglass.network.device import Device, Interface, Routing
from leadglass.network.flows.observe import Seen, observations
from leadglass.network.flows.spans import QUIET, STEP, joined, spans, steps
from leadglass.network.flows.vantage import Capture, Kind, Vantage, VantageError, vantage
from leadglass.network.flows.watched import DAY, past_last_filter, watched
from leadglass.network.headers import Packet
from leadglass.network.hospital import Hospital, Zone
from leadglass.network.observed import Observed, Sighting
from leadglass.network.topology import Topology, topology
from leadglass.network.zones import partition

ZONES = partition(
    Hospital(
        format="leadglass-network-1",
        name="By hand",
        zones=(
            Zone(name="ct", networks=("10.1.0.0/24",)),
            Zone(name="pacs", networks=("10.2.0.0/24",)),
            Zone(name="ris", networks=("10.3.0.0/24",)),
        ),
    )
)
SIGHTING = Sighting(Packet(1, 2, 6, 50_000, 104), "x", 0.0, 1.0, 1, 1, "device:fw", answered=True)
MONTH = ((0.0, 30 * DAY),)


def device(name: str, *networks: str, dynamic: bool = False) -> Device:
    ports = tuple(Interface(f"e{at}", network(one), network(one.partition("/")[0])) for at, one in enumerate(networks))
    return Device(name, "rules", ports, (), (Routing(),), dynamic=dynamic)


ONE = device("fw", "10.1.0.1/24", "10.2.0.1/24")
OTHER = device("back", "10.1.0.2/24", "10.2.0.2/24")


def look(
    where: str, spans_: tuple[tuple[float, float], ...] = MONTH, *, sampled: bool = False, whole: bool = True
) -> Capture:
    return Capture("x", vantage(where), sampled, whole, spans_, frozenset())


def pairs(net: Topology, *captures: Capture) -> set[tuple[str, str]]:
    return {pair for pair in watched(net, ZONES, captures) if {"ct", "pacs", "ris"}.issuperset(pair)}


BOTH = {("ct", "pacs"), ("pacs", "ct")}


@pytest.mark.parametrize(
    "where", ["device:fw", "segment:fw:e0", "segment:fw:e1", "zone:ct", "zone:pacs", "pair:ct:pacs"]
)
def test_one_place_on_the_only_way_is_enough(where: str) -> None:
    assert pairs(topology([ONE]), look(where)) == BOTH


@pytest.mark.parametrize("where", ["device:back", "zone:ris", "pair:ct:ris", "segment:fw:e9", "segment:back:e0"])
def test_a_place_that_is_not_on_it_is_not(where: str) -> None:
    assert pairs(topology([ONE, device("back", "10.3.0.1/24", "10.9.0.1/24")]), look(where)) == set()


def test_every_way_must_be_captured_in_the_same_month() -> None:
    net = topology([ONE, OTHER])
    assert pairs(net, look("device:fw")) == set()
    assert pairs(net, look("device:fw"), look("device:back")) == BOTH
    assert pairs(net, look("device:fw"), look("device:back", ((31 * DAY, 61 * DAY),))) == set()
    assert pairs(net, look("segment:fw:e0")) == BOTH  # both firewalls are on it


def test_a_capture_that_may_have_missed_something_proves_nothing() -> None:
    net = topology([ONE])
    assert pairs(net, look("device:fw", sampled=True)) == set()
    assert pairs(net, look("device:fw", whole=False)) == set()
    assert pairs(net, look("device:fw", ((0.0, 29.9 * DAY),))) == set()
    assert pairs(net, look("device:fw", ((0.0, 20 * DAY), (20 * DAY + 2 * QUIET, 40 * DAY)))) == set()


def test_days_of_one_place_in_several_files_are_one_month() -> None:
    parts = [look("device:fw", ((at * DAY, (at + 1) * DAY - STEP),)) for at in range(31)]
    assert pairs(topology([ONE]), *parts) == BOTH
    assert pairs(topology([ONE]), *parts[:15], *parts[16:]) == set()


def test_zones_that_nothing_joins_or_that_may_be_elsewhere_are_not_watched() -> None:
    apart = topology([ONE], [("ris", network("10.3.0.0/24"))])
    assert ("ct", "ris") not in pairs(apart, look("zone:ris"))
    # Whoever is nowhere may be behind a device that learns its routes.
    lost = topology([replace(ONE, dynamic=True), device("core", "10.2.0.9/24", "10.8.0.1/24", dynamic=True)])
    assert ("ris", "ct") not in pairs(lost, look("device:core"))
    assert ("ris", "ct") in pairs(lost, look("zone:ct"))


def test_silence_is_unseen_where_all_was_watched_and_not_visible_elsewhere() -> None:
    seen = Seen({("ct", "pacs", "dicom"): SIGHTING}, {}, look("device:fw"))
    unclear = replace(seen, unclear=frozenset({("pacs", "ct")}))
    found = observations([seen], topology([ONE]), ZONES)
    assert found.of(("ct", "pacs", "dicom")) is Observed.SEEN
    assert found.of(("pacs", "ct", "dicom")) is Observed.UNSEEN
    assert found.of(("ct", "ris", "dicom")) is Observed.NOT_VISIBLE
    # Where a flow may have begun at either end, the other way is not said to be unused.
    assert observations([unclear], topology([ONE]), ZONES).of(("pacs", "ct", "dicom")) is Observed.NOT_VISIBLE


def test_what_shares_a_network_is_seen_there_alone() -> None:
    shared = topology([device("fw", "10.1.0.1/16")], [("ct", network("10.1.0.0/24"))])
    zones = partition(
        Hospital(
            format="leadglass-network-1",
            name="One network",
            zones=(Zone(name="ct", networks=("10.1.0.0/24",)), Zone(name="pacs", networks=("10.1.1.0/24",))),
        )
    )
    assert ("ct", "pacs") not in watched(shared, zones, [look("device:fw")])
    assert ("ct", "pacs") in watched(shared, zones, [look("segment:fw:e0")])


def test_past_the_last_filter_are_the_networks_where_somebody_looks() -> None:
    net = topology([ONE])
    assert past_last_filter(net, ZONES, vantage("segment:fw:e1")) == network("10.2.0.0/24")
    assert past_last_filter(net, ZONES, vantage("zone:pacs")) == network("10.2.0.0/24")
    assert not past_last_filter(net, ZONES, vantage("device:fw"))
    assert not past_last_filter(net, ZONES, vantage("pair:ct:pacs"))


@pytest.mark.parametrize("text", ["", "fw", "device:", "segment:fw", "pair:ct", "pair:ct:", "nothing:fw", ":fw"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(VantageError):
        vantage(text)


def test_places_read_as_they_are_written() -> None:
    for text in ("device:fw", "segment:fw:eth0.10", "zone:ct", "pair:ct:pacs"):
        assert str(vantage(text)) == text
    assert vantage("pair:ct:pacs") == Vantage(Kind.PAIR, "ct", "pacs")


def test_spans_end_where_nothing_was_seen_for_an_hour() -> None:
    begin = 1_767_225_600.0
    times = np.array([begin + at * STEP for at in (0, 1, 2, 8, 20, 21, 22)])
    assert spans(steps(times)) == ((begin + STEP, begin + 8 * STEP), (begin + 21 * STEP, begin + 22 * STEP))
    assert spans(steps(times[:1])) == ()


def test_spans_of_several_captures_join_across_less_than_an_hour() -> None:
    assert joined([((0.0, 10.0),), ((10.0 + QUIET, 9_999.0),)]) == ((0.0, 9_999.0),)
    assert joined([((0.0, 10.0),), ((11.0 + QUIET, 9_999.0),)]) == ((0.0, 10.0), (11.0 + QUIET, 9_999.0))
    assert joined([((0.0, 100.0),), ((10.0, 20.0),)]) == ((0.0, 100.0),)
