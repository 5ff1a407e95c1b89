"""`leadglass network`: the network held against its model. Mounts its commands; does no work itself."""

from __future__ import annotations

import importlib
import importlib.util

import click

COMMANDS = {
    "import": "leadglass.cli.network_import:import_",
    "compare": "leadglass.cli.network_compare:compare",
    "explain": "leadglass.cli.network_explain:explain",
    "picture": "leadglass.cli.network_picture:picture",
    "generate": "leadglass.cli.network_generate:generate",
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


@click.group(cls=_Mounted)
def network() -> None:
    """Compare the hospital's network with a model: import, compare, explain, draw, and write rules that close gaps."""
