"""The version of an ASA's software, as far as it changes what lines mean. Never reads anything else."""

from __future__ import annotations

from typing import NamedTuple

from leadglass.network.address import IPV4
from leadglass.network.importers.cisco.lines import Line
from leadglass.network.importers.cisco.literals import ANY
from leadglass.network.importers.cisco.notes import Notes
from leadglass.network.intervals import Intervals

REAL_ADDRESSES = (8, 3)
"""Since then access lists hold real addresses, not mapped ones (ASA 8.3 release notes)."""

UNIFIED_LISTS = (9, 0)
"""Since then one access list holds IPv4 and IPv6, and "any" is both (ASA 9.0 release notes)."""


class Version(NamedTuple):
    """Major and minor number; the current behaviour where none is written."""

    major: int = 9
    minor: int = 99

    @property
    def unified(self) -> bool:
        """Whether "any" and an access list speak of IPv4 and IPv6 alike."""
        return self >= UNIFIED_LISTS

    @property
    def any(self) -> dict[str, Intervals]:
        """What the words for any address mean."""
        return ANY if self.unified else {**ANY, "any": IPV4}


def version(line: Line | None, notes: Notes) -> Version:
    """The version that a line "ASA Version 9.8(2)" names."""
    if line is None:
        notes.assume("no line says which version the ASA runs: taken for 9.0 or later")
        return Version()
    number = line.words[2] if len(line.words) > 2 else ""
    major, _, rest = number.partition(".")
    minor = rest.partition("(")[0].partition(".")[0]
    if not (major.isdecimal() and minor.isdecimal() and number.isascii()):
        notes.doubt(line)
        return Version()
    found = Version(int(major[:4]), int(minor[:4]))
    if found < REAL_ADDRESSES:
        notes.distrust(
            line,
            f"version {found.major}.{found.minor} is older than 8.3: its access lists hold mapped addresses and its"
            " translation is written otherwise; nothing is claimed of it",
        )
        return found
    notes.understood(line)
    return found
