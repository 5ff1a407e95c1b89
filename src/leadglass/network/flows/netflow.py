"""NetFlow and IPFIX as exported to text: CSV of nfdump, rwcut (SiLK) and their like, and JSON. Never the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import polars as pl

from leadglass.network.flows import delimited, fields, json_rows
from leadglass.network.flows.direction import joined
from leadglass.network.flows.intake import Intake
from leadglass.network.flows.netflow_names import NAMES, NEEDED, meanings
from leadglass.network.flows.pieces import Piece, pieces
from leadglass.network.flows.spans import LATEST
from leadglass.network.flows.table import Flows
from leadglass.network.headers import ICMP, ICMPV6
from leadglass.network.importers.fault import ConfigurationUnreadable

CSV, JSON = "netflow-csv", "netflow-json"
SUMMARY = 3  # lines: the word, names, sums
HEAD = 64  # lines within which the column names must stand
_SEPARATORS = (",", "|", ";", "\t")
_HINT = "hand in what nfdump -o csv or rwcut prints, with the line of column names"

_RECORD = ("line", "source", "destination", "protocol", "source_port", "destination_port", "first", "last", "bytes",
           "packets", "flags", "first_flags", "came_packets", "came_bytes")  # fmt: skip
_ZONED = r"^\s*[\d.]+\s*$|[Zz]\s*$|UTC\s*$|\d[+-]\d\d:?\d\d\s*$"  # a time that says of which zone it is
_COUNTS = ("packets", "bytes", "came_packets", "came_bytes")


def recognises_csv(head: str) -> bool:
    """Whether a stream has column names that name flows."""
    return _header(head.splitlines()[:HEAD]) is not None


def recognises_json(head: str) -> bool:
    """Whether a stream begins with JSON that has names of NetFlow."""
    lower = head.lower()
    wanted = [any(f'"{name}"' in lower for name in NAMES[meaning]) for meaning in ("source", "protocol", "first")]
    return head.lstrip().startswith(("{", "[")) and all(wanted)


def read_csv(chunks: Iterable[bytes], file: str) -> Flows:
    """The flows of an export in columns; both directions of a conversation become one flow.

    Raises:
        ConfigurationUnreadable: no line names the columns that a flow needs, or it outgrows what one import may hold.
    """
    intake = Intake(file)
    return _flows(CSV, intake, _columns(pieces(chunks, file), intake))


def read_json(chunks: Iterable[bytes], file: str) -> Flows:
    """The flows of an export as JSON lines, or as one printed array; raises like `read_csv`."""
    intake = Intake(file)
    return _flows(JSON, intake, _objects(pieces(chunks, file), intake))


def _flows(kind: str, intake: Intake, parts: Iterable[pl.DataFrame]) -> Flows:
    records = []
    rates: set[bool] = set()
    undated = False
    for part in parts:
        rates |= _sampled(part)
        undated = undated or not part["first"].drop_nulls().str.contains(_ZONED).all()
        records.append(_record(intake, part))
    if not intake.read:
        raise ConfigurationUnreadable("no line of a flow in it", _HINT, intake.file)
    table = joined(pl.concat(records))
    assumptions = ["Times without a zone are taken for UTC."] if undated else []
    assumptions += (
        ["The exporter does not say whether it looks at all packets: it is not taken to."] if not rates else []
    )
    return Flows(
        intake.file, kind, tuple(intake.book.places), table, intake.read, intake.skips.found, intake.spans,
        sampled=(True in rates) if rates else None, assumptions=tuple(assumptions),
    )  # fmt: skip


def _sampled(rows: pl.DataFrame) -> set[bool]:
    """What the records say of sampling: 1 packet in 1 is none."""
    rate = fields.number(rows["sampling"]).drop_nulls()
    # Of 0 it is not known whether the exporter means "none" or "not known".
    return {bool(value > 1) for value in rate.unique().to_list() if value >= 1}


def _columns(stream: Iterator[Piece], intake: Intake) -> Iterator[pl.DataFrame]:
    first = next(stream, Piece(1, [], whole=True))
    head = _header(first.lines[:HEAD])
    if head is None:
        shown = ", ".join(NEEDED)
        raise ConfigurationUnreadable(f"no line names the columns of a flow ({shown})", _HINT, intake.file, 1)
    at, separator, titles = head
    wanted = meanings(titles)
    width = len(titles)
    rest = Piece(first.line + at + 1, first.lines[at + 1 :], first.whole)
    title = first.lines[at].strip()
    summing = 0
    for piece in chain([rest], stream):
        lines = piece.lines
        if not piece.whole and lines and lines[-1]:
            intake.skips.add("the last line has no end: cut off", piece.line + len(lines) - 1)
            lines = lines[:-1]
        # Exports put together name their columns again, and nfdump sums up on three lines.
        lines = ["" if line[:4] == title[:4] and line.strip() == title else line for line in lines]
        for index in ([0] if summing else []) + [at for at, line in enumerate(lines) if line.strip() == "Summary"]:
            end = min(index + (summing or SUMMARY), len(lines))
            summing = (summing or SUMMARY) - (end - index)  # what the next piece still has of it
            lines[index:end] = [""] * (end - index)
        intake.count(sum(1 for line in lines if line))
        yield _coalesced(lines, piece.line, width, wanted, separator, intake)


def _coalesced(
    lines: list[str], first: int, width: int, wanted: dict[str, list[int]], separator: str, intake: Intake
) -> pl.DataFrame:
    picked = {
        f"{meaning} {index}": column for meaning, columns in wanted.items() for index, column in enumerate(columns)
    }
    if lines and separator == "|":  # rwcut ends each line with its separator
        lines = [line.removesuffix("|") for line in lines]
    rows = delimited.frame(lines, first, width, picked, separator, intake.skips)
    return rows.select(
        "line",
        *(
            pl.coalesce([_said(pl.col(f"{meaning} {index}")) for index in range(len(wanted[meaning]))]).alias(meaning)
            if meaning in wanted
            else pl.lit(None, pl.String).alias(meaning)
            for meaning in NAMES
        ),
    )


def _said(text: pl.Expr) -> pl.Expr:
    stripped = text.str.strip_chars()
    return pl.when(~stripped.is_in(["", "-", "N/A", "null"])).then(stripped)


def _objects(stream: Iterator[Piece], intake: Intake) -> Iterator[pl.DataFrame]:
    for lines, numbers in json_rows.objects(stream, intake.skips):
        intake.count(len(lines))
        yield json_rows.frame(lines, numbers, _spelled(lines), intake.skips)


def _spelled(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """The names as these objects write them: IPFIX mixes upper and lower case, and exporters follow it or not."""
    sample = "\n".join(lines)
    known = {}
    for meaning, names in NAMES.items():
        known[meaning] = tuple(
            spelling
            for name in names
            for spelling in _SPELLINGS.get(name, (name, name.upper()))
            if f'"{spelling}"' in sample
        )
    return known


_SPELLINGS = {
    name.lower(): (name, name.lower())
    for name in (
        "sourceIPv4Address", "sourceIPv6Address", "destinationIPv4Address", "destinationIPv6Address",
        "sourceTransportPort", "destinationTransportPort", "protocolIdentifier", "tcpControlBits", "initialTCPFlags",
        "octetDeltaCount", "octetTotalCount", "packetDeltaCount", "packetTotalCount", "reverseOctetDeltaCount",
        "reverseOctetTotalCount", "reversePacketDeltaCount", "reversePacketTotalCount", "flowStartMilliseconds",
        "flowStartSeconds", "flowStartMicroseconds", "flowStartNanoseconds", "flowEndMilliseconds", "flowEndSeconds",
        "flowEndMicroseconds", "flowEndNanoseconds", "icmpTypeCodeIPv4", "icmpTypeCodeIPv6", "icmpTypeIPv4",
        "icmpTypeIPv6", "icmpCodeIPv4", "icmpCodeIPv6", "samplingInterval", "samplingPacketInterval", "srcAddr",
        "dstAddr", "srcPort", "dstPort", "firstSeen", "lastSeen", "sIP", "dIP", "sPort", "dPort", "sTime", "eTime",
    )
}  # fmt: skip


def _record(intake: Intake, rows: pl.DataFrame) -> pl.DataFrame:
    found = intake.numbers(_icmp(rows))
    first = found["first"]
    ended = fields.seconds(found["last"])
    ended = ended.fill_null((first + fields.number(found["duration"])).clip(None, LATEST)).fill_null(first)
    return found.with_columns(
        pl.max_horizontal("first", ended).alias("last"),
        *(fields.count(found[name]).fill_null(0).alias(name) for name in _COUNTS),
        *(fields.flags(found[name]).alias(name) for name in ("flags", "first_flags")),
    ).select(_RECORD)


def _icmp(rows: pl.DataFrame) -> pl.DataFrame:
    """Where ICMP's type and code have columns of their own, they stand as the destination's port does."""
    at = fields.protocol(rows["protocol"]).is_in([ICMP, ICMPV6]).fill_null(value=False).arg_true()
    if not len(at):
        return rows
    some = rows[at.to_list()]
    apart = fields.whole(some["icmp_type"], 255) * 256 + fields.whole(some["icmp_code"], 255)
    told = some["icmp"].fill_null(apart.cast(pl.String)).fill_null(some["destination_port"])
    return rows.with_columns(rows["destination_port"].scatter(at, told))


def _header(lines: list[str]) -> tuple[int, str, list[str]] | None:
    """The line that names the columns: its index, the separator, the names."""
    for index, line in enumerate(lines):
        for separator in _SEPARATORS:
            titles = line.removesuffix("|").split(separator) if separator == "|" else line.split(separator)
            known = meanings(titles) if 1 < len(titles) <= delimited.MAX_COLUMNS else {}
            if all(name in known for name in NEEDED):
                return index, separator, titles
    return None
