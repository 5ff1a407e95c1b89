"""`leadglass survey import`: joins answers from a file with those of record. Replaces none that is not named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from leadglass.assess.answers import Answer, Difference
from leadglass.assess.instrument import Instrument
from leadglass.assess.interchange import MAX_FILE
from leadglass.assess.plain import plain
from leadglass.assessor.knowledge import knowledge
from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, counted, json_option
from leadglass.cli.files import read_bounded
from leadglass.cli.registry_change import LOCAL, engine_of, user
from leadglass.reporting.answer_file import is_workbook, read
from leadglass.reporting.workbook_reader import Gathered
from leadglass.store.appstate.survey_import import Plan, import_answers, plan_import

_SHOWN = 80  # characters of a note in a line


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--take", multiple=True, metavar="ID", help="Question whose answer in FILE replaces that of record.")
@click.option("--take-all", is_flag=True, help="Let every answer in FILE replace the one of record.")
@click.option("--by", default="", help="Who answered, where FILE does not say it: a workbook often does not.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@config_option
@json_option
@click.pass_obj
def import_(context: Context, /, file: Path, take: tuple[str, ...], take_all: bool, by: str, dry_run: bool) -> int:
    """Take answers from FILE: JSON or a workbook, as an export writes them.

    What only FILE answers is added. Where it answers differently, the answer of record stays unless --take or
    --take-all says otherwise; exit 1 when such differences are left. A file with a fault is refused whole.
    """
    at = datetime.now(UTC)
    instrument = knowledge().instrument
    data = read_bounded(file, MAX_FILE)
    found = read(data, instrument, by=by or user(), at=at)
    theirs = found.received.answers
    engine = engine_of(context)
    differing = {one.question for one in plan_import(engine, instrument, theirs).differing}
    strange = sorted(set(take) - differing)
    if strange:
        raise click.UsageError(f"nothing differs for {', '.join(strange)}: without --take it is shown what does")
    taken = frozenset(differing if take_all else take)
    plan = plan_import(engine, instrument, theirs, taken)
    if not dry_run:
        source = "workbook" if is_workbook(data) else "file"
        import_answers(
            engine, instrument, theirs, by=user(), address=LOCAL, at=at, take=taken, seen=plan.numbers, source=source
        )
    context.show(_value(plan, found, dry_run), "\n".join(_lines(plan, found, instrument, dry_run)))
    return EXIT_FINDINGS if plan.differing else EXIT_CLEAN


def _value(plan: Plan, found: Gathered, dry_run: bool) -> dict[str, Any]:
    received = found.received
    return {
        "dry_run": dry_run,
        "instrument": received.version,
        "facility": received.facility,
        "added": plan.added,
        "replaced": plan.replaced,
        "same": plan.same,
        "differing": [
            {"question": one.question, "ours": _answer(one.ours), "theirs": _answer(one.theirs)}
            for one in plan.differing
        ],
        "kept": [{"version": one.version, "question": one.question, **_answer(one.answer)} for one in plan.kept],
        "moved": [
            {"question": one.question, "to": one.to, "before": one.before, "now": one.now} for one in received.moved
        ],
        "remarks": found.remarks,
    }


def _answer(one: Answer) -> dict[str, Any]:
    return {"value": one.value, "by": one.by, "at": one.at.isoformat(), "note": one.note}


def _lines(plan: Plan, found: Gathered, instrument: Instrument, dry_run: bool) -> Sequence[str]:
    received = found.received
    whose = f" of {plain(received.facility)}" if received.facility else ""
    lines = [
        f"answers{whose} to instrument {received.version}" + (", nothing was done" if dry_run else ""),
        f"  added:     {len(plan.added)}",
        f"  replaced:  {len(plan.replaced)}",
        f"  same:      {len(plan.same)}",
        f"  differing: {len(plan.differing)}",
    ]
    if plan.kept:
        lines.append(f"  kept:      {len(plan.kept)}, which no question of {instrument.version} takes")
    lines += [
        f"  {plain(one.question)} is {one.to} now: {plain(str(one.before))} → {plain(str(one.now))}"
        for one in received.moved
    ]
    lines += [f"  remark: {plain(remark)}" for remark in found.remarks]
    for one in plan.differing:
        lines += ["", f"{one.question}: {instrument.by_id[one.question].text}", *_both(one, instrument)]
    if plan.differing:
        lines += [
            "",
            f"{counted(len(plan.differing), 'answer')} of record stay: --take ID replaces one, --take-all all",
        ]
    return lines


def _both(one: Difference, instrument: Instrument) -> Sequence[str]:
    return f"  of record: {_said(one, one.ours, instrument)}", f"  in FILE:   {_said(one, one.theirs, instrument)}"


def _said(one: Difference, answer: Answer, instrument: Instrument) -> str:
    texts = instrument.by_id[one.question].answers
    value = f"{answer.value:,}" if isinstance(answer.value, int) else texts.get(answer.value, answer.value)
    note = f" “{plain(answer.note, _SHOWN)}”" if answer.note else ""
    return f"{value}{note}, {plain(answer.by)}, {answer.at:%Y-%m-%d %H:%M} UTC"
