"""The gateway's configuration in the demonstration: one text, written anew at each start. Decides no port."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadglass.demo.archive import TITLE, Archive
from leadglass.demo.players import Players
from leadglass.demo.ports import LOOPBACK, Ports

_TEXT = """\
# The demonstration hospital. Written anew by each 'leadglass demo'; copy it to begin one of your own.
[site]
name = "{name}"
timezone = "{zone}"
data = "data"

[gateway]
workers = 2

[[listener]]
address = "{loopback}"
port = {ports.gateway}

[[archive]]
id = "{archive.id}"
host = "{loopback}"
port = {ports.archive}
title = "{title}"

[[route]]
called = "{title}"
archive = "{archive.id}"
mode = "enforce"

[console]
address = "{loopback}"
port = {ports.console}

[timers]
drain = 5

# Small, for a laptop's disk.
[journal]
segment_bytes = 1048576
reserve = 2
limit_bytes = 67108864
"""


def text(archive: Archive, players: Players, ports: Ports) -> str:
    """The configuration as TOML."""
    return _TEXT.format(
        name=site_name(archive, players), zone=zone(), loopback=LOOPBACK, ports=ports, archive=archive, title=TITLE
    )


def site_name(archive: Archive, players: Players) -> str:
    """The name on every page: it says that nothing here is real, and what stands in for what."""
    parts = [name for name, there in (("archive", archive.stand_in), ("devices", players.stand_in)) if there]
    stand_ins = f"; {' and '.join(parts)}: pynetdicom stand-ins" if parts else ""
    return f"Demonstration hospital (made-up patients{stand_ins})"


def zone(localtime: Path = Path("/etc/localtime")) -> str:
    """The machine's own IANA time zone, UTC where it has none."""
    name = str(localtime.resolve()).partition("zoneinfo/")[2]
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name
