"""`leadglass network explain`: the way of one packet, and the lines that let it through or stop it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, json_option
from leadglass.cli.network_read import compared, hospital_argument, model_option
from leadglass.model.neutral import neutral
from leadglass.network.explain import Explanation, step_words
from leadglass.network.explain import explain as explained


@click.command()
@hospital_argument
@click.argument("source")
@click.argument("destination")
@click.argument("service")
@model_option
@json_option
@click.pass_obj
def explain(context: Context, hospital: Path, source: str, destination: str, service: str, model: str | None) -> int:
    """Follow a packet of SERVICE from SOURCE to DESTINATION through the network of the file HOSPITAL.

    An end is a zone or a machine by its name, or an address; a service is one of the model, or like tcp/104. Ends
    with 1 where what is found is a gap.
    """
    found = compared(context, hospital, model, witnesses=False)
    told = explained(found.comparison, found.gaps, source, destination, service)
    value: dict[str, object] = {
        "packet": told.sentence,
        "from": told.source,
        "to": told.destination,
        "service": told.service,
        "passes": told.passes,
        "model": told.cell.expectation.value if told.cell else "forbidden",
        "permitted": told.cell.permitted.value if told.cell else "none",
        "observed": told.cell.observed.value if told.cell else "not visible",
        "ways": [{"end": way.end.value, "sure": way.sure, "steps": list(step_words(way))} for way in told.ways],
        "gaps": [gap.id for gap in told.gaps],
        "words": told.words,
    }
    context.show(value, neutral_lines(_lines(told)))
    return EXIT_FINDINGS if told.gaps else EXIT_CLEAN


def neutral_lines(lines: Iterator[str]) -> str:
    """Lines, each safe to look at."""
    return "\n".join(neutral(line) for line in lines)


def _lines(told: Explanation) -> Iterator[str]:
    yield told.sentence
    yield f"from zone {told.source} to zone {told.destination}, service {told.service}"
    for number, way in enumerate(told.ways, 1):
        yield f"way {number}: {way.end.value}{'' if way.sure else ', as far as the lines were understood'}"
        yield from (f"  {step}" for step in step_words(way))
    yield told.words
    if told.cell is None:
        yield "The model does not list it: it is forbidden, and closed."
        return
    yield f"The model: {told.cell.expectation.value}. Permitted between the zones: {told.cell.permitted.value}."
    yield from (dict.fromkeys(flow.why for flow in told.cell.flows))
    for gap in told.gaps:
        yield f"{gap.severity.value.upper()} {gap.title} ({gap.id}): {gap.what}"
        yield f"  {gap.do}"
