"""`leadglass audit verify`: prove the ledger offline and say in plain words what was proven. Never changes anything."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from leadglass.cli.context import Context, config_option, json_option
from leadglass.errors import IntegrityError, LeadglassError
from leadglass.ledger.verify import Report, verify
from leadglass.store.note import MAX_NOTE, Verifier, read_verifier

_EVERY = 16_384  # leaves between two movements of the bar


def run_verify(
    data: Path, *, checkpoint: Path | None = None, public_key: Path | None = None, as_json: bool = False
) -> Report:
    """Verify the ledger of a data directory, print what was proven, and return it.

    Args:
        data: the data directory.
        checkpoint: an older checkpoint, kept elsewhere.
        public_key: the key kept elsewhere; without it ``ledger/key.pub`` is believed.
        as_json: print JSON.

    Raises:
        IntegrityError: something does not hold (already printed when ``as_json``).
        LeadglassError: a file cannot be read.
    """
    ledger = data / "ledger"
    try:
        verifier = read_verifier(public_key or ledger / "key.pub")
        older = _read(checkpoint) if checkpoint else ""
        report = _with_progress(ledger, verifier, older)
    except IntegrityError as fault:
        if as_json:
            click.echo(msgspec.json.encode({"clean": False, "error": str(fault), "hint": fault.hint}).decode())
        raise
    except OSError as fault:
        raise LeadglassError(f"cannot read the ledger: {fault}", "run it as a user who may read the data") from fault
    if as_json:
        content = {"clean": True, **msgspec.to_builtins(report)}
        click.echo(msgspec.json.format(msgspec.json.encode(content)).decode())
    else:
        click.echo("\n".join(_words(report, key_given=public_key is not None)))
    return report


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_NOTE + 1).decode()
    except (OSError, UnicodeDecodeError) as fault:
        raise LeadglassError(
            f"cannot read the checkpoint {path}", "give a copy of ledger/<month>/checkpoint"
        ) from fault


def _with_progress(ledger: Path, verifier: Verifier, older: str) -> Report:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(log: str, done: int, size: int) -> None:
            if log not in tasks:
                tasks[log] = bar.add_task(log, total=size)
            if done % _EVERY == 0 or done == size:
                bar.update(tasks[log], completed=done)

        return verify(ledger, verifier, older=older, progress=progress)


def _words(report: Report, *, key_given: bool) -> list[str]:
    lines = []
    for log in report.logs:
        lines.append(f"{log.log}: {log.size} entries, root {log.root}")
        lines.append("  proven: checkpoint signed, every tile and record recomputed, counters complete")
        if log.bodies:
            lines.append(f"  proven: {log.bodies} of {log.size} events are word for word what was recorded")
        lines += [f"  not proven: {text}" for text in log.unproven]
    lines += [f"recorded gap: {text}" for text in report.gaps]
    lines.append(f"proven: {report.older}" if report.older else _WITHOUT_CHECKPOINT)
    if not key_given:
        lines.append(_WITHOUT_KEY)
    lines.append("clean")
    return lines


_WITHOUT_CHECKPOINT = (
    "not proven: that nothing was cut off at the end or rewritten by who holds the signing key "
    "(give a checkpoint kept elsewhere with --checkpoint)"
)
_WITHOUT_KEY = (
    "not proven: that the key is yours; it was read beside the ledger (give the one kept elsewhere, --public-key)"
)


@click.command("verify")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="The data directory; needs no --config.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="An older checkpoint, kept elsewhere.")
@click.option("--public-key", type=click.Path(path_type=Path), help="The ledger's key.pub, kept elsewhere.")
@config_option
@json_option
@click.make_pass_decorator(Context, ensure=True)
def audit_verify(context: Context, data: Path | None, checkpoint: Path | None, public_key: Path | None) -> None:
    """Prove the record offline: every entry, the tree, the signatures, the counters, the chain of months."""
    if data is None:  # else this command works on a bare copy of a ledger
        data = context.configuration().data.root
    try:
        run_verify(data, checkpoint=checkpoint, public_key=public_key, as_json=context.json)
    except IntegrityError as fault:
        if context.json:
            raise SystemExit(fault.exit_code) from fault
        raise
