"""fsync on the disk the ledger lies on. Never another disk."""

from __future__ import annotations

from bench.machine import fsync_microseconds
from bench.peers.generator import quantiles
from bench.rows import Row, row
from bench.setting import Setting


def measure(setting: Setting) -> list[Row]:
    """Median and 99th percentile of an fdatasync of 4 KiB into a preallocated file."""
    seen = quantiles(fsync_microseconds(setting.directory, setting.size(1_000, 20)))
    return [row(f"fsync {part}", seen[part] / 1e3, "ms", judged=not setting.quick) for part in ("p50", "p99")]
