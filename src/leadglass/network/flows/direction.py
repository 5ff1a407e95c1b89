"""Which of two ends began: both directions of a NetFlow pair joined into one, and the guess by ports. Never by zones.

A NetFlow record is one direction of a conversation. Its flags are those of all its packets together, so that SYN with
ACK stands in the records of both ends; only who sent SYN first tells, or flags of the first packet where the exporter
keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from leadglass.network.flows.table import SCHEMA
from leadglass.network.headers import ICMP, ICMPV6, TCP, WITH_PORTS

PART = 1_000_000  # records that are joined at once
PAIR_GAP = 300.0  # seconds after which the same ends and ports are another conversation
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16  # RFC 9293 3.1

_BARE = 60  # bytes of a packet that is all headers: IP, and TCP with options
_REPLIES = [kind << 8 for kind in (0, 14, 16, 18, 129)]  # ICMP types, code 0 (RFC 792, 950, 4443)

_ENDS = ("low", "low_port", "high", "high_port", "protocol")


def joined(records: pl.DataFrame) -> pl.DataFrame:
    """Conversations from records of one direction each, by `table.SCHEMA`.

    Args:
        records: "line", "source", "destination", "protocol", "source_port", "destination_port", "first", "last",
            "bytes", "packets", "flags", "first_flags" (of TCP; null where the exporter does not tell), "came_packets",
            "came_bytes" (of the other direction, where one record holds both; null else).
    """
    # ICMP has no ports: request and reply are one conversation, and their types stand beside it.
    ported = pl.col("protocol").is_in(list(WITH_PORTS))
    records = records.with_columns(
        pl.col("destination_port").alias("kind"),
        pl.when(ported).then("source_port").otherwise(pl.lit(0, pl.UInt16)).alias("source_port"),
        pl.when(ported).then("destination_port").otherwise(pl.lit(0, pl.UInt16)).alias("destination_port"),
    )
    up = (pl.col("source") < pl.col("destination")) | (
        (pl.col("source") == pl.col("destination")) & (pl.col("source_port") <= pl.col("destination_port"))
    )
    ends = records.with_columns(
        up.alias("up"),
        pl.when(up).then("source").otherwise("destination").alias("low"),
        pl.when(up).then("destination").otherwise("source").alias("high"),
        pl.when(up).then("source_port").otherwise("destination_port").alias("low_port"),
        pl.when(up).then("destination_port").otherwise("source_port").alias("high_port"),
    )
    return pl.concat([_conversations(part) for part in _parts(ends)])


def _parts(ends: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Records of the same two ends in one part, so that no more than a part is worked on at once."""
    count = 1 + ends.height // PART
    part = (pl.col("low").cast(pl.UInt64) * 31 + pl.col("high") * 17 + pl.col("low_port") + pl.col("high_port")) % count
    return (ends.filter(part == number) for number in range(count)) if count > 1 else iter([ends])


def _conversations(ends: pl.DataFrame) -> pl.DataFrame:
    conversations = _told_apart(_numbered(ends)).group_by("conversation").agg(*_sides())
    return _began(conversations)


def _numbered(ends: pl.DataFrame) -> pl.DataFrame:
    ordered = ends.sort([*_ENDS, "first", "line"])
    changed = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in _ENDS).fill_null(value=True)
    grouped = ordered.with_columns(changed.cum_sum().alias("pair"))
    before = pl.col("last").cum_max().shift(1).over("pair")
    late = (pl.col("first") > before + PAIR_GAP).fill_null(value=False)
    return grouped.with_columns((changed | late).alias("new")).with_columns(
        pl.col("new").cum_sum().alias("conversation")
    )


_SUMS = ("packets", "bytes", "came_packets", "came_bytes")


def _told_apart(ends: pl.DataFrame) -> pl.DataFrame:
    """A column for what each end sent; null, or 0 of sums, where the record is the other's."""
    sides = (("up", pl.col("up")), ("down", ~pl.col("up")))
    return ends.with_columns(
        *(
            pl.when(mine).then(name).alias(f"{side}_{name}")
            for side, mine in sides
            for name in ("first", "line", "flags", "first_flags", "kind")
        ),
        *(pl.when(mine).then(name).otherwise(0).alias(f"{side}_{name}") for side, mine in sides for name in _SUMS),
    )


def _sides() -> list[pl.Expr]:
    """What each end sent in a conversation."""
    found = [pl.col(name).first() for name in _ENDS]
    for side in ("up", "down"):
        found += [
            pl.col(f"{side}_first").min(),
            pl.col(f"{side}_line").min(),
            pl.col(f"{side}_flags").bitwise_or(),
            # Records are in order of time: the first that has any is of the first packet.
            pl.col(f"{side}_first_flags").first(ignore_nulls=True),
            pl.col(f"{side}_kind").first(ignore_nulls=True),
            *(pl.col(f"{side}_{name}").sum() for name in _SUMS),
        ]
    return [
        *found,
        pl.col("last").max(),
        pl.col("first").min().alias("start"),
        pl.sum("bytes"),
        pl.sum("came_bytes").alias("all_came"),
    ]


def _has(flags: str, bits: int) -> pl.Expr:
    return ((pl.col(flags).fill_null(0) & bits) == bits).fill_null(value=False)


def _syn_alone(side: str) -> pl.Expr:
    """This end's first packet was SYN without ACK; or all it sent was SYN and never ACK."""
    begin = _has(f"{side}_first_flags", SYN) & ~_has(f"{side}_first_flags", ACK)
    only = pl.col(f"{side}_first_flags").is_null() & _has(f"{side}_flags", SYN) & ~_has(f"{side}_flags", ACK)
    return begin | only


def _began(found: pl.DataFrame) -> pl.DataFrame:
    tcp = pl.col("protocol") == TCP
    both_syn = _has("up_flags", SYN) & _has("down_flags", SYN)
    earlier = (pl.col("up_first") < pl.col("down_first")).fill_null(value=False)
    later = (pl.col("up_first") > pl.col("down_first")).fill_null(value=False)
    syn_ack = {side: _has(f"{side}_first_flags", SYN) & _has(f"{side}_first_flags", ACK) for side in ("up", "down")}
    up_sure = tcp & ((_syn_alone("up") & ~_syn_alone("down")) | (syn_ack["down"] & ~syn_ack["up"]))
    down_sure = tcp & ((_syn_alone("down") & ~_syn_alone("up")) | (syn_ack["up"] & ~syn_ack["down"]))
    by_order = tcp & both_syn & ~up_sure & ~down_sure
    alone_up, alone_down = pl.col("down_first").is_null(), pl.col("up_first").is_null()
    echo_up = pl.col("protocol").is_in([ICMP, ICMPV6]) & pl.col("down_kind").is_in(_REPLIES)
    echo_down = pl.col("protocol").is_in([ICMP, ICMPV6]) & pl.col("up_kind").is_in(_REPLIES)
    # Where nothing is sure: whoever was seen first; ports are looked at later, when the services are known.
    up = (
        pl.when(up_sure | down_sure)
        .then(up_sure)
        .when(alone_up | alone_down)
        .then(alone_up)
        .when(echo_up ^ echo_down)
        .then(echo_up)
        .otherwise(earlier | ~later)
    )
    found = found.with_columns(up.alias("up"), (up_sure ^ down_sure | (by_order & (earlier | later))).alias("sure"))
    up = pl.col("up")

    def of(one: str, other: str) -> pl.Expr:
        return pl.when(up).then(one).otherwise(other)

    found = found.with_columns(
        of("low", "high").alias("source"), of("high", "low").alias("destination"),
        of("low_port", "high_port").alias("source_port"),
        pl.when(pl.col("protocol").is_in([ICMP, ICMPV6])).then(of("up_kind", "down_kind"))
        .otherwise(of("high_port", "low_port")).alias("destination_port"),
        pl.coalesce(of("up_line", "down_line"), "up_line", "down_line").alias("line"),
        of("down_packets", "up_packets").alias("reply_packets"), of("down_bytes", "up_bytes").alias("reply_bytes"),
        of("down_flags", "up_flags").alias("reply_flags"), of("down_kind", "up_kind").alias("reply_kind"),
        of("up_came_packets", "down_came_packets").alias("came_packets"),
        of("up_came_bytes", "down_came_bytes").alias("came_bytes"),
        of("down_first", "up_first").is_not_null().alias("replied"),
    )  # fmt: skip
    return found.with_columns(
        (_accepted() | _came()).alias("answered"),
        pl.col("start").alias("first"),
        (pl.col("bytes") + pl.col("all_came")).alias("bytes"),
        pl.lit(1, pl.Int64).alias("flows"),
    ).select([pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()])


def _accepted() -> pl.Expr:
    """The other end answered, and not merely with a reset, which a filter sends too."""
    flags = pl.col("reply_flags")
    carried = pl.col("reply_bytes") > _BARE * pl.col("reply_packets")
    told = _has("reply_flags", SYN) | _has("reply_flags", FIN) | _has("reply_flags", PSH)
    told |= _has("reply_flags", ACK) & ~_has("reply_flags", RST)
    reply = (
        pl.when(pl.col("protocol") == TCP)
        .then(pl.when(flags.is_null()).then(carried).otherwise(told))
        .when(pl.col("protocol").is_in([ICMP, ICMPV6]))
        .then(pl.col("reply_kind").is_in(_REPLIES))
        .otherwise(pl.lit(value=True))
    )
    return (pl.col("replied") & reply).fill_null(value=False)


def _came() -> pl.Expr:
    """One record holds both directions, and what came back is more than resets."""
    packets = pl.col("came_packets")
    carried = pl.col("came_bytes") > _BARE * packets
    return pl.when(pl.col("protocol") == TCP).then(carried).otherwise(packets > 0).fill_null(value=False)
