"""Gaps in groups, packets explained, outcomes as values: each says what the comparison says, and nothing is lost."""

from __future__ import annotations

import msgspec
import pytest
from tests.network.picture.seen import classes, demonstration

from leadglass.network.bundles import bundles
from leadglass.network.explain import Explanation, NotKnown, explain
from leadglass.network.gaps import gaps
from leadglass.network.outcome import MAX_GAPS, Outcome, outcome
from leadglass.network.rules import judge
from leadglass.network.trace import End


def explained(source: str, destination: str, service: str) -> Explanation:
    comparison, found = demonstration()
    return explain(comparison, found, source, destination, service)


def test_every_gap_is_in_one_group_of_its_pair_and_class() -> None:
    comparison, found = demonstration()
    together = bundles(found, comparison.model, comparison.partition)
    assert sorted(gap.id for one in together for gap in one.gaps) == sorted(gap.id for gap in found)
    assert len({one.id for one in together}) == len(together)
    for one in together:
        assert {(*gap.pair, gap.kind) for gap in one.gaps} == {(one.source, one.destination, one.kind)}
        assert one.severity is max((gap.severity for gap in one.gaps), key=lambda grade: grade.rank)
    assert [one.severity.rank for one in together] == sorted((one.severity.rank for one in together), reverse=True)


def test_a_way_that_is_open_for_everything_is_called_so_and_few_services_are_named() -> None:
    comparison, found = demonstration()
    together = {one.id: one for one in bundles(found, comparison.model, comparison.partition)}
    assert together["his--ris--needless-opening"].services.startswith("everything")
    assert "DICOM" in together["wards--servers--needless-opening"].services
    assert "everything" not in together["wards--servers--needless-opening"].services


def test_a_packet_is_followed_to_the_line_that_lets_it_through() -> None:
    told = explained("wards", "pacs", "dicom")
    assert (told.source, told.destination, told.service, told.passes) == ("wards", "servers", "dicom", True)
    assert [(mark.device, mark.place.line) for mark in told.ways[0].marks] == [("core-firewall", 11)]
    assert [gap.id for gap in told.gaps] == ["wards--servers--dicom"]


def test_a_packet_is_followed_to_the_line_that_stops_it() -> None:
    told = explained("10.60.0.9", "his", "tcp/22")
    assert (told.service, told.passes, told.ways[0].end) == ("ssh", False, End.STOPPED)
    assert told.ways[0].marks[-1].place.file == "core-firewall.json"
    assert told.gaps == ()
    assert told.words == "It is stopped."


def test_what_is_published_is_explained_by_the_address_that_is_called() -> None:
    told = explained("internet", "viewer", "https")
    assert not told.passes
    told = explained("internet", "pacs", "https")
    assert told.passes
    assert [gap.id for gap in told.gaps] == ["internet--servers--https"]


@pytest.mark.parametrize(
    ("source", "destination", "service"),
    [
        ("nowhere", "ris", "dicom"),
        ("wards", "10.0.0.0/99", "dicom"),
        ("wards", "ris", "gopher"),
        ("wards", "ris", "tcp/70000"),
        ("10.0.0.1", "fd00::1", "dicom"),
    ],
)
def test_what_is_not_known_is_told_with_what_is(source: str, destination: str, service: str) -> None:
    with pytest.raises(NotKnown) as caught:
        explained(source, destination, service)
    assert caught.value.hint


def test_an_outcome_holds_all_counts_and_comes_back_from_json() -> None:
    comparison, _ = demonstration()
    found = gaps(comparison, classes())
    ruled = judge(comparison)
    together = bundles(found, comparison.model, comparison.partition)
    devices = {port.device.name: port.device for segment in comparison.net.segments for port in segment.ports}
    told = outcome(comparison, found, together, ruled, devices.values())
    assert (told.gap_count, sum(told.by_class.values()), sum(told.by_severity.values())) == (len(found),) * 3
    assert len(told.gaps) == min(len(found), MAX_GAPS)
    assert {(one.rule, one.control) for one in told.rules} == {(one.rule, one.control) for one in ruled}
    assert all(gap.witness for gap in told.gaps if gap.kind == "needless-opening")
    assert msgspec.json.decode(msgspec.json.encode(told), type=Outcome) == told
