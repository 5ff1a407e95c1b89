"""`leadglass network picture`: the hospital's network drawn over its model, as SVG or PNG."""

from __future__ import annotations

from pathlib import Path

import click

from leadglass.cli.context import EXIT_CLEAN, Context, json_option
from leadglass.cli.files import STANDARD, write_whole
from leadglass.cli.network_flows import flows_option, unsampled_option
from leadglass.cli.network_read import compared, hospital_argument, model_option
from leadglass.network.gap_class import Severity
from leadglass.network.picture.draw import SANS, draw, words
from leadglass.network.picture.scene import scene
from leadglass.network.picture.selection import Selection, select
from leadglass.network.picture.standing import homes
from leadglass.reporting.network_picture import DENSITIES, FAMILY, png

_GRADES = [one.value for one in Severity if one is not Severity.NONE]


@click.command()
@hospital_argument
@click.option(
    "--output", "-o", required=True, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="where to write it: NAME.svg or NAME.png; - is the terminal, as SVG",
)  # fmt: skip
@model_option
@flows_option
@unsampled_option
@click.option("--class", "kind", default="", help="Only gaps of this class.")
@click.option("--zone", default="", help="Only gaps that touch this zone.")
@click.option("--service", default="", help="Only gaps of this service.")
@click.option("--severity", type=click.Choice(_GRADES), help="Only gaps at least as bad.")
@click.option(
    "--density", type=click.Choice([str(one) for one in DENSITIES]), default="96", help="Of a PNG, dots an inch."
)
@json_option
@click.pass_obj
def picture(
    context: Context, hospital: Path, output: Path, model: str | None,
    flows: tuple[str, ...], unsampled: bool, kind: str, zone: str, service: str,
    severity: str | None, density: str,
) -> int:  # fmt: skip
    """Draw the network of the file HOSPITAL over its model, gaps on the links; the same files give the same bytes."""
    form = "svg" if output == STANDARD else output.suffix.lower().removeprefix(".")
    if form not in {"svg", "png"}:
        raise click.UsageError(f"{output.name}: a picture is NAME.svg or NAME.png")
    found = compared(context, hospital, model, witnesses=False, flows=flows, unsampled=unsampled)
    chosen = Selection(kind, zone, service, severity or "")
    known = {"--class": (kind, [one.id for one in found.classes.classes]),
             "--zone": (zone, [part.name for part in found.comparison.partition.parts]),
             "--service": (service, [*(one.id for one in found.model.services), "other"])}  # fmt: skip
    for option, (value, names) in known.items():
        if value and value not in names:
            raise click.UsageError(f"{option}: no {value!r}; there are {', '.join(names[:20])}")
    shown = select(found.gaps, chosen, homes(found.comparison))
    seen = scene(found.comparison, found.gaps, shown)
    text = draw(seen, found.classes.classes, family=FAMILY if form == "png" else SANS)
    data = png(text, words(seen), int(density)) if form == "png" else text.encode()
    write_whole(output, data)
    if output != STANDARD:
        made = {"file": str(output), "gaps": seen.gaps, "lines": len(seen.drawn), "bytes": len(data)}
        context.show(made, f"{output}: {words(seen)}")
    return EXIT_CLEAN
