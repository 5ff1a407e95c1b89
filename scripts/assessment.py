"""Writes the assessment's reference from its data: controls, questions, verdicts, answers. Never edits other text.

python scripts/assessment.py docs/reference
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from leadglass.assess import cohort_file, contribution, interchange, report_json
from leadglass.assess.control import Catalogue, Claim, Control, Level, Reference
from leadglass.assess.instrument import Instrument
from leadglass.assess.question import Bearing, Question, Who
from leadglass.assess.truth import Exempt, Shown, TruthTable
from leadglass.config.catalogue import load_catalogue, load_instrument, load_truth_table

_GENERATED = "<!-- Written by `make docs`; do not edit. -->"

_CLAIMS = {Claim.EVERY: "of every thing in its scope", Claim.SOME: "that there is one"}

_BEARINGS = {
    Bearing.CONFIRMS: "confirms",
    Bearing.REFUTES: "refutes",
    Bearing.PARTLY: "partly",
    Bearing.NEUTRAL: "neutral",
}

_CONTROLS = f"""# Controls
{_GENERATED}

What should be true of a hospital's imaging network, by area: what can show that it is or is not, why it matters to
patients, and what to do. A reference says how it is known; what nobody read is "unverified". *Required* and
*addressable* are the HIPAA Security Rule in force; *proposed* is not law and no part of any score. Table 1 and the
recommendations are those of *Securing medical networks* (Network Security, June 2007). A place marked "our reading" is
an inference from the article, whose figure is not at hand.
"""

_VERDICTS = f"""# Verdicts
{_GENERATED}

The verdict on a control is computed from its evidence, by this table. Evidence is a fact with its source, place, time
and scope: an answer (*claimed*), a document (*documented*), a line of configuration (*configured*), observed traffic
(*observed*) or an active check (*tested*), the weakest first. A verdict is as sure as the weakest evidence it needs.

Before the table is read:

- Evidence counts as long as the control says it stays fresh; after that it is *stale*. What is dated later than the
  assessment does not count.
- Of one source and place, the newest record counts. A look from which nothing came replaces nothing.
- A kind of evidence that the control does not name for this direction does not count. Of a control that is said of
  every thing, traffic can only refute; of one that is said to exist, only confirm. Silence proves nothing.
- "I do not know" and "not applicable" as answers confirm and refute nothing.
- Evidence of named things covers these only; all is covered when all things the control speaks of here are listed and
  each is named, or the evidence is of all.
- Confirmed and refuted are *no*, *part* (other evidence than answers, for a part), *claim* (answers say so, and for at
  least a part nothing else does) or *whole* (other evidence than answers, for all).
- It is a conflict when different sources confirm and refute the same thing. All answers are one source.
- A person may *accept* evidence that contradicts answers (these answers no longer count), *dispute* it (the conflict
  stays, with the word beside it) or call it *fixed* (it no longer counts; what is seen later does). Nothing is changed.

The first row that fits holds; an empty cell fits everything.

| row | claim | exempt | confirmed | refuted | conflict | stale | asked | verdict | because |
|---|---|---|---|---|---|---|---|---|---|
"""


def controls_text(catalogue: Catalogue, instrument: Instrument) -> str:
    """The page of controls."""
    parts = [_CONTROLS]
    for area in catalogue.areas:
        parts.append(f"## {area.title}\n")
        parts.append(f"Proposed as threat where a gap is taken into the risk register: {area.threat}\n")
        for control in catalogue.controls:
            if control.area == area.id:
                parts.extend(_control(control, catalogue, instrument))
    parts += ["## References\n", "| id | clause | says | level | known |", "|---|---|---|---|---|"]
    parts += [_reference(one) for one in catalogue.references]
    return "\n".join(parts) + "\n"


def _control(control: Control, catalogue: Catalogue, instrument: Instrument) -> Iterator[str]:
    place = next(one for one in catalogue.places if one.id == control.place)
    letter = f" ({place.letter}{', our reading' if place.inferred else ''})" if place.letter else ""
    yield f"### {control.title}\n"
    facts = [f"`{control.id}`", f"said {_CLAIMS[control.claim]}", f"place: {place.role}{letter}"]
    if control.table1:
        facts.append(f"Table 1: row {', '.join(map(str, control.table1))}")
    if control.recommendations:
        facts.append(f"recommendation {', '.join(map(str, control.recommendations))}")
    facts.append(f"effort {control.effort.value}, effect {control.effect.value}")
    yield f"{'; '.join(facts)}.\n"
    yield f"- For patients: {control.patients}"
    yield f"- At stake, as proposed for the risk register: {place.asset}"
    yield f"- When it is not met: {control.remedy}"
    asked = [f"`{question.id}`" for question in instrument.questions if control.id in question.bears]
    yield f"- Questions: {', '.join(asked)}"
    references = [catalogue.reference(name) for name in control.references]
    yield f"- Law in force: {_clauses(references, Level.REQUIRED, Level.ADDRESSABLE)}"
    yield f"- Proposed, not in force: {_clauses(references, Level.PROPOSED)}"
    yield f"- Standards and guidance: {_clauses(references, Level.VOLUNTARY)}\n"
    yield "| evidence | confirms | refutes | fresh, days |\n|---|---|---|---|"
    for ground in control.evidence:
        confirms, refutes = ground.confirms or "cannot", ground.refutes or "cannot"
        yield f"| {ground.kind.value} | {confirms} | {refutes} | {ground.fresh_days} |"
    yield ""


def _clauses(references: list[Reference], *levels: Level) -> str:
    shown = [
        f"{one.standard} {one.clause}"
        + (f", {one.level.value}" if one.level is not Level.VOLUNTARY else "")
        + (" (unverified)" if one.verified_on is None else "")
        for one in references
        if one.level in levels
    ]
    return "; ".join(shown) or "none"


def _reference(one: Reference) -> str:
    clause = f"{one.standard} ({one.edition}), {one.clause}"
    return f"| `{one.id}` | {clause} | {one.says} | {one.level.value} | {one.verified} |"


def questions_text(instrument: Instrument) -> str:
    """The page of questions; it can be printed and filled in."""
    minutes = round(sum(section.seconds for section in instrument.sections) / 60)
    number = sum(1 for _ in instrument.questions)
    parts = [
        f"# {instrument.title}\n{_GENERATED}\n",
        f"Version {instrument.version}: {number} questions, about {minutes} minutes for people who know the answers;",
        'looking them up takes longer, and some questions fall away by earlier answers. "I do not know" can be said',
        "everywhere, is an answer, and never counts as a No. A question marked *Table 1* was asked in 2007 with",
        "the same meaning.\n",
    ]
    for section in instrument.sections:
        length = max(1, round(section.seconds / 60))
        parts.append(f"## {section.title}\n\n{section.intro} About {length} minute{'s' if length > 1 else ''}.\n")
        parts += chain.from_iterable(_question(question) for question in section.questions)
    return "\n".join(parts) + "\n"


def _question(question: Question) -> Iterator[str]:
    row = f" (Table 1, row {question.table1})" if question.table1 is not None else ""
    yield f"### {question.text}{row}\n"
    unit = f" in {question.unit}" if question.unit else ""
    boxes = " ".join(f"☐ {text}" for text in question.answers.values())
    yield f"`{question.id}`{': a number' + unit + ', counted as one of' if question.bands else ''} — {boxes}\n"
    yield f"- Why: {question.why}"
    yield f"- How to find out: {question.find_out}"
    yield f"- Who would know: {', '.join(_WHO[who] for who in question.who)}"
    for skip in question.skip:
        yield f"- Falls away when `{skip.question}` is {' or '.join(skip.answers)}, or is itself not asked."
    for control, bearings in question.bears.items():
        shown = ", ".join(f"{code} {_BEARINGS[bearing]}" for code, bearing in bearings.items())
        yield f"- `{control}`: {shown}; the rest neutral"
    if question.profile:
        yield "- Describes the facility; no answer is good or bad."
    yield ""


_WHO = {
    Who.PACS_ADMINISTRATOR: "PACS administrator",
    Who.IT_ADMINISTRATOR: "IT administrator",
    Who.RADIOLOGIST: "radiologist",
    Who.BIOMEDICAL_ENGINEER: "biomedical engineer",
    Who.NETWORK_DESIGNER: "network designer",
}


def verdicts_text(table: TruthTable) -> str:
    """The page of the truth table."""
    rows = [
        f"| `{row.id}` | {_cell(row.claim, Claim)} | {_cell(row.exempt, Exempt)} | {_cell(row.confirmed, Shown)} "
        f"| {_cell(row.refuted, Shown)} | {_flag(row.conflict)} | {_flag(row.stale)} | {_flag(row.asked)} "
        f"| {row.verdict.value} | {row.because} |"
        for row in table.rows
    ]
    return _VERDICTS + "\n".join(rows) + "\n"


def _cell(
    values: tuple[Claim, ...] | tuple[Exempt, ...] | tuple[Shown, ...], every: type[Claim | Exempt | Shown]
) -> str:
    return "" if len(values) == len(every) else ", ".join(one.value for one in values)


def _flag(values: tuple[bool, ...]) -> str:
    return "" if len(values) == 2 else ("yes" if values[0] else "no")


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def texts() -> dict[str, str]:
    """Every page, by the name of its file."""
    catalogue = load_catalogue()
    instrument = load_instrument(catalogue)
    return {
        "controls.md": controls_text(catalogue, instrument),
        "questions.md": questions_text(instrument),
        "verdicts.md": verdicts_text(load_truth_table()),
        "answer-file.schema.json": _json(interchange.schema()),
        "cohort.schema.json": _json(cohort_file.schema()),
        "contribution.schema.json": _json(contribution.schema()),
        "report.schema.json": _json(report_json.schema()),
    }


if __name__ == "__main__":
    for name, text in texts().items():
        (Path(sys.argv[1]) / name).write_text(text, "utf-8")
