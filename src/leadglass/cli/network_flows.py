"""How commands read what was seen on the wire: logs of other tools, each with where it was seen. No verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from leadglass.network.compare import Comparison
from leadglass.network.device import Device
from leadglass.network.flows import SOURCES, recognise
from leadglass.network.flows.observe import Seen, observations, observe
from leadglass.network.flows.vantage import Vantage, capture, vantage
from leadglass.network.importers.fault import ConfigurationUnreadable
from leadglass.network.observed import Observations

PIECE = 1 << 20  # bytes read at once

flows_option = click.option(
    "--flows", multiple=True, metavar="PLACE=FILE",
    help="Traffic that was seen: Zeek's conn.log, NetFlow or IPFIX as CSV or JSON, with the place it was seen at: "
    "device:NAME, segment:DEVICE:INTERFACE, zone:NAME or pair:ZONE:ZONE.",
)  # fmt: skip
unsampled_option = click.option(
    "--unsampled", is_flag=True, help="Every packet was looked at, where the logs do not say so themselves."
)


def given(flows: Iterable[str]) -> list[tuple[Vantage, Path]]:
    """The options as places and files.

    Raises:
        click.UsageError: one has no place, or its file is not there.
        VantageError: its place is none.
    """
    found = []
    for one in flows:
        place, equals, file = one.partition("=")
        if not equals or not Path(file).is_file():
            raise click.UsageError(f"--flows {one!r:.120}: write PLACE=FILE, and the file must be there")
        found.append((vantage(place), Path(file)))
    return found


def observed(
    flows: Iterable[tuple[Vantage, Path]], comparison: Comparison, devices: Sequence[Device], *, unsampled: bool
) -> tuple[Observations, list[str]]:
    """What all of them show, and what had to be left out, in words.

    Args:
        flows: places and files.
        comparison: of the same network, for its zones and ways.
        devices: its filters.
        unsampled: nothing was sampled, where the logs do not tell.

    Raises:
        ConfigurationUnreadable: a log is of no kind that is known, or damaged.
    """
    parts: list[Seen] = []
    words = []
    for where, file in flows:
        kind = recognise(_head(file))
        if kind is None:
            hint = f"one of {', '.join(sorted(SOURCES))}"
            raise ConfigurationUnreadable("neither a log nor an export of flows that is known", hint, file.name)
        read = SOURCES[kind](_pieces(file), file.name)
        looked = capture(read, where, sampled=False if unsampled else None)
        one = observe(read, looked, comparison.partition, comparison.model.services, devices)
        parts.append(one)
        words += [f"{file.name} ({kind}, {where}): {len(one.seen)} ways seen"]
        words += [f"{file.name}: {one.words}"] if one.words else []
    return observations(parts, comparison.net, comparison.partition), words


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(1 << 16)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
