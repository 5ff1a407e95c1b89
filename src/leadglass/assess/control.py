"""Controls: what should be true of a hospital, and what could show that it is or is not. Never whether it is."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

Id = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Text = Annotated[str, msgspec.Meta(min_length=3, max_length=800)]
Days = Annotated[int, msgspec.Meta(ge=1, le=1_096)]

RECOMMENDATIONS = 10  # of the founding article: its closing list is 1 to 8; 9 and 10 stand elsewhere in its text


class Kind(StrEnum):
    """Where evidence comes from; the order is that of `Assurance`."""

    SURVEY = "survey"
    DOCUMENT = "document"
    CONFIGURATION = "configuration"
    TRAFFIC = "traffic"
    CHECK = "check"  # an active check


class Assurance(StrEnum):
    """How far a verdict can be relied on, weakest first."""

    CLAIMED = "claimed"
    DOCUMENTED = "documented"
    CONFIGURED = "configured"
    OBSERVED = "observed"
    TESTED = "tested"


ASSURANCE = dict(zip(Kind, Assurance, strict=True))
"""What each kind of evidence gives."""


class Claim(StrEnum):
    """What a control says of the things in its scope; evidence of one thing weighs accordingly."""

    EVERY = "every"  # universal: one counter-example refutes it, no number of examples confirms it
    SOME = "some"  # existential: one example confirms it, looking at a part cannot refute it


class Grade(StrEnum):
    """Effort and effect, coarse on purpose."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Level(StrEnum):
    """What a reference asks for."""

    REQUIRED = "required"  # HIPAA Security Rule in force
    ADDRESSABLE = "addressable"  # HIPAA Security Rule in force: do it, or write down why not and what instead
    PROPOSED = "proposed"  # not law: never part of a score
    VOLUNTARY = "voluntary"


class Reading(StrEnum):
    """How a reference is known to us."""

    READ = "read"
    SECOND_HAND = "second-hand"  # read where somebody else quotes it
    RECOLLECTED = "recollected"  # printed as "unverified"


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A clause of a rule or standard.

    Attributes:
        id: within the catalogue.
        standard, edition, clause: what is cited.
        says: the clause in our words.
        level: what it asks for.
        reading, source, verified_on: how we know; a recollected one has neither source nor day.
    """

    id: Id
    standard: Text
    edition: Text
    clause: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    says: Text
    level: Level
    reading: Reading
    source: Annotated[str, msgspec.Meta(max_length=300)] = ""
    verified_on: date | None = None

    @property
    def verified(self) -> str:
        """How it is known, as it is printed beside the reference."""
        if self.verified_on is None:
            return "unverified"
        return f"{self.reading} {self.verified_on.isoformat()}: {self.source}"


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A place in the model secure PACS network.

    Attributes:
        role: what stands there.
        asset: what of patients' data or care is at stake there; proposed for the risk register.
        letter: of the article's figure; empty where it names none.
        inferred: the letter's role is our reading of the article, not its text.
    """

    id: Id
    role: Text
    asset: Text
    letter: Annotated[str, msgspec.Meta(max_length=1)] = ""
    inferred: bool = False


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An area of the assessment; verdicts are counted by it.

    Attributes:
        threat: what its controls protect from; proposed for the risk register.
    """

    id: Id
    title: Text
    threat: Text


class Ground(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one kind of evidence can say about a control.

    Attributes:
        kind: of the evidence.
        confirms, refutes: what would do so; empty where this kind cannot.
        fresh_days: how long it counts after it was seen.
    """

    kind: Kind
    confirms: Annotated[str, msgspec.Meta(max_length=400)] = ""
    refutes: Annotated[str, msgspec.Meta(max_length=400)] = ""
    fresh_days: Days


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that should be true of a hospital.

    Attributes:
        title: the statement whose truth is judged.
        claim: whether it speaks of every thing in its scope or of some.
        place: id in the model network.
        table1: rows of the article's Table 1.
        recommendations: numbers of the article's recommendations that it carries out.
        references: ids.
        evidence: at most one ground a kind.
        patients: why it matters to them.
        remedy: what to do when it is not met.
        effort, effect: of the remedy.
    """

    id: Id
    title: Text
    area: Id
    claim: Claim
    place: Id
    table1: tuple[Annotated[int, msgspec.Meta(ge=1, le=17)], ...] = ()
    recommendations: tuple[Annotated[int, msgspec.Meta(ge=1, le=RECOMMENDATIONS)], ...] = ()
    references: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=12)]
    evidence: Annotated[tuple[Ground, ...], msgspec.Meta(min_length=2, max_length=5)]
    patients: Text
    remedy: Text
    effort: Grade
    effect: Grade

    def ground(self, kind: Kind) -> Ground | None:
        """What evidence of this kind can say; None where it can say nothing."""
        return next((one for one in self.evidence if one.kind is kind), None)


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All controls, in the order of their areas."""

    areas: tuple[Area, ...]
    places: tuple[Place, ...]
    references: tuple[Reference, ...]
    controls: tuple[Control, ...]

    def control(self, name: str) -> Control | None:
        """The control of an id."""
        return next((one for one in self.controls if one.id == name), None)

    def reference(self, name: str) -> Reference:
        """The reference of an id that a control names; `faults` has seen to it that there is one."""
        return next(one for one in self.references if one.id == name)


def faults(catalogue: Catalogue) -> list[str]:
    """What no single record can show: ids that must exist, stand once, and what a claim excludes. Empty when sound."""
    found = [
        f"{what} {name!r} stands {names.count(name)} times"
        for what, names in (
            ("area", [one.id for one in catalogue.areas]),
            ("place", [one.id for one in catalogue.places]),
            ("reference", [one.id for one in catalogue.references]),
            ("control", [one.id for one in catalogue.controls]),
        )
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    for reference in catalogue.references:
        known = bool(reference.source) and reference.verified_on is not None
        if known == (reference.reading is Reading.RECOLLECTED):
            found.append(f"reference {reference.id!r}: source and day belong to what was read, and only to that")
    areas, places = {one.id for one in catalogue.areas}, {one.id for one in catalogue.places}
    references = {one.id for one in catalogue.references}
    for control in catalogue.controls:
        found += [f"control {control.id!r}: {fault}" for fault in _faults(control, areas, places, references)]
    return found


def _faults(control: Control, areas: set[str], places: set[str], references: set[str]) -> list[str]:
    found = []
    if control.area not in areas:
        found.append(f"no area {control.area!r}")
    if control.place not in places:
        found.append(f"no place {control.place!r}")
    found += [f"no reference {name!r}" for name in control.references if name not in references]
    kinds = [ground.kind for ground in control.evidence]
    if len(set(kinds)) != len(kinds):
        found.append("two grounds of one kind")
    if Kind.SURVEY not in kinds:
        found.append("no survey")
    for ground in control.evidence:
        if not ground.confirms and not ground.refutes:
            found.append(f"{ground.kind} says nothing")
    traffic = control.ground(Kind.TRAFFIC)
    if traffic is not None:
        # Silence proves nothing: what was seen is one example, or one counter-example.
        if control.claim is Claim.EVERY and traffic.confirms:
            found.append("traffic cannot confirm what is said of every thing")
        if control.claim is Claim.SOME and traffic.refutes:
            found.append("traffic cannot refute that there is some thing")
    return found
