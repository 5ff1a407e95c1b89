"""A comparison as plain values, for files and for other programs: gaps, verdicts, coverage, assumptions. No judge.

What is said of a gap is bounded (`MAX_GAPS`, the worst first) and its number is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from leadglass.network.bundles import Bundle
from leadglass.network.compare import Comparison
from leadglass.network.device import Device
from leadglass.network.gaps import Gap
from leadglass.network.rules.ruling import Ruled

FORMAT = "leadglass-comparison-1"
MAX_GAPS = 5_000  # told one by one
MAX_PLACES = 50  # lines that are named of one file


class GapTold(msgspec.Struct, frozen=True):
    """One gap; fields as of `gaps.Gap` and its cell."""

    id: str
    kind: str
    severity: str
    controls: tuple[str, ...]
    source: str
    destination: str
    service: str
    expectation: str
    permitted: str
    observed: str
    through: str
    unproven: tuple[str, ...]
    what: str
    why: str
    do: str
    witness: str
    places: tuple[str, ...]


class BundleTold(msgspec.Struct, frozen=True):
    """Gaps of one class from one zone to another; ``gaps`` is how many."""

    id: str
    kind: str
    title: str
    severity: str
    source: str
    destination: str
    source_title: str
    destination_title: str
    services: str
    gaps: int
    controls: tuple[str, ...]


class FindingTold(msgspec.Struct, frozen=True):
    """One thing a rule found."""

    id: str
    severity: str
    what: str
    places: tuple[str, ...]


class RuledTold(msgspec.Struct, frozen=True):
    """What one rule says of one control."""

    rule: str
    control: str
    verdict: str
    basis: str
    reasons: tuple[str, ...]
    findings: tuple[FindingTold, ...]


class DeviceTold(msgspec.Struct, frozen=True):
    """How much of a filter's configuration was understood; ``missed`` and ``doubts`` are places."""

    name: str
    kind: str
    relevant: int
    understood: int
    coverage: str
    missed: tuple[str, ...]
    doubts: tuple[str, ...]
    findings: tuple[str, ...]


class Outcome(msgspec.Struct, frozen=True):
    """All of it.

    Attributes:
        asked: pairs of zones times services. cells: those of which there was something to say.
        gap_count: of all gaps. gaps: the worst `MAX_GAPS`. bundles: all, the worst first.
    """

    format: str
    hospital: str
    model: str
    zones: int
    machines: int
    asked: int
    cells: int
    gap_count: int
    by_severity: dict[str, int]
    by_class: dict[str, int]
    bundles: tuple[BundleTold, ...]
    gaps: tuple[GapTold, ...]
    rules: tuple[RuledTold, ...]
    files: tuple[DeviceTold, ...]
    assumptions: tuple[str, ...]


def outcome(
    comparison: Comparison,
    gaps: Sequence[Gap],
    bundles: Iterable[Bundle],
    ruled: Iterable[Ruled],
    devices: Iterable[Device],
) -> Outcome:
    """What came out, of the comparison with its gaps and what was made of them."""
    hospital = comparison.hospital
    return Outcome(
        FORMAT,
        hospital.name,
        comparison.model.id,
        len(hospital.zones),
        len(hospital.machines),
        comparison.asked,
        len(comparison.cells),
        len(gaps),
        _counted(gap.severity.value for gap in gaps),
        _counted(gap.kind for gap in gaps),
        tuple(_bundle(one) for one in bundles),
        tuple(_gap(one) for one in gaps[:MAX_GAPS]),
        tuple(_ruled(one) for one in ruled),
        tuple(_device(one) for one in devices),
        comparison.assumptions,
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return dict(sorted(found.items()))


def _bundle(one: Bundle) -> BundleTold:
    return BundleTold(
        one.id,
        one.kind,
        one.title,
        one.severity.value,
        one.source,
        one.destination,
        one.source_title,
        one.destination_title,
        one.services,
        len(one.gaps),
        one.controls,
    )


def _gap(one: Gap) -> GapTold:
    cell, witness = one.cell, one.witness
    return GapTold(
        one.id,
        one.kind,
        one.severity.value,
        one.controls,
        cell.source,
        cell.destination,
        cell.service,
        cell.expectation.value,
        cell.permitted.value,
        cell.observed.value,
        cell.through,
        one.unproven,
        one.what,
        one.why,
        one.do,
        witness.words if witness is not None else "",
        tuple(map(str, witness.places)) if witness is not None else (),
    )


def _ruled(one: Ruled) -> RuledTold:
    findings = tuple(
        FindingTold(found.id, found.severity.value, found.what, tuple(map(str, found.places[:MAX_PLACES])))
        for found in one.findings
    )
    return RuledTold(one.rule, one.control, one.verdict.value, one.basis.value, one.reasons, findings)


def _device(one: Device) -> DeviceTold:
    return DeviceTold(
        one.name,
        one.kind,
        one.coverage.relevant,
        one.coverage.understood,
        one.coverage.words,
        tuple(map(str, one.coverage.missed[:MAX_PLACES])),
        tuple(map(str, one.doubts[:MAX_PLACES])),
        tuple(f"{place}: {words}" for place, words in one.findings[:MAX_PLACES]),
    )
