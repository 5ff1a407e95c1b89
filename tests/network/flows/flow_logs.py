"""Logs as the tools write them, by hand, and rows of what was read with addresses as text."""

from __future__ import annotations

from typing import NamedTuple

from leadglass.network.address import text
from leadglass.network.flows.table import Flows

FIELDS = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig "
    "local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
)
HEAD = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn"]
CT, CT2, PACS, OUT = "10.1.0.7", "10.1.0.8", "10.2.0.5", "203.0.113.9"
BEGIN = 1_767_225_600.0  # 2026-01-01


class Row(NamedTuple):
    source: str
    destination: str
    protocol: int
    source_port: int
    destination_port: int
    answered: bool
    sure: bool


def rows(flows: Flows) -> list[Row]:
    """In the order of their lines."""
    return [
        Row(
            text(flows.addresses[row["source"]]),
            text(flows.addresses[row["destination"]]),
            row["protocol"],
            row["source_port"],
            row["destination_port"],
            row["answered"],
            row["sure"],
        )
        for row in flows.table.sort("line").iter_rows(named=True)
    ]


def conn(
    source: str = CT,
    source_port: int | str = 50_000,
    destination: str = PACS,
    port: int | str = 104,
    *,
    proto: str = "tcp",
    state: str = "SF",
    history: str = "ShADadFf",
    ts: float | str = BEGIN,
    sizes: tuple[int | str, int | str] = (400, 500),
    missed: int = 0,
) -> str:
    """A line of Zeek's."""
    payload = 0 if sizes[1] == 0 else 200
    values = (
        ts, "C1", source, source_port, destination, port, proto, "-", 1.5, 100, payload, state, "-", "-", missed,
        history, 5, sizes[0], 0 if sizes[1] in {0, "-"} else 5, sizes[1], "-",
    )  # fmt: skip
    return "\t".join(map(str, values))


def zeek(*lines: str) -> bytes:
    return ("\n".join([*HEAD, "\t".join(["#fields", *FIELDS.split()]), *lines]) + "\n").encode()


NFDUMP = "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt,opkt,obyt"


def record(
    source: str,
    source_port: int | str,
    destination: str,
    port: int | str,
    flags: str = "...AP.SF",
    *,
    proto: str = "TCP",
    second: float = 0.0,
    packets: int = 10,
    size: int | str = 1_000,
    came: tuple[int, int] = (0, 0),
) -> str:
    """A line of nfdump's csv."""
    begin = f"2026-01-01 00:00:{second:06.3f}"
    values = (
        begin,
        "2026-01-01 00:00:59",
        "1",
        source,
        destination,
        source_port,
        port,
        proto,
        flags,
        packets,
        size,
        *came,
    )
    return ",".join(map(str, values))


def nfdump(*lines: str) -> bytes:
    return ("\n".join([NFDUMP, *lines]) + "\n").encode()
