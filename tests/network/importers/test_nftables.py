"""nftables: what is easily got wrong, each with the verdict that the kernel's documents and the kernel itself give."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.network.importers.kernel import Sent
from tests.network.importers.netfilter_cases import ADDRESSES, CT, PACS, ROUTES, WEB, passes
from tests.network.importers.netfilter_hospital import HOSPITAL

from leadglass.network.device import Check, Device
from leadglass.network.importers import nftables, recognise
from leadglass.network.importers.fault import MAX_FILE, ConfigurationUnreadable
from leadglass.network.masking import MASK

FIXTURE = Path(__file__).parents[2] / "vectors" / "network" / "nftables" / "hospital.json"


def read(*rules: str, **more: str) -> Device:
    """A device of rules in nft's JSON: what the kernel itself lists is tested against it."""
    companions = {"addresses": ADDRESSES, "routes": ROUTES, **more}
    return nftables.read('{"nftables": [' + ",".join(rules) + "]}", "fw.json", "fw", **companions)


def table(family: str = "inet", **more: object) -> str:
    return json.dumps({"table": {"family": family, "name": "t", **more}})


def base(name: str, hook: str, prio: int, policy: str = "accept", *, kind: str = "filter", family: str = "inet") -> str:
    return json.dumps({"chain": {"family": family, "table": "t", "name": name, "type": kind, "hook": hook, "prio": prio,
                                 "policy": policy}})  # fmt: skip


def chain(name: str) -> str:
    return json.dumps({"chain": {"family": "inet", "table": "t", "name": name}})


def rule(where: str, *statements: object, family: str = "inet") -> str:
    return json.dumps({"rule": {"family": family, "table": "t", "chain": where, "handle": 1, "expr": list(statements)}})


def match(left: object, right: object, op: str = "==") -> object:
    return {"match": {"op": op, "left": left, "right": right}}


def field(protocol: str, name: str) -> object:
    return {"payload": {"protocol": protocol, "field": name}}


DPORT = field("tcp", "dport")
STATE = {"ct": {"key": "state"}}
ACCEPT, DROP = {"accept": None}, {"drop": None}
KNOWN = rule("f", match(STATE, ["established", "related"], "in"), ACCEPT)
DICOM = Sent("eth0", CT, PACS)
TELNET = replace(DICOM, destination_port=23)


def test_an_accept_in_one_base_chain_is_not_final() -> None:
    first, second = base("f", "forward", 0, "accept"), base("g", "forward", 10, "drop")
    one = [table(), first, second, KNOWN, rule("f", match(DPORT, 104), ACCEPT)]
    known = rule("g", match(STATE, "established", "in"), ACCEPT)
    assert passes(read(*one, known), DICOM, "eth1") == (False, False)
    assert passes(read(*one, known, rule("g", match(DPORT, 104), ACCEPT)), DICOM, "eth1") == (True, True)


def test_a_filter_after_translation_sees_the_real_address_and_one_before_it_the_public_one() -> None:
    dnat = rule("n", match(field("ip", "daddr"), "10.3.0.99"), {"dnat": {"family": "ip", "addr": PACS}})
    nat = base("n", "prerouting", -100, kind="nat")
    asked = replace(DICOM, destination="10.3.0.99")
    forward = [table(), nat, dnat, base("f", "forward", 0, "drop"), KNOWN]
    assert passes(read(*forward, rule("f", match(field("ip", "daddr"), PACS), ACCEPT)), asked, "eth1") == (True, True)
    assert passes(read(*forward, rule("f", match(field("ip", "daddr"), "10.3.0.99"), ACCEPT)), asked, "eth1") == (
        False,
        False,
    )
    early = [table(), nat, dnat, base("r", "prerouting", -300)]
    assert passes(read(*early, rule("r", match(field("ip", "daddr"), "10.3.0.99"), DROP)), asked, "eth1")[0] is False
    assert passes(read(*early, rule("r", match(field("ip", "daddr"), PACS), DROP)), asked, "eth1")[0] is True


def test_a_filter_at_the_very_priority_of_translation_is_not_told_and_nothing_is_claimed() -> None:
    dnat = rule("n", match(field("ip", "daddr"), "10.3.0.99"), {"dnat": {"family": "ip", "addr": PACS}})
    found = read(table(), base("n", "prerouting", -100, kind="nat"), dnat, base("r", "prerouting", -100, "drop"))
    assert passes(found, replace(DICOM, destination="10.3.0.99"), "eth1") == (True, False)


def test_ct_status_dnat_lets_only_what_was_translated_pass() -> None:
    dnat = rule("n", match(field("ip", "daddr"), "10.3.0.99"), {"dnat": {"family": "ip", "addr": PACS}})
    status = rule("f", match({"ct": {"key": "status"}}, "dnat", "in"), ACCEPT)
    found = read(
        table(), base("n", "prerouting", -100, kind="nat"), dnat, base("f", "forward", 0, "drop"), KNOWN, status
    )
    assert passes(found, replace(DICOM, destination="10.3.0.99"), "eth1") == (True, True)
    assert passes(found, DICOM, "eth1") == (False, False)


def test_a_permit_without_a_rule_for_replies_is_no_connection() -> None:
    found = read(table(), base("f", "forward", 0, "drop"), rule("f", match(DPORT, 104), ACCEPT))
    assert passes(found, DICOM, "eth1") == (True, False)
    back = rule("f", match(field("tcp", "sport"), 104), match(STATE, "established", "in"), ACCEPT)
    found = read(table(), base("f", "forward", 0, "drop"), rule("f", match(DPORT, 104), ACCEPT), back)
    assert passes(found, DICOM, "eth1") == (True, True)


def test_a_rule_for_source_port_104_lets_anybody_begin() -> None:
    found = read(table(), base("f", "forward", 0, "drop"), KNOWN, rule("f", match(field("tcp", "sport"), 104), ACCEPT))
    assert passes(found, replace(TELNET, source_port=104), "eth1") == (True, True)
    assert passes(found, TELNET, "eth1") == (False, False)


def test_a_rule_for_flags_that_no_first_packet_has_is_no_way_to_begin() -> None:
    flags = {"&": [field("tcp", "flags"), ["syn", "ack"]]}
    found = read(table(), base("f", "forward", 0, "drop"), rule("f", match(flags, "ack"), ACCEPT))
    assert passes(found, DICOM, "eth1") == (False, False)


def test_invalid_is_every_packet_before_tracking() -> None:
    found = read(table(), base("r", "prerouting", -300), rule("r", match(STATE, "invalid", "in"), DROP))
    assert passes(found, DICOM, "eth1") == (False, False)
    found = read(table(), base("r", "prerouting", -150), rule("r", match(STATE, "invalid", "in"), DROP))
    assert passes(found, DICOM, "eth1") == (True, True)


def test_a_dormant_table_filters_nothing() -> None:
    for flags in ("dormant", "d", ["dormant"]):
        found = read(table(flags=flags), base("f", "forward", 0, "drop"))
        assert passes(found, DICOM, "eth1") == (True, True)
        assert any("no rule filters IPv4" in said for said in found.assumptions)


def test_what_no_configuration_tells_may_match_and_need_not() -> None:
    for statement in (
        {"limit": {"rate": 1, "per": "second"}},
        {"quota": {"val": 1, "val_unit": "bytes"}},
        {"ct count": {"val": 3}},
        match({"meta": {"key": "mark"}}, 1),
        {"set": {"op": "add", "elem": field("ip", "saddr"), "set": "@s"}},
    ):
        found = read(table(), base("f", "forward", 0, "drop"), KNOWN, rule("f", statement, ACCEPT))
        assert passes(found, DICOM, "eth1") == (True, False)
        assert not found.coverage.missed
        assert any("depends on" in said for said in found.assumptions)


@pytest.mark.parametrize(
    "statements",
    [
        [{"telepathy": 1}, DROP],
        [match({"telepathy": 1}, 1), DROP],
        [match(DPORT, "@nowhere"), DROP],
        [match(DPORT, 104, "~~"), DROP],
        [match({"&": [field("ip", "daddr"), "85.85.85.85"]}, "0.1.0.5"), DROP],
        [{"vmap": {"key": DPORT, "data": "@nowhere"}}],
        [{"vmap": {"key": DPORT, "data": {"set": [[104, {"telepathy": None}]]}}}],
        [{"jump": {"target": "nowhere"}}],
        [{"queue": {"num": 1}}],
        [{"xt": {"type": "target", "name": "TELEPATHY"}}],
    ],
)
def test_what_is_not_understood_may_pass_and_must_not(statements: list[object]) -> None:
    found = read(table(), base("f", "forward", 0, "accept"), KNOWN, rule("f", *statements))
    assert passes(found, DICOM, "eth1") == (True, False)
    found = read(table(), base("f", "forward", 0, "drop"), KNOWN, rule("f", *statements[:-1], ACCEPT))
    assert passes(found, DICOM, "eth1")[1] is (len(statements) == 1)


def test_a_set_that_packets_change_is_both_empty_and_any() -> None:
    named = {"family": "inet", "table": "t", "type": "ipv4_addr", "elem": ["192.0.2.1"]}
    blocked = rule("f", match(field("ip", "saddr"), "@s"), DROP)
    still = json.dumps({"set": {**named, "name": "s"}})
    fixed = read(table(), still, base("f", "forward", 0), blocked)
    assert passes(fixed, DICOM, "eth1") == (True, True)
    loose = json.dumps({"set": {**named, "name": "s", "flags": ["timeout"]}})
    assert passes(read(table(), loose, base("f", "forward", 0), blocked), DICOM, "eth1") == (True, False)
    adding = rule("f", match(DPORT, 9), {"set": {"op": "add", "elem": field("ip", "saddr"), "set": "@s"}})
    assert passes(read(table(), still, base("f", "forward", 0), adding, blocked), DICOM, "eth1") == (True, False)


def test_an_object_of_no_known_kind_and_a_rewritten_header_put_the_device_in_doubt() -> None:
    for strange in (
        json.dumps({"telepathy": {}}),
        json.dumps({"chain": 5}),
        json.dumps({"rule": {"family": "inet", "table": "t", "chain": "nowhere", "expr": []}}),
        rule("f", {"mangle": {"key": field("ip", "daddr"), "value": "192.0.2.1"}}),
    ):
        found = read(table(), base("f", "forward", 0, "drop"), strange)
        assert found.doubts, strange
        assert passes(found, DICOM, "eth1") == (True, False)
        assert found.coverage.missed


def test_a_pattern_means_the_interfaces_that_there_are() -> None:
    asked = rule("f", match({"meta": {"key": "iifname"}}, "eth*"), ACCEPT)
    found = read(table(), base("f", "forward", 0, "drop"), KNOWN, asked)
    assert passes(found, DICOM, "eth1") == (True, True)
    assert passes(found, Sent("dmz0", WEB, PACS), "eth1") == (False, False)


def test_an_interface_by_number_is_the_one_that_had_it() -> None:
    asked = rule("f", match({"meta": {"key": "iif"}}, 2), ACCEPT)
    found = read(table(), base("f", "forward", 0, "drop"), KNOWN, asked)
    assert passes(found, DICOM, "eth1") == (True, True)
    asked = rule("f", match({"meta": {"key": "iif"}}, 99), ACCEPT)
    assert read(table(), base("f", "forward", 0, "drop"), KNOWN, asked).coverage.missed


def test_without_addresses_or_routes_anything_may_be_anywhere_and_nothing_is_claimed() -> None:
    named = rule("f", match({"meta": {"key": "iifname"}}, {"set": ["eth0", "eth1"]}), ACCEPT)
    rules = [table(), base("f", "forward", 0, "drop"), KNOWN, named]
    found = read(*rules, addresses="", routes="")
    assert [one.name for one in found.interfaces] == ["eth0", "eth1"]
    assert passes(found, DICOM, "eth1") == (True, False)
    assert any("ip -j address" in said for said in found.assumptions)
    assert any("ip -j route" in said for said in read(*rules, routes="").assumptions)


def test_companions_may_stand_in_the_same_file() -> None:
    rules = '{"nftables": [' + ",".join([table(), base("f", "forward", 0, "drop"), KNOWN, rule("f", ACCEPT)]) + "]}"
    beside = nftables.read(f"{ADDRESSES}\n{rules}\n{ROUTES}\n", "fw.json", "fw")
    assert passes(beside, DICOM, "eth1") == (True, True)
    assert not beside.dynamic


def test_routes_of_other_tables_and_refusing_ones_count() -> None:
    rules = [table(), base("f", "forward", 0, "accept")]
    policy = json.dumps([{"dst": "default", "gateway": "10.4.0.254", "dev": "dmz0", "table": "100"}])
    assert read(*rules, routes=ROUTES + policy).dynamic
    refusing = json.dumps([{"type": "blackhole", "dst": "203.0.113.0/24"}, {"dst": "203.0.113.8/32", "dev": "dmz0"}])
    found = read(*rules, routes=ROUTES + refusing)
    assert passes(found, replace(DICOM, destination="203.0.113.9"), "dmz0") == (False, False)
    assert passes(found, replace(DICOM, destination="203.0.113.8"), "dmz0") == (True, True)
    assert passes(found, replace(DICOM, destination="203.0.114.9"), "dmz0") == (True, True)


def test_ipv6_without_a_filter_is_permitted_and_a_finding() -> None:
    found = read(table("ip"), base("f", "forward", 0, "drop", family="ip"))
    assert passes(found, DICOM, "eth1") == (False, False)
    assert passes(found, replace(DICOM, source="fd00:2::7", destination="fd00:3::5"), "eth1") == (True, True)
    assert [said for _, said in found.findings] == ["IPv6 is routed and no rule filters it"]


def test_a_chain_at_ingress_filters_its_device_only() -> None:
    ingress = {"family": "netdev", "table": "t", "name": "i", "type": "filter", "hook": "ingress", "prio": 0}
    lines = [table("netdev"), json.dumps({"chain": {**ingress, "dev": "eth0", "policy": "drop"}})]
    found = read(*lines)
    assert passes(found, DICOM, "eth1") == (False, False)
    assert passes(found, Sent("dmz0", WEB, PACS), "eth1")[0] is True
    # nft 1.0.6 does not always print which: then it may be any, and need not.
    bare = read(table("netdev"), json.dumps({"chain": {**ingress, "policy": "drop"}}))
    assert passes(bare, DICOM, "eth1") == (True, False)


def test_chains_that_grow_past_all_bounds_or_go_in_a_circle_put_the_device_in_doubt() -> None:
    tower = [chain(f"c{at}") for at in range(14)] + [table(), base("f", "forward", 0, "drop")]
    for at in range(13):
        tower += [rule(f"c{at}", {"jump": {"target": f"c{at + 1}"}})] * 4
    assert read(*tower, rule("f", {"jump": {"target": "c0"}})).doubts
    circle = [chain("a"), chain("b"), rule("a", {"jump": {"target": "b"}}), rule("b", {"jump": {"target": "a"}})]
    found = read(table(), *circle, base("f", "forward", 0, "drop"), rule("f", {"jump": {"target": "a"}}))
    assert passes(found, DICOM, "eth1") == (True, False)


def test_a_redirect_keeps_packets_and_is_a_finding() -> None:
    kept = rule("n", match(DPORT, 104), {"redirect": {"port": 4242}})
    found = read(table(), base("n", "prerouting", -100, kind="nat"), kept)
    assert passes(found, DICOM, "eth1") == (False, False)
    assert passes(found, TELNET, "eth1") == (True, True)
    assert "takes these packets for itself" in found.findings[0][1]


def test_what_is_not_tracked_is_not_remembered() -> None:
    rules = [table(), base("r", "prerouting", -300), rule("r", match(DPORT, 104), {"notrack": None})]
    rules += [base("f", "forward", 0, "drop"), KNOWN, rule("f", match(STATE, ["new", "untracked"], "in"), ACCEPT)]
    found = read(*rules)
    assert passes(found, DICOM, "eth1") == (True, False)
    assert passes(found, TELNET, "eth1") == (True, True)


def test_a_filter_of_a_bridge_takes_certainty_away() -> None:
    found = read(table("bridge"), base("b", "forward", 0, "drop", family="bridge"))
    assert passes(found, DICOM, "eth1") == (True, False)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"nftables": [\n{"table": {"family": "ip", "name": "t"}},\n{"chain": {"family": "ip", "ta', 3),
        ('{"nftables": [\n{"table": {"family": "ip", "name": "t"}}\n', 3),
        ('{"nftables": []}\n{"nftables": []}', 2),
        ("table inet filter {\n chain forward {", 1),
        ("[]", 1),
        ('{"interfaces": []}', 1),
        ("hostname fw1\ninterface GigabitEthernet0/0", 1),
        ('{"nftables": [\n' + "[" * 200_000, 2),
        ('{"nftables": []}\n[{"ifname": "eth0", "addr_info": [{"local": "ten"}]}]', 2),
        ("", 1),
    ],
)
def test_what_is_cut_off_or_another_vendors_is_an_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigurationUnreadable) as caught:
        nftables.read(text, "fw.json", "fw")
    assert caught.value.place is not None
    assert (caught.value.place.file, caught.value.place.line) == ("fw.json", line)
    assert caught.value.hint


def test_a_text_past_the_bound_is_refused() -> None:
    with pytest.raises(ConfigurationUnreadable, match="16 MiB"):
        nftables.read('{"nftables": []}' + " " * MAX_FILE, "fw.json", "fw")


def test_the_hospitals_ruleset_is_wholly_understood_and_its_secret_is_nowhere() -> None:
    text = FIXTURE.read_text("utf-8")
    assert recognise(text) == "nftables"
    found = nftables.read(text, "hospital.json", "fw")
    assert found.coverage.understood == found.coverage.relevant > 10
    for sent, egress, expected in HOSPITAL:
        assert passes(found, sent, egress) == (expected, expected), sent
    texts = {one.place.text for step in found.steps if isinstance(step, Check) for one in step.chains.entry.rules}
    assert not any("canary" in text for text in texts)
    assert any(MASK in text for text in texts)


def test_a_rule_stands_at_the_line_where_it_is_written() -> None:
    text = FIXTURE.read_text("utf-8")
    found = nftables.read(text, "hospital.json", "fw")
    lines = text.splitlines()
    filters = [step.chains.entry for step in found.steps if isinstance(step, Check)]
    places = [one.place for entry in filters for one in entry.rules if one.place.text]
    assert len(places) > 5
    for place in places:
        assert ('"rule"' if place.text.startswith("inet") or ": " in place.text else '"chain"') in lines[place.line - 1]
