"""`leadglass bypass`: lets a route relay without policy in an outage, for minutes. The registrar does and ends it."""

from __future__ import annotations

import datetime as dt
import getpass
import time
from zoneinfo import ZoneInfo

import click
import msgspec

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, counted, json_option
from leadglass.config import Configuration
from leadglass.errors import LeadglassError
from leadglass.model.bypass import MAX_MINUTES, MIN_MINUTES, ActiveBypass
from leadglass.registrar.client import RegistrarClient

_MINUTE = 60_000_000_000  # ns


class _Short(click.Group):
    """A route in the place of a command begins a bypass."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["begin", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Short)
def bypass() -> None:
    """Relay a route without policy in an outage: 'leadglass bypass ROUTE --minutes N --reason "…"'.

    Unknown callers and all operations are forwarded, and recorded under the rule "bypass"; nothing stops for a record
    that cannot be written. Blocked devices and revoked certificates stay refused. An alarm stands on every page while
    it lasts. It ends by itself.
    """


@bypass.command()
@click.argument("route")
@click.option(
    "--minutes",
    type=click.IntRange(MIN_MINUTES, MAX_MINUTES),
    required=True,
    help=f"How long, {MIN_MINUTES} to {MAX_MINUTES}; begun again, it lasts so long from then.",
)
@click.option("--reason", required=True, help="What happened, in ten characters or more, for the record.")
@config_option
@json_option
@click.pass_obj
def begin(context: Context, route: str, minutes: int, reason: str) -> int:
    """Begin: ROUTE is the AE title that devices call. The word "begin" can be left out."""
    configuration = context.configuration()
    answer = RegistrarClient(configuration.data.registrar_socket).bypass(route, minutes, reason, _user())
    if answer.error:
        raise LeadglassError(answer.error, answer.hint)
    lines = [f"{route} relays without policy until {_local(configuration, answer.until)}; it ends by itself"]
    lines += _shortcomings(answer.waiting, answer.hint)
    context.show(
        {"route": route, "until": answer.until, "waiting": answer.waiting, "hint": answer.hint}, "\n".join(lines)
    )
    return EXIT_FINDINGS if answer.waiting or answer.hint else EXIT_CLEAN


@bypass.command()
@click.argument("route")
@config_option
@json_option
@click.pass_obj
def end(context: Context, route: str) -> int:
    """End the bypass of ROUTE now."""
    answer = RegistrarClient(context.configuration().data.registrar_socket).bypass(route, 0, "", _user())
    if answer.error:
        raise LeadglassError(answer.error, answer.hint)
    lines = [f"{route}: policy is in force again", *_shortcomings(answer.waiting, answer.hint)]
    context.show({"route": route, "waiting": answer.waiting, "hint": answer.hint}, "\n".join(lines))
    return EXIT_FINDINGS if answer.waiting or answer.hint else EXIT_CLEAN


@bypass.command("list")
@config_option
@json_option
@click.pass_obj
def list_(context: Context) -> int:
    """List the bypasses that last. Exit code 1 when there is one."""
    configuration = context.configuration()
    rows = RegistrarClient(configuration.data.registrar_socket).status().bypasses
    lines = [counted(len(rows), "route") + " bypassed"]
    lines += [line for row in rows for line in _row(configuration, row)]
    context.show(msgspec.to_builtins(rows), "\n".join(lines))
    return EXIT_FINDINGS if rows else EXIT_CLEAN


def _row(configuration: Configuration, row: ActiveBypass) -> list[str]:
    left = counted(max(-(-(row.until - time.time_ns()) // _MINUTE), 0), "minute")
    return [
        f"  {row.route:<16} until {_local(configuration, row.until)} ({left} left), by {row.who}",
        f"    {row.reason}",
    ]


def _shortcomings(waiting: str, hint: str) -> list[str]:
    lines = [f"not in force everywhere yet: {waiting}; tried again every second"] if waiting else []
    return lines + ([hint] if hint else [])


def _local(configuration: Configuration, until: int) -> str:
    moment = dt.datetime.fromtimestamp(until / 1e9, ZoneInfo(configuration.site.timezone))
    return moment.strftime("%Y-%m-%d %H:%M:%S %Z")


def _user() -> str:
    return f"command-line:{getpass.getuser()}"
