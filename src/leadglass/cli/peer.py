"""`leadglass peer`: the registry of devices by hand. Changes the application state, then has it put in force."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from sqlalchemy import Engine

from leadglass.cli.context import EXIT_CLEAN, Context, config_option, counted, json_option
from leadglass.cli.hours import parse_hours
from leadglass.cli.peer_file import network_of, read_peers, sop_class_of
from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.model.peer import Hours, Peer
from leadglass.policy.hours import name_of as hours_name
from leadglass.policy.names import shown, sop_class_name
from leadglass.registrar import accepted
from leadglass.registrar.client import RegistrarClient, RegistrarUnavailableError
from leadglass.registrar.dry_run import judge
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import (
    Judge,
    approve_unknown,
    block_unknown,
    delete_peer,
    host_network,
    load_peers,
    save_peer,
    save_peers,
)
from leadglass.store.appstate.unknown_peers import list_unknown

LOCAL = "local"  # where the user of the command line sits, on record

_Command = TypeVar("_Command", bound=Callable[..., Any])


@click.group()
def peer() -> None:
    """List, add, approve, block, remove and import devices."""


def _rights(command: _Command) -> _Command:
    """The options that say what a device may do."""
    for option in (
        click.option("--description", default="", help="For people."),
        click.option(
            "--max-associations",
            type=click.IntRange(0, 10_000),
            default=0,
            help="At one time; 0 is no limit of its own.",
        ),
        click.option("--hours", multiple=True, help='When it may work: "Mon-Fri 07:00-19:00"; always when left out.'),
        click.option("--archive", "archives", multiple=True, default=("*",), help="Id of an archive; default all."),
        click.option("--sop-class", "sop_classes", multiple=True, default=("*",), help="UID or keyword; default all."),
        click.option(
            "--operation",
            "operations",
            multiple=True,
            default=("C-ECHO", "C-STORE"),
            show_default=True,
            help="DIMSE operation, or * for all.",
        ),
    ):
        command = option(command)
    return command


@peer.command("list")
@config_option
@json_option
@click.pass_obj
def list_(context: Context) -> None:
    """Show the devices of the registry, and callers that wait for a decision."""
    engine = _engine(context)
    peers, waiting = load_peers(engine), list_unknown(engine)
    lines = [counted(len(peers), "device")]
    for row in peers:
        hours = "; ".join(hours_name(window) for window in row.hours) or "always"
        lines.append(f"  {row.id:<20} {row.status:<9} {shown(row.title):<16} {', '.join(row.networks)}")
        if row.status == "approved":
            classes = ", ".join(sop_class_name(uid) for uid in row.sop_classes)
            lines.append(f"    {', '.join(row.operations)} of {classes} to {', '.join(row.archives)}, {hours}")
    lines.append(counted(len(waiting), "unknown caller"))
    lines += [
        f"  {caller.address:<20} {shown(caller.title):<16} called {shown(caller.called)}, "
        f"{counted(caller.attempts, 'attempt')}"
        for caller in waiting
    ]
    context.show({"peers": [asdict(row) for row in peers], "unknown": msgspec.to_builtins(waiting)}, "\n".join(lines))


@peer.command()
@click.argument("identifier", metavar="ID")
@click.option("--title", required=True, help="AE title it calls with; case counts.")
@click.option("--network", "networks", multiple=True, required=True, help="Address or CIDR range it calls from.")
@_rights
@config_option
@json_option
@click.pass_obj
def add(context: Context, /, identifier: str, title: str, networks: tuple[str, ...], **rights: Any) -> int:
    """Add device ID."""
    device = _peer(identifier, title, tuple(map(network_of, networks)), rights)
    save_peer(_engine(context), device, _user(), LOCAL, "peer-created", new=True, judge=_judge(context))
    return _put_in_force(context, [device.id], "added")


@peer.command()
@click.argument("address")
@click.argument("title")
@click.option("--id", "identifier", required=True, help="Name to give it, in lower case.")
@_rights
@config_option
@json_option
@click.pass_obj
def approve(context: Context, /, address: str, title: str, identifier: str, **rights: Any) -> int:
    """Make the unknown caller at ADDRESS with TITLE a device."""
    device = _peer(identifier, title, (host_network(address),), rights)
    approve_unknown(_engine(context), (address, title), device, _user(), LOCAL, judge=_judge(context))
    return _put_in_force(context, [device.id], "approved")


@peer.command()
@click.argument("what", nargs=-1, required=True, metavar="ID | ADDRESS TITLE")
@config_option
@json_option
@click.pass_obj
def block(context: Context, what: tuple[str, ...]) -> int:
    """Block a device, or an unknown caller; it is then refused in every mode."""
    engine = _engine(context)
    if len(what) == 1:
        known = {row.id: row for row in load_peers(engine)}
        if what[0] not in known:
            raise click.UsageError(f"there is no device {what[0]!r}")
        values = asdict(known[what[0]]) | {"status": "blocked", "hours": known[what[0]].hours}
        save_peer(engine, Peer(**values), _user(), LOCAL, "peer-blocked", judge=_judge(context))
        return _put_in_force(context, [what[0]], "blocked")
    if len(what) == 2:
        blocked = block_unknown(engine, (what[0], what[1]), _user(), LOCAL, judge=_judge(context))
        return _put_in_force(context, [blocked.id], "blocked")
    raise click.UsageError("give a device's id, or a caller's address and title")


@peer.command()
@click.argument("identifier", metavar="ID")
@config_option
@json_option
@click.pass_obj
def remove(context: Context, identifier: str) -> int:
    """Remove device ID; its next call is an unknown caller's."""
    delete_peer(_engine(context), identifier, _user(), LOCAL, judge=_judge(context))
    return _put_in_force(context, [identifier], "removed")


@peer.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config_option
@json_option
@click.pass_obj
def import_(context: Context, file: Path) -> int:
    """Read devices from a TOML FILE of [[peer]] tables, replacing those of the same id.

    Keys are id, title, networks, status, operations, sop_classes, archives, hours, max_associations, description.
    All of them are stored, or none.
    """
    devices = read_peers(file)
    save_peers(_engine(context), devices, _user(), LOCAL, "peer-imported", judge=_judge(context))
    return _put_in_force(context, [device.id for device in devices], "imported")


def _peer(identifier: str, title: str, networks: tuple[str, ...], rights: dict[str, Any]) -> Peer:
    try:
        hours: tuple[Hours, ...] = tuple(parse_hours(text) for text in rights.pop("hours"))
        classes = tuple(sop_class_of(name) for name in rights.pop("sop_classes"))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Peer(identifier, title, networks, hours=hours, sop_classes=classes, **rights)


def _user() -> str:
    return f"command-line:{getpass.getuser()}"


def _engine(context: Context) -> Engine:
    return open_appstate(context.configuration().data.application_state)


def _judge(context: Context) -> Judge:
    """Nothing is stored that would keep a generation from being built: now, or from the file at the next start."""
    named = context.configuration()
    in_force = accepted.in_force(named.data.accepted)
    try:
        return judge(named, load(in_force))
    except LeadglassError:  # never started yet, or by another version
        return judge(named)


def _put_in_force(context: Context, devices: list[str], done: str) -> int:
    """Have the running gateway take the change over.

    Raises:
        LeadglassError: it is stored, and could not be put in force.
    """
    client = RegistrarClient(context.configuration().data.registrar_socket)
    said = f"{', '.join(devices)}: {done}"
    try:
        answer = client.reload(_user())
    except RegistrarUnavailableError:
        context.show({"peers": devices, "done": done, "in_force": False}, f"{said}; in force at the next start")
        return EXIT_CLEAN
    if answer.error:
        raise LeadglassError(f"{said}, but it is not in force: {answer.error}", answer.hint)
    context.show(
        {"peers": devices, "done": done, "in_force": True, "generation": answer.number},
        f"{said}; in force as generation {answer.number}",
    )
    return EXIT_CLEAN
