"""`leadglass network generate`: rules that close gaps, written to files with their proof. Never touches a device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, json_option
from leadglass.cli.network_read import Compared, compared, hospital_argument, model_option
from leadglass.config.network_advice import load_vpn_table
from leadglass.config.toml_record import nearest, text_of
from leadglass.errors import LeadglassError, Place
from leadglass.model.neutral import neutral
from leadglass.network.advise.consolidation import consolidation
from leadglass.network.advise.order import ranked
from leadglass.network.advise.vpn import choices
from leadglass.network.bundles import bundles
from leadglass.network.gaps import Gap
from leadglass.network.generate.plan import Variant
from leadglass.network.generate.propose import Proposal, propose
from leadglass.network.generate.vlan import vlan_plan
from leadglass.network.generate.words import words
from leadglass.network.importers.fault import MAX_FILE

STAGES = ("1-log-only", "2-enforce", "3-rollback")


class NotGeneratedError(LeadglassError):
    """No text was written."""


@click.command()
@hospital_argument
@model_option
@click.option("--gap", "named", multiple=True, metavar="ID", help="Close this gap only; may be repeated.")
@click.option("--strict", is_flag=True, help="Between zones with a gap refuse all that the model does not list.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="New folder for the texts.")
@json_option
@click.pass_obj
def generate(
    context: Context, hospital: Path, model: str | None, named: tuple[str, ...], strict: bool, out: Path | None
) -> int:
    """Write rules that close the gaps of HOSPITAL: for each filter a stage that logs, one in force, and the way back.

    Beside them stand the proof, what the rules may stop, what no rule closes, and advice on what to do first. Nothing
    is ever sent to a device. Ends with 1 where something is left or the proof does not hold.
    """
    found = compared(context, hospital, model, witnesses=False)
    gaps = _named(found, named, hospital)
    configurations = {
        one.name: text_of(hospital.parent / one.file, MAX_FILE, "check its owner and mode")
        for one in found.network.hospital.filters
        if one.file and not one.pair
    }
    variant = Variant.STRICT if strict else Variant.NARROW
    proposal = propose(found.comparison, found.network.devices, gaps, configurations, variant)
    files = dict(_files(found, proposal))
    if out is not None:
        _write(out, files)
    context.show(
        _value(proposal, files, out), "\n".join(map(neutral, [*words(proposal).splitlines(), *_told(files, out)]))
    )
    left = proposal.by_hand or proposal.narrows or not proposal.proof.ok
    return EXIT_FINDINGS if left else EXIT_CLEAN


def _named(found: Compared, named: tuple[str, ...], hospital: Path) -> list[Gap]:
    known = {gap.id: gap for gap in found.gaps}
    for name in named:
        if name not in known:
            raise NotGeneratedError(f"no gap {name!r}", nearest(name, list(known)), Place(str(hospital)))
    return [known[name] for name in dict.fromkeys(named)] if named else list(found.gaps)


def _files(found: Compared, proposal: Proposal) -> Iterator[tuple[str, str]]:
    for one in proposal.written:
        for stage, text in zip(STAGES, (one.texts.log_only, one.texts.enforce, one.texts.rollback), strict=True):
            yield f"{one.filter}-{stage}.txt", text
    yield "proof.txt", words(proposal)
    yield "advice.txt", "\n".join(_advice(found, proposal)) + "\n"
    plan = vlan_plan(found.network.hospital, found.network.devices)
    if plan.vlans:
        yield "vlans.csv", plan.csv


def _advice(found: Compared, proposal: Proposal) -> Iterator[str]:
    filters: dict[str, int] = {}
    for gap in (gap for one in proposal.written for gap in one.policy.gaps if gap in proposal.closes):
        filters[gap] = filters.get(gap, 0) + 1
    yield "What to close first: what it buys, for each point of effort and clinical risk"
    together = bundles(found.gaps, found.model, found.comparison.partition)
    for number, one in enumerate(ranked(found.comparison, together, filters), 1):
        bundle = one.bundle
        yield f"{number}. {bundle.title}: {bundle.source_title} to {bundle.destination_title} ({bundle.services})"
        yield f"   {one.words}; worth {one.worth:.1f}"
    plan = consolidation(found.network.hospital)
    yield f"\nOne gateway: {plan.before} audit trails to look at today, {plan.after} in the end"
    yield from (f"- {step}" for step in plan.steps)
    table = load_vpn_table()
    yield f"\nVPN: {table.rule}\n{table.label}"
    for choice in choices(found.network.hospital, table):
        fits = {None: "none declared", True: "fits", False: "does not fit"}[choice.fits]
        yield f"- {choice.who}: {' or '.join(choice.today)} today; Table 2: {choice.table or 'no row'}; in use: {fits}"
        yield f"  {choice.why}"
    vlans = vlan_plan(found.network.hospital, found.network.devices)
    for vlan in vlans.vlans:
        yield f"- VLAN {vlan.number}, {vlan.subnet}: {', '.join(vlan.machines)}: {vlan.why}"


def _write(out: Path, files: dict[str, str]) -> None:
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise NotGeneratedError(f"{out} is there already", "name a new folder: texts are never mixed") from None
    except OSError as error:
        raise NotGeneratedError(f"{out} cannot be made: {error.strerror}", "name another folder") from None
    for name, text in files.items():
        (out / name).write_text(text, "utf-8")


def _told(files: dict[str, str], out: Path | None) -> list[str]:
    if out is None:
        return ["The texts were not written: name a new folder with --out."]
    return [f"Written to {out}: {', '.join(files)}"]


def _value(proposal: Proposal, files: dict[str, str], out: Path | None) -> dict[str, object]:
    return {
        "closes": proposal.closes,
        "narrows": [asdict(one) for one in proposal.narrows],
        "by_hand": [{"gap": gap, "reason": reason} for gap, reason in proposal.by_hand],
        "stops": [
            {"gap": one.gap, "flows": one.sighting.flows, "source": one.sighting.source} for one in proposal.stops
        ],
        "proof": {
            "ok": proposal.proof.ok,
            "against": [asdict(one) for one in proposal.proof.against],
            "changed": proposal.proof.changed,
            "narrowed": proposal.proof.narrowed,
        },
        "filters": [{"name": one.filter, "kind": one.kind, "gaps": one.policy.gaps} for one in proposal.written],
        "files": sorted(files) if out is not None else [],
    }
