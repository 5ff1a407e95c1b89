"""The options that describe a device, and the device they make. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from leadglass.cli.hours import parse_hours
from leadglass.cli.peer_file import sop_class_of
from leadglass.model.peer import Hours, Peer

_Command = TypeVar("_Command", bound=Callable[..., Any])

_RIGHTS = (
    click.option(
        "--operation",
        "operations",
        multiple=True,
        default=("C-ECHO", "C-STORE"),
        show_default=True,
        help="DIMSE operation, or * for all.",
    ),
    click.option("--sop-class", "sop_classes", multiple=True, default=("*",), help="UID or keyword; default all."),
    click.option("--archive", "archives", multiple=True, default=("*",), help="Id of an archive; default all."),
    click.option(
        "--destination",
        "destinations",
        multiple=True,
        default=("*",),
        help="AE title it may have objects moved to (C-MOVE); default all.",
    ),
    click.option(
        "--level",
        "levels",
        multiple=True,
        default=("*",),
        help="Query/Retrieve Level it may use: PATIENT, STUDY, SERIES, IMAGE, WORKLIST; default all.",
    ),
    click.option("--hours", multiple=True, help='When it may work: "Mon-Fri 07:00-19:00"; always when left out.'),
    click.option(
        "--max-associations", type=click.IntRange(0, 10_000), default=0, help="At one time; 0 is no limit of its own."
    ),
    click.option("--host", default="", help="Where it listens itself, as a destination of C-MOVE."),
    click.option("--port", type=click.IntRange(1, 65_535), help="The port it listens at."),
    click.option("--description", default="", help="For people."),
)


def rights(command: _Command) -> _Command:
    """The options that say what a device may do, and where it listens."""
    for option in reversed(_RIGHTS):
        command = option(command)
    return command


def device_of(
    identifier: str,
    title: str,
    networks: tuple[str, ...],
    given: dict[str, Any],
    *,
    certificates: tuple[str, ...] = (),
    plain: bool = False,
) -> Peer:
    """The device that the options of `rights` describe.

    Raises:
        click.UsageError: hours or a SOP class cannot be read.
    """
    try:
        hours: tuple[Hours, ...] = tuple(parse_hours(text) for text in given.pop("hours"))
        classes = tuple(sop_class_of(name) for name in given.pop("sop_classes"))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    port = given.pop("port") or 0
    return Peer(
        identifier,
        title,
        networks,
        hours=hours,
        sop_classes=classes,
        port=port,
        certificates=certificates,
        plain=plain,
        **given,
    )
