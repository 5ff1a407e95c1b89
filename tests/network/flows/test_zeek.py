"""Zeek's conn.log: who began, whether anybody answered, and what is no flow; by its documentation of conn_state."""

from __future__ import annotations

import json

import pytest
from tests.network.flows.flow_logs import BEGIN, CT, HEAD, PACS, Row, conn, rows, zeek

from leadglass.network.flows import recognise
from leadglass.network.flows import zeek as source
from leadglass.network.importers.fault import ConfigurationUnreadable


def read(*lines: str) -> list[Row]:
    return rows(source.read([zeek(*lines)], "conn.log"))


def skipped(*lines: str) -> list[str]:
    found = source.read([zeek(*lines)], "conn.log")
    assert not found.table.height
    return [one.reason for one in found.skipped]


@pytest.mark.parametrize(
    ("state", "history", "answered", "sure"),
    [
        ("SF", "ShADadFf", True, True),
        ("S1", "ShADad", True, True),
        ("RSTR", "ShADadr", True, True),
        ("S0", "S", False, True),
        ("REJ", "Sr", False, True),  # a filter sends resets too
        ("RSTOS0", "SR", False, True),
        ("SHR", "^hf", True, True),  # only the answering side was seen; SYN-ACK tells who that is
        ("OTH", "DadA", True, False),
        ("OTH", "D", False, False),
        ("OTH", "Dr", False, False),
        ("SF", "-", True, True),
    ],
)
def test_a_reply_is_an_accepted_connection_and_the_handshake_tells_who_began(
    state: str, history: str, answered: bool, sure: bool
) -> None:
    assert read(conn(state=state, history=history)) == [Row(CT, PACS, 6, 50_000, 104, answered, sure)]


def test_of_udp_the_reply_is_seen_and_the_beginning_is_not() -> None:
    found = read(
        conn(proto="udp", port=161, history="Dd"), conn(proto="udp", port=514, state="S0", history="D", sizes=(90, 0))
    )
    assert [(row.protocol, row.answered, row.sure) for row in found] == [(17, True, False), (17, False, False)]


def test_icmp_has_its_type_and_code_where_others_have_the_port() -> None:
    echo = conn(source_port=8, port=0, proto="icmp", state="OTH", history="-", sizes=(84, 84))
    silent = conn(source_port=8, port=0, proto="icmp", state="OTH", history="-", sizes=(84, 0))
    unreachable = conn(source_port=3, port=1, proto="icmp", state="OTH", history="-", sizes=(84, 0))
    found = read(echo, silent, unreachable)
    assert [(row.source_port, row.destination_port, row.answered) for row in found] == [
        (0, 8 * 256, True),
        (0, 8 * 256, False),
        (0, 3 * 256 + 1, False),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (conn(port=104_000), "no destination port"),
        (conn(port=-1), "no destination port"),
        (conn(port="1.4"), "no destination port"),
        (conn(source_port="50000x"), "no source port"),
        (conn(source="10.1.0"), "no address of the source"),
        (conn(destination="=cmd()"), "no address of the destination"),
        (conn(ts="nan"), "no time"),
        (conn(ts="-5"), "no time"),
        (conn(ts="1e300"), "no time"),
        (conn(proto="=1+1"), "no protocol"),
        (conn() + "\tmore", "not 21 fields"),
        (conn().rpartition("\t")[0], "not 21 fields"),
        (conn().replace("\t", ","), "not 21 fields"),
    ],
)
def test_what_is_no_flow_is_counted_and_in_no_row(line: str, reason: str) -> None:
    (found,) = skipped(line)
    assert found.startswith(reason)


def test_skipped_lines_are_told_with_the_first_and_how_many() -> None:
    found = source.read([zeek(conn(), conn(port=99_999), conn(), conn(port=99_999))], "conn.log")
    (one,) = found.skipped
    assert (one.line, one.lines) == (8, 2)
    assert found.table["line"].to_list() == [7, 9]
    assert "line 8" in found.words


def test_sizes_that_are_none_weigh_nothing_and_huge_ones_are_bounded() -> None:
    found = source.read([zeek(conn(sizes=("-", "-")), conn(sizes=("9" * 30, 1)), conn(sizes=(-4, 10)))], "conn.log")
    assert found.table["bytes"].to_list() == [300, 1, 10]  # the first: payload, where Zeek does not count headers


def test_a_last_line_without_an_end_is_cut_off_whatever_it_seems_to_say() -> None:
    data = zeek(conn(), conn(port=104_2))[:-1]
    found = source.read([data], "conn.log")
    assert found.table.height == 1
    assert [one.reason for one in found.skipped] == ["the last line has no end: cut off"]


def test_logs_put_together_change_their_columns() -> None:
    other = "\t".join(["#fields", "ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "conn_state"])
    line = "\t".join([str(BEGIN), CT, "50001", PACS, "443", "tcp", "SF"])
    assert [row.destination_port for row in read(conn(), "#close\t2026", other, line)] == [104, 443]


def test_another_separator_is_taken_from_the_log() -> None:
    data = zeek(conn()).replace(b"\\x09", b"|").replace(b"\t", b"|")
    assert [row.destination_port for row in rows(source.read([data], "conn.log"))] == [104]


def test_json_lines_say_the_same_as_columns() -> None:
    value = {
        "ts": BEGIN, "id.orig_h": CT, "id.orig_p": 50_000, "id.resp_h": PACS, "id.resp_p": 104, "proto": "tcp",
        "conn_state": "SF", "history": "ShADadFf", "orig_ip_bytes": 400, "resp_ip_bytes": 500,
    }  # fmt: skip
    data = "\n".join([json.dumps(value), "{not json}", json.dumps({**value, "ts": "2026-01-01T00:00:00Z"}), ""])
    found = source.read([data.encode()], "conn.json")
    assert rows(found) == read(conn()) * 2
    assert found.table["first"].to_list() == [BEGIN, BEGIN]
    assert [(one.reason, one.line) for one in found.skipped] == [("no JSON object of numbers and text", 2)]


def test_ipv6_is_read_and_a_mapped_address_is_the_ipv4_one() -> None:
    found = read(conn(source="fd00::7", destination="fd00::5"), conn(source="::ffff:10.1.0.7"))
    assert [row.source for row in found] == ["fd00::7", CT]


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"", "no line of a flow", 0),
        (("\n".join(HEAD).replace("conn", "dns") + "\n").encode(), "'dns' log", 5),
        (b"#separator \\x09\n#fields\tts\tuid\n1\t2\n", "#fields without", 2),
        (b"#separator \\x09\n1\t2\n", "no #fields", 2),
        (b"#separator \\x0a\n", "no separator", 1),
        (b"\x1f\x8b\x08\x00\x00", "gzip", 1),
        (zeek(conn(), conn() + "\0"), "binary data", 8),
        (zeek("x" * 70_000), "a line of 70,000", 7),
    ],
)
def test_what_is_no_conn_log_is_refused_with_its_line(data: bytes, words: str, line: int) -> None:
    with pytest.raises(ConfigurationUnreadable, match=words) as raised:
        source.read([data], "conn.log")
    assert raised.value.place is not None
    assert (raised.value.place.file, raised.value.place.line) == ("conn.log", line)


def test_a_stream_in_any_chunks_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from leadglass.network.flows import pieces

    data = zeek(*(conn(source_port=50_000 + at, port=104 + at % 3) for at in range(200)))
    whole = rows(source.read([data], "conn.log"))
    monkeypatch.setattr(pieces, "PIECE", 1_000)
    chunked = source.read([data[at : at + 77] for at in range(0, len(data), 77)], "conn.log")
    assert rows(chunked) == whole
    assert chunked.table["line"].to_list() == list(range(7, 207))


def test_more_flows_than_one_import_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from leadglass.network.flows import intake

    monkeypatch.setattr(intake, "MAX_FLOWS", 2)
    with pytest.raises(ConfigurationUnreadable, match="more than 2 lines"):
        read(conn(), conn(), conn())


def test_lost_packets_are_a_share_of_the_flows() -> None:
    assert source.read([zeek(conn(missed=100), conn(), conn(), conn(history="ShADgad"))], "conn.log").lossy == 0.5


def test_the_kind_of_a_log_is_told_by_its_beginning() -> None:
    assert recognise(zeek()) == "zeek"
    assert recognise(b'{"ts":1,"id.orig_h":"10.1.0.7"}') == "zeek"
    assert recognise(b"hostname fw\ninterface eth0\n") is None
