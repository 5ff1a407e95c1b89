"""Random policies written as an ASA writes them, read back: the same verdicts as a naive reader of the lines."""

from __future__ import annotations

from dataclasses import astuple

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network.naive_asa import Packet, passes
from tests.network.verdicts import verdict

from leadglass.network.importers import asa

PORTS = {"outside": "203.0.113", "inside": "10.10.0", "imaging": "10.20.0"}
LAST = st.sampled_from([5, 6, 20])
HOSTS = st.builds(lambda net, last: f"{net}.{last}", st.sampled_from([*PORTS.values(), "198.51.100"]), LAST)
NUMBERS = st.sampled_from([22, 80, 443, 11112])
OBJECTS = [f"OBJECT-{number}" for number in range(4)]
GROUPS = [f"GROUP-{number}" for number in range(3)]

ANY = st.sampled_from(["any", "any", "any", "any4", "any6"])
HOST = st.builds("host {}".format, HOSTS)
NETWORK = st.builds(
    lambda net, last, mask: f"{net}.{last & (256 - (1 << mask))} 255.255.255.{256 - (1 << mask)}",
    st.sampled_from(list(PORTS.values())),
    LAST,
    st.integers(1, 7),
)
ADDRESS = st.one_of(
    ANY,
    ANY,
    ANY,
    HOST,
    NETWORK,
    st.sampled_from(OBJECTS).map("object {}".format),
    st.sampled_from(GROUPS).map("object-group {}".format),
)
OPERATOR = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["eq", "neq", "lt", "gt"]), NUMBERS),
    st.builds(lambda one, two: f"range {min(one, two)} {max(one, two)}", NUMBERS, NUMBERS),
    st.sampled_from(["eq https", "eq ssh", "neq www"]),
)
PORTED = st.builds(
    lambda protocol, source, from_, destination, to: f"{protocol} {source} {from_} {destination} {to}",
    st.sampled_from(["tcp", "tcp", "udp"]),
    ADDRESS,
    st.one_of(st.just(""), OPERATOR),
    ADDRESS,
    st.one_of(st.just(""), OPERATOR, st.just("object-group PORT-GROUP")),
)
WHOLE = st.builds(
    lambda what, source, destination: f"{what} {source} {destination}",
    st.sampled_from(["ip", "tcp", "17", "object SERVICE", "object-group SERVICES", "object-group PROTOCOLS"]),
    ADDRESS,
    ADDRESS,
)
ENTRY = st.builds(
    lambda action, match, end: f"extended {action} {match}{end}",
    st.sampled_from(["permit", "deny"]),
    st.one_of(PORTED, WHOLE),
    st.sampled_from(["", "", " log", " log 4 interval 300", " inactive"]),
)


@st.composite
def configurations(draw: st.DrawFn, *, one_list: bool = False) -> str:
    """With ``one_list`` a short list at the inside and nothing else: each entry decides much."""
    lines: list[str] = []
    for at, (name, net) in enumerate(PORTS.items()):
        lines += [f"interface GigabitEthernet0/{at}", f" nameif {name}"]
        level = 50 if draw(st.booleans()) and not one_list else 50 * at
        lines += [f" security-level {level}", f" ip address {net}.1 255.255.255.0"]
    if draw(st.booleans()):
        lines.append("same-security-traffic permit inter-interface")
    for name in OBJECTS:
        first = draw(HOSTS)
        network, _, last = first.rpartition(".")
        kinds = [f"host {first}", f"range {first} {network}.{int(last) + 9}", f"subnet {network}.0 255.255.255.0"]
        lines += [f"object network {name}", f" {draw(st.sampled_from(kinds))}"]
    for at, name in enumerate(GROUPS):
        lines.append(f"object-group network {name}")
        for member in draw(st.lists(st.one_of(HOST, NETWORK, st.sampled_from(OBJECTS)), max_size=3)):
            lines.append(f" network-object {'object ' if member.startswith('OBJECT') else ''}{member}")
        lines += [f" group-object {GROUPS[at - 1]}"] if at and draw(st.booleans()) else []
    lines += ["object service SERVICE", f" service tcp source {draw(OPERATOR)} destination {draw(OPERATOR)}"]
    lines += ["object-group service PORT-GROUP tcp-udp"]
    lines += [f" port-object eq {draw(NUMBERS)}" for _ in range(2)] + [" port-object range 8000 11112"]
    lines += ["object-group service SERVICES", " service-object object SERVICE"]
    lines += [f" service-object udp destination {draw(OPERATOR)}", " service-object tcp source lt 1024"]
    lines += ["object-group protocol PROTOCOLS", " protocol-object udp", " protocol-object gre"]
    bindings: list[str] = []
    if one_list:
        lines += [f"access-list LIST {entry}" for entry in draw(st.lists(ENTRY, min_size=2, max_size=4))]
        lines += ["access-list LIST extended permit ip any any"] if draw(st.booleans()) else []
        bindings.append("access-group LIST in interface inside")
    for at in range(0 if one_list else draw(st.integers(0, 4))):
        lines += [f"access-list LIST-{at} {entry}" for entry in draw(st.lists(ENTRY, min_size=1, max_size=5))]
        place = draw(
            st.sampled_from([*(f"{way} interface {name}" for way in ("in", "out") for name in PORTS), "global"])
        )
        if not any(place in other for other in bindings):
            bindings.append(f"access-group LIST-{at} {place}")
    for pair in draw(st.lists(NAT, max_size=0 if one_list else 2, unique_by=lambda pair: pair[0])):
        lines += pair
    lines += [*bindings, "route outside 0.0.0.0 0.0.0.0 203.0.113.1 1", ": end"]
    return "\n".join(lines) + "\n"


NAT = st.builds(
    lambda name, sides, what: (f"object network {name}", f" nat ({sides}) {what}"),
    st.sampled_from(["HIDDEN", "OTHER"]),
    st.sampled_from(["imaging,outside", "inside,outside", "any,outside"]),
    st.sampled_from(["static 203.0.113.20", "static 203.0.113.8 service tcp 104 11112", "dynamic interface"]),
).map(lambda pair: (pair[0], f" host {'10.20.0.5' if 'HIDDEN' in pair[0] else '10.10.0.6'}", pair[1]))


@st.composite
def packets(draw: st.DrawFn, *, inside: bool = False) -> Packet:
    ingress, egress = draw(st.permutations(list(PORTS)))[:2]
    if inside:
        ingress, egress = "inside", "outside"
    source, destination = (f"{PORTS[name]}.{draw(LAST)}" for name in (ingress, egress))
    if ingress == "outside" and draw(st.booleans()):
        destination = draw(st.sampled_from(["203.0.113.20", "203.0.113.8"]))  # where hosts are published
    protocol = draw(st.sampled_from(["tcp", "tcp", "tcp", "udp", "gre"]))
    ports = (0, 0) if protocol == "gre" else (draw(NUMBERS), draw(NUMBERS))
    return Packet(ingress, protocol, source, destination, *ports)


@settings(max_examples=80, deadline=None)
@given(configurations(), st.lists(packets(), min_size=6, max_size=10))
def test_our_verdict_is_the_naive_readers(text: str, sent: list[Packet]) -> None:
    agree(text, sent)


@settings(max_examples=150, deadline=None)
@given(configurations(one_list=True), st.lists(packets(inside=True), min_size=6, max_size=10))
def test_our_verdict_of_few_entries_is_the_naive_readers(text: str, sent: list[Packet]) -> None:
    agree(text, sent)


def agree(text: str, sent: list[Packet]) -> None:
    device = asa.read(text, "random.cfg", "random")
    assert device.coverage.missed == device.doubts == ()
    for packet in sent:
        ours = verdict(device, *astuple(packet))
        if " nat (" in text and ours == "uncertain":
            continue  # direct access to a translated host: passes no more, and we claim nothing
        assert ours == ("permit" if passes(text, packet) else "deny"), packet
