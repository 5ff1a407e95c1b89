"""Slows down guessing of passwords, by caller and by caller and name. Forgets at a restart; bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict

FREE = 5  # failures of one address and name without delay
FREE_ADDRESS = 20  # failures of one address over all names
MAX_DELAY = 900  # seconds
MAX_KEYS = 10_000
_SECOND = 1_000_000_000


class Throttle:
    """Counts failures and says how long to wait. Time comes in as UTC ns."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str, name: str, now: int) -> int:
        """Whole seconds until this address may try this name again, 0 for at once."""
        with self._lock:
            until = max(self._until((address, name), FREE), self._until((address, ""), FREE_ADDRESS))
        return max(0, -((now - until) // _SECOND))

    def failed(self, address: str, name: str, now: int) -> None:
        """Count a failure."""
        with self._lock:
            for key in ((address, name), (address, "")):
                count, last = self._failures.pop(key, (0, 0))
                if now - last > MAX_DELAY * _SECOND * 2:
                    count = 0
                self._failures[key] = (count + 1, now)
            while len(self._failures) > MAX_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, address: str, name: str) -> None:
        """Forget the failures of this address and name."""
        with self._lock:
            self._failures.pop((address, name), None)

    def _until(self, key: tuple[str, str], free: int) -> int:
        count, last = self._failures.get(key, (0, 0))
        return last + min(2 ** min(count - free, 20), MAX_DELAY) * _SECOND if count >= free else 0
