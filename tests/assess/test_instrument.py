from __future__ import annotations

import msgspec
import pytest
from tests.assess.data import CATALOGUE, INSTRUMENT

from leadglass.assess import instrument as module
from leadglass.assess.instrument import Instrument, Section
from leadglass.assess.question import Band, Bearing, Option, Question, Skip


def test_the_shipped_instrument_is_sound() -> None:
    assert module.faults(INSTRUMENT, CATALOGUE) == []


SSO = INSTRUMENT.by_id["sso"]
BEDS = INSTRUMENT.by_id["beds"]


def changed(question: Question, **fields: object) -> Instrument:
    section = Section(id="one", title="one", intro="one", questions=(msgspec.structs.replace(question, **fields),))
    return msgspec.structs.replace(INSTRUMENT, sections=(section,))


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (changed(SSO, bears={"nothing": {"yes": Bearing.NEUTRAL, "no": Bearing.NEUTRAL}}), "no control 'nothing'"),
        (changed(SSO, bears={"id-single-sign-on": {"yes": Bearing.CONFIRMS}}), "the answers for 'id-single-sign-on'"),
        (changed(SSO, profile=True), "one of them"),
        (changed(SSO, bears={}), "one of them"),
        (changed(SSO, options=(Option(code="a", text="a"),)), "options belong to a choice"),
        (changed(BEDS, bands=(Band(code="a", text="a"), Band(code="b", text="b"))), "bands rise"),
        (changed(BEDS, bands=(Band(code="a", text="a", below=1), Band(code="a", text="a"))), "stands twice"),
        (changed(BEDS, bands=(Band(code="unknown", text="a"),)), "neutral answers"),
        (changed(SSO, skip=(Skip(question="sso", answers=("yes",)),)), "does not stand before it"),
        (changed(SSO, skip=(Skip(question="sso", answers=("yes",)),)), "a published item is never hidden"),
        (changed(SSO), "the published items are [17]"),
        (changed(SSO), "has no question"),
    ],
)
def test_a_fault_of_an_instrument_is_named(broken: Instrument, fault: str) -> None:
    assert any(fault in found for found in module.faults(broken, CATALOGUE))


def test_skips_name_answers_their_question_has() -> None:
    gate = msgspec.structs.replace(SSO, table1=None)
    after = msgspec.structs.replace(gate, id="after", skip=(Skip(question="sso", answers=("perhaps",)),))
    section = Section(id="one", title="one", intro="one", questions=(gate, after, after))
    found = module.faults(msgspec.structs.replace(INSTRUMENT, sections=(section,)), CATALOGUE)
    assert any("skips on answers" in fault for fault in found)
    assert any("'after' stands twice" in fault for fault in found)
