"""Memory in pages of 2 MiB for what all traffic touches. It asks the kernel, and goes without where it will not.

A relay copies through one buffer and comes back to a cold interpreter: with 4 KiB pages much of its time is spent on
finding pages again, above all in a virtual machine, where each search is two.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from pathlib import Path

HUGE_PAGE = 2 * 1024 * 1024
MADV_COLLAPSE = 25  # Linux 6.1

_libc = ctypes.CDLL(None, use_errno=True)


def huge_buffer(size: int) -> memoryview:
    """A zeroed buffer of ``size`` bytes that begins on a huge page where the kernel grants one."""
    area = mmap.mmap(-1, size + 2 * HUGE_PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    try:
        area.madvise(mmap.MADV_HUGEPAGE)
    except OSError:  # a kernel without them
        return memoryview(area)[:size]
    start = -ctypes.addressof(ctypes.c_char.from_buffer(area)) % HUGE_PAGE
    return memoryview(area)[start : start + size]


def collapse_heap() -> int:
    """Move the heap as it stands into huge pages; how many bytes of it were moved. Call it once start-up is over."""
    moved = 0
    for first, last in _heap(Path("/proc/self/maps").read_text("ascii", "replace")):
        for start in range(first, last, HUGE_PAGE):
            if _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(HUGE_PAGE), MADV_COLLAPSE) == 0:
                moved += HUGE_PAGE
    return moved


def _heap(maps: str) -> Iterator[tuple[int, int]]:
    """Private writable memory without a file behind it, cut to whole huge pages: (first, past the last)."""
    for line in maps.splitlines():
        addresses, rights, _, _, inode, *name = line.split(maxsplit=5)
        if rights != "rw-p" or inode != "0" or (name and name[0] != "[heap]"):
            continue
        begin, end = (int(address, 16) for address in addresses.split("-"))
        first, last = -(-begin // HUGE_PAGE) * HUGE_PAGE, end // HUGE_PAGE * HUGE_PAGE
        if first < last:
            yield first, last
