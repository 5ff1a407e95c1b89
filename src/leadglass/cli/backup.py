"""`leadglass backup`: copy the data directory of a running gateway, whole and checked. Never stops or changes it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from leadglass import __version__
from leadglass.cli.context import Context, config_option, json_option
from leadglass.config import DataDirectory
from leadglass.errors import LeadglassError
from leadglass.ledger.backup import copy_journals, copy_ledger

LEFT_OUT = ("projection", "run", "tmp")
"""Directories that a start makes anew: the projection is rebuilt from the ledger."""

COPIED = ("key", "tls", "relay-keys", "accepted")
"""Directories of small files, each replaced whole by its writer."""


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@config_option
@json_option
@click.pass_obj
def backup(context: Context, /, target: Path) -> None:
    """Copy the data directory into TARGET, a new directory, while the gateway runs.

    The copy holds everything recorded before the command began, and can go on: it is put where `site.data` points.
    It names patients and holds the signing key: keep it as closely as the gateway itself.
    """
    configuration = context.configuration()
    database = configuration.application_state
    value = copy(configuration.data, target, state=not database.url)
    lines = [f"{target}: {value['log']} with {value['leaves']} leaves, {value['journals']} journal segments"]
    if database.url:
        lines.append("the application state is in PostgreSQL: the copy goes with a pg_dump begun before it")
    lines.append(f"prove it with: leadglass audit verify --data {target}")
    context.show(value, "\n".join(lines))


def copy(data: DataDirectory, target: Path, *, state: bool = True) -> dict[str, str | int]:
    """Copy everything in the order that loses nothing; what was copied.

    Args:
        data: of the gateway, running or not.
        target: must not exist.
        state: the application state lies there too.

    Raises:
        LeadglassError: it exists, there is no ledger, or the ledger contradicts itself.
        OSError: a file cannot be read or written.
    """
    began = time.time_ns()
    draft = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise LeadglassError(f"{target} is there already", "name a new directory")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        # An event moves from application state to journal to ledger: copied in this order, it is in one of them.
        if state:
            copy_state(data.application_state, draft / "app" / data.application_state.name)
        if data.gateway_id.exists():
            (draft / "app").mkdir(mode=0o700, exist_ok=True)
            shutil.copy2(data.gateway_id, draft / "app")
        journals = copy_journals(data.journals, draft / "journal")
        log, leaves = copy_ledger(data.ledger, draft / "ledger")
        for name in COPIED:
            if (data.root / name).exists():
                shutil.copytree(data.root / name, draft / name)
        os.sync()
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    when = datetime.fromtimestamp(began / 1e9, UTC).isoformat(timespec="seconds")
    return {
        "backup": str(target),
        "began": when,
        "version": __version__,
        "log": log,
        "leaves": leaves,
        "journals": journals,
    }


def copy_state(source: Path, target: Path) -> None:
    """One consistent state of the SQLite file, whoever writes to it meanwhile; with PostgreSQL there is no file."""
    if not source.exists():
        return
    target.parent.mkdir(mode=0o700)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target)) as write,
        ):
            read.backup(write)
            write.execute("PRAGMA journal_mode = DELETE")  # one file, no companions
    except sqlite3.Error as error:
        raise LeadglassError(
            f"cannot copy the application state: {error}", "look at its disk, and try again"
        ) from error
    target.chmod(0o600)
