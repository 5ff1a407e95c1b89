"""The group `leadglass`: mounts the nouns, turns errors into two lines and an exit code. Does no work itself."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from leadglass import __version__
from leadglass.cli.context import EXIT_IO, EXIT_USAGE, Context, json_option
from leadglass.errors import LeadglassError

COMMANDS: dict[str, str] = {
    "up": "leadglass.cli.up:up",
    "config": "leadglass.cli.config:config",
    "doctor": "leadglass.cli.doctor:doctor",
    "status": "leadglass.cli.status:status",
    "peer": "leadglass.cli.peer:peer",
    "pki": "leadglass.cli.pki:pki",
    "policy": "leadglass.cli.policy:policy",
    "audit": "leadglass.cli.audit:audit",
    "survey": "leadglass.cli.survey:survey",
    "network": "leadglass.cli.network:network",
    "backup": "leadglass.cli.backup:backup",
    "cutover": "leadglass.cli.cutover:cutover",
    "bypass": "leadglass.cli.bypass:bypass",
    "demo": "leadglass.cli.demo:demo",
}
"""Name and place of each command; a file is imported only when its command is used."""


class _Mounted(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (the interface of click)
        return [name for name, place in COMMANDS.items() if importlib.util.find_spec(place.partition(":")[0])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Mounted, context_settings={"max_content_width": 100})
@click.version_option(__version__, message="leadglass %(version)s")
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    envvar="LEADGLASS_CONFIG",
    default=Path("leadglass.toml"),
    show_default=True,
    help="The configuration file; also $LEADGLASS_CONFIG.",
)
@json_option
@click.pass_context
def leadglass(context: click.Context, config: Path) -> None:
    """Leadglass stands between modalities and the PACS, and keeps every patient's access on record."""
    context.ensure_object(Context).config = config


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 clean, 1 findings, 2 usage, 3 configuration, 4 input or output, 5 integrity."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        result = leadglass.main(
            args=arguments, prog_name="leadglass", standalone_mode=False, obj=Context(Path("leadglass.toml"))
        )
    except LeadglassError as error:
        return _fault(str(error), error.hint, error.exit_code)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "leadglass"
        return _fault(error.format_message(), f"try '{where} --help'", EXIT_USAGE)
    except click.ClickException as error:
        return _fault(error.format_message(), "", EXIT_IO)
    except click.Abort:
        return _fault("interrupted", "nothing more was done", EXIT_IO)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: not worth a message
        return EXIT_IO
    except OSError as error:
        return _fault(
            f"{error.filename or 'system'}: {error.strerror or error}", "check that it exists and its mode", EXIT_IO
        )
    return result if isinstance(result, int) else 0


def _fault(message: str, hint: str, code: int) -> int:
    click.echo(f"error: {' '.join(message.split())}", err=True)
    click.echo(f"hint: {' '.join(hint.split()) or 'see docs/reference/cli.md'}", err=True)
    return code
