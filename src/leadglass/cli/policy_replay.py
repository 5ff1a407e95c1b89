"""`leadglass policy replay`: what a changed policy would have decided otherwise. Changes nothing."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from leadglass.cli.audit_source import put_on_record, say
from leadglass.cli.audit_text import when
from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, counted, json_option
from leadglass.config import Configuration, PolicyFiles, load
from leadglass.errors import LeadglassError
from leadglass.flow.surroundings import Rules
from leadglass.model.decision import Decision, Request
from leadglass.model.peer import Peer
from leadglass.policy.engine import Engine
from leadglass.policy.hours import DAY_NAMES
from leadglass.policy.names import shown, sop_class_name
from leadglass.policy.recorded import Asked, Memory
from leadglass.policy.replay import Difference, Replay, replay
from leadglass.registrar.accepted import in_force
from leadglass.registrar.generations import build
from leadglass.store.leaves import LedgerReader
from leadglass.store.since import Since
from leadglass.supervise.check import registry

DAY = 86_400_000_000_000
MAX_DAYS = 3_650
SAID_EVERY = 0.5  # seconds between signs of progress

NOT_ON_RECORD = (
    "refusals of whole associations and bypassed routes are not judged; an echo is judged at the end of its association"
)

days_option = click.option(
    "--days", type=click.IntRange(1, MAX_DAYS), default=30, show_default=True, help="How far back."
)


@click.command("replay")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="[FILE]...")
@days_option
@config_option
@json_option
@click.pass_obj
def replay_command(context: Context, files: tuple[Path, ...], days: int) -> int:
    """List every decision on recorded traffic that a changed policy would make otherwise; exit 1 when there is one.

    Compares the policy in force with FILE … in the place of the files under [policy]; without FILE, with the
    configuration as it is edited now, before a reload accepts it.
    """
    configuration = context.configuration()
    before = engine_in_force(configuration)
    after = engine_of(configuration, registry(configuration), files or configuration.policy.files)
    span = open_span(configuration, days)
    put_on_record(configuration.application_state, "policy-replay", counted(days, "day"))
    memory = Memory(before.generation)
    found = replay(watched(span, memory), before, after)
    found.missing = dict(memory.missing)
    if span.pruned or span.unreadable:
        say(f"{span.pruned} leaves have no body any more, {span.unreadable} are of a newer version: not replayed")
    context.show(as_json(found, days), as_text(found, days, before.zone))
    return EXIT_FINDINGS if found.differing else EXIT_CLEAN


def engine_in_force(configuration: Configuration) -> Engine:
    """The engine of what workers judge by: the accepted configuration, before the first start the edited one."""
    accepted = in_force(configuration.data.accepted)
    current = load(accepted) if accepted.is_file() else configuration
    return engine_of(current, registry(configuration), current.policy.files)


def engine_of(configuration: Configuration, peers: tuple[Peer, ...], files: tuple[Path, ...]) -> Engine:
    """An engine with these policy files, as a worker would build it; policy tests are not run."""
    return Rules.build(build(dataclasses.replace(configuration, policy=PolicyFiles(files)), peers, 0)).engine


def open_span(configuration: Configuration, days: int) -> Since:
    """The last days of the ledger.

    Raises:
        LeadglassError: there is no ledger.
    """
    reader = LedgerReader(configuration.data.ledger)
    if not reader.logs():
        raise LeadglassError(
            f"there is no record in {configuration.data.ledger}", "name the right configuration with --config"
        )
    return Since(reader, time.time_ns() - days * DAY)


def watched(span: Since, memory: Memory) -> Iterator[Asked]:
    """The requests of the span, with signs of progress on a terminal."""
    said = time.monotonic()
    for asked in span.requests(memory):
        if sys.stderr.isatty() and time.monotonic() - said > SAID_EVERY:
            said = time.monotonic()
            click.echo(f"\r{span.done:,} of {span.total:,} events", err=True, nl=False)
        yield asked
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def as_json(found: Replay, days: int) -> dict[str, object]:
    """All of it as plain values."""
    return {
        "days": days,
        "messages": found.messages,
        "differing": found.differing,
        "differences": [
            dataclasses.asdict(group) | {"example": asked_json(group.example)} for group in found.differences
        ],
        "ungrouped": found.ungrouped,
        "not_replayed": {**found.missing, "messages of peers or archives that are gone": found.unknown},
        "note": NOT_ON_RECORD,
    }


def asked_json(request: Request) -> dict[str, object]:
    """A request as plain values."""
    return {name: getattr(request, name) for name in request.__struct_fields__} | {"at": request.at.isoformat()}


def as_text(found: Replay, days: int, zone: ZoneInfo) -> str:
    """A few lines for each kind of difference."""
    lines = [
        f"{counted(found.messages, 'message')} of the last {counted(days, 'day')} replayed; "
        f"{found.differing} would be decided otherwise"
    ]
    for group in found.differences:
        lines += difference_lines(group, zone)
    if found.ungrouped:
        lines.append(f"and {counted(found.ungrouped, 'message')} of further kinds")
    missing = found.missing | ({"messages of peers or archives that are gone": found.unknown} if found.unknown else {})
    lines += [f"not replayed: {count} {reason}" for reason, count in missing.items()]
    return "\n".join([*lines, f"note: {NOT_ON_RECORD}"])


def difference_lines(group: Difference, zone: ZoneInfo) -> list[str]:
    """One kind of difference: what, how often, why, when."""
    example, after = group.example, group.after
    span = when(int(group.first) * 1_000_000_000, zone), when(int(group.last) * 1_000_000_000, zone)
    return [
        "",
        f"{'would pass' if after.allowed else 'would be refused'}: {group.count} × {asked_text(example)}",
        f"  in force:  {decision_text(group.before)}",
        f"  candidate: {decision_text(after)}",
        f"  at:        {hours_text(group)}; from {span[0]} to {span[1]}",
    ]


def asked_text(request: Request) -> str:
    """A request on one line, without its patient."""
    words = f"{request.operation} of {sop_class_name(request.sop_class)} by {request.peer} to {request.archive}"
    words += f" at level {request.level}" if request.level else ""
    words += f", destination {request.destination}" if request.destination else ""
    return shown(words + (" (an object of it)" if request.object else ""), 240)


def decision_text(decision: Decision) -> str:
    """A decision on one line."""
    if decision.allowed:
        return f"allowed by {decision.rule}" if decision.rule else "allowed"
    rule = decision.rule or (f"no rule, nearest {decision.nearest}" if decision.nearest else "")
    return "refused: " + shown(": ".join(filter(None, (rule, decision.error or decision.failed))), 400)


def hours_text(group: Difference) -> str:
    """The hours and days it happened in: "Tue,Wed 03:00-04:00, 06:00-07:00"."""
    days = ",".join(name for name, count in zip(DAY_NAMES, group.days, strict=True) if count)
    spans: list[list[int]] = []
    for hour, count in enumerate(group.hours):
        if count and spans and spans[-1][1] == hour:
            spans[-1][1] = hour + 1
        elif count:
            spans.append([hour, hour + 1])
    return f"{days} " + ", ".join(f"{first:02}:00-{last:02}:00" for first, last in spans)
