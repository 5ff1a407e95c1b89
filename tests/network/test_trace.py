"""One packet over the network, line by line: by which ways, stopped by what, never where the sets say otherwise."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.network.sites import DEFAULT, LINE, compared, firewall, permit, tcp

from leadglass.network.address import network, number
from leadglass.network.device import Device, Interface, Route
from leadglass.network.headers import EVERYTHING, Packet
from leadglass.network.intervals import one
from leadglass.network.permitted import real
from leadglass.network.rule import Action, Place, Rule
from leadglass.network.topology import Topology, topology
from leadglass.network.trace import MAX_WAYS, End, trace
from leadglass.network.walk import walk

CT, ARCHIVE, WARD, RIS = "10.1.0.7", "10.2.0.5", "10.4.0.9", "10.3.0.8"


def packet(source: str, destination: str, port: int) -> Packet:
    return Packet(number(source), number(destination), 6, 50_000, port)


def test_a_packet_that_is_permitted_shows_every_line_on_its_way() -> None:
    (way,) = trace(compared(permit(tcp(CT, ARCHIVE, 104))).net, packet(CT, ARCHIVE, 104))
    assert way.end is End.ARRIVED
    assert way.sure
    assert [mark.place for mark in way.marks] == [LINE]


def test_a_packet_that_is_stopped_shows_the_line_or_the_default() -> None:
    net = compared(replace(permit(tcp(CT, ARCHIVE, 22)), action=Action.DENY)).net
    for port, place, what in ((22, LINE, "stops"), (23, DEFAULT, "stops by default")):
        (way,) = trace(net, packet(CT, ARCHIVE, port))
        assert way.end is End.STOPPED
        assert [(mark.place, mark.what) for mark in way.marks] == [(place, what)]


def test_a_doubtful_line_makes_the_way_unsure() -> None:
    (way,) = trace(compared(permit(tcp(CT, ARCHIVE, 22), must=())).net, packet(CT, ARCHIVE, 22))
    assert way.end is End.ARRIVED
    assert not way.sure
    doubt = Place("fw.conf", 33)
    ways = trace(compared(device=firewall(doubts=(doubt,))).net, packet(CT, ARCHIVE, 22))
    assert all(not way.sure for way in ways)
    assert any(mark.place == doubt for way in ways for mark in way.marks)


def test_hosts_of_one_network_need_no_device() -> None:
    (way,) = trace(compared().net, packet(CT, "10.1.0.8", 22))
    assert (way.end, way.marks) == (End.ARRIVED, ())


def test_who_is_nowhere_has_no_way() -> None:
    net = compared(device=replace(firewall(), routes=())).net
    (way,) = trace(net, packet("203.0.113.9", ARCHIVE, 22))
    assert way.end is End.NO_WAY


def chain(length: int) -> Topology:
    """Firewalls in a row, and a last one whose default route leads back: a circle."""
    devices = [
        Device(
            f"d{index}",
            "rules",
            (
                Interface("in", network(f"10.{index}.0.0/24"), one(number(f"10.{index}.0.1"))),
                Interface("out", network(f"10.{index + 1}.0.0/24"), one(number(f"10.{index + 1}.0.2"))),
            ),
            (Route(network("0.0.0.0/0"), "out", number(f"10.{index + 1}.0.1")),),
            firewall(permit(EVERYTHING)).steps,
        )
        for index in range(length)
    ]
    back = replace(devices[-1], routes=(Route(network("0.0.0.0/0"), "in", number(f"10.{length - 1}.0.2")),))
    return topology((*devices[:-1], back))


def test_routes_that_lead_in_a_circle_end() -> None:
    ways = trace(chain(40), packet("10.0.0.9", "192.168.1.1", 22))
    assert len(ways) <= MAX_WAYS
    assert all(way.end is not End.ARRIVED for way in ways)


HOSTS = st.sampled_from([CT, ARCHIVE, WARD, RIS, "192.0.2.5", "8.8.8.8"])
PORTS = st.sampled_from([22, 104, 443])
RULES = st.lists(
    st.builds(
        lambda source, destination, port, action, sure: Rule(
            LINE,
            action,
            tcp(source, destination, port),
            tcp(source, destination, port) if sure else (),
        ),
        st.sampled_from(["10.1.0.0/24", "10.0.0.0/8", "0.0.0.0/0", CT]),
        st.sampled_from(["10.2.0.0/24", "10.0.0.0/8", "0.0.0.0/0", ARCHIVE]),
        PORTS,
        st.sampled_from([Action.PERMIT, Action.DENY, Action.UNKNOWN]),
        st.booleans(),
    ),
    max_size=5,
)


@given(RULES, HOSTS, HOSTS, PORTS)
def test_what_is_sure_of_a_way_is_what_the_sets_say(
    rules: list[Rule], source: str, destination: str, port: int
) -> None:
    net = topology((firewall(*rules),))
    asked = packet(source, destination, port)
    arrived = walk(net, one(asked.source), EVERYTHING)
    may, must = (any(box.has(asked) for box in real(part)) for part in (arrived.may, arrived.must))
    ways = trace(net, asked)
    assert may is any(way.end is End.ARRIVED for way in ways)
    if all(way.sure for way in ways):
        assert must is may
