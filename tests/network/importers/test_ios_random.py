"""Random lists written as IOS writes them, read back: the same verdicts as a naive reader of the lines."""

from __future__ import annotations

from dataclasses import astuple

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network.naive_asa import Packet
from tests.network.naive_ios import passes
from tests.network.verdicts import verdict

from leadglass.network.importers import ios

PORTS = {"GigabitEthernet0": "203.0.113", "GigabitEthernet1": "10.10.0", "GigabitEthernet2": "10.20.0"}
INSIDE, OUTSIDE = "GigabitEthernet1", "GigabitEthernet0"
LAST = st.sampled_from([5, 6, 20])
NUMBERS = st.sampled_from([22, 80, 443, 11112])
HOSTS = st.builds(lambda net, last: f"{net}.{last}", st.sampled_from(list(PORTS.values())), LAST)
NETWORK = st.builds(
    lambda net, last, bits: f"{net}.{last & (256 - (1 << bits))} 0.0.0.{(1 << bits) - 1}",
    st.sampled_from(list(PORTS.values())),
    LAST,
    st.integers(1, 7),
)
ADDRESS = st.one_of(
    st.just("any"),
    st.just("any"),
    st.builds("host {}".format, HOSTS),
    NETWORK,
    st.sampled_from(["object-group HERE", "object-group THERE"]),
)
OPERATOR = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["eq", "neq", "lt", "gt"]), NUMBERS),
    st.builds("{} {} {}".format, st.sampled_from(["eq", "neq"]), NUMBERS, NUMBERS),
    st.builds(lambda one, two: f"range {min(one, two)} {max(one, two)}", NUMBERS, NUMBERS),
    st.just("eq www"),
)
MATCH = st.one_of(
    st.builds(
        "{} {} {} {} {}".format,
        st.sampled_from(["tcp", "tcp", "udp"]),
        ADDRESS,
        st.one_of(st.just(""), OPERATOR),
        ADDRESS,
        st.one_of(st.just(""), OPERATOR),
    ),
    st.builds("{} {} {}".format, st.sampled_from(["ip", "tcp", "17", "object-group SERVICES"]), ADDRESS, ADDRESS),
    st.builds("tcp {} {} established".format, ADDRESS, ADDRESS),
)
ENTRY = st.builds("{} {}{}".format, st.sampled_from(["permit", "deny"]), MATCH, st.sampled_from(["", "", " log"]))


@st.composite
def configurations(draw: st.DrawFn) -> str:
    lines = ["object-group network HERE"]
    lines += [f" {draw(st.one_of(HOSTS.map('host {}'.format), st.just('10.20.0.0 255.255.255.240')))}"]
    lines += ["object-group network THERE", f" host {draw(HOSTS)}", " range 203.0.113.6 203.0.113.30"]
    lines += [" group-object HERE"] if draw(st.booleans()) else []
    lines += ["object-group service SERVICES", f" tcp {draw(OPERATOR.filter(lambda one: one.count(' ') == 1))}"]
    lines += [" udp source gt 1023", " tcp-udp eq 443"] if draw(st.booleans()) else []
    bound: dict[str, list[str]] = {name: [] for name in PORTS}
    places = [(name, way) for name in PORTS for way in ("in", "out")]
    for at, (name, way) in enumerate(draw(st.lists(st.sampled_from(places), max_size=3, unique=True))):
        bound[name].append(f" ip access-group LIST-{at} {way}")
        lines.append(f"ip access-list extended LIST-{at}")
        numbers = draw(st.permutations(range(10, 60, 10)))
        numbered = draw(st.booleans())
        for number, entry in zip(numbers, draw(st.lists(ENTRY, min_size=1, max_size=4)), strict=False):
            lines.append(f" {f'{number} ' if numbered else ''}{entry}")
        lines += [" 100 permit ip any any"] if draw(st.booleans()) else []
    for name, net in PORTS.items():
        lines += [f"interface {name}", f" ip address {net}.1 255.255.255.0", *bound[name]]
    return "\n".join([*lines, "end"]) + "\n"


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    ingress, egress = draw(st.permutations(list(PORTS)))[:2]
    source, destination = (f"{PORTS[name]}.{draw(LAST)}" for name in (ingress, egress))
    protocol = draw(st.sampled_from(["tcp", "tcp", "tcp", "udp"]))
    return Packet(ingress, protocol, source, destination, draw(NUMBERS), draw(NUMBERS))


def answer(packet: Packet) -> Packet:
    back = next(name for name, net in PORTS.items() if packet.destination.startswith(f"{net}."))
    return Packet(
        back, packet.protocol, packet.destination, packet.source, port=packet.source_port, source_port=packet.port
    )


@settings(max_examples=100, deadline=None)
@given(configurations(), st.lists(packets(), min_size=6, max_size=10))
def test_our_verdict_is_the_naive_readers(text: str, sent: list[Packet]) -> None:
    device = ios.read(text, "random.cfg", "random")
    assert device.coverage.missed == device.doubts == ()
    for packet in sent:
        answered = passes(text, answer(packet), reply=True)
        wanted = "deny" if not passes(text, packet) else "permit" if answered else "uncertain"
        assert verdict(device, *astuple(packet)) == wanted, packet
