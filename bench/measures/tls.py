"""TLS from the device, plain behind, against HAProxy: CPU seconds per GB, and handshakes a second. Never resumes."""

from __future__ import annotations

import socket
from collections import defaultdict

from bench.peers.generator import client_context
from bench.processes import BenchError
from bench.rows import Row, median, paired, row
from bench.setting import Setting
from bench.sides import ARCHIVE, TLS, Side

_SIZES = ((16_384, "16 KiB PDUs"), (131_072, "128 KiB PDUs"))


def measure(setting: Setting) -> list[Row]:
    """512 KiB instances over one association at two PDU lengths, then handshakes, then associations of one C-ECHO."""
    sides = (setting.haproxy, setting.tuned, setting.subject)
    spoken = {_spoken(setting, side) for side in sides}
    if len(spoken) != 1:
        raise BenchError(f"the sides do not speak the same TLS: {spoken}", "what has changed in a library?")
    return [*_bulk(setting, spoken.pop()), *_handshakes(setting)]


def _spoken(setting: Setting, side: Side) -> str:
    context = client_context(str(setting.directory / TLS))
    with (
        socket.create_connection(("127.0.0.1", side.secure[ARCHIVE])) as sock,
        context.wrap_socket(sock, server_hostname="localhost") as link,
    ):
        cipher = link.cipher()
        return f"{link.version()} {cipher[0] if cipher else ''}"


def _bulk(setting: Setting, spoken: str) -> list[Row]:
    rows: list[Row] = []
    ours, haproxy, tuned = setting.subject, setting.haproxy, setting.tuned
    for pdu, name in _SIZES:
        cost: dict[str, list[float]] = defaultdict(list)
        speed: dict[str, list[float]] = defaultdict(list)
        for number in setting.rounds:
            for side in setting.turn(number, (haproxy, tuned, ours)):
                before = side.cpu()
                seen = setting.load("store", side, count=setting.size(3_000, 40), pdu=pdu, tls=True)
                cost[side.name].append(max((side.cpu() - before) * 1e9 / seen["bytes"], 1e-3))
                speed[side.name].append(seen["instances_per_second"])
        value = median(cost[ours.name])
        for what, other in (("CPU per GB", haproxy), ("CPU per GB against tuned HAProxy", tuned)):
            theirs = cost[other.name]
            said = f"{other.name}: {median(theirs):.3f} s/GB, {spoken}"
            ratio = paired(cost[ours.name], theirs)
            rows.append(row(f"TLS: {what}, {name}", value, "s/GB", said, ratio, judged=not setting.quick))
        said = f"{haproxy.name}: {median(speed[haproxy.name]):.0f}/s"
        ratio = paired(speed[ours.name], speed[haproxy.name])
        what = f"TLS: instances a second, one association, {name}"
        rows.append(Row(what, median(speed[ours.name]), "1/s", said, ratio))
    return rows


def _handshakes(setting: Setting) -> list[Row]:
    ours, haproxy = setting.subject, setting.haproxy
    rate: dict[str, list[float]] = defaultdict(list)
    cost: dict[str, list[float]] = defaultdict(list)
    echo: dict[str, list[float]] = defaultdict(list)
    count = setting.size(2_000, 40)
    for number in setting.rounds:
        for side in setting.turn(number, (haproxy, ours)):
            before = side.cpu()
            seen = setting.load("handshake", side, count=count, tls=True)
            cost[side.name].append((side.cpu() - before) * 1e6 / count)
            rate[side.name].append(seen["handshakes_per_second"])
            seen = setting.load("echo", side, count=count, tls=True)
            echo[side.name].append(seen["associations_per_second"])

    def compared(what: str, values: dict[str, list[float]]) -> Row:
        said = f"{haproxy.name}: {median(values[haproxy.name]):.0f}/s"
        ratio = paired(values[ours.name], values[haproxy.name])
        return row(what, median(values[ours.name]), "1/s", said, ratio, judged=not setting.quick)

    said = f"{haproxy.name}: {median(cost[haproxy.name]):.0f} µs"
    return [
        compared("TLS handshakes, 32 at a time", rate),
        row("CPU per TLS handshake", median(cost[ours.name]), "µs", said, judged=not setting.quick),
        compared("TLS: C-ECHO associations, 32 at a time", echo),
    ]
