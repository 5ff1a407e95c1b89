"""Addresses as zones of a partition, many at once: every address is in exactly one. Never looks at flows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leadglass.network.address import V6
from leadglass.network.intervals import Intervals
from leadglass.network.zones import Partition

Places = NDArray[np.int64]
"""IPv4 addresses as they are; -1 for an IPv6 address, whose 128 bits no array holds."""


def zones(partition: Partition, addresses: Sequence[int]) -> NDArray[np.int32]:
    """Indexes into ``partition.parts``."""
    owned = sorted(
        (span[0], span[1], index) for index, part in enumerate(partition.parts) for span in part.addresses.spans
    )
    starts = [first for first, _, _ in owned]
    owners = np.array([index for _, _, index in owned], np.int32)
    short = [start for start in starts if start < V6]
    places = in_array(addresses)
    at = np.searchsorted(np.array(short, np.int64), places, side="right") - 1
    for index in np.flatnonzero(places < 0).tolist():
        at[index] = bisect_right(starts, addresses[index]) - 1
    return owners[at]


def in_array(addresses: Sequence[int]) -> Places:
    """Addresses as `Places`."""
    return np.fromiter((one if one < V6 else -1 for one in addresses), np.int64, len(addresses))


def inside(addresses: Sequence[int], wanted: Intervals) -> NDArray[np.bool_]:
    """Which addresses are in a set."""
    if not wanted:
        return np.zeros(len(addresses), np.bool_)
    return np.fromiter((wanted.has(one) for one in addresses), np.bool_, len(addresses))
