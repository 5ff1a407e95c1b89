"""A piece of evidence with the page that shows where it comes from. Decides nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.assess.evidence import Evidence
from leadglass.policy.names import shown

MAX_NAMED = 50  # things named in one record; the rest are counted
MAX_NAME = 80  # characters of a name that comes from outside
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Noted:
    """Evidence that this system noted by itself.

    Attributes:
        evidence: the record.
        link: path of the console's page that shows what it rests on.
        words: what was seen, in one sentence; names in it may come from outside, without control characters.
    """

    evidence: Evidence
    link: str
    words: str


def identity(fact: str, control: str, *thing: str) -> str:
    """The id of a record: the same fact about the same thing has the same one, whenever it is seen.

    A thing's name may come from outside; one that holds more than letters, digits and a few signs is told by a digest.
    """
    name = ":".join(thing)
    if name and not _PLAIN.fullmatch(name):
        name = hashlib.sha256("\0".join(thing).encode()).hexdigest()[:24]
    return ":".join(("gateway", fact, control, name)) if name else f"gateway:{fact}:{control}"


def named(what: str, names: Iterable[str]) -> frozenset[str]:
    """Names of things of one sort as a scope: ``what`` before each; those beyond `MAX_NAMED` as one, counted."""
    found = sorted(names)
    scope = {f"{what} {shown(name, MAX_NAME)}" for name in found[:MAX_NAMED]}
    return frozenset(scope | ({f"{len(found) - MAX_NAMED} others ({what})"} if len(found) > MAX_NAMED else set()))
