"""Writes docs/reference/cli.md and configuration.md from commands and schema themselves. Never edits other text.

``python -m leadglass.cli.reference docs/reference`` writes both; a test compares them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import annotated_types
import click
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from leadglass.cli.main import leadglass
from leadglass.config.schema import TABLES

_GENERATED = "<!-- Written by `python -m leadglass.cli.reference docs/reference`; do not edit. -->"

_CLI = f"""# Command line
{_GENERATED}

Exit codes: 0 clean, 1 findings, 2 usage, 3 configuration, 4 input or output, 5 integrity. An error is two lines on
stderr, `error:` and `hint:`, with file and line where it stands in a file. `--json` prints JSON instead of text.
"""

_CONFIGURATION = f"""# Configuration
{_GENERATED}

One TOML file, `leadglass.toml` by default. Unknown keys are refused with the nearest known name, file and line.
Relative paths are relative to the file. `leadglass config check` builds everything a start would; `leadglass config
show` prints what is in effect. SIGHUP reloads routes, archives, timers, limits and policy, all or nothing; listeners,
workers, console, journal and the data directory need a restart. This is enough:

```toml
[[archive]]
id = "pacs"
host = "10.20.0.5"
port = 4242
title = "ORTHANC"

[[route]]
called = "PACS"
archive = "pacs"
```
"""


def cli_text() -> str:
    """The reference of all commands that are installed."""
    context = click.Context(leadglass, info_name="leadglass")
    return "\n".join([_CLI, *_command(leadglass, context)])


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    path = context.command_path
    yield f"## `{path}`\n\n{inspect.cleandoc(command.help or '')}\n"
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"    {path} {usage}\n"
    options = [parameter for parameter in command.get_params(context) if isinstance(parameter, click.Option)]
    if options:
        yield "| option | meaning |\n|---|---|"
        yield from (_option(option) for option in options)
        yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if not option.is_flag and option.metavar != "":
        kind = option.type.name.upper()
        names += f" {kind}"
    notes = [note for note, there in (("required", option.required), ("may be repeated", option.multiple)) if there]
    text = (option.help or "").replace("|", "\\|")
    if notes:
        text += f" ({', '.join(notes)})"
    return f"| {names} | {text} |"


def configuration_text() -> str:
    """The reference of all tables and keys."""
    parts = [_CONFIGURATION]
    for name, schema, several in TABLES:
        parts.append(f"## `{'[[' if several else '['}{name}{']]' if several else ']'}`\n\n{schema.__doc__}\n")
        parts.append("| key | default | bounds | meaning |\n|---|---|---|---|")
        parts.extend(_field(key, field) for key, field in schema.model_fields.items())
        parts.append("")
    return "\n".join(parts)


def _field(key: str, field: FieldInfo) -> str:
    default: Any = field.get_default(call_default_factory=True)
    shown = "required" if default is PydanticUndefined else f"`{_toml(default)}`"
    return f"| `{key}` | {shown} | {_bounds(field)} | {field.description} |"


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _bounds(field: FieldInfo) -> str:
    low = next((item.ge for item in field.metadata if isinstance(item, annotated_types.Ge)), None)
    high = next((item.le for item in field.metadata if isinstance(item, annotated_types.Le)), None)
    return f"{low} to {high}" if low is not None and high is not None else ""


def main(directory: Path) -> None:
    """Write both files into ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "cli.md").write_text(cli_text(), "utf-8")
    (directory / "configuration.md").write_text(configuration_text(), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
