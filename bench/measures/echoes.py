"""C-ECHO against HAProxy: associations a second, 32 at a time, and the time of one echo. Never another load."""

from __future__ import annotations

from collections import defaultdict

from bench.rows import Row, median, paired, row
from bench.setting import Setting


def measure(setting: Setting) -> list[Row]:
    """Associations of set-up, echo and release; then echoes on an open association."""
    ours, haproxy = setting.subject, setting.haproxy
    judged = not setting.quick
    rate: dict[str, list[float]] = defaultdict(list)
    whole: dict[str, list[float]] = defaultdict(list)
    ping: dict[str, list[float]] = defaultdict(list)
    cost: dict[str, list[float]] = defaultdict(list)
    count = setting.size(5_000, 100)
    for number in setting.rounds:
        for side in setting.turn(number, (setting.direct, haproxy, ours)):
            before = side.cpu()
            seen = setting.load("echo", side, count=count, concurrent=32)
            cost[side.name].append((side.cpu() - before) * 1e6 / count)
            rate[side.name].append(seen["associations_per_second"])
            whole[side.name].append(seen["association_us"]["p50"])
            seen = setting.load("ping", side, count=setting.size(3_000, 100))
            ping[side.name].append(seen["echo_us"]["p50"])

    def against(values: dict[str, list[float]], unit: str) -> str:
        direct, other = median(values[setting.direct.name]), median(values[haproxy.name])
        return f"HAProxy: {other:.0f} {unit} (direct: {direct:.0f} {unit})"

    def compared(what: str, values: dict[str, list[float]], unit: str) -> Row:
        mine, theirs = values[ours.name], values[haproxy.name]
        return row(what, median(mine), unit, against(values, unit), paired(mine, theirs), judged=judged)

    said = f"HAProxy: {median(cost[haproxy.name]):.0f} µs"
    return [
        compared("C-ECHO associations, 32 at a time", rate, "1/s"),
        compared("C-ECHO p50, open association", ping, "µs"),
        compared("C-ECHO association p50, 32 at a time", whole, "µs"),
        row("CPU per C-ECHO association", median(cost[ours.name]), "µs", said, judged=judged),
    ]
