"""`leadglass cutover`: what must change on each device and archive, and in which order. Changes nothing itself."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass

import click

from leadglass.cli.context import Context, config_option, json_option
from leadglass.config import Configuration
from leadglass.model.peer import Peer
from leadglass.model.route import Route
from leadglass.supervise.check import registry


@dataclass(frozen=True, slots=True)
class Step:
    """One change on one system, by hand.

    Attributes:
        where: which system, in words.
        setting: what is set there.
        value: to what.
        why: in a sentence.
    """

    where: str
    setting: str
    value: str
    why: str


def steps(configuration: Configuration, peers: tuple[Peer, ...], host: str) -> tuple[Step, ...]:
    """Every change, in the order in which to make them. Pure.

    Args:
        configuration: listeners, archives and routes.
        peers: devices of the registry; without any, one set of steps stands for each device.
        host: name or address under which devices reach this machine.
    """
    found: list[Step] = []
    for archive in configuration.archives:
        routes = [route for route in configuration.routes if route.archive == archive.id]
        if routes:
            found += _before(archive.id, routes, host)
    devices = [peer for peer in peers if peer.status == "approved"]
    for device in devices:
        found += _device(
            f"device {device.id} ({device.title}, {', '.join(device.networks)})", device, configuration, host
        )
    if not devices:
        found += _device("each device", None, configuration, host)
    for archive in configuration.archives:
        found += _after(f"archive {archive.id} ({archive.host}:{archive.port})", host)
    return tuple(found)


def _before(archive: str, routes: list[Route], host: str) -> list[Step]:
    titles = ", ".join(dict.fromkeys(route.called_as or route.called for route in routes))
    callers = ", ".join(dict.fromkeys(route.calling_as for route in routes if route.calling_as))
    return [
        Step(
            f"archive {archive}",
            "accepted callers",
            f"address {host}, with the titles {callers or 'of the devices, unchanged'}",
            "Leadglass connects from this address; do this first, so that nothing is refused on the way",
        ),
        Step(f"archive {archive}", "AE titles it answers to", titles, "this is what it will be called"),
    ]


def _device(where: str, device: Peer | None, configuration: Configuration, host: str) -> list[Step]:
    ports = ", ".join(dict.fromkeys(str(listener.port) for listener in configuration.listeners))
    found = []
    for route in configuration.routes:
        if device is not None and "*" not in device.archives and route.archive not in device.archives:
            continue
        found += [
            Step(where, f"{route.called}: host", host, "Leadglass in the place of the archive"),
            Step(where, f"{route.called}: port", ports, "the listener of Leadglass"),
            Step(where, f"{route.called}: called AE title", route.called, "case counts; it leads to the archive"),
        ]
    title = device.title if device else "one title for each device"
    found.append(Step(where, "its own AE title", title, "with the address, it names the device to Leadglass"))
    return found


def _after(where: str, host: str) -> list[Step]:
    return [
        Step(
            where,
            "move destinations (C-MOVE)",
            "stay: each device's own host, port and title",
            "the archive opens these associations itself; they do not pass Leadglass yet and are not on record",
        ),
        Step(
            where,
            "storage commitment destinations (N-EVENT-REPORT)",
            "stay: each device's own host, port and title",
            "a report on a new association comes from the archive itself, past Leadglass; on the same one it passes",
        ),
        Step(
            where,
            "firewall and accepted addresses",
            f"DICOM from {host} only",
            "last, and without fail: who can reach the archive directly is neither judged nor on record",
        ),
    ]


def own_address(configuration: Configuration) -> str:
    """The first listener's address, or for a wildcard this machine's name."""
    address = configuration.listeners[0].address
    return socket.getfqdn() if address in {"::", "0.0.0.0"} else address  # noqa: S104 (compared with, never bound)


def as_text(rows: tuple[Step, ...]) -> str:
    """Steps under the system they are made on."""
    lines: list[str] = []
    before = ""
    for row in rows:
        if row.where != before:
            lines += ["", row.where] if lines else [row.where]
            before = row.where
        lines += [f"  {row.setting} = {row.value}", f"    {row.why}"]
    return "\n".join(lines)


def as_markdown(rows: tuple[Step, ...]) -> str:
    """A table to print and to tick off."""
    lines = ["| done | where | setting | value | why |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (row.where, row.setting, row.value, row.why)
        lines.append("| ☐ | " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


@click.command()
@click.option("--host", default="", help="Name or address of this machine as devices reach it.")
@click.option("--markdown", is_flag=True, help="Print a Markdown table to tick off.")
@config_option
@json_option
@click.pass_obj
def cutover(context: Context, host: str, markdown: bool) -> None:
    """Print what must change on each device and archive to put Leadglass between them."""
    configuration = context.configuration()
    rows = steps(configuration, registry(configuration), host or own_address(configuration))
    context.show([asdict(row) for row in rows], as_markdown(rows) if markdown else as_text(rows))
