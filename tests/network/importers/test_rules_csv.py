"""Tables of rules: what they permit between two bounds, and what makes the device doubtful rather than wrong."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.network.address import network, number
from leadglass.network.device import Check, Device
from leadglass.network.evaluate import evaluate
from leadglass.network.headers import EVERYTHING, Packet
from leadglass.network.importers import IMPORTERS, recognise, rules_csv
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.rule import Action, Rule, State
from leadglass.network.topology import topology
from leadglass.network.walk import walk

HEAD = "order,from,to,source,destination,service,action,enabled\n"
JOINS = "interface,ct,,10.1.0.1/24,,,,\ninterface,pacs,,10.2.0.1/24,,,,\n"
BOX = JOINS + "route,,pacs,10.2.0.254,any,,,\ndefault,,,,,,deny,\n"
CT, PACS = "10.1.0.7", "10.2.0.5"


def read(*lines: str, box: str = BOX, head: str = HEAD) -> Device:
    return rules_csv.read(head + box + "".join(f"{line}\n" for line in lines), "rules.csv", "box")


def goes(
    device: Device, port: int = 104, source: str = CT, ingress: str = "ct", egress: str = "pacs"
) -> tuple[bool, bool]:
    """Whether a packet may pass and must."""
    check = next(step for step in device.steps if isinstance(step, Check))
    found = evaluate(check.chains, EVERYTHING, EVERYTHING, ingress, egress, State.NEW)
    packet = Packet(number(source), number(PACS), 6, 50_000, port)
    return any(box.has(packet) for box in found.may), any(box.has(packet) for box in found.must)


def test_the_first_rule_by_order_decides() -> None:
    found = read(f"20,any,any,any,any,any,deny,yes", f"10,ct,pacs,{CT},{PACS},tcp/104,permit,yes")  # noqa: F541
    assert goes(found) == (True, True)
    assert goes(found, 105) == (False, False)
    assert goes(found, source="10.1.0.8") == (False, False)
    assert goes(found, ingress="pacs", egress="ct") == (False, False)
    assert not found.doubts
    assert found.coverage.relevant == found.coverage.understood == 6


def test_orders_are_numbers_and_not_text() -> None:
    found = read("9,,,any,any,any,deny,yes", "10,,,any,any,any,permit,yes")
    assert goes(found) == (False, False)


def test_packets_cross_it_over_the_network() -> None:
    arrived = walk(topology([read(f"10,ct,pacs,{CT},{PACS},tcp/104,permit,yes")]), network("10.1.0.0/24"), EVERYTHING)
    packet = Packet(number(CT), number(PACS), 6, 50_000, 104)
    assert any(one.box.has(packet) for one in arrived.must)
    assert not any(one.box.has(packet._replace(destination_port=105)) for one in arrived.may)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("10,,,PACS-Servers,any,any,permit,yes", (True, False)),
        ("10,,,any,any,https,permit,yes", (True, False)),
        ("10,,,any,any,tcp/104-,permit,yes", (True, False)),
        ("10,,,any,any,tcp/70000,permit,yes", (True, False)),
        ("10,,,,any,any,permit,yes", (True, False)),  # an empty cell is no "any"
        ("10,,,any,any,any,inspect,yes", (True, False)),
        ("10,,,any,any,any,permit,maybe", (True, False)),
        ("10,,,any,any,any,permit,", (True, False)),
        ("10,,,any,any,any,permit,no", (False, False)),
        (f'10,,,"{CT}; CT-2",any,any,permit,yes', (True, True)),  # what is understood of a list counts
        ('10,,,any,any,"tcp/443 dicom",permit,yes', (True, False)),
        ('10,,,any,any,"udp/104 tcp/100-110",permit,yes', (True, True)),
        ("10,,,10.1.0.0/255.255.255.0,any,TCP/104,Allow,TRUE", (True, True)),
        ("10,,,10.1.0.1-10.1.0.9,any,tcp,accept,1", (True, True)),
    ],
)
def test_what_is_not_understood_may_pass_and_need_not(rule: str, expected: tuple[bool, bool]) -> None:
    found = read(rule)
    assert goes(found) == expected
    assert (found.coverage.understood < found.coverage.relevant) == (expected == (True, False) or "CT-2" in rule)


@pytest.mark.parametrize("part", ["PACS-Servers,any,any,deny,yes", "any,any,https,deny,yes", "any,any,any,deny,maybe"])
def test_a_denial_that_is_not_understood_leaves_what_follows_uncertain(part: str) -> None:
    assert goes(read(f"10,,,{part}", "20,,,any,any,any,permit,yes")) == (True, False)


@pytest.mark.parametrize(
    "line",
    [
        "ten,,,any,any,any,deny,yes",
        "-1,,,any,any,any,deny,yes",
        ",,,any,any,any,deny,yes",
        "1e3,,,any,any,any,deny,yes",
        "10,,,=1+1,any,any,permit,yes",
        "10,,,any,any,any,permit,yes,more",
        "10,,,any,any,any",
        "10;;;any;any;any;deny;yes",
        '10,,,"any,any,any,deny,yes',
        "route,,pacs,10.2.0.254,Remote-Site,,,",
        "route,,nowhere,10.2.0.254,10.9.0.0/16,,,",
        "default,,,,,,permit,no",
    ],
)
def test_a_line_that_is_no_rule_for_certain_makes_the_device_doubtful(line: str) -> None:
    found = read(line, "20,,,any,any,any,permit,yes")
    assert found.doubts
    assert found.coverage.understood < found.coverage.relevant
    assert any(place.line == 6 for place in found.doubts)


def test_two_rules_of_one_order_make_it_doubtful() -> None:
    assert read("10,,,any,any,any,deny,yes", "10,,,any,any,any,permit,yes").doubts


def test_without_a_default_nothing_is_said_to_be_stopped() -> None:
    found = read(box=JOINS)
    assert goes(found) == (True, False)
    assert any("no rule decides" in words for _, words in found.findings)
    assert goes(read("default,,,,,,permit,")) == (True, False)  # two that differ


def test_what_is_taken_for_granted_is_told() -> None:
    words = " ".join(read().assumptions)
    assert "remembers connections" in words
    assert "translates no addresses" in words
    quiet = read("stateless,,,,,,,")
    assert "remembers connections" not in " ".join(quiet.assumptions)
    check = next(step for step in quiet.steps if isinstance(step, Check))
    assert not check.chains.entry.stateful


def test_without_routes_anything_may_be_behind_it() -> None:
    assert not read().dynamic
    assert read(box=JOINS).dynamic


def test_other_names_orders_and_separators_of_columns() -> None:
    text = (
        "\ufeffAction;Source Address;Destination Address;Services;No;Comment\n"
        "permit;10.1.0.7;any;tcp/104;10;password is hunter2\n"
        ";10.1.0.1/24;;;interface;\n"
    )
    with pytest.raises(ConfigurationUnreadable, match="without a zone"):
        rules_csv.read(text, "x", "box")
    named = text.replace("Comment", "From").replace(";interface;", ";interface;ct").replace("password is hunter2", "")
    assert [rule.action for rule in _rules(rules_csv.read(named, "x", "box"))] == [Action.PERMIT]


def _rules(device: Device) -> tuple[Rule, ...]:
    check = next(step for step in device.steps if isinstance(step, Check))
    return check.chains.entry.rules


def test_a_secret_in_a_comment_appears_nowhere() -> None:
    head = HEAD.strip() + ",comment\n"
    box = "".join(f"{line},\n" for line in BOX.splitlines())
    found = read("10,,,any,any,any,permit,yes,password is hunter2", box=box, head=head)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("", "no line names", 1),
        ("a,b\n1,2\n", "no line names", 1),
        (HEAD.replace("to,", "source,"), "no line names", 1),
        (HEAD + "10,,,any,any,any,permit,yes\n", "which networks", 0),
        (HEAD + "interface,ct,,10.1.0.1,,,,\n", "an interface without", 2),
        (HEAD + BOX + "10,dmz,,any,any,any,permit,yes\n", "no interface line for zone 'dmz'", 6),
        (HEAD + BOX + "10,,,any,any", "cut off", 6),
        (HEAD + BOX + "10,,,any\0", "binary", 6),
    ],
)
def test_what_is_no_whole_table_is_refused_with_its_line(text: str, words: str, line: int) -> None:
    with pytest.raises(ConfigurationUnreadable, match=words) as raised:
        rules_csv.read(text, "rules.csv", "box")
    assert raised.value.place is not None
    assert raised.value.place.line == line


def test_the_syntax_is_known_by_its_columns() -> None:
    assert recognise(HEAD + BOX) == "rules"
    assert recognise("cidr,zone,label\n10.1.0.0/24,ct,CT\n") is None
    assert IMPORTERS["rules"] is rules_csv.read


PART = st.tuples(
    st.sampled_from(["", "ct", "pacs", "any"]),
    st.sampled_from(["", "ct", "pacs"]),
    st.sampled_from(["any", CT, "10.1.0.0/24", "Object", f"{CT}; Object", ""]),
    st.sampled_from(["any", PACS, "10.2.0.0/30", "10.2.0.1-10.2.0.9"]),
    st.sampled_from(["any", "tcp/104", "tcp/100-110", "udp/104", "tcp", "web", "tcp/104 web"]),
    st.sampled_from(["permit", "deny", "drop", "inspect"]),
    st.sampled_from(["yes", "no", "perhaps"]),
)


@given(st.lists(PART, max_size=8), st.sampled_from([104, 105, 443]))
def test_every_reading_of_what_is_not_understood_lies_between_the_bounds(
    parts: list[tuple[str, ...]], port: int
) -> None:
    written = io.StringIO()
    csv.writer(written).writerows((at, *part) for at, part in enumerate(parts, 1))
    may, must = goes(read(*written.getvalue().splitlines()), port)
    for reading in ("everything", "nothing"):
        passes = _line_by_line(parts, port, reading)
        assert may or not passes
        assert passes or not must


def _line_by_line(parts: list[tuple[str, ...]], port: int, reading: str) -> bool:
    """One packet from CT to PACS; what is not understood matches everything or nothing."""
    unclear = reading == "everything"
    for origin, target, source, destination, service, action, enabled in parts:
        if origin not in {"", "any", "ct"} or target not in {"", "pacs"} or enabled == "no":
            continue
        if enabled == "perhaps" and not unclear:
            continue
        if source in {"Object", ""} and not unclear:
            continue
        if destination == "10.2.0.0/30":
            continue
        sure = {"any": True, "tcp/104": port == 104, "tcp/100-110": 100 <= port <= 110, "tcp": True}
        matched = sure.get(service, False) or (service == "tcp/104 web" and port == 104)
        if not matched and not (unclear and "web" in service):
            continue
        if action == "inspect":
            if unclear:
                return True
            continue
        return action == "permit"
    return False
