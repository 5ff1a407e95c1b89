"""`leadglass audit prune`: take old months' contents out of the record, provably, and put that on record."""

from __future__ import annotations

import getpass
import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from leadglass.cli.audit_source import LOCAL, say
from leadglass.cli.context import Context, config_option, counted, json_option
from leadglass.config import Configuration, DataDirectory
from leadglass.errors import LeadglassError
from leadglass.ledger.prune import Month, latest, prunable, prune
from leadglass.ledger.verify import verify
from leadglass.model.event import AdministratorAction
from leadglass.registrar.client import RegistrarClient, RegistrarUnavailableError
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.outbox import record
from leadglass.store.note import read_verifier


@click.command("prune")
@click.option("--before", required=True, metavar="YYYY-MM", help="The first month that is kept.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
@json_option
@click.pass_obj
def audit_prune(context: Context, /, before: str, yes: bool) -> None:
    """Take out what the record says of all months before one; that something was recorded stays proven.

    The record is proven first. What goes cannot be brought back, from backups excepted. The projection is rebuilt.
    """
    configuration = context.configuration()
    ledger = configuration.data.ledger
    allowed = latest(datetime.now(UTC).date(), configuration.ledger.retention_months)
    months = prunable(ledger, before, allowed)
    if months:
        verify(ledger, read_verifier(ledger / "key.pub"))
        text = _words(months)
        if not yes and not click.confirm(f"{text}\nTake that out for ever?", err=True):
            raise click.Abort
        _put_on_record(configuration, months)
        prune(ledger, months)
    # Also when there was nothing left to take out: an earlier command may have been killed before this.
    _forget_projection(configuration.data)
    value = {"pruned": [msgspec.to_builtins(month) for month in months], "kept_from": before}
    context.show(value, f"taken out: {_words(months)}" if months else f"nothing before {before} is left to take out")


def _words(months: tuple[Month, ...]) -> str:
    leaves, size = sum(month.leaves for month in months), sum(month.bytes for month in months)
    span = months[0].log if len(months) == 1 else f"{months[0].log} to {months[-1].log}"
    return f"{span}: {counted(leaves, 'event')}, {size / 1e6:.1f} MB"


def _put_on_record(configuration: Configuration, months: tuple[Month, ...]) -> None:
    """Before anything goes; what cannot be put on record is not done."""
    state = configuration.application_state
    if not state.url and not state.file.is_file():
        raise LeadglassError(f"there is no application state to put this on record: {state}", "start the gateway once")
    engine = open_appstate(state)
    try:
        who = f"command-line:{getpass.getuser()}"
        record(
            engine, AdministratorAction(who, LOCAL, "record-pruned", " ".join(m.log for m in months), _words(months))
        )
    finally:
        engine.dispose()


def _forget_projection(data: DataDirectory) -> None:
    """Have the index rebuilt from what is left: now if a console runs, else at its next start."""
    if data.projection.is_file():
        _make_stale(data.projection)
        try:
            children = RegistrarClient(data.registrar_socket).status().children
        except RegistrarUnavailableError:
            return
        for child in children:
            if child.name == "console" and child.running:
                os.kill(child.pid, signal.SIGTERM)  # the supervisor starts it again
                say("the console starts again and rebuilds its index")


def _make_stale(projection: Path) -> None:
    """Give it a version that no console knows: it is deleted when it is opened, and no reader believes it."""
    try:
        with closing(sqlite3.connect(projection, timeout=30)) as db:
            db.execute("PRAGMA user_version = 0")
    except sqlite3.Error as error:
        raise LeadglassError(
            f"the projection still holds what was taken out: {error}", f"stop the gateway and delete {projection}"
        ) from error
