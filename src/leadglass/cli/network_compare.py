"""`leadglass network compare`: the gaps between a hospital's network and its model, ranked, with words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, counted, json_option
from leadglass.cli.network_flows import flows_option, unsampled_option
from leadglass.cli.network_read import Compared, compared, hospital_argument, model_option
from leadglass.model.neutral import neutral
from leadglass.network.bundles import Bundle, bundles
from leadglass.network.outcome import outcome
from leadglass.network.rules import judge
from leadglass.network.rules.ruling import Ruled, Verdict

_WIDTH = 108  # characters of a line


@click.command()
@hospital_argument
@model_option
@flows_option
@unsampled_option
@click.option("--limit", type=click.IntRange(0, 100_000), default=20, show_default=True, help="Gaps told in words.")
@json_option
@click.pass_obj
def compare(
    context: Context, hospital: Path, model: str | None, flows: tuple[str, ...], unsampled: bool, limit: int
) -> int:
    """Hold the network of the file HOSPITAL against its model: gaps in order, with the lines that make them.

    Ends with 1 where there is a gap, and with 0 where there is none.
    """
    found = compared(context, hospital, model, flows=flows, unsampled=unsampled)
    together = bundles(found.gaps, found.model, found.comparison.partition)
    ruled = judge(found.comparison)
    value = outcome(found.comparison, found.gaps, together, ruled, found.network.devices)
    context.show(msgspec.to_builtins(value), "\n".join(_lines(found, together, ruled, limit)))
    return EXIT_FINDINGS if found.gaps or any(one.findings for one in ruled) else EXIT_CLEAN


def _lines(found: Compared, together: tuple[Bundle, ...], ruled: tuple[Ruled, ...], limit: int) -> Iterator[str]:
    hospital = found.comparison.hospital
    yield neutral(f"{hospital.name}, held against: {found.model.title}")
    yield (
        f"{counted(len(hospital.zones), 'zone')}, {counted(len(hospital.machines), 'machine')}, "
        f"{found.comparison.asked:,} questions asked; {counted(len(found.gaps), 'gap')} in {len(together)} groups"
    )
    yield "\nRead"
    for device in found.network.devices:
        yield neutral(f"  {device.name} ({device.kind}): {device.coverage.words}")
        yield from (neutral(f"    not understood: {place}") for place in device.doubts[:5])
        yield from (neutral(f"    {place}: {words}") for place, words in device.findings[:5])
    yield from (neutral(f"  {words}") for words in found.seen)
    if together:
        yield "\nGaps, the worst first"
    for number, bundle in enumerate(together[:limit], 1):
        yield from _bundle(number, bundle)
    if len(together) > limit:
        yield f"\n  and {len(together) - limit} more groups: --limit {len(together)} or --json tells all"
    yield "\nControls, as far as the network shows"
    for one in ruled:
        if one.verdict is not Verdict.NOT_COVERED:
            yield neutral(f"  {one.verdict.value:<8} {one.control}: {one.reasons[0]}")
            yield from (f"{'':<11}{line}" for line in _more(one))
    unsaid = [one.control for one in ruled if one.verdict is Verdict.NOT_COVERED]
    if unsaid:
        yield from _wrapped(f"not covered: {', '.join(dict.fromkeys(unsaid))}", "  ")
    yield "\nTaken for granted"
    for words in found.comparison.assumptions:
        yield from _wrapped(words, "  ")


def _bundle(number: int, one: Bundle) -> Iterator[str]:
    worst = one.gaps[0]
    yield ""
    head = f"{number}. {one.severity.value.upper()} {one.title}: {one.source_title} → {one.destination_title}"
    yield neutral(head)
    yield from _wrapped(f"{counted(len(one.gaps), 'gap')}: {one.services}", "   ")
    yield from _wrapped(worst.what, "   ")
    if worst.witness is not None and worst.witness.words:
        yield from _wrapped(f"Shown by {worst.witness.words}", "   ")
    yield from _wrapped(f"Why: {worst.why}", "   ")
    yield from _wrapped(f"Do: {worst.do}", "   ")
    yield from _wrapped(f"Control {', '.join(one.controls[:4])}; id {worst.id}", "   ")


def _more(one: Ruled) -> list[str]:
    return [f"and {len(one.reasons) - 1} more reasons"] if len(one.reasons) > 1 else []


def _wrapped(words: str, indent: str) -> list[str]:
    return textwrap.wrap(neutral(words), _WIDTH, initial_indent=indent, subsequent_indent=indent)
