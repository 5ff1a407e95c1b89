"""Cyclic garbage collection for a process of many short-lived values and hardly a cycle. It frees nothing itself."""

from __future__ import annotations

import gc

THRESHOLD = (50_000, 20, 50)  # new containers before a collection, and collections before an older generation's


def rest_garbage_collection() -> None:
    """Leave what was loaded so far out of every collection, and collect less often: call it when start-up is over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLD)
