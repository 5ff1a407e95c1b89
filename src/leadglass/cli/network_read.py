"""How commands read a hospital's network and compare it, with progress where somebody watches. Shows no result."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from leadglass.cli.context import Context
from leadglass.cli.network_flows import given, observed
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
    """A hospital, held against a model; ``seen`` says what was read of flows."""

    network: Network
    model: ModelNetwork
    comparison: Comparison
    classes: Classes
    gaps: tuple[Gap, ...]
    seen: tuple[str, ...] = ()


def compared(
    context: Context,
    hospital: Path,
    model: str | None,
    *,
    witnesses: bool = True,
    flows: Sequence[str] = (),
    unsampled: bool = False,
) -> Compared:
    """Read and compare.

    Args:
        context: tells whether somebody watches.
        hospital: its file.
        model: id of another model than the one it names.
        witnesses: follow a packet for each gap.
        flows: options of `network_flows.flows_option`.
        unsampled: nothing of them was sampled.

    Raises:
        LeadglassError: a file cannot be used.
    """
    logs, seen = given(flows), list[str]()
    with _progress(context) as told:
        network = load_hospital(hospital, lambda name: told(f"reading {name}", 0, 0))
        chosen = load_model(model) if model else network.model
        comparison = compare(
            network.hospital, chosen, network.devices, progress=lambda done, of: told("comparing zones", done, of)
        )
        if logs:  # zones and ways are those of the network as it was just read
            told("reading flows", 0, 0)
            found_flows, seen = observed(logs, comparison, network.devices, unsampled=unsampled)
            comparison = compare(network.hospital, chosen, network.devices, found_flows)
        classes = load_gap_classes()
        told("following packets", 0, 0)
        found = gaps(comparison, classes, witnesses=witnesses)
    return Compared(network, chosen, comparison, classes, found, tuple(seen))


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
