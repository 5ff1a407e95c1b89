"""Writes docs/reference/{cli,configuration,answers}.md from commands, schema and tables. Never edits other text.

``python -m leadglass.cli.reference docs/reference`` writes all; tests compare them.
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
from leadglass.flow import answers
from leadglass.flow.subject import READ
from leadglass.model.decision import Cause
from leadglass.policy.operations import OPERATIONS

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

_ANSWERS = f"""# What is said when
{_GENERATED}

In every mode: blocked peers, revoked certificates, protocol errors, limits, an archive that is down. Where a route
enforces: what policy or registry refuses. Where it observes or alerts that is forwarded, and recorded as "would have
been refused". What the archive itself rejects or answers passes as it is. The Error Comment (0000,0902) names the rule;
all else is on record.
"""

_OPERATIONS_AND_ERRORS = f"""
A C-MOVE to a destination that no device or archive has as its title is answered
{answers.UNKNOWN_DESTINATION:04X}H. What an archive sends for a C-MOVE or C-GET is judged as an operation of whoever
asked for it, and the archive is answered as of any C-STORE: it counts the object as failed. An unreadable head is
refused where the route says so, and wherever a policy speaks of patients; a query or retrieve whose identifier
cannot be read, or names no level that there is, also wherever a policy speaks of levels or keys.

A C-ECHO has no status but Success (PS3.7 9.3.5.2): refused later than its context, it is an A-ABORT. It waits for no
record. A C-CANCEL has no response; it goes on with the operation it cancels, and nowhere without one.

## Protocol errors

A-ABORT with source {answers.ABORT_SOURCE} to both sides. These are findings of a conversation; those of PDUs and
command sets are in [findings.md](findings.md).

| finding | meaning |
|---|---|"""

_ASSOCIATION_CAUSES = {
    Cause.UNKNOWN_CALLER: "no peer has this title and address",
    Cause.BLOCKED_PEER: "the peer is blocked",
    Cause.UNKNOWN_CALLED: "no route has this called title",
    Cause.CERTIFICATE: "the certificate is another peer's, unknown, expired or revoked, or one is due and none came",
    Cause.PLAIN: "it came without TLS, and the peer's entry does not say that it may",
    Cause.UNEXPECTED_MOVE: "an archive calls a device, and nobody asked it to send anything there",
    Cause.NO_CONTEXT: "policy permits none of the contexts proposed",
    Cause.POLICY_ERROR: "the policy could not be evaluated",
    Cause.UPSTREAM_DOWN: "the archive cannot be reached, or does not answer in time",
    Cause.LIMIT: "the worker or the peer has all the associations it may",
    Cause.REGISTRAR: "the registrar did not answer in time",
    Cause.RECORD: "no record can be kept, and the flow is declared closed",
}


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


def answers_text() -> str:
    """The reference of rejections, statuses and protocol errors."""
    parts = [_ANSWERS, "## Associations\n", "| cause | A-ASSOCIATE-RJ result/source/reason | when |\n|---|---|---|"]
    parts += [
        f"| `{cause.value}` | {'/'.join(map(str, answers.REJECTIONS[cause]))} | {meaning} |"
        for cause, meaning in _ASSOCIATION_CAUSES.items()
    ]
    parts.append(f"\nA context that is refused gets result {answers.CONTEXT_REFUSED}.\n\n## Operations\n")
    parts.append("| operation | refused | head unreadable | record impossible on a closed flow, registrar silent |")
    parts.append("|---|---|---|---|")
    for operation in (*OPERATIONS, "C-CANCEL"):
        unreadable = _status(operation, Cause.UNREADABLE_HEAD) if operation in READ else ""
        record = "" if operation in {"C-ECHO", "C-CANCEL"} else _status(operation, Cause.RECORD)
        parts.append(f"| {operation} | {_status(operation, Cause.OPERATION)} | {unreadable} | {record} |")
    parts.append(_OPERATIONS_AND_ERRORS)
    parts += [f"| `{finding}` | {meaning} |" for finding, meaning in answers.findings().items()]
    return "\n".join(parts) + "\n"


def _status(operation: str, cause: Cause) -> str:
    code = answers.status(operation, cause)
    if code is None:
        return "A-ABORT" if operation == "C-ECHO" else "drained"
    return f"{code:04X}H"


def main(directory: Path) -> None:
    """Write all files into ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "cli.md").write_text(cli_text(), "utf-8")
    (directory / "configuration.md").write_text(configuration_text(), "utf-8")
    (directory / "answers.md").write_text(answers_text(), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
