"""CPU seconds per GB relayed, plain, against HAProxy. Never counts the console, which is stated apart."""

from __future__ import annotations

from collections import defaultdict

from bench.rows import Row, median, paired, row
from bench.setting import Setting

_SIZES = ((16_384, "16 KiB PDUs"), (131_072, "128 KiB PDUs"))


def measure(setting: Setting) -> list[Row]:
    """512 KiB instances over one association, at two PDU lengths."""
    rows: list[Row] = []
    console: list[float] = []
    ours, haproxy, tuned = setting.subject, setting.haproxy, setting.tuned
    judged = not setting.quick
    for pdu, name in _SIZES:
        cost: dict[str, list[float]] = defaultdict(list)
        speed: dict[str, list[float]] = defaultdict(list)
        for number in setting.rounds:
            for side in setting.turn(number, (haproxy, tuned, ours)):
                before, page = side.cpu(), side.console_cpu()
                seen = setting.load("store", side, count=setting.size(4_000, 40), pdu=pdu)
                cost[side.name].append((side.cpu() - before) * 1e9 / seen["bytes"])
                speed[side.name].append(seen["instances_per_second"])
                if side is ours:
                    console.append((side.console_cpu() - page) * 1e9 / seen["bytes"])
        if setting.quick:  # a tick of 10 ms may be all there is
            cost = defaultdict(list, {side: [max(value, 1e-3) for value in values] for side, values in cost.items()})
        value, theirs = median(cost[ours.name]), cost[haproxy.name]
        said = f"HAProxy, default buffers: {median(theirs):.3f} s/GB"
        rows.append(row(f"CPU per GB, {name}", value, "s/GB", said, paired(cost[ours.name], theirs), judged=judged))
        theirs = cost[tuned.name]
        said = f"HAProxy, 256 KiB buffers: {median(theirs):.3f} s/GB"
        rows.append(
            row(
                f"CPU per GB against tuned HAProxy, {name}",
                value,
                "s/GB",
                said,
                paired(cost[ours.name], theirs),
                judged=judged,
            )
        )
        said = f"HAProxy, default buffers: {median(speed[haproxy.name]):.0f}/s"
        ratio = paired(speed[ours.name], speed[haproxy.name])
        rows.append(Row(f"instances a second, one association, {name}", median(speed[ours.name]), "1/s", said, ratio))
    rows.append(row("console CPU per GB", median(console), "s/GB", judged=judged))
    return rows
