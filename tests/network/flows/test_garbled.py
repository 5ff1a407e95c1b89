"""Logs that somebody damaged: read like a plain reader would, line by line, or refused in words; never otherwise."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.network.flows import flow_logs as logs
from tests.network.flows.flow_logs import BEGIN, CT, PACS, Row, conn, nfdump, record, rows

from leadglass.network.flows import netflow, zeek
from leadglass.network.flows.table import Flows
from leadglass.network.importers.fault import ConfigurationUnreadable

NASTY = [
    "",
    "-",
    "=1+1",
    "nan",
    "inf",
    "-1",
    "1e3",
    "0x68",
    "104.0",
    "99999",
    "10.2.0.300",
    "٣",
    "1 0",
    "9" * 40,
    "a\tb",
]
PORT = st.sampled_from(["104", "0", "65535", "65536", " 443", *NASTY])
ADDRESS = st.sampled_from([CT, PACS, "fd00::7", "::ffff:10.1.0.7", "10.1.0.07", "fe80::1%eth0", *NASTY])


@given(st.lists(st.tuples(ADDRESS, PORT, ADDRESS, PORT, st.sampled_from([str(BEGIN), *NASTY])), min_size=1, max_size=6))
def test_no_line_is_read_as_anything_but_what_it_says(parts: list[tuple[str, str, str, str, str]]) -> None:
    lines = [conn(one, port, other, target, ts=ts) for one, port, other, target, ts in parts]
    expected = [
        Row(_address(one), _address(other), 6, int(port), int(target), True, True)
        for line, (one, port, other, target, ts) in zip(lines, parts, strict=True)
        if line.count("\t") == 20 and _is_address(one) and _is_address(other) and _is_port(port) and _is_port(target)
        and _is_time(ts)
    ]  # fmt: skip
    assert rows(zeek.read([logs.zeek(*lines)], "conn.log")) == expected


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address(text: str) -> str:
    found = ipaddress.ip_address(text.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def _is_port(text: str) -> bool:
    return text.strip().isascii() and text.strip().isdigit() and int(text) <= 65_535


def _is_time(text: str) -> bool:
    try:
        return math.isclose(float(text), BEGIN)
    except ValueError:
        return False


JSON = b'{"src4_addr":"10.1.0.7","dst4_addr":"10.2.0.5","proto":6,"src_port":1,"dst_port":104,"t_first":1767225600}\n'
LOGS: list[tuple[Callable[[list[bytes], str], Flows], bytes]] = [
    (zeek.read, logs.zeek(conn(), conn(source_port=8, port=0, proto="icmp"))),
    (netflow.read_csv, nfdump(record(CT, 50_000, PACS, 104), record(PACS, 104, CT, 50_000, second=1))),
    (netflow.read_json, JSON * 3),
]
STRANGE = st.sampled_from([b"\n", b",", b"\t", b'"', b"\r", b"\0", b"}", b"{", b"[", b"#", b"\xff", b"=1+1", b"1e99"])
CHANGE = st.tuples(st.floats(0, 1), st.integers(0, 30), STRANGE)


@pytest.mark.parametrize(("read", "whole"), LOGS)
@given(changes=st.lists(CHANGE, min_size=1, max_size=5))
def test_a_damaged_log_is_read_or_refused_in_words(
    read: Callable[[list[bytes], str], Flows], whole: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    data = whole
    for at, gone, put in changes:
        begin = int(at * len(data))
        data = data[:begin] + put + data[begin + gone :]
    try:
        found = read([data], "log")
    except ConfigurationUnreadable:
        return
    assert found.table.height + sum(one.lines for one in found.skipped) <= data.count(b"\n") + 1
