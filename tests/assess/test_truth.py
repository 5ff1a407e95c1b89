from __future__ import annotations

import msgspec
import pytest
from tests.assess.data import TABLE

from leadglass.assess import truth
from leadglass.assess.control import Claim
from leadglass.assess.truth import Exempt, Facts, Row, Shown, TruthTable, Verdict, all_facts


def facts(**changed: object) -> Facts:
    quiet = Facts(
        claim=Claim.EVERY,
        exempt=Exempt.NO,
        confirmed=Shown.NO,
        refuted=Shown.NO,
        conflict=False,
        stale=False,
        asked=False,
    )
    return msgspec.structs.replace(quiet, **changed)


ROWS = [
    ("exempt-but-seen", facts(exempt=Exempt.IN_FORCE, confirmed=Shown.WHOLE), Verdict.CONTRADICTED),
    ("exempt-but-seen", facts(exempt=Exempt.IN_FORCE, confirmed=Shown.PART), Verdict.CONTRADICTED),
    ("exempt-but-refuted", facts(exempt=Exempt.IN_FORCE, refuted=Shown.PART), Verdict.CONTRADICTED),
    ("exempt", facts(exempt=Exempt.IN_FORCE), Verdict.NOT_APPLICABLE),
    ("exempt", facts(exempt=Exempt.IN_FORCE, confirmed=Shown.CLAIM, asked=True), Verdict.NOT_APPLICABLE),
    ("conflict", facts(confirmed=Shown.CLAIM, refuted=Shown.PART, conflict=True), Verdict.CONTRADICTED),
    (
        "conflict",
        facts(claim=Claim.SOME, confirmed=Shown.PART, refuted=Shown.WHOLE, conflict=True),
        Verdict.CONTRADICTED,
    ),
    ("both", facts(confirmed=Shown.PART, refuted=Shown.PART), Verdict.PARTLY),
    ("both", facts(confirmed=Shown.CLAIM, refuted=Shown.CLAIM), Verdict.PARTLY),
    ("refuted-everywhere", facts(refuted=Shown.CLAIM, asked=True), Verdict.NOT_MET),
    ("refuted-everywhere", facts(claim=Claim.SOME, refuted=Shown.WHOLE), Verdict.NOT_MET),
    ("refuted-by-one-case", facts(refuted=Shown.PART, stale=True), Verdict.NOT_MET),
    ("confirmed-everywhere", facts(confirmed=Shown.WHOLE, stale=True, asked=True), Verdict.MET),
    ("confirmed-by-one-case", facts(claim=Claim.SOME, confirmed=Shown.PART), Verdict.MET),
    ("claimed", facts(confirmed=Shown.CLAIM), Verdict.MET),
    ("claimed", facts(exempt=Exempt.LAPSED, confirmed=Shown.CLAIM), Verdict.MET),
    ("exemption-lapsed", facts(exempt=Exempt.LAPSED, asked=True), Verdict.STALE),
    ("stale", facts(stale=True, asked=True), Verdict.STALE),
    ("stale", facts(confirmed=Shown.PART, stale=True), Verdict.STALE),
    ("confirmed-for-a-part-only", facts(confirmed=Shown.PART), Verdict.UNKNOWN),
    ("refuted-for-a-part-only", facts(claim=Claim.SOME, refuted=Shown.PART), Verdict.UNKNOWN),
    ("asked", facts(asked=True), Verdict.UNKNOWN),
    ("nothing", facts(), Verdict.NOT_ASSESSED),
]


@pytest.mark.parametrize(("row", "given", "verdict"), ROWS)
def test_a_row_of_the_truth_table(row: str, given: Facts, verdict: Verdict) -> None:
    found = TABLE.row(given)
    assert (found.id, found.verdict) == (row, verdict)


def test_every_row_is_tested_above() -> None:
    assert {row for row, _, _ in ROWS} == {row.id for row in TABLE.rows}


def test_every_verdict_can_be_reached() -> None:
    assert {TABLE.row(given).verdict for given in all_facts()} == set(Verdict)


def test_what_is_unknown_never_becomes_not_met() -> None:
    for given in all_facts():
        if given.refuted is Shown.NO:
            assert TABLE.row(given).verdict not in {Verdict.NOT_MET, Verdict.PARTLY}


def test_nothing_that_is_refuted_is_called_met() -> None:
    for given in all_facts():
        if TABLE.row(given).verdict is Verdict.MET:
            assert given.refuted is Shown.NO


def test_a_universal_claim_is_not_met_by_a_part() -> None:
    for given in all_facts():
        if given.claim is Claim.EVERY and given.confirmed is Shown.PART:
            assert TABLE.row(given).verdict is not Verdict.MET


def test_the_shipped_table_is_sound() -> None:
    assert truth.faults(TABLE) == []


def test_gaps_dead_rows_and_doubles_are_named() -> None:
    gap = TruthTable(version=1, rows=TABLE.rows[:-1])
    assert any("no row for" in fault for fault in truth.faults(gap))
    last = TABLE.rows[-1]
    dead = TruthTable(version=1, rows=(*TABLE.rows, msgspec.structs.replace(last, id="dead")))
    assert truth.faults(dead) == ["row 'dead' is never reached"]
    assert "an id stands twice" in truth.faults(TruthTable(version=1, rows=(*TABLE.rows, last)))


def test_a_column_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"id": "a", "verdict": "met", "because": "so it is", "colour": ["red"]}, Row)
