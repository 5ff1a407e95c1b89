"""`leadglass audit`: who touched a patient, what happened, and the proof. Writes nothing but that it was read."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from msgspec.structs import replace

from leadglass.audit.message import SourceInfo, audit_messages
from leadglass.audit.xml import to_xml
from leadglass.cli.audit_prune import audit_prune
from leadglass.cli.audit_source import Source, end_of, open_source, put_on_record, read_between, say
from leadglass.cli.audit_text import access_lines, access_value, event_line, event_value
from leadglass.cli.audit_verify import audit_verify
from leadglass.cli.context import Context, config_option, json_option
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.interface import MAX_PAGE, Access, Filter, Page, Row
from leadglass.store.projection.subject import LISTED_KINDS

FOLLOW_EVERY = 0.5  # seconds
MAX_LIMIT = 1_000_000  # lines of one command

_limit = click.option(
    "--limit", type=click.IntRange(1, MAX_LIMIT), default=1_000, show_default=True, help="The newest N."
)
_since = click.option(
    "--since", default="", help="From this day or minute on, in the hospital's zone (2026-11-24T07:00)."
)
_until = click.option("--until", default="", help="Until this minute, or the end of this day.")


@click.group()
def audit() -> None:
    """Read the record, and prove it."""


audit.add_command(audit_verify)
audit.add_command(audit_prune)


@audit.command()
@click.argument("patient_id", metavar="ID")
@click.option("--issuer", default="", help="Issuer of the Patient ID; any when left out.")
@_since
@_until
@_limit
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "xml")),
    default="table",
    show_default=True,
    help="Of what is shown.",
)
@config_option
@json_option
@click.pass_obj
def patient(context: Context, /, patient_id: str, issuer: str, since: str, until: str, limit: int, form: str) -> None:
    """Show who touched the patient with this ID, newest first, each access with its place in the ledger.

    An empty ID ('') asks for transfers of patients who came without one.

    XML gives the audit messages of DICOM PS3.15 A.5 instead, one document after the other.
    """
    configuration = context.configuration()
    zone = ZoneInfo(configuration.site.timezone)
    where = Filter(
        patient=patient_id,
        unidentified=not patient_id,
        issuer=issuer,
        since=moment(since, zone),
        until=moment(until, zone, end=True),
    )
    with open_source(configuration.data) as source:
        put_on_record(configuration.application_state, "patient", f"{patient_id}^^^{issuer}" if issuer else patient_id)
        newer = list(deque(source.newer(where), maxlen=limit)) if source.behind else []
        if source.behind:
            say(f"the projection lacks the newest {source.behind} leaves; what they say stands last, from the ledger")
        if form == "xml":
            info = SourceInfo(configuration.site.name)
            for row in [*newer[::-1], *_events(source, where, limit)][:limit]:
                for message in audit_messages(row.event, info):
                    click.echo(to_xml(message))
            return
        accesses = list(_accesses(source, where, limit))
        refusals = list(_events(source, replace(where, kinds=("refusal",)), limit))
        mentions = list(_mentions(source, where, limit)) if patient_id else []
    value = {
        "patient": patient_id,
        "issuer": issuer,
        "accesses": [access_value(access, zone) for access in accesses],
        "refusals": [event_value(row, zone) for row in refusals],
        "mentions": [event_value(row, zone) for row in mentions],
        "newer": [event_value(row, zone) for row in newer],
        "behind": source.behind,
    }
    lines = [line for access in accesses for line in access_lines(access, zone)]
    if mentions:
        lines += ["asked about by:", *(f"  {event_line(row, zone)}" for row in mentions)]
    if refusals:
        lines += ["refused, or would have been:", *(f"  {event_line(row, zone)}" for row in refusals)]
    if newer:
        lines += ["newer, from the ledger:", *(f"  {event_line(row, zone)}" for row in newer)]
    if max(len(accesses), len(refusals), len(mentions), len(newer)) == limit:
        say(f"only the newest {limit} are shown; give a larger --limit, or --until")
    context.json = context.json or form == "json"
    context.show(value, "\n".join(lines) or "nobody touched this patient, as far as the record goes")


@audit.command()
@click.option("--kind", "kinds", multiple=True, type=click.Choice(LISTED_KINDS), help="Only events of this kind.")
@_since
@_until
@_limit
@click.option("--follow", is_flag=True, help="Go on with events as they reach the ledger, until interrupted.")
@config_option
@json_option
@click.pass_obj
def events(context: Context, /, kinds: tuple[str, ...], since: str, until: str, limit: int, follow: bool) -> None:
    """Show what happened, oldest first; as JSON one object a line. Single instances are on the patient's accesses."""
    configuration = context.configuration()
    zone = ZoneInfo(configuration.site.timezone)
    where = Filter(kinds=kinds, since=moment(since, zone), until=moment(until, zone, end=True))

    def show(row: Row) -> None:
        text = json.dumps(event_value(row, zone), ensure_ascii=False) if context.json else event_line(row, zone)
        click.echo(text)

    put_on_record(configuration.application_state, "events", " ".join(kinds))
    with open_source(configuration.data) as source:
        newer = deque(source.newer(where), maxlen=limit) if source.behind else ()
        # The console may have taken some in meanwhile; in a dictionary each stands once.
        older = [*_events(source, where, limit)][::-1]
        rows = {(row.log, row.position): row for row in (*older, *newer) if (row.log, row.position) < source.end}
        for row in list(rows.values())[-limit:]:
            show(row)
    if follow:
        for row in following(source.ledger, source.end, where):
            show(row)


def following(
    ledger: LedgerReader, position: tuple[str, int], where: Filter, wait: Callable[[float], None] = time.sleep
) -> Iterator[Row]:
    """Events from ``position`` on as the ledger commits them; never ends by itself."""
    while True:
        end = end_of(ledger)
        if end > position:
            yield from read_between(ledger, position, end, where)
            position = end
        wait(FOLLOW_EVERY)


def moment(text: str, zone: ZoneInfo, end: bool = False) -> int:
    """UTC ns of a day or time in ``zone``; of a day its beginning, or with ``end`` that of the day after. Empty is 0.

    Raises:
        UsageError: it is neither.
    """
    if not text:
        return 0
    try:
        at = datetime.fromisoformat(text)
        if end and "T" not in text and " " not in text:
            at += timedelta(days=1)
    except (ValueError, OverflowError) as fault:
        raise click.UsageError(f"{text!r} is no day or time; write 2026-11-24 or 2026-11-24T07:00") from fault
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    return int(aware.timestamp()) * 1_000_000_000


def _accesses(source: Source, where: Filter, limit: int) -> Iterator[Access]:
    after = ""
    while limit > 0:
        page, after = source.projection.accesses(where, after, min(limit, MAX_PAGE))
        yield from page
        limit -= len(page)
        if not after:
            return


def _events(source: Source, where: Filter, limit: int) -> Iterator[Row]:
    """The newest events of the projection, newest first."""
    return _rows(source.projection.events, where, limit)


def _mentions(source: Source, where: Filter, limit: int) -> Iterator[Row]:
    """Queries, retrieves and procedure steps about a patient, newest first."""
    return _rows(source.projection.mentions, where, limit)


def _rows(ask: Callable[[Filter, str, int], Page], where: Filter, limit: int) -> Iterator[Row]:
    after = ""
    while limit > 0:
        page = ask(where, after, min(limit, MAX_PAGE))
        yield from page.rows
        limit -= len(page.rows)
        after = page.next
        if not after:
            return
