"""`leadglass up`: hands over to the supervisor."""

from __future__ import annotations

import sys

import click

from leadglass.cli.context import Context, config_option, json_option


@click.command()
@config_option
@json_option
@click.pass_obj
def up(context: Context) -> int:
    """Run the gateway until SIGTERM.

    Everything is checked, bound and made before the first process starts. SIGTERM drains, SIGHUP reloads the
    configuration, all or nothing. Logs go to stderr, as JSON unless it is a terminal. While nobody has an account,
    the terminal shows the console's address and the one-time token to make the first one with.
    """
    from leadglass.supervise.up import up as run  # noqa: PLC0415 (the other commands need none of it)

    return run(context.config, _tell)


def _tell(text: str) -> None:
    """To the terminal, if there is one; never into a file or a service's log."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            click.echo(text, file=stream)
            return
