"""Claims about contradictions in the console: both sides are shown, settling changes no answer, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.console.assessed import HOSTILE, NOW, answer, contradicted, filed, text_of
from tests.console.house import House

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Exemption, Outcome
from leadglass.assess.question import Bearing
from leadglass.assess.truth import Verdict
from leadglass.assessor.knowledge import knowledge
from leadglass.store.appstate.findings import decide_exemption, settlements
from leadglass.store.appstate.survey import answer_set
from leadglass.store.appstate.users import Role

PATH = "/assess/contradictions"


def verdict(house: House, control: str = "fw-ris") -> Verdict:
    return next(one.verdict for one in house.console.assessment().judgements if one.control == control)


def form(evidence: str, outcome: str = "accepted", note: str = "looked at it") -> dict[str, str]:
    return {"control": "fw-ris", "evidence": evidence, "outcome": outcome, "fw-ris-note": note}


def test_both_sides_stand_there_with_who_when_and_where(house: House) -> None:
    contradicted(house.console.engine)
    html = house.user("auditor").get(PATH).text
    text = text_of(html)
    assert "by b.jansen" in text
    assert "since 2019" in text
    assert "Network drawing v7, page 2" in text
    assert "/assess/survey/" in html
    assert "Settle" not in text, "an auditor changes nothing"


def test_without_one_the_page_says_what_that_does_not_mean(house: House) -> None:
    assert "it does not mean that all is well" in text_of(house.user("analyst").get(PATH).text)


@pytest.mark.parametrize(
    ("outcome", "after"), [("accepted", Verdict.NOT_MET), ("disputed", Verdict.CONTRADICTED), ("fixed", Verdict.MET)]
)
def test_settling_changes_the_verdict_as_the_table_says_and_no_answer(
    house: House, outcome: str, after: Verdict
) -> None:
    evidence = contradicted(house.console.engine)
    before = answer_set(house.console.engine, knowledge().instrument)
    client = house.user("administrator")
    assert client.post(PATH, data=form(evidence.id, outcome)).headers["location"] == PATH
    assert verdict(house) is after
    assert answer_set(house.console.engine, knowledge().instrument) == before
    (word,) = settlements(house.console.engine)
    assert (word.outcome, word.by, word.note) == (Outcome(outcome), "the-administrator", "looked at it")
    text = text_of(client.get(PATH).text)
    assert "1 record " + outcome in text.replace("\u00a0", " ")
    assert "looked at it" in text, "the history keeps it"


@pytest.mark.parametrize("outcome", ["disputed", "fixed"])
def test_a_word_that_says_nothing_without_a_note_needs_one(house: House, outcome: str) -> None:
    evidence = contradicted(house.console.engine)
    client = house.user("administrator")
    answered = client.post(PATH, data=form(evidence.id, outcome, "  "))
    assert answered.status_code == 400
    assert 'href="#fw-ris-note"' in answered.text
    assert f'value="{outcome}" checked' in answered.text, "what was chosen is still chosen"
    assert settlements(house.console.engine) == ()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"outcome": "deleted"}, "outcome"),
        ({"evidence": "answer:firewall-ris:fw-ris"}, "evidence"),
        ({"evidence": "document:nobody"}, "evidence"),
        ({"evidence": ""}, "evidence"),
        ({"fw-ris-note": "x" * 1_001}, "note"),
        ({"fw-ris-note": "nul\0"}, "note"),
    ],
)
def test_a_fault_is_told_with_its_field_and_keeps_what_was_typed(
    house: House, changed: dict[str, str], field: str
) -> None:
    evidence = contradicted(house.console.engine)
    answered = house.user("administrator").post(PATH, data=form(evidence.id, "fixed") | changed)
    assert answered.status_code == 400
    assert f'href="#fw-ris-{field}"' in answered.text
    assert f'id="fw-ris-{field}"' in answered.text
    assert settlements(house.console.engine) == ()


def test_what_somebody_settled_meanwhile_is_not_settled_again(house: House) -> None:
    evidence = contradicted(house.console.engine)
    first, second = house.user("administrator"), house.user("administrator")
    first.post(PATH, data=form(evidence.id))
    answered = second.post(PATH, data=form(evidence.id, "disputed"))
    assert answered.status_code == 409
    assert "not contradicted any more" in answered.text
    assert [one.outcome for one in settlements(house.console.engine)] == [Outcome.ACCEPTED]


def test_each_record_is_settled_by_itself(house: House) -> None:
    engine = house.console.engine
    first, second = contradicted(engine), filed(engine, "fw-ris", Bearing.REFUTES, "Audit of May")
    client = house.user("administrator")
    client.post(PATH, data=form(first.id, "fixed"))
    assert verdict(house) is Verdict.CONTRADICTED
    client.post(PATH, data=form(second.id, "fixed"))
    assert verdict(house) is Verdict.MET


def test_documents_that_deny_each_other_can_both_be_settled(house: House) -> None:
    engine = house.console.engine
    yes = filed(engine, "fw-ris", Bearing.CONFIRMS, "Drawing")
    no = filed(engine, "fw-ris", Bearing.REFUTES, "Audit")
    html = house.user("administrator").get(PATH).text
    assert f'value="{yes.id}"' in html
    assert f'value="{no.id}"' in html


def test_hostile_text_is_text(house: House) -> None:
    engine = house.console.engine
    answer(engine, "firewall-ris", "yes", note=HOSTILE, by=HOSTILE)
    filed(engine, "fw-ris", Bearing.REFUTES, HOSTILE)
    client = house.user("administrator")
    for path in (PATH, "/assess", "/assess/controls/fw-ris"):
        text = client.get(path).text
        assert "&lt;img" in text
        assert "<img src=x" not in text
        assert "\u202e" not in text


@pytest.mark.parametrize("role", ["viewer", "analyst", "auditor"])
def test_nobody_else_settles(house: House, role: Role) -> None:
    evidence = contradicted(house.console.engine)
    assert house.user(role).post(PATH, data=form(evidence.id)).status_code == 403
    assert settlements(house.console.engine) == ()


def test_what_was_looked_at_goes_behind_what_nobody_looked_at(house: House) -> None:
    evidence = contradicted(house.console.engine)
    answer(house.console.engine, "firewall-internet", "no")
    filed(house.console.engine, "fw-internet", Bearing.CONFIRMS, "Drawing")
    client = house.user("administrator")

    def order() -> list[str]:
        html = client.get(PATH).text
        return sorted(("fw-ris", "fw-internet"), key=lambda name: html.index(f'id="{name}"'))

    assert order() == ["fw-internet", "fw-ris"]
    client.post(PATH, data=form(evidence.id, "disputed"))
    assert order() == ["fw-internet", "fw-ris"]
    assert "looked at" in client.get(PATH).text
    assert "1\u00a0contradiction" in client.get("/assess").text.split("Look at", 1)[1], "one is left to look at"


def test_only_what_contradicts_an_answer_is_chosen_beforehand(house: House) -> None:
    engine = house.console.engine
    against = contradicted(engine)
    beside = filed(engine, "fw-ris", Bearing.CONFIRMS, "Drawing of 2019")
    html = house.user("administrator").get(PATH).text
    assert f'value="{against.id}" checked' in html
    assert f'value="{beside.id}">' in html


def test_an_exemption_that_what_is_seen_denies_is_told_with_its_name(house: House) -> None:
    engine = house.console.engine
    filed(engine, "fw-ris", Bearing.CONFIRMS)
    day = NOW.date()
    decide_exemption(engine, Exemption("fw-ris", "there is no RIS", "ada", day, day + timedelta(30)), "ada", "")
    assert verdict(house) is Verdict.CONTRADICTED
    text = text_of(house.user("administrator").get(PATH).text)
    assert "Recorded as not applicable by ada" in text
    assert "there is no RIS" in text
    assert "how to take that back" in text


def test_what_the_gateway_still_sees_is_not_fixed_by_saying_so(house: House) -> None:
    """An observing route is in the configuration each time somebody looks."""
    engine = house.console.engine
    for question in knowledge().instrument.questions:
        if "topo-known-peers" in question.bears:
            code = next(c for c, b in question.bears["topo-known-peers"].items() if b is Bearing.CONFIRMS)
            answer(engine, question.id, code)
    found = next(one for one in house.console.assessment().judgements if one.control == "topo-known-peers")
    seen = [one for one in found.refuting if one.kind is Kind.CONFIGURATION]
    assert found.verdict is Verdict.CONTRADICTED
    assert seen
    form = {"control": "topo-known-peers", "outcome": "fixed", "topo-known-peers-note": "all enforce now"}
    client = house.user("administrator")
    assert client.post(PATH, data=form | {"evidence": seen[0].id}).status_code == 303
    assert verdict(house, "topo-known-peers") is Verdict.CONTRADICTED
