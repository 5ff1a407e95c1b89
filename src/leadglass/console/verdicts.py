"""Verdicts in plain words, as a table: what each kind of standing means and how loudly it is shown. Decides nothing."""

from __future__ import annotations

from typing import NamedTuple

from leadglass.assess.verdict import Judgement


class Standing(NamedTuple):
    """One way for a control to stand.

    Attributes:
        name: of the field of `assess.summary.Standing`; also its class in pictures.
        label: on chips.
        short: in pictures, where the label does not fit.
        tone: of its chip.
        meaning: one sentence.
    """

    name: str
    label: str
    short: str
    tone: str
    meaning: str


STANDINGS: tuple[Standing, ...] = (
    Standing("met", "met", "met", "good", "Shown by a document, a configuration, traffic or a check."),
    Standing(
        "claimed", "met (claimed)", "claimed", "info", "Said in the survey; for at least a part nothing else shows it."
    ),
    Standing("partly", "partly", "partly", "warn", "It holds for some things and not for others."),
    Standing("not_met", "not met", "not met", "bad", "It does not hold."),
    Standing("contradicted", "contradicted", "contra", "bad", "Sources say opposite things of the same thing."),
    Standing(
        "unknown", "unknown", "unknown", "warn", "Somebody was asked or looked, and it is not known. It is never a No."
    ),
    Standing("stale", "stale", "stale", "warn", "There was evidence, and it is too old to count."),
    Standing("not_assessed", "not assessed", "open", "info", "Nobody has answered and nothing was seen."),
    Standing("not_applicable", "not applicable", "exempt", "info", "A named person decided so, until a day of review."),
)
"""In the order in which pictures and tables show them."""

BY_NAME = {one.name: one for one in STANDINGS}


def standing_of(judgement: Judgement) -> Standing:
    """How a control stands: its verdict, with what is only claimed apart."""
    return BY_NAME["claimed" if judgement.claimed_only else judgement.verdict.value.replace(" ", "_")]
