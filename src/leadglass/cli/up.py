"""`leadglass up`: hands over to the supervisor."""

from __future__ import annotations

import click

from leadglass.cli.context import Context, json_option


@click.command()
@json_option
@click.pass_obj
def up(context: Context) -> int:
    """Run the gateway until SIGTERM.

    Everything is checked, bound and made before the first process starts. SIGTERM drains, SIGHUP reloads the
    configuration, all or nothing. Logs go to stderr, as JSON unless it is a terminal.
    """
    from leadglass.supervise.up import up as run  # noqa: PLC0415 (the other commands need none of it)

    return run(context.config)
