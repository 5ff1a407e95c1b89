"""Options of a rule of iptables: its matches as one condition, its target. Never what a target does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadglass.network.importers.iptables.matches import DEPENDS, MATCHES, Context, Reading, protocols
from leadglass.network.importers.netfilter.condition import (
    ALWAYS,
    Condition,
    all_of,
    depends,
    exactly,
    negated,
    unread,
)

MAX_WORDS = 10_000  # of one rule

UNREADABLE = (ValueError, KeyError, IndexError)
"""What reading a value of the wrong form raises."""


@dataclass
class Options:
    """A rule as far as it was read.

    Attributes:
        condition: all its matches.
        target: name; empty without one. goes: "-g" instead of "-j".
        of_target: the target's options with their values.
    """

    condition: Condition = ALWAYS
    target: str = ""
    goes: bool = False
    of_target: dict[str, list[str]] = field(default_factory=dict)


def options(words: Sequence[str], context: Context) -> Options:
    """The matches and the target of a rule's words; what is not understood may match and need not.

    iptables-save puts the target last, and people who write such files by hand need not.
    """
    found = Options(exactly(source=context.version))
    reading = Reading()
    at = 0
    inverted = later = False  # later: a match was named after the target
    end = min(len(words), MAX_WORDS)
    while at < end:
        word = words[at]
        at += 1
        if word == "!":
            inverted = True
        elif word in {"-j", "--jump", "-g", "--goto"}:
            found.target = words[at] if at < end else word  # a name is missing: no target is called so
            found.goes = word in {"-g", "--goto"}
            at += 1
        elif word in {"-m", "--match"}:
            reading.module, later = (words[at] if at < end else ""), bool(found.target)
            at += 1
            if reading.module in DEPENDS:
                found.condition = all_of(found.condition, depends(DEPENDS[reading.module]))
        elif found.target and not later and word not in MATCHES:
            values = _values(words, at)
            found.of_target.setdefault(word, []).extend(values)
            at += len(values)
        else:
            if at < end and words[at] == "!" and word in MATCHES:  # as it was written long ago
                inverted = True
                at += 1
            condition, taken = _option(word, words[at:end], reading, context, inverted=inverted)
            found.condition = all_of(found.condition, condition)
            at += taken
            inverted = False
    if inverted:
        found.condition = all_of(found.condition, unread("a negation of nothing"))
    if len(words) > MAX_WORDS:
        found.target = "more words than are read"
    return found


def _values(words: Sequence[str], at: int) -> list[str]:
    found: list[str] = []
    while at < len(words) and not (words[at].startswith("--") or words[at] in {"!", "-m", "-j", "-g", *MATCHES}):
        found.append(words[at])
        at += 1
    return found


def _option(
    word: str, rest: Sequence[str], reading: Reading, context: Context, *, inverted: bool
) -> tuple[Condition, int]:
    """The condition of one option, and how many words its values are."""
    known = MATCHES.get(word)
    if known is None:
        taken = 0
        while taken < len(rest) and not rest[taken].startswith("-") and rest[taken] != "!":
            taken += 1
        if reading.module in DEPENDS:
            return depends(DEPENDS[reading.module]), taken
        return unread(f"option {word}"), taken
    count, read = known
    if len(rest) < count:
        return unread(f"option {word} without its value"), len(rest)
    try:
        condition = read(rest[:count], reading, context)
    except UNREADABLE as fault:
        return unread(f"option {word}: {fault}"), count
    if word in {"-p", "--protocol", "--proto"} and not inverted:
        reading.protocols = protocols(rest[0])
    return (negated(condition) if inverted else condition), count
