"""The delay a gateway adds to a C-STORE, NODELAY peers. Never mixes in a study's first, which waits for its fsync."""

from __future__ import annotations

from collections import defaultdict

from bench.peers.generator import quantiles
from bench.rows import Row, median, row
from bench.setting import Setting

_STUDY = 50


def measure(setting: Setting) -> list[Row]:
    """From the first byte of a C-STORE-RQ to its response: through minus direct, round by round."""
    judged = not setting.quick
    later: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    first: dict[str, list[float]] = defaultdict(list)
    sides = (setting.direct, setting.haproxy, setting.subject)
    for number in setting.rounds:
        for side in setting.turn(number, sides):
            seen = setting.load("store", side, count=setting.size(2_000, 100), study=_STUDY, samples=True)
            for part in ("p50", "p99"):
                later[side.name][part].append(seen["latency_us"][part] / 1e3)
            first[side.name] += seen["first_samples_us"]
    rows = []
    for part in ("p99", "p50"):
        direct = later[setting.direct.name][part]
        added = {
            side.name: median([a - b for a, b in zip(later[side.name][part], direct, strict=True)]) for side in sides
        }
        said = f"direct: {median(direct):.3f} ms in all (HAProxy adds {added[setting.haproxy.name]:.3f} ms)"
        rows.append(row(f"added delay of a C-STORE, {part}", added[setting.subject.name], "ms", said, judged=judged))
    for part in ("p50", "p99"):
        times = {side.name: quantiles(first[side.name])[part] / 1e3 for side in sides}
        direct_time = times[setting.direct.name]
        said = f"direct: {direct_time:.3f} ms in all (HAProxy adds {times[setting.haproxy.name] - direct_time:.3f} ms)"
        what = f"added delay of the first C-STORE of a study, {part}"
        rows.append(row(what, times[setting.subject.name] - direct_time, "ms", said, judged=judged))
    return rows
