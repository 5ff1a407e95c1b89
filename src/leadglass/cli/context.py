"""What every command shares: the configuration file, and text or JSON. Never decides what a command says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from leadglass.config import Configuration, load

EXIT_CLEAN, EXIT_FINDINGS, EXIT_USAGE, EXIT_CONFIGURATION, EXIT_IO, EXIT_INTEGRITY = range(6)

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Context:
    """Handed to commands by ``click.pass_obj``.

    Attributes:
        config: path of the configuration file.
        json: print JSON instead of text.
    """

    config: Path = Path("leadglass.toml")
    json: bool = False

    def configuration(self) -> Configuration:
        """The configuration, loaded.

        Raises:
            ConfigurationError: it cannot be used.
        """
        return load(self.config)

    def show(self, value: Any, text: str) -> None:
        """Print ``value`` as JSON, or ``text``."""
        click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str) if self.json else text)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Context).json = True


def json_option(command: _Command) -> _Command:
    """The option ``--json``, with the same meaning before and after a command's name."""
    return click.option(
        "--json", is_flag=True, expose_value=False, callback=_set_json, help="Print JSON instead of text."
    )(command)


def _set_config(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Context).config = value


def config_option(command: _Command) -> _Command:
    """The option ``--config`` after a command's name; it wins over the one before it."""
    return click.option(
        "--config",
        "-c",
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_set_config,
        help="The configuration file; the same as before the command.",
    )(command)


def counted(count: int, noun: str) -> str:
    """A count with its noun: "1 device", "2 devices"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
