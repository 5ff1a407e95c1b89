"""Zeek's conn.log, as tab-separated text with its #fields or as JSON lines. Zeek says who began; nothing is guessed.

Source: Zeek's documentation of conn.log (conn_state, history) and of its ASCII writer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import polars as pl

from leadglass.network.flows import delimited, fields, json_rows
from leadglass.network.flows.intake import Intake
from leadglass.network.flows.pieces import Piece, pieces
from leadglass.network.flows.spans import LATEST
from leadglass.network.flows.table import SCHEMA, Flows, together
from leadglass.network.headers import ICMP, ICMPV6, TCP
from leadglass.network.importers.fault import ConfigurationUnreadable

KIND = "zeek"
MAX_LAYOUTS = 1_000  # times that #fields may change in one file: logs of many days put together

NAMES = {
    "source": "id.orig_h", "destination": "id.resp_h", "source_port": "id.orig_p", "destination_port": "id.resp_p",
    "protocol": "proto", "first": "ts", "duration": "duration", "state": "conn_state", "history": "history",
    "missed": "missed_bytes", "sent": "orig_ip_bytes", "came": "resp_ip_bytes", "sent_payload": "orig_bytes",
    "came_payload": "resp_bytes", "came_packets": "resp_pkts",
}  # fmt: skip
_NEEDED = ("source", "destination", "source_port", "destination_port", "protocol", "first", "state")

_COUNTS = ("sent", "came", "sent_payload", "came_payload", "came_packets")

_SYN_SEEN = ["S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "SH"]
_ACCEPTED = ["S1", "SF", "S2", "S3", "RSTO", "RSTR", "SHR", "RSTRH"]
"""The other end sent SYN-ACK. A reset alone (REJ) is no reply: a filter sends it too."""
_COUNTERPARTS = {8: 0, 13: 14, 15: 16, 17: 18, 10: 9, 128: 129, 133: 134, 135: 136, 130: 131, 139: 140, 144: 145}
"""ICMP types that Zeek pairs: where it writes the reply's type as the responder's port, the code is 0."""


def recognises(head: str) -> bool:
    """Whether a stream begins as Zeek writes it."""
    return head.startswith("#separator ") or ('"id.orig_h"' in head and head.lstrip().startswith("{"))


def read(chunks: Iterable[bytes], file: str) -> Flows:
    """The flows of a conn.log.

    Raises:
        ConfigurationUnreadable: it is another log, has no columns that name flows, or is larger than one import may be.
    """
    intake = Intake(file)
    stream = pieces(chunks, file)
    first = next(stream, Piece(1, [], True))
    stream = chain([first], stream)
    written = next((line for line in first.lines if line.strip()), "")
    rows = _json(stream, intake) if written.startswith("{") else _tabbed(stream, intake)
    tables, lossy = [], 0
    for part in rows:
        found = _meaning(intake, part)
        lossy += int(found["lossy"].sum())
        tables.append(found.select(list(SCHEMA)))
    table = together(tables)
    if not intake.read:
        raise ConfigurationUnreadable("no line of a flow in it", "hand in Zeek's conn.log", file)
    return Flows(
        file, KIND, tuple(intake.book.places), table, intake.read, intake.skips.found, intake.spans, sampled=False,
        lossy=lossy / table.height if table.height else 0.0,
        assumptions=("Zeek saw all packets at its place: no sampling and no load sharing before it.",),
    )  # fmt: skip


def _json(stream: Iterable[Piece], intake: Intake) -> Iterator[pl.DataFrame]:
    wanted = {column: (name,) for column, name in NAMES.items()}
    for lines, numbers in json_rows.objects(stream, intake.skips):
        intake.count(len(lines))
        yield json_rows.frame(lines, numbers, wanted, intake.skips)


class _Layout:
    """What the lines that begin with "#" say."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.separator = "\t"
        self.columns: list[str] = []
        self.changes = 0

    def says(self, line: str, number: int) -> None:
        """Takes one such line.

        Raises:
            ConfigurationUnreadable: see `read`.
        """
        if line.startswith("#separator "):
            code = re.fullmatch(r"\\x([0-9a-fA-F]{2})|(.)", line.removeprefix("#separator ").strip(" "))
            separator = chr(int(code[1], 16)) if code and code[1] else code[2] if code else ""
            if not separator or not separator.isascii() or separator in '\n\r"#.:-':
                raise ConfigurationUnreadable(
                    "no separator that is understood", "\\x09 is Zeek's own", self.file, number
                )
            self.separator = separator
        elif line.startswith("#path"):
            path = line.removeprefix("#path").strip(self.separator + " ")
            if path != "conn":
                raise ConfigurationUnreadable(f"Zeek's {path[:40]!r} log", "hand in conn.log", self.file, number)
        elif line.startswith("#fields"):
            columns = line.split(self.separator)[1:]
            missing = [NAMES[name] for name in _NEEDED if NAMES[name] not in columns]
            self.changes += 1
            if missing or len(columns) > delimited.MAX_COLUMNS or self.changes > MAX_LAYOUTS:
                words = f"#fields without {', '.join(missing)}" if missing else "too many columns or headers"
                raise ConfigurationUnreadable(words, "hand in conn.log as Zeek writes it", self.file, number)
            self.columns = columns


def _tabbed(stream: Iterable[Piece], intake: Intake) -> Iterator[pl.DataFrame]:
    layout = _Layout(intake.file)
    for piece in stream:
        lines = piece.lines
        if not piece.whole and lines and lines[-1] and not lines[-1].startswith("#"):
            intake.skips.add("the last line has no end: cut off", piece.line + len(lines) - 1)
            lines = lines[:-1]
            intake.count(1)
        begin = 0
        for index in [at for at, line in enumerate(lines) if line.startswith(("#fields", "#separator", "#path"))]:
            yield from _segment(layout, lines[begin:index], piece.line + begin, intake)
            layout.says(lines[index], piece.line + index)
            begin = index + 1
        yield from _segment(layout, lines[begin:], piece.line + begin, intake)


def _segment(layout: _Layout, lines: list[str], first: int, intake: Intake) -> Iterator[pl.DataFrame]:
    if all(line.startswith("#") or not line for line in lines[:8]):
        lines, first = _from_flow(lines, first)
    if not lines:
        return
    if not layout.columns:
        raise ConfigurationUnreadable("no #fields before the first line", "hand in conn.log whole", intake.file, first)
    intake.count(len(lines))
    wanted = {column: layout.columns.index(name) for column, name in NAMES.items() if name in layout.columns}
    rows = delimited.frame(lines, first, len(layout.columns), wanted, layout.separator, intake.skips)
    for column in NAMES:
        text = pl.col(column) if column in wanted else pl.lit(None, pl.String)
        # "-" is Zeek's word for unset.
        rows = rows.with_columns(pl.when(text != "-").then(text).alias(column))
    yield rows


def _from_flow(lines: list[str], first: int) -> tuple[list[str], int]:
    at = next((index for index, line in enumerate(lines) if line and not line.startswith("#")), len(lines))
    return lines[at:], first + at


def _meaning(intake: Intake, rows: pl.DataFrame) -> pl.DataFrame:
    found = intake.numbers(_icmp(rows))
    counts = {name: fields.count(found[name]).fill_null(0) for name in (*_COUNTS, "missed")}
    found = found.with_columns(
        fields.number(found["duration"]).fill_null(0.0).clip(0.0, None).alias("duration"),
        *(values.alias(name) for name, values in counts.items()),
        (found["sent"].is_null() & found["came"].is_null()).alias("unsized"),
    )
    history = pl.col("history").fill_null("")
    tcp = pl.col("protocol") == TCP
    state = pl.col("state")
    spoke = history.str.contains("[hdaf]")
    # Of ICMP Zeek writes neither a state nor a history: packets tell.
    came = pl.any_horizontal(pl.col(name) > 0 for name in ("came", "came_payload", "came_packets"))
    answered = (
        pl.when(tcp & (state != "OTH"))
        .then(state.is_in(_ACCEPTED))
        .when(tcp)
        .then(spoke)
        .otherwise(spoke | came | state.is_in(["SF", "SHR"]))
    )
    handshake = pl.when(history != "").then(history.str.contains("[Sh]")).otherwise(state.is_in(_SYN_SEEN))
    payload = pl.col("sent_payload") + pl.col("came_payload")
    return found.with_columns(
        (pl.col("first") + pl.col("duration")).clip(None, LATEST).alias("last"),
        pl.when("unsized").then(payload).otherwise(pl.col("sent") + pl.col("came")).alias("bytes"),
        pl.lit(1, pl.Int64).alias("flows"),
        answered.fill_null(value=False).alias("answered"),
        (tcp & handshake).fill_null(value=False).alias("sure"),
        ((pl.col("missed") > 0) | history.str.contains("[gG]")).alias("lossy"),
    )


def _icmp(rows: pl.DataFrame) -> pl.DataFrame:
    """ICMP's type stands in the originator's port, its code or the reply's type in the responder's."""
    at = fields.protocol(rows["protocol"]).is_in([ICMP, ICMPV6]).fill_null(value=False).arg_true()
    if not len(at):
        return rows
    kind = fields.whole(rows["source_port"].gather(at), 255)
    other = fields.whole(rows["destination_port"].gather(at), 255)
    reply = kind.replace_strict(_COUNTERPARTS, default=None, return_dtype=pl.Int64)
    code = other.set((reply == other).fill_null(value=False), 0)
    return rows.with_columns(rows["destination_port"].scatter(at, (kind * 256 + code).cast(pl.String)))
