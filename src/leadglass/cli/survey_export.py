"""`leadglass survey export`: writes the answers of record into a file. Changes none of them."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Engine

from leadglass.assess import interchange
from leadglass.assessor.cohort import own_contribution
from leadglass.assessor.knowledge import Knowledge, knowledge
from leadglass.cli.context import Context, config_option, counted, json_option
from leadglass.cli.files import STANDARD, write_whole
from leadglass.cli.registry_change import engine_of
from leadglass.reporting import workbook
from leadglass.store.appstate.survey import answer_set


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(("json", "xlsx", "contribution")),
    default="json",
    show_default=True,
    help="All of it, a workbook to fill in, or the codes that a hospital gives to a cohort.",
)
@click.option(
    "--output", "-o", required=True, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="where to write it; - is the terminal",
)  # fmt: skip
@config_option
@json_option
@click.pass_obj
def export(context: Context, form: str, output: Path) -> None:
    """Write the answers of record into a file; the same answers give the same bytes.

    A contribution holds answer codes, bands, the instrument's version and a random id, and nothing else.
    """
    known = knowledge()
    engine = engine_of(context)
    data, answers = _data(form, engine, known, context.configuration().site.name)
    write_whole(output, data)
    if output != STANDARD:
        value = {"file": str(output), "format": form, "answers": answers, "bytes": len(data)}
        context.show(value, f"{output}: {counted(answers, 'answer')}, {len(data)} bytes")


def _data(form: str, engine: Engine, known: Knowledge, facility: str) -> tuple[bytes, int]:
    """The file, and how many answers it holds."""
    answers = answer_set(engine, known.instrument)
    count = len(answers.answers)
    if form == "contribution":
        return own_contribution(engine, known), count
    if form == "xlsx":
        return workbook.write(known.instrument, answers, facility), count
    return interchange.write(answers, facility), count
