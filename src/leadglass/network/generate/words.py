"""A proposal in words: what it closes, what it may stop, what is left, and the proof. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.generate.propose import Proposal, Written
from leadglass.network.prove import Counterexample
from leadglass.network.witness import shown

MAX_LISTED = 400  # gaps of a list that are written out


def words(proposal: Proposal) -> str:
    """All of it, for the file beside the texts and for the screen."""
    return "\n".join(_lines(proposal)) + "\n"


def _lines(found: Proposal) -> Iterator[str]:
    yield f"Closes {len(found.closes)} gaps by rules on {len(found.written)} of the filters. No device was touched."
    yield from _written(found.written)
    yield "\nProof: the whole network computed anew with the new rules, whatever was observed left out"
    if found.proof.ok:
        yield "  holds: the gaps below are closed, nothing forbidden opens elsewhere, and nothing required is lost"
    else:
        yield "  DOES NOT HOLD. Do not load these texts:"
        yield from (f"  {_counterexample(one)}" for one in found.proof.against)
    if found.proof.narrowed:
        pairs = ", ".join(f"{source} to {destination}" for source, destination in found.proof.narrowed)
        yield f"  something that the model allows, and does not need, passes less than before: {pairs}"
    yield "\nWhat it may stop, by what was observed"
    yield from (f"  {one.gap}: {shown(one.sighting.packet)}, {one.sighting.flows} flows seen" for one in found.stops)
    if not found.stops:
        yield "  nothing that was seen; what nobody watched may be in use all the same: load the first stage first"
    yield "\nCloses"
    yield from _listed(found.closes)
    if found.narrows:
        yield "\nHelps, and does not close wholly; still passes, for example"
        yield from _listed(tuple(f"{one.gap}: {_counterexample(one)}" for one in found.narrows))
    if found.by_hand:
        yield "\nNo rule closes"
        yield from _listed(tuple(f"{gap}: {reason}" for gap, reason in found.by_hand))


def _written(written: tuple[Written, ...]) -> Iterator[str]:
    for one in written:
        kept = {service.id for denial in one.policy.denials if denial.all_but for service in denial.services}
        yield f"\n{one.filter} ({one.kind}): {len(one.policy.denials)} denials, {len(one.policy.openings)} openings"
        asserted = ", ".join(sorted(kept)) or "nothing that the denials touch"
        yield f"  asserted first, as the model lists them: {asserted}"
        yield from (f"  {note}" for note in one.texts.notes)


def _counterexample(one: Counterexample) -> str:
    where = f"{one.wrong.value}, {one.source} to {one.destination}"
    return f"{where}: {shown(one.packet)}" if one.packet is not None else where


def _listed(lines: tuple[str, ...]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:MAX_LISTED])
    if len(lines) > MAX_LISTED:
        yield f"  and {len(lines) - MAX_LISTED} more"
