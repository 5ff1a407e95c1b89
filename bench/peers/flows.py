"""Invented flows of an invented hospital, as its sensors would log them: one seed, one invention. Nobody's traffic."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from leadglass.network.hospital import Hospital, Zone

BEGIN = 1_767_225_600.0  # 2026-01-01
CHUNK = 20_000  # lines
PORTS = (104, 104, 104, 11_112, 2_762, 443, 443, 80, 2_575, 445, 3_389, 514, 53, 123, 161, 8_042, 5_432, 22, 8_787)
RELATIONS = 20_000  # machine, machine, port: most flows repeat one of these
STRAY = 0.01  # share of flows that do not: scans, mistakes
UDP = frozenset({514, 53, 123, 161})

ZEEK = [
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service", "duration", "orig_bytes",
    "resp_bytes", "conn_state", "local_orig", "local_resp", "missed_bytes", "history", "orig_pkts", "orig_ip_bytes",
    "resp_pkts", "resp_ip_bytes", "tunnel_parents",
]  # fmt: skip
NFDUMP = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out"


class Flow(NamedTuple):
    """One conversation."""

    start: float
    length: float
    source: str
    destination: str
    source_port: int
    port: int
    sent: int
    came: int
    answered: bool


def hospital(zones: int) -> Hospital:
    """A hospital of so many zones, a network of 256 addresses each and one of IPv6; at most 65,536."""
    return Hospital(
        format="leadglass-network-1",
        name="Invented",
        zones=tuple(
            Zone(name=f"zone-{at}", networks=(f"10.{at >> 8}.{at & 255}.0/24", f"fd00:0:0:{at:x}::/64"))
            for at in range(zones)
        ),
    )


def flows(count: int, zones: int = 500, days: float = 30.0, seed: int = 1, sixth: float = 0.02) -> Iterator[Flow]:
    """Conversations in the order of their beginnings.

    Args:
        count: how many.
        zones: of `hospital`.
        days: over which they spread.
        seed: of the invention.
        sixth: share that speaks IPv6.
    """
    source = random.Random(seed)
    step = days * 86_400 / count
    relations = [_relation(source, zones, sixth) for _ in range(RELATIONS)]
    for number in range(count):
        stray = source.random() < STRAY
        names = _relation(source, zones, sixth) if stray else relations[int(RELATIONS * source.random() ** 2)]
        answered = source.random() < (0.1 if stray else 0.95)
        yield Flow(
            BEGIN + number * step,
            source.random() * 20,
            *names[:2],
            source.randrange(32_768, 60_999),
            names[2],
            source.randrange(60, 100_000),
            source.randrange(60, 100_000) if answered else 0,
            answered,
        )


def _relation(source: random.Random, zones: int, sixth: float) -> tuple[str, str, int]:
    """Two machines and the port that one of them asks the other at."""
    ends = [(int(zones * source.random() ** 2), source.randrange(2, 60)) for _ in range(2)]
    written = "fd00:0:0:{0:x}::{2:x}" if source.random() < sixth else "10.{1}.{3}.{2}"
    one, other = (written.format(at, at >> 8, host, at & 255) for at, host in ends)
    return one, other, source.choice(PORTS)


def zeek(count: int, zones: int = 500, days: float = 30.0, seed: int = 1) -> Iterator[bytes]:
    """A conn.log of Zeek, in chunks."""
    head = ["#separator \\x09", "#unset_field\t-", "#path\tconn", "\t".join(["#fields", *ZEEK])]
    yield from _chunks(head, (_zeek(flow, at) for at, flow in enumerate(flows(count, zones, days, seed))))


def _zeek(flow: Flow, at: int) -> str:
    udp = flow.port in UDP
    state, history = ("SF", "Dd" if udp else "ShADadFf") if flow.answered else ("S0", "D" if udp else "S")
    return (
        f"{flow.start:.6f}\tC{at:x}\t{flow.source}\t{flow.source_port}\t{flow.destination}\t{flow.port}\t"
        f"{'udp' if udp else 'tcp'}\t-\t{flow.length:.6f}\t{flow.sent}\t{flow.came}\t{state}\tT\tT\t0\t{history}\t"
        f"5\t{flow.sent + 200}\t{5 if flow.answered else 0}\t{flow.came}\t-"
    )


def netflow(count: int, zones: int = 500, days: float = 30.0, seed: int = 1) -> Iterator[bytes]:
    """What `nfdump -o csv` prints of so many records, in chunks; an answered conversation is two."""
    lines = (line for flow in flows(count, zones, days, seed) for line in _netflow(flow))
    yield from _chunks([NFDUMP], (line for _, line in zip(range(count), lines, strict=False)))


def _netflow(flow: Flow) -> Iterator[str]:
    udp = flow.port in UDP
    ends = ((flow.source, flow.destination), (flow.source_port, flow.port), flow.sent)
    back = ((flow.destination, flow.source), (flow.port, flow.source_port), flow.came)
    flags = "......" if udp else "...AP.SF" if flow.answered else "....S."
    for late, (names, ports, size) in enumerate((ends, back) if flow.answered else (ends,)):
        yield (
            f"{flow.start + late / 1000:.3f},{flow.start + flow.length:.3f},{flow.length:.3f},{names[0]},{names[1]},"
            f"{ports[0]},{ports[1]},{'UDP' if udp else 'TCP'},{flags},0,0,5,{size},0,0,1,2"
        )


def _chunks(head: list[str], lines: Iterator[str]) -> Iterator[bytes]:
    held = head
    for line in lines:
        held.append(line)
        if len(held) >= CHUNK:
            yield ("\n".join(held) + "\n").encode()
            held = []
    yield ("\n".join(held) + "\n").encode() if held else b""
