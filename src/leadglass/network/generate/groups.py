"""Names for groups of addresses in a vendor's text. Never says who is in one."""

from __future__ import annotations

from collections.abc import Iterable

from leadglass.network.address import IPV4, IPV6
from leadglass.network.generate.policy import Zoned
from leadglass.network.intervals import Intervals

PREFIX = "LG"
MAX_NAME = 60


def fresh(configuration: str) -> str:
    """What names of ours begin with, so that none is there already: "LG", else "LG2" and so on."""
    number = 1
    while f"{_prefix(number)}-" in configuration:
        number += 1
    return _prefix(number)


def _prefix(number: int) -> str:
    return PREFIX if number == 1 else f"{PREFIX}{number}"


class Groups:
    """Groups that were asked for, by name.

    Args:
        zones: by which they are named, each IP version apart.
        prefix: of every name.
    """

    def __init__(self, zones: Iterable[Zoned], prefix: str) -> None:
        self.prefix = prefix
        self.named: dict[str, Intervals] = {}
        self._known: dict[Intervals, str] = {}
        for zone in zones:
            for version, ending in ((IPV4, "v4"), (IPV6, "v6")):
                part = zone.addresses.common(version)
                if part:
                    self._known.setdefault(part, f"{prefix}-{zone.name}-{ending}"[:MAX_NAME])

    def name(self, addresses: Intervals) -> str:
        """The group of these addresses."""
        name = self._known.setdefault(addresses, f"{self.prefix}-{len(self._known) + 1}")
        self.named[name] = addresses
        return name
