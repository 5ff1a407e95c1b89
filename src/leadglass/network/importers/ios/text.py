"""The text of an IOS configuration without its banners. Never what a command means."""

from __future__ import annotations

import re

from leadglass.network.importers.fault import ConfigurationUnreadable

_BANNER = re.compile(r"banner (?:exec|incoming|login|motd|prompt-timeout|slip-ppp)\s+(\^C|\S)(.*)")


def without_banners(text: str, file: str) -> str:
    """The text with empty lines in place of banners, which end where their delimiter comes again.

    Raises:
        ConfigurationUnreadable: a banner never ends.
    """
    found: list[str] = []
    delimiter, began = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if delimiter:
            found.append("")
            delimiter = "" if delimiter in line else delimiter
            continue
        banner = _BANNER.match(line)
        if banner is None:
            found.append(line)
            continue
        found.append("")
        if banner[1] not in banner[2]:
            delimiter, began = banner[1], number
    if delimiter:
        raise ConfigurationUnreadable(
            "cut off: a banner that begins here never ends", "export the configuration again, whole", file, began
        )
    return "\n".join(found)
