"""Packets over devices: routes, translation, several ways, doubts; each held against what a person works out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadglass.network.address import network, number
from leadglass.network.device import Check, Device, Interface, Rewrite, Route, Routing, Step, Translate, Translation
from leadglass.network.headers import EVERYTHING, Headers, Packet, headers
from leadglass.network.intervals import one
from leadglass.network.permitted import real
from leadglass.network.rule import Action, Chain, Chains, Place, Rule, State
from leadglass.network.topology import topology
from leadglass.network.walk import Arrived, walk

PLACE = Place("by hand", 1)
CT, PACS, WARD, INTERNET = "10.1.0.7", "10.2.0.5", "10.3.0.9", "203.0.113.80"


def tcp(source: str, destination: str, port: int) -> Headers:
    return headers(network(source), network(destination), one(6), destination_port=one(port))


def permit(found: Headers, **values: object) -> Rule:
    return replace(Rule(PLACE, Action.PERMIT, found, found), **values)  # type: ignore[arg-type]  # fields of Rule


def check(*rules: Rule, stateful: bool = True, **bound: frozenset[str]) -> Check:
    return Check(Chains(Chain("filter", rules, Action.DENY, PLACE, stateful=stateful)), **bound)


def port(name: str, cidr: str) -> Interface:
    return Interface(name, network(cidr), network(cidr.partition("/")[0]))


def default(interface: str, via: str, metric: int = 0) -> Route:
    return Route(network("0.0.0.0/0"), interface, number(via), metric=metric)


def firewall(*steps: Step, name: str = "fw", routes: tuple[Route, ...] = (), **values: object) -> Device:
    interfaces = (port("ct", "10.1.0.1/24"), port("pacs", "10.2.0.1/24"), port("out", "198.51.100.1/24"))
    outward = routes or (default("out", "198.51.100.254"),)
    return replace(Device(name, "rules", interfaces, outward, steps), **values)  # type: ignore[arg-type]  # its fields


def goes(found: Arrived, source: str, destination: str, dport: int, protocol: int = 6) -> tuple[bool, bool]:
    packet = Packet(number(source), number(destination), protocol, 50_000, dport)
    may, must = (any(box.has(packet) for box in real(part)) for part in (found.may, found.must))
    assert may or not must
    return may, must


def test_what_a_rule_permits_arrives_and_nothing_else_crosses() -> None:
    net = topology([firewall(Routing(), check(permit(tcp(CT, PACS, 104))))])
    found = walk(net, network("10.1.0.0/24"), EVERYTHING)
    assert goes(found, CT, PACS, 104) == (True, True)
    assert goes(found, CT, PACS, 105) == (False, False)
    assert goes(found, "10.1.0.8", PACS, 104) == (False, False)
    assert goes(found, CT, INTERNET, 443) == (False, False)
    assert found.by == (permit(tcp(CT, PACS, 104)),)


def test_hosts_of_one_network_reach_each_other_whatever_a_firewall_says() -> None:
    found = walk(topology([firewall(Routing(), check())]), network(CT), EVERYTHING)
    assert goes(found, CT, "10.1.0.8", 445) == (True, True)


def test_a_service_published_by_translation_counts_at_its_real_address_and_port() -> None:
    outside = headers(destination=network("198.51.100.9"), protocol=one(6), destination_port=one(8443))
    dnat = Translation(PLACE, Rewrite.DESTINATION, outside, outside, network(PACS), one(443))
    rule = permit(headers(destination=network(PACS), protocol=one(6), destination_port=one(443)))
    found = walk(topology([firewall(Translate((dnat,)), Routing(), check(rule))]), network(INTERNET), EVERYTHING)
    assert goes(found, INTERNET, PACS, 443) == (True, True)
    assert goes(found, INTERNET, PACS, 8443) == (False, False)


def test_whoever_is_hidden_behind_a_translated_source_is_still_who_began() -> None:
    inside = headers(source=network("10.1.0.0/24"))
    snat = Translation(PLACE, Rewrite.SOURCE, inside, inside, network("198.51.100.1"), egress=frozenset({"out"}))
    web = permit(headers(protocol=one(6), destination_port=one(443)))
    found = walk(topology([firewall(Routing(), check(web), Translate((snat,)))]), network(CT), EVERYTHING)
    assert goes(found, CT, INTERNET, 443) == (True, True)
    assert goes(found, "198.51.100.1", INTERNET, 443) == (False, False)


def test_a_translation_to_a_pool_is_possible_and_claimed_by_nobody() -> None:
    inside = headers(source=network("10.1.0.0/24"))
    snat = Translation(PLACE, Rewrite.SOURCE, inside, inside, network("198.51.100.16/28"))
    found = walk(
        topology([firewall(Routing(), check(permit(EVERYTHING)), Translate((snat,)))]), network(CT), EVERYTHING
    )
    assert goes(found, CT, INTERNET, 443) == (True, False)


def test_a_range_that_keeps_its_places_is_shifted() -> None:
    published = headers(destination=network("198.51.100.16/28"))
    dnat = Translation(PLACE, Rewrite.DESTINATION, published, published, network("10.2.0.16/28"), keeps_offset=True)
    rule = permit(headers(destination=network("10.2.0.18")))
    found = walk(topology([firewall(Translate((dnat,)), Routing(), check(rule))]), network(INTERNET), EVERYTHING)
    assert goes(found, INTERNET, "10.2.0.18", 22) == (True, True)
    assert goes(found, INTERNET, "10.2.0.19", 22) == (False, False)


INNER = Device(
    "inner",
    "rules",
    (port("up", "10.2.0.2/24"), port("ward", "10.3.0.1/24")),
    (default("up", "10.2.0.1"),),
    (Routing(), check(permit(tcp("10.0.0.0/8", WARD, 443)))),
)
TO_WARD = Route(network("10.3.0.0/24"), "pacs", number("10.2.0.2"))


def test_two_firewalls_in_a_row_must_both_permit() -> None:
    for port_number, expected in ((443, (True, True)), (80, (False, False))):
        outer = firewall(
            Routing(),
            check(permit(tcp("10.1.0.0/24", WARD, port_number))),
            routes=(default("out", "198.51.100.254"), TO_WARD),
        )
        found = walk(topology([outer, INNER]), network(CT), EVERYTHING)
        assert goes(found, CT, WARD, port_number) == expected
        assert goes(found, CT, WARD, 22) == (False, False)


def test_who_is_behind_a_known_firewall_is_not_in_front_of_it() -> None:
    outer = firewall(Routing(), check(permit(EVERYTHING)), routes=(default("out", "198.51.100.254"), TO_WARD))
    net = topology([outer, INNER])
    (pacs,) = (segment for segment in net.segments if segment.connected.has(number(PACS)))
    assert not pacs.located.has(number(WARD))
    assert pacs.located.has(number(PACS))


def test_where_two_ways_lead_a_required_flow_needs_both() -> None:
    second = replace(
        INNER,
        name="second",
        interfaces=(port("up", "10.2.0.3/24"), port("ward", "10.3.0.2/24")),
        steps=(Routing(), check()),
    )
    outer = firewall(
        Routing(),
        check(permit(EVERYTHING)),
        routes=(default("out", "198.51.100.254"), TO_WARD, replace(TO_WARD, via=number("10.2.0.3"), metric=10)),
    )
    found = walk(topology([outer, INNER, second]), network(CT), EVERYTHING)
    assert goes(found, CT, WARD, 443) == (True, False)
    assert goes(walk(topology([outer, INNER]), network(CT), EVERYTHING), CT, WARD, 443)[0]


@pytest.mark.parametrize(("answers", "expected"), [(True, (True, True)), (False, (True, False))])
def test_without_memory_a_required_flow_needs_the_replies_too(answers: bool, expected: tuple[bool, bool]) -> None:
    back = Rule(
        PLACE,
        Action.PERMIT,
        headers(source=network(PACS)),
        headers(source=network(PACS)),
        states=frozenset({State.ESTABLISHED}),
    )
    device = firewall(
        check(permit(tcp(CT, PACS, 104)), stateful=False, ingress=frozenset({"ct"})),
        check(*([back] if answers else []), stateful=False, ingress=frozenset({"pacs"})),
        Routing(),
    )
    found = walk(topology([device]), network(CT), EVERYTHING)
    assert goes(found, CT, PACS, 104) == expected


def test_a_permit_by_source_port_is_an_initiation() -> None:
    replies = headers(source=network(PACS), protocol=one(6), source_port=one(104))
    device = firewall(check(permit(replies), stateful=False, ingress=frozenset({"pacs"})), Routing())
    found = walk(topology([device]), network(PACS), EVERYTHING)
    assert any(flight.box.has(Packet(number(PACS), number(CT), 6, 104, 22)) for flight in found.may)


def test_behind_a_device_with_a_line_nobody_understood_nothing_is_certain() -> None:
    net = topology([firewall(Routing(), check(permit(tcp(CT, PACS, 104))), doubts=(PLACE,))])
    found = walk(net, network(CT), EVERYTHING)
    assert goes(found, CT, PACS, 104) == (True, False)
    assert goes(found, CT, PACS, 22) == (True, False)


def test_a_device_that_learns_routes_may_lead_anywhere_and_surely_only_next_door() -> None:
    device = firewall(Routing(), check(permit(EVERYTHING)), routes=(TO_WARD,), dynamic=True)
    found = walk(topology([device, INNER]), network(CT), EVERYTHING)
    assert goes(found, CT, PACS, 104) == (True, True)
    assert goes(found, CT, INTERNET, 443) == (True, False)
    assert goes(found, CT, WARD, 443) == (True, False)


def test_routes_that_lead_in_a_circle_end() -> None:
    one_way = firewall(
        Routing(), check(permit(EVERYTHING)), routes=(Route(network("10.9.0.0/16"), "pacs", number("10.2.0.2")),)
    )
    back = replace(INNER, routes=(Route(network("10.9.0.0/16"), "up", number("10.2.0.1")),))
    found = walk(topology([one_way, back]), network(CT), EVERYTHING)
    assert goes(found, CT, "10.9.0.1", 104) == (False, False)


def test_a_way_that_routes_select_and_a_filter_stops_is_a_way_all_the_same() -> None:
    standby = (default("out", "198.51.100.254"), TO_WARD, replace(TO_WARD, interface="out", via=None, metric=10))
    stopped = check(ingress=frozenset({"ct"}), egress=frozenset({"out"}))
    device = firewall(Routing(), stopped, check(permit(EVERYTHING)), routes=standby)
    inner = replace(INNER, steps=(Routing(), check(permit(EVERYTHING))))
    assert goes(walk(topology([device, inner]), network(CT), EVERYTHING), CT, WARD, 443) == (True, False)
    shut = replace(
        firewall(check(), Routing(), name="shut"), interfaces=(port("ct", "10.1.0.2/24"), port("pacs", "10.2.0.3/24"))
    )
    both = topology([firewall(Routing(), check(permit(EVERYTHING))), shut])
    assert goes(walk(both, network(CT), EVERYTHING), CT, PACS, 104) == (True, False)
