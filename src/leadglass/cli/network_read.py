"""How commands read a hospital's network and compare it, with progress where somebody watches. Shows no result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from leadglass.cli.context import Context
from leadglass.config.network import MODELS, Network, load_gap_classes, load_hospital, load_model
from leadglass.network.compare import Comparison, compare
from leadglass.network.gap_class import Classes
from leadglass.network.gaps import Gap, gaps
from leadglass.network.model_network import ModelNetwork

hospital_argument = click.argument("hospital", type=click.Path(dir_okay=False, path_type=Path))
model_option = click.option(
    "--model", "model", type=click.Choice(MODELS), help="Hold it against this model instead of the one its file names."
)

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Compared:
    """A hospital, held against a model."""

    network: Network
    model: ModelNetwork
    comparison: Comparison
    classes: Classes
    gaps: tuple[Gap, ...]


def compared(context: Context, hospital: Path, model: str | None, *, witnesses: bool = True) -> Compared:
    """Read and compare.

    Raises:
        LeadglassError: a file cannot be used.
    """
    with _progress(context) as told:
        network = load_hospital(hospital, lambda name: told(f"reading {name}", 0, 0))
        chosen = load_model(model) if model else network.model
        comparison = compare(
            network.hospital, chosen, network.devices, progress=lambda done, of: told("comparing zones", done, of)
        )
        classes = load_gap_classes()
        told("following packets", 0, 0)
        found = gaps(comparison, classes, witnesses=witnesses)
    return Compared(network, chosen, comparison, classes, found)


@contextmanager
def _progress(context: Context) -> Iterator[Callable[[str, int, int], None]]:
    """Told what is done, how much, of how much; shown on standard error where that is a terminal."""
    if context.json or not sys.stderr.isatty():
        yield lambda _what, _done, _of: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield lambda what, done, of: progress.update(task, description=what, completed=done, total=of or None)
