"""The hospital's network as the application state keeps it: read, held against its model, judged. Keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from leadglass.config.network import Network, load_gap_classes, read_hospital
from leadglass.network.bundles import Bundle, bundles
from leadglass.network.compare import Comparison, compare
from leadglass.network.gap_class import Classes
from leadglass.network.gaps import Gap, gaps
from leadglass.network.outcome import Outcome, outcome
from leadglass.network.rules import judge
from leadglass.network.rules.ruling import Ruled
from leadglass.store.appstate.network import HOSPITAL, NetworkFile, fingerprint

Progress = Callable[[str, int, int], None]
"""Told what is done, how much of it, of how much; 0 of 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A hospital's network, held against its model.

    Attributes:
        fingerprint: of the files it comes from.
        network: as they were read.
        proven: ids of controls that were met when it was compared: their obligations are no gaps.
        gaps: the worst first. bundles: the same, as people read them. ruled: what each rule says.
        outcome: all of it as plain values.
    """

    fingerprint: str
    files: tuple[NetworkFile, ...]
    network: Network
    comparison: Comparison
    classes: Classes
    proven: frozenset[str]
    gaps: tuple[Gap, ...]
    bundles: tuple[Bundle, ...]
    ruled: tuple[Ruled, ...]
    outcome: Outcome

    @property
    def by_id(self) -> dict[str, Gap]:
        """Gaps by their ids."""
        return {gap.id: gap for gap in self.gaps}


def described(files: Sequence[NetworkFile]) -> NetworkFile | None:
    """The hospital's own file; None where nobody described a network."""
    return next((one for one in files if one.kind == HOSPITAL), None)


def compare_network(
    files: Sequence[NetworkFile], texts: Mapping[str, str], proven: frozenset[str], progress: Progress
) -> Compared:
    """Read what is kept, and compare it.

    Args:
        files: with the hospital's.
        texts: by their names.
        proven: ids of controls that are met.
        progress: told on the way.

    Raises:
        LeadglassError: a file cannot be used.
    """
    own = described(files)
    assert own is not None  # the caller looked
    network = read_hospital(texts[own.name], own.name, texts, lambda name: progress(f"reading {name}", 0, 0))
    comparison = compare(
        network.hospital,
        network.model,
        network.devices,
        progress=lambda done, of: progress("comparing zones", done, of),
    )
    classes = load_gap_classes()
    progress("following packets", 0, 0)
    found = gaps(comparison, classes, proven)
    together = bundles(found, network.model, comparison.partition)
    ruled = judge(comparison)
    return Compared(
        fingerprint(files),
        tuple(files),
        network,
        comparison,
        classes,
        proven,
        found,
        together,
        ruled,
        outcome(comparison, found, together, ruled, network.devices),
    )


def told(compared: Compared) -> bytes:
    """The outcome as JSON, to be kept."""
    return msgspec.json.encode(compared.outcome)
