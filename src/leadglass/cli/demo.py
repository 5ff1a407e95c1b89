"""`leadglass demo`: the gateway with a demonstration hospital around it. Never touches a real device."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from leadglass.cli.context import Context, json_option
from leadglass.errors import LeadglassError


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
    help="Directory that keeps everything, for the next run too.",
)
@click.option("--stand-ins", is_flag=True, help="Use pynetdicom peers even where Orthanc and DCMTK are installed.")
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 3600),
    default=3.0,
    show_default=True,
    help="Seconds between two things that devices do.",
)
@json_option
@click.pass_obj
def demo(context: Context, data: Path, stand_ins: bool, interval: float) -> int:
    """Run a demonstration hospital on this machine: an archive, devices, made-up patients, and the gateway between.

    Orthanc and DCMTK play archive and devices where they are installed, otherwise pynetdicom stands in. Only loopback
    addresses and ports above 1023 are used.
    """
    if importlib.util.find_spec("pydicom") is None or importlib.util.find_spec("pynetdicom") is None:
        raise LeadglassError("the demonstration needs pydicom and pynetdicom", "start it with 'make run'")
    from leadglass.demo.run import run  # noqa: PLC0415 (needs packages that the product does without)

    return run(data, stand_ins=stand_ins, interval=interval, say=context.show)
