"""The parts of the first pass, each against the plain way of saying the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.network.chains import EVERYWHERE, FIELD, LARGE, PACKETS, PLACE, chains, decided

from leadglass.network.address import V6, network
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import EVERYTHING, PORTS, PROTOCOLS, Packet, headers
from leadglass.network.intervals import EMPTY, Intervals, of, one, span, union
from leadglass.network.matrix import classify
from leadglass.network.matrix.atoms import WORD, atoms
from leadglass.network.matrix.classify import Classifier, Packets
from leadglass.network.matrix.coverage import Coverage
from leadglass.network.matrix.lines import Line, Lines, bounds
from leadglass.network.matrix.pieces import pieces
from leadglass.network.matrix.quiet import quietest
from leadglass.network.ranges import Ranges, Spans
from leadglass.network.rule import Action, Chain, Chains, Rule, State
from leadglass.network.service import Service

End = tuple[Intervals, Intervals]

SERVICES = (
    Service(id="dicom", title="DICOM", protocols=("tcp",), ports=("104", "11112")),
    Service(id="dns", title="DNS", protocols=("udp", "tcp"), ports=("53",)),
    Service(id="ping", title="Ping", protocols=("icmp",)),
)


def first_match(lines: Lines, packet: Packet, ingress: str, egress: str) -> bool:
    for line in lines.lines:
        bound = (line.ingress is None or ingress in line.ingress) and (line.egress is None or egress in line.egress)
        if bound and line.box.has(packet):
            return line.permits
    return lines.permits


@given(chains(sure=True), PACKETS, st.sampled_from(["a", "b"]))
@settings(max_examples=300, deadline=None)
def test_lines_decide_as_the_chain_does_where_all_is_understood(found: Chains, packet: Packet, ingress: str) -> None:
    flat = bounds(found)
    if flat is not None:
        assert flat.may is flat.must
        assert first_match(flat.may, packet, ingress, "") == (decided(found, packet, ingress, {}) is Action.PERMIT)


@given(chains(), PACKETS)
@settings(max_examples=300, deadline=None)
def test_lines_are_the_bounds_that_boxes_give(found: Chains, packet: Packet) -> None:
    flat = bounds(found)
    if flat is not None:
        passed = evaluate(found, EVERYWHERE, EVERYWHERE, "a", "", State.NEW)
        assert first_match(flat.may, packet, "a", "") == any(box.has(packet) for box in passed.may)
        assert first_match(flat.must, packet, "a", "") == any(box.has(packet) for box in passed.must)


def chain(*rules: Rule) -> Chain:
    return Chain("entry", rules, Action.DENY, PLACE)


def test_a_chain_that_returns_under_a_condition_is_left_alone() -> None:
    inner = Chain("inner", (Rule(PLACE, Action.RETURN, headers(one(1))),), Action.DENY, PLACE)
    assert bounds(Chains(chain(Rule(PLACE, Action.JUMP, target="inner")), {"inner": inner})) is None
    half_known = Rule(PLACE, Action.JUMP, EVERYTHING, (), target="inner")
    assert bounds(Chains(chain(half_known), {"inner": replace(inner, rules=())})) is None


def test_rules_of_other_states_and_tags_are_no_lines() -> None:
    old = Rule(PLACE, Action.PERMIT, states=frozenset({State.ESTABLISHED}))
    tagged = Rule(PLACE, Action.PERMIT, tags=frozenset({"vip"}))
    found = bounds(Chains(chain(old, tagged)))
    assert found is not None
    assert found.may.lines == ()


@pytest.mark.parametrize("block", [2, 64, 2_048])
def test_the_classifier_finds_the_first_line_whatever_the_block(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classify, "BLOCK", block)
    monkeypatch.setattr(classify, "CHUNK", 50)
    random = np.random.default_rng(block)

    def field() -> Intervals:
        ends = sorted(random.integers(0, LARGE, 2).tolist())
        return span(*ends) if random.random() < 0.8 else of([(0, ends[0]), (ends[1], LARGE)])

    names = (("a", "b"), ("x", ""))
    rows = [
        Line(
            headers(field(), field(), one(6) if random.random() < 0.5 else PROTOCOLS, field(), field())[0],
            bool(random.random() < 0.5),
            frozenset({"a"}) if random.random() < 0.3 else None,
            frozenset({"x"}) if random.random() < 0.3 else None,
        )
        for _ in range(90)
    ]
    lines = Lines(tuple(rows), permits=True)
    count = 400
    numbers = tuple(list(range(LARGE + 1)) for _ in range(5))
    fields = tuple(random.integers(0, LARGE + 1, count) for _ in range(5))
    ways = [random.integers(0, 2, count) for _ in names]
    found = Classifier(lines).permitted(Packets(fields, numbers, ways[0], ways[1], names))
    for index in range(count):
        packet = Packet(*(int(each[index]) for each in fields))
        expected = first_match(lines, packet, names[0][ways[0][index]], names[1][ways[1][index]])
        assert bool(found[index]) is expected


@given(st.lists(FIELD, max_size=5), FIELD)
@settings(max_examples=200, deadline=None)
def test_coverage_is_what_sets_say(sets: list[Intervals], asked: Intervals) -> None:
    taken, disjoint = EMPTY, []
    for each in sets:
        rest = each.without(taken)
        taken = taken.union(each)
        disjoint += [rest] if rest else []
    found = Coverage(disjoint).of(asked)
    assert found.touched.tolist() == [each.meets(asked) for each in disjoint]
    assert found.held.tolist() == [each.within(asked) for each in disjoint]


@given(st.lists(FIELD, min_size=1, max_size=4), st.lists(FIELD, max_size=8))
@settings(max_examples=300, deadline=None)
def test_the_quietest_member_is_in_the_fewest_sets(wanted: list[Intervals], named: list[Intervals]) -> None:
    for each, member in zip(wanted, quietest(wanted, named), strict=True):
        assert each.has(member)
        times = [
            sum(some.has(number) for some in named) for first, last in each.spans for number in range(first, last + 1)
        ]
        assert sum(some.has(member) for some in named) == min(times)


def test_pieces_are_cut_where_a_set_begins_or_ends_and_by_ip_version() -> None:
    zone = union([network("10.0.0.0/24"), network("fd00::/64")])
    sets = [network("10.0.0.128/25"), network("10.0.0.128-10.0.1.255"), network("192.0.2.0/24")]
    found = pieces([zone, network("10.0.1.0/24")], sets)
    assert [(one_.zone, one_.v6, one_.addresses, one_.inside) for one_ in found] == [
        (0, False, network("10.0.0.0/25"), frozenset()),
        (0, False, network("10.0.0.128/25"), frozenset({0, 1})),
        (0, True, network("fd00::/64"), frozenset()),
        (1, False, network("10.0.1.0/24"), frozenset({1})),
    ]


def test_atoms_hold_every_header_once_and_tell_touching_from_holding() -> None:
    found = atoms(SERVICES)
    for protocol, port in ((6, 104), (6, 11112), (17, 53), (6, 53), (1, 8 * 256), (6, 22), (17, 104), (47, 0)):
        assert sum(atom.protocol.has(protocol) and atom.port.has(port) for atom in found.members) == 1
    masks = found.masks(one(6), span(100, 11111))
    dicom = found.services[0]
    assert [masks.touched[0] >> number & 1 for number in dicom] == [1, 0]
    assert [masks.held[0] >> number & 1 for number in dicom] == [1, 0]
    rest = found.services[-1]
    assert any(masks.touched[0] >> number & 1 and not masks.held[0] >> number & 1 for number in rest)


def test_atoms_fill_as_many_words_as_they_need() -> None:
    many = tuple(Service(id=f"s{port}", title="s", protocols=("tcp",), ports=(str(port),)) for port in range(1, 140, 2))
    found = atoms(many)
    assert found.words == -(-len(found.members) // WORD) == 2
    assert found.masks(PROTOCOLS, PORTS).held == found.masks(PROTOCOLS, PORTS).touched


@pytest.mark.parametrize("far", [0, V6 + (1 << 100)])  # the second is beyond what a float holds exactly
@given(rows=st.lists(st.tuples(FIELD, FIELD), max_size=8), asked=st.tuples(FIELD, FIELD))
@settings(max_examples=150, deadline=None)
def test_no_set_that_meets_is_missed(far: int, rows: list[tuple[Intervals, Intervals]], asked: End) -> None:
    def moved(ends: End) -> End:
        first, last = (of((low + far, high + far) for low, high in each.spans) for each in ends)
        return first, last

    sets = [headers(*moved(row)) for row in rows]
    near = Ranges(sets).meeting(headers(*moved(asked))).tolist()
    assert set(near) >= {n for n, row in enumerate(rows) if row[0].meets(asked[0]) and row[1].meets(asked[1])}
    assert near == sorted(set(near))
    spans = Spans([moved(row)[0] for row in rows]).meeting([moved(asked)[0]])
    assert set(spans) >= {place for place, row in enumerate(rows) if row[0].meets(asked[0])}
