"""`leadglass survey report`: makes the report, or gives out one that was kept, in any of its forms. Decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Engine

from leadglass.assess.report import Report
from leadglass.assessor.cohort import LastPrinted, beside_others, limits_of
from leadglass.assessor.current import assess_now
from leadglass.assessor.gateway import gather
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.network_noted import network_noted
from leadglass.assessor.reports import draft, keep, kept
from leadglass.cli.audit_source import open_source
from leadglass.cli.context import Context, config_option, counted, json_option
from leadglass.cli.files import STANDARD, write_whole
from leadglass.cli.registry_change import LOCAL, engine_of, user
from leadglass.config import Configuration
from leadglass.reporting.forms import FORMS

NAMES = {one.ending.partition(".")[0]: one for one in FORMS}
"""The forms by name: "pdf", "oscal"."""


@click.command()
@click.option(
    "--format", "wanted", type=click.Choice(list(NAMES)), default="html", show_default=True, help="of the file"
)
@click.option(
    "--output", "-o", required=True, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="where to write it; - is the terminal",
)  # fmt: skip
@click.option(
    "--at", metavar="TIME", help="2026-11-24 or 2026-11-24T15:00, by the hospital's clock; now when left out."
)
@click.option("--keep", "keeping", is_flag=True, help="Keep it, so that the next report tells what changed.")
@click.option("--id", "name", help="Instead of a new one: the id of a report that was kept.")
@config_option
@json_option
@click.pass_obj
def report(context: Context, /, wanted: str, output: Path, at: str | None, keeping: bool, name: str | None) -> None:
    """Write the report of the assessment as it stands into a file.

    Answers and decisions are those of record; what the gateway sees is judged as of TIME. The same state and TIME give
    the same bytes. Without --keep nothing is kept, and the page Report does not show it.
    """
    if name is not None and (at is not None or keeping):
        raise click.UsageError("--id names a report that was made: without --at and --keep")
    configuration, engine = context.configuration(), engine_of(context)
    zone = ZoneInfo(configuration.site.timezone)
    found = kept(engine, name) if name is not None else _made(configuration, engine, _time(at, zone), zone)
    data = NAMES[wanted].write(found)
    if keeping:
        name = keep(engine, found, by=user(), address=LOCAL).id
    write_whole(output, data)
    if output != STANDARD:
        value = {"file": str(output), "format": wanted, "report": found.id, "kept": name, "bytes": len(data)}
        gaps = counted(len(found.gaps), "gap")
        context.show(value, f"{output}: {found.title}, {found.day}, {gaps}, {len(data)} bytes")


def _made(configuration: Configuration, engine: Engine, at: datetime, zone: ZoneInfo) -> Report:
    known = knowledge()
    with open_source(configuration.data) as source:
        seen = (*gather(engine, configuration, source.projection, at), *network_noted(engine))
    assessment = assess_now(engine, known, configuration.site.name, at, seen)
    cohort = LastPrinted().beside(engine, known, limits_of(configuration.assessment)).cohort
    return draft(engine, known, assessment, beside_others(engine, known, cohort, at), zone, by=user())


def _time(text: str | None, zone: ZoneInfo) -> datetime:
    """A day, its end, or a minute, by the hospital's clock."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no time: write --at 2026-11-24 or --at 2026-11-24T15:00") from None
    if len(text) == len("2026-11-24"):
        found = datetime.combine(found, time(23, 59, 59))
    return found if found.tzinfo else found.replace(tzinfo=zone)
