"""`leadglass survey cohort`: many hospitals side by side, as far as nobody is given away. Never shows a hidden row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from leadglass.assess.association import Draw
from leadglass.assess.cohort import Size
from leadglass.assess.disclosure import Limits
from leadglass.assess.plain import plain
from leadglass.assess.printed import PrintedCohort, Responses, printed, printing
from leadglass.assessor.cohort import drawing, limits_of, print_cohort
from leadglass.assessor.knowledge import Knowledge, knowledge
from leadglass.cli import survey_table1
from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, config_option, counted, json_option
from leadglass.cli.registry_change import LOCAL, engine_of, user
from leadglass.cli.survey_cohort_text import as_json, as_rows, as_text
from leadglass.cli.survey_files import Read, read_contributions
from leadglass.store.appstate.cohort import editions, responses

MAX_SEED = 2**31 - 1
MAX_TOLD = 20  # refused files that are named; the rest are counted


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--table1", is_flag=True, help="Table 1 of the founding article instead, from its published numbers.")
@click.option("--by", type=click.Choice([size.value for size in Size]), help="Also by band of this size.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV instead of text.")
@click.option("--seed", type=click.IntRange(0, MAX_SEED), default=0, show_default=True, help="Of the permutations.")
@click.option("--min-hospitals", type=click.IntRange(1, 1_000), help="With FILES: fewest in a row.  [default: 10]")
@click.option(
    "--min-cell", type=click.IntRange(1, 100), help="With FILES: fewest in a cell that is not empty.  [default: 3]"
)
@click.option("--print", "anew", is_flag=True, help="Without FILES: print what may be printed now; kept for good.")
@config_option
@json_option
@click.pass_obj
def cohort(
    context: Context,
    /,
    files: tuple[Path, ...],
    table1: bool,
    by: str | None,
    as_csv: bool,
    seed: int,
    min_hospitals: int | None,
    min_cell: int | None,
    anew: bool,
) -> int:
    """Show how many hospitals answered how: counts, percentages, intervals, and whether it goes with their size.

    FILES are contributions or folders of them, and need no configuration: they are counted as one printing. Without
    FILES it is the contributions that this gateway received, as they were printed. Rows that could give a hospital
    away show only how many answered. Exit 1 when a file was refused.
    """
    given = {"--min-hospitals": min_hospitals is not None, "--min-cell": min_cell is not None}
    known = knowledge()
    if table1:
        _only_table1({"FILES": bool(files), "--by": by is not None, "--print": anew, **given})
        _show_table1(context, known, as_csv)
        return EXIT_CLEAN
    if not files and any(given.values()):
        raise click.UsageError("for received contributions the configuration says it: [assessment]")
    if files and anew:
        raise click.UsageError("--print is for contributions that this gateway received")
    if files:
        limits = Limits(min_hospitals or Limits().hospitals, min_cell or Limits().cell)
        read = read_contributions(files, known.instrument)
        _tell(read)
        found = _once(known, read.responses, limits, seed)
    else:
        read = Read()
        found = _received(context, known, seed, anew)
    size = Size(by) if by else None
    if as_csv:
        click.echo(as_rows(found, known.instrument, size))
    else:
        value = as_json(found, known.instrument, size) | {"seed": seed}
        if files:
            value |= {"files": read.files, "same": read.same, "replaced": read.replaced, "refused": read.refused}
        context.show(value, as_text(found, known.instrument, size))
    return EXIT_FINDINGS if read.refused else EXIT_CLEAN


def _only_table1(options: Mapping[str, bool]) -> None:
    beside = [name for name, given in options.items() if given]
    if beside:
        raise click.UsageError(f"--table1 is one table as it was published: without {' and '.join(beside)}")


def _show_table1(context: Context, known: Knowledge, as_csv: bool) -> None:
    if as_csv:
        click.echo(survey_table1.csv(known.published, known.instrument))
    else:
        context.show(
            survey_table1.value(known.published, known.instrument),
            survey_table1.text(known.published, known.instrument),
        )


def _tell(read: Read) -> None:
    """What became of files, where it is not what whoever named them expects."""
    for file, fault in list(read.refused.items())[:MAX_TOLD]:
        click.echo(f"refused: {plain(file)}: {plain(fault)}", err=True)
    if len(read.refused) > MAX_TOLD:
        click.echo(f"refused: {len(read.refused) - MAX_TOLD} more", err=True)
    if read.same:
        click.echo(f"{counted(read.same, 'file')} said what another had said already", err=True)
    if read.replaced:
        click.echo(f"{counted(len(read.replaced), 'file')} replaced an earlier one of the same hospital", err=True)


def _once(known: Knowledge, responses: Responses, limits: Limits, seed: int) -> PrintedCohort:
    """These responses as one printing, with none before it."""
    made = dict(printing(known.instrument, responses, lambda _: (), limits, datetime.now(UTC)))
    return printed(
        known.instrument, responses, lambda name: [made[name]] if name in made else [], limits, _drawing(seed)
    )


def _received(context: Context, known: Knowledge, seed: int, anew: bool) -> PrintedCohort:
    """The received contributions as printed until now, and printed again first where that is asked for."""
    engine = engine_of(context)
    limits = limits_of(context.configuration().assessment)
    if anew:
        done = print_cohort(engine, known, limits, by=user(), address=LOCAL, at=datetime.now(UTC))
        click.echo(f"printed {counted(done.rows, 'row')} of {counted(done.items, 'item')}", err=True)
    given = responses(engine, known.instrument)
    return printed(known.instrument, given, lambda name: editions(engine, name), limits, _drawing(seed))


def _drawing(seed: int) -> Callable[[str], Draw]:
    """Without a seed as the console draws."""
    return (lambda name: drawing(f"{seed}/{name}")) if seed else drawing
