"""A control with its verdict, references and evidence, as a report holds it. Never computes a verdict."""

from __future__ import annotations

from datetime import date

from leadglass.assess.control import Assurance, Grade, Kind, Level
from leadglass.assess.evidence import Outcome
from leadglass.assess.question import Bearing
from leadglass.assess.report_parts import Part, When
from leadglass.assess.truth import Verdict


class Cited(Part, frozen=True):
    """A reference.

    Attributes:
        verified: "verified", "verified second-hand" or "unverified", as it is printed beside the clause.
        known: how and when, or "unverified".
    """

    id: str
    standard: str
    edition: str
    clause: str
    says: str
    level: Level
    verified: str
    known: str

    @property
    def words(self) -> str:
        """Clause and standing, as a list of references prints it."""
        level = "" if self.level is Level.VOLUNTARY else f", {self.level.value}"
        return f"{self.standard} {self.clause}{level} ({self.verified})"


class Record(Part, frozen=True):
    """A record of evidence.

    Attributes:
        id, kind, bearing, source, where, seen, scope, digest: as `assess.evidence.Evidence` has them.
        assurance: what its kind gives.
        words: what was seen or answered; empty where only the place is known.
        by: who answered, of an answer.
        link: a path in the console where it can be looked at; empty without one.
    """

    id: str
    kind: Kind
    assurance: Assurance
    bearing: Bearing
    source: str
    where: str
    seen: When
    scope: tuple[str, ...] = ()
    digest: str = ""
    words: str = ""
    by: str = ""
    link: str = ""

    @property
    def line(self) -> str:
        """All of it in one line of text."""
        said = self.words or self.where
        place = f" ({self.where})" if self.words else ""
        by = f", {self.by}" if self.by else ""
        scope = f", of {', '.join(self.scope)}" if self.scope else ""
        seen = self.seen.date().isoformat()
        return f"{self.kind.value} ({self.assurance.value}), {self.source}: {said}{place}{by}, {seen}{scope}"


class Aside(Part, frozen=True):
    """A record that does not count, and why."""

    record: Record
    reason: str


class Exempted(Part, frozen=True):
    """A decision that a control does not apply.

    Attributes:
        in_force: whether its review day has not passed.
    """

    reason: str
    approver: str
    decided: date
    review: date
    in_force: bool


class Settled(Part, frozen=True):
    """A person's word on a record that contradicts an answer."""

    evidence: str
    outcome: Outcome
    by: str
    at: When
    note: str = ""

    @property
    def words(self) -> str:
        """All of it in one line of text."""
        note = f": {self.note}" if self.note else ""
        return f"{self.outcome.value} by {self.by} on {self.at.date().isoformat()}{note}"


class Finding(Part, frozen=True):
    """A control with its verdict.

    Attributes:
        area: id. place: what stands there, in words.
        row, because: of the truth table.
        would_show: what evidence of which kind would confirm or refute it.
        omitted: records that are not listed here, there being too many.
    """

    control: str
    title: str
    area: str
    place: str
    table1: tuple[int, ...]
    recommendations: tuple[int, ...]
    verdict: Verdict
    assurance: Assurance | None
    row: str
    because: str
    patients: str
    remedy: str
    effort: Grade
    effect: Grade
    references: tuple[Cited, ...]
    would_show: tuple[str, ...]
    confirming: tuple[Record, ...] = ()
    refuting: tuple[Record, ...] = ()
    neutral: tuple[Record, ...] = ()
    stale: tuple[Record, ...] = ()
    aside: tuple[Aside, ...] = ()
    omitted: int = 0
    exemption: Exempted | None = None
    settled: tuple[Settled, ...] = ()

    @property
    def claimed_only(self) -> bool:
        """Met by answers alone: counted apart."""
        return self.verdict is Verdict.MET and self.assurance is Assurance.CLAIMED

    @property
    def verdict_words(self) -> str:
        """Verdict and assurance, as they are printed together."""
        return f"{self.verdict.value} ({self.assurance.value})" if self.assurance is not None else self.verdict.value

    @property
    def law(self) -> tuple[Cited, ...]:
        """References to law in force."""
        return tuple(one for one in self.references if one.level in {Level.REQUIRED, Level.ADDRESSABLE})

    @property
    def guidance(self) -> tuple[Cited, ...]:
        """References to standards and guidance."""
        return tuple(one for one in self.references if one.level is Level.VOLUNTARY)

    @property
    def proposed(self) -> tuple[Cited, ...]:
        """References to proposed rules: no law, and no part of any score."""
        return tuple(one for one in self.references if one.level is Level.PROPOSED)
