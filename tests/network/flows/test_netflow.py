"""NetFlow and IPFIX as text: names of columns, both directions joined, who began, sampling, and what is no record."""

from __future__ import annotations

import json

import pytest
from tests.network.flows.flow_logs import BEGIN, CT, PACS, Row, nfdump, record, rows

from leadglass.network.flows import direction, netflow, pieces, recognise
from leadglass.network.importers.fault import ConfigurationUnreadable


def read(*lines: str) -> list[Row]:
    return rows(netflow.read_csv([nfdump(*lines)], "flows.csv"))


def text(data: str) -> list[Row]:
    return rows(netflow.read_csv([data.encode()], "flows.csv"))


def test_both_directions_are_one_flow_begun_by_who_was_first() -> None:
    there, back = record(CT, 50_000, PACS, 104), record(PACS, 104, CT, 50_000, second=0.002)
    expected = [Row(CT, PACS, 6, 50_000, 104, True, True)]
    assert read(there, back) == expected
    assert read(back, there) == expected


def test_the_first_packet_tells_where_both_begin_at_once() -> None:
    head = "sIP|dIP|sPort|dPort|pro|packets|bytes|flags|sTime|duration|initialFlags|\n"
    there = f"{CT}|{PACS}|50000|104|6|5|500|FSPA|2026/01/01T00:00:00.000|1.0|S|\n"
    back = f"{PACS}|{CT}|104|50000|6|5|500|FSPA|2026/01/01T00:00:00.000|1.0|SA|\n"
    assert text(head + back + there) == [Row(CT, PACS, 6, 50_000, 104, True, True)]


def test_both_at_once_without_first_flags_is_not_sure() -> None:
    (found,) = read(record(CT, 50_000, PACS, 104), record(PACS, 104, CT, 50_000))
    assert found.answered
    assert not found.sure


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        (record(PACS, 104, CT, 50_000, "...AR...", second=0.01, packets=1, size=40), False),
        (record(PACS, 104, CT, 50_000, "0x14", second=0.01, packets=1, size=40), False),
        (record(PACS, 104, CT, 50_000, "18", second=0.01), True),
        (record(PACS, 104, CT, 50_000, "...A..S.", second=0.01), True),
        (record(PACS, 104, CT, 50_000, "-", second=0.01, packets=2, size=80), False),
        (record(PACS, 104, CT, 50_000, "-", second=0.01, packets=2, size=900), True),
        (record(PACS, 104, CT, 50_001, second=0.01), False),  # another conversation
    ],
)
def test_a_reset_alone_is_no_reply(reply: str, answered: bool) -> None:
    first = read(record(CT, 50_000, PACS, 104, "......S.", packets=1, size=60), reply)[0]
    assert (first.source, first.answered) == (CT, answered)


def test_an_attempt_alone_is_sure_of_who_began() -> None:
    assert read(record(CT, 50_000, PACS, 104, "......S.")) == [Row(CT, PACS, 6, 50_000, 104, False, True)]


def test_one_record_of_both_directions_is_answered_when_more_than_resets_came_back() -> None:
    assert read(record(CT, 50_000, PACS, 104, came=(5, 900)))[0].answered
    assert not read(record(CT, 50_000, PACS, 104, came=(3, 120)))[0].answered
    assert read(record(CT, 50_000, PACS, 161, "-", proto="UDP", came=(1, 60)))[0].answered


def test_the_same_ends_much_later_are_another_conversation() -> None:
    head = "srcaddr;dstaddr;srcport;dstport;protocol;first;last;tcp_flags\n"
    lines = [
        f"{CT};{PACS};50000;104;6;{BEGIN};{BEGIN + 5};2\n",
        f"{PACS};{CT};104;50000;6;{BEGIN + 9_000};{BEGIN + 9_001};2\n",
    ]
    assert [(row.source, row.answered) for row in text(head + "".join(lines))] == [(CT, False), (PACS, False)]


def test_a_long_conversation_in_many_records_is_one() -> None:
    lines = [record(CT, 50_000, PACS, 104, second=at) for at in range(0, 50, 10)]
    lines += [record(PACS, 104, CT, 50_000, second=at + 0.5) for at in range(0, 50, 10)]
    assert len(read(*lines)) == 1


def test_icmp_is_joined_by_request_and_reply() -> None:
    request = record(CT, 0, PACS, "8.0", "-", proto="ICMP")
    assert read(request, record(PACS, 0, CT, "0.0", "-", proto="ICMP", second=0.01)) == [
        Row(CT, PACS, 1, 0, 8 * 256, True, False)
    ]
    refused = read(request, record(PACS, 0, CT, "3.1", "-", proto="ICMP", second=0.01))
    assert [row.answered for row in refused] == [False]


def test_names_of_ipfix_and_two_families_in_one_table() -> None:
    head = (
        "flowStartMilliseconds,sourceIPv4Address,sourceIPv6Address,destinationIPv4Address,destinationIPv6Address,"
        "sourceTransportPort,destinationTransportPort,protocolIdentifier,octetDeltaCount\n"
    )
    lines = f"1767225600000,{CT},,{PACS},,50000,104,6,10\n1767225600000,,fd00::7,,fd00::5,50001,104,6,10\n"
    assert [row.source for row in text(head + lines)] == [CT, "fd00::7"]


def test_quoted_cells_are_read_and_a_quote_that_does_not_close_is_counted() -> None:
    head = "sa,sp,label,da,dp,pr,ts\n"
    good = f'"{CT}",50000,"GOOGLE, US",{PACS},104,6,{BEGIN}\n'
    bad = f'{CT},50000,"GOOGLE,{PACS},104,6,{BEGIN}\n'
    shifted = f"{CT},50000,GOOGLE, US,{PACS},104,6,{BEGIN}\n"
    found = netflow.read_csv([(head + good + bad + shifted).encode()], "flows.csv")
    assert rows(found) == [Row(CT, PACS, 6, 50_000, 104, False, False)]
    assert {(one.reason, one.line) for one in found.skipped} == {
        ("quotes that do not close", 3),
        ("not 7 fields", 4),
    }


SUMMARY = b"Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,1000,10,1,1,1\n"


@pytest.mark.parametrize("piece", [100, 120, 160, 1 << 20])
def test_exports_put_together_are_read_to_the_end(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", piece)
    one, other = nfdump(record(CT, 50_000, PACS, 104)), nfdump(record(CT, 50_001, PACS, 104))
    data = one + SUMMARY + other + SUMMARY
    found = netflow.read_csv([data[at : at + 16] for at in range(0, len(data), 16)], "flows.csv")
    assert [row.source_port for row in rows(found)] == [50_000, 50_001]
    assert not found.skipped


def test_many_records_are_joined_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [record(CT, 50_000 + at, PACS, 104, second=at / 100) for at in range(300)]
    lines += [record(PACS, 104, CT, 50_000 + at, second=at / 100 + 0.05) for at in range(300)]
    whole = read(*lines)
    monkeypatch.setattr(direction, "PART", 100)
    assert read(*lines) == whole
    assert len(whole) == 300
    assert all(row.answered and row.source == CT for row in whole)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (record(CT, 50_000, PACS, 104_000), "no destination port"),
        (record(CT, 50_000, PACS, "8.0"), "no destination port"),  # ICMP's way to write, of TCP
        (record(CT, "8.0", PACS, 104), "no source port"),
        (record(CT, 50_000, PACS, 104, proto="@SUM"), "no protocol"),
        (record(CT, 50_000, PACS, 104, proto="256"), "no protocol"),
        (record("=1+1", 50_000, PACS, 104), "no address of the source"),
        (record(CT, 50_000, PACS, 104).replace("2026", "0026"), "no time"),
        (record(CT, 50_000, PACS, 104).replace(",", ";"), "not 13 fields"),
        (record(CT, 50_000, PACS, 104).replace(",", "\t"), "a tab among"),
    ],
)
def test_what_is_no_record_is_counted_and_in_no_row(line: str, reason: str) -> None:
    found = netflow.read_csv([nfdump(line)], "flows.csv")
    assert not found.table.height
    assert found.skipped[0].reason.startswith(reason)


PRINTED = """[
{
\t"type" : "FLOW",
\t"t_first" : "2026-01-01T00:00:00.000",
\t"proto" : 6,
\t"src4_addr" : "10.1.0.7",
\t"dst4_addr" : "10.2.0.5",
\t"src_port" : 50000,
\t"dst_port" : 104,
\t"tcp_flags" : "......S."
}
,
{
\t"type" : "FLOW",
\t"t_first" : "2026-01-01T00:00:01.000",
\t"proto" : 17,
\t"src6_addr" : "fd00::7",
\t"dst6_addr" : "fd00::5",
\t"src_port" : 50000,
\t"dst_port" : 514
}
]
"""


def test_a_printed_array_and_json_lines_say_the_same() -> None:
    lines = "\n".join(json.dumps(one) for one in json.loads(PRINTED)) + "\n"
    expected = [Row(CT, PACS, 6, 50_000, 104, False, True), Row("fd00::7", "fd00::5", 17, 50_000, 514, False, False)]
    printed = netflow.read_json([PRINTED.encode()], "flows.json")
    assert rows(printed) == expected
    assert printed.table.sort("line")["line"].to_list() == [2, 13]
    assert rows(netflow.read_json([lines.encode()], "flows.json")) == expected


def test_a_printed_array_that_is_cut_off_keeps_what_is_whole() -> None:
    found = netflow.read_json([PRINTED[:-30].encode()], "flows.json")
    assert len(rows(found)) == 1
    assert [one.line for one in found.skipped] == [13]


def test_text_inside_a_value_begins_no_record() -> None:
    evil = {"src4_addr": CT, "dst4_addr": PACS, "proto": 6, "src_port": 1, "dst_port": 104, "t_first": BEGIN}
    evil["label"] = '},\n{"src4_addr":"10.66.6.6"'
    assert [row.source for row in rows(netflow.read_json([(json.dumps(evil) + "\n").encode()], "x"))] == [CT]


@pytest.mark.parametrize(("rate", "sampled"), [(1, False), (1_000, True), (0, None)])
def test_what_the_exporter_says_of_sampling_is_kept(rate: int, sampled: bool | None) -> None:
    value = {
        "time_flow_start_ns": 1_767_225_600_000_000_000, "src_addr": CT, "dst_addr": PACS, "proto": "TCP",
        "src_port": 50_000, "dst_port": 104, "sampling_rate": rate,
    }  # fmt: skip
    found = netflow.read_json([json.dumps(value).encode()], "flows.json")
    assert found.sampled is sampled
    assert found.table["first"].to_list() == [BEGIN]


def test_times_with_an_offset_are_moved_and_others_are_taken_for_utc() -> None:
    head = "sa,da,sp,dp,pr,ts\n"
    found = netflow.read_csv([f"{head}{CT},{PACS},1,104,6,2026-01-01T01:00:00.5+01:00\n".encode()], "x")
    assert found.table["first"].to_list() == [BEGIN + 0.5]
    assert not [words for words in found.assumptions if "UTC" in words]
    found = netflow.read_csv([f"{head}{CT},{PACS},1,104,6,2026/01/01 00:00:00\n".encode()], "x")
    assert found.table["first"].to_list() == [BEGIN]
    assert [words for words in found.assumptions if "UTC" in words]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"sa,da,sp\n1,2,3\n", b"just text\n", b"sa,sa\n"])
def test_a_table_without_names_of_a_flow_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationUnreadable, match="no line names the columns"):
        netflow.read_csv([data], "flows.csv")


def test_an_array_on_one_line_is_refused_with_a_way_out() -> None:
    with pytest.raises(ConfigurationUnreadable, match="a line of"):
        netflow.read_json([b"[" + b'{"src4_addr":"10.1.0.7"},' * 4_000 + b"]"], "flows.json")


def test_the_kind_of_an_export_is_told_by_its_beginning() -> None:
    assert recognise(nfdump()) == "netflow-csv"
    assert recognise(PRINTED.encode()) == "netflow-json"
