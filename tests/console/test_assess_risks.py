"""Claims about the risk register in the console: adopted, rated, accepted by name, and no change lost unseen."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from tests.console.assessed import HOSTILE, NOW, answer, text_of
from tests.console.house import House

from leadglass.assess.question import Bearing, Form
from leadglass.assess.risk import LEAST, MOST, Risk, RiskLevel, RiskState, addressable
from leadglass.assessor.knowledge import knowledge
from leadglass.console.risk_form import free_id
from leadglass.console.risk_matrix import risk_matrix
from leadglass.store.appstate.risks import risk_history, risks, save_risk
from leadglass.store.appstate.users import Role

PATH = "/assess/risks"
DAY = NOW.date()
SOON, PAST = (DAY + timedelta(days=90)).isoformat(), (DAY - timedelta(days=5)).isoformat()
FORM = {
    "basis": "0",
    "control": "fw-ris",
    "asset": "Orders and reports",
    "threat": "Ransomware spreads",
    "vulnerability": "No firewall before the RIS",
    "likelihood": "4",
    "likelihood_reason": "it did in 2021",
    "impact": "5",
    "impact_reason": "no reports for days",
    "rationale": "",
    "owner": "c.bakker",
    "due": SOON,
    "state": "in-treatment",
    "accepted_until": "",
}


def gap(house: House) -> None:
    answer(house.console.engine, "firewall-ris", "no")


def kept(house: House) -> Risk:
    (found,) = [one for one in risks(house.console.engine) if one.control == "fw-ris"]
    return found


def stored(house: House, number: int = 0, **changes: object) -> Risk:
    risk = Risk("fw-ris", "fw-ris", "asset", "threat", "vulnerability", 2, "seldom", 4, "severe")
    changed = replace(risk, **changes)  # type: ignore[arg-type]  # the test's own
    return save_risk(house.console.engine, changed, basis=number, by="ada", address="", at=NOW)


def test_a_gap_is_proposed_and_adopted_with_one_click(house: House) -> None:
    gap(house)
    client = house.user("administrator")
    assert "Adopt" in client.get(PATH).text
    assert client.post(PATH, data={"control": "fw-ris"}).headers["location"] == f"{PATH}/fw-ris"
    risk = kept(house)
    assert risk.number == 1
    assert "Proposed" in risk.likelihood_reason
    assert client.post(PATH, data={"control": "fw-ris"}).headers["location"] == PATH
    assert "nothing to adopt" in client.get(PATH).text
    assert kept(house).number == 1, "twice is once"


def test_all_are_adopted_at_once(house: House) -> None:
    gap(house)
    answer(house.console.engine, "firewall-internet", "no")
    client = house.user("administrator")
    client.post(PATH, data={"control": "*"})
    html = client.get(PATH).text
    assert {"fw-ris", "fw-internet"} <= {one.control for one in risks(house.console.engine)}
    assert "Proposed from gaps" not in html
    assert "nobody owns it" in html


def test_a_risk_is_rated_owned_and_kept_with_its_history(house: House) -> None:
    gap(house)
    client = house.user("administrator")
    client.post(PATH, data={"control": "fw-ris"})
    assert 'name="basis" value="1"' in client.get(f"{PATH}/fw-ris").text
    client.post(f"{PATH}/fw-ris", data=FORM | {"basis": "1"})
    risk = kept(house)
    assert (risk.likelihood, risk.impact, risk.owner, risk.state) == (4, 5, "c.bakker", RiskState.IN_TREATMENT)
    assert risk.due is not None
    assert risk.due.isoformat() == SOON
    assert len(risk_history(house.console.engine, "fw-ris")) == 2
    html = client.get(f"{PATH}/fw-ris").text
    assert "Version 2" in html
    assert "<ins><bdi>c.bakker</bdi></ins>" in html
    listed = text_of(client.get(PATH).text)
    assert "4 × 5 = 20" in listed
    assert "high" in listed


def test_a_risk_is_put_in_by_hand_once_and_a_second_one_beside_it(house: House) -> None:
    client = house.user("administrator")
    assert client.get(f"{PATH}/new?control=fw-ris").status_code == 200
    assert client.post(f"{PATH}/new", data=FORM).headers["location"] == f"{PATH}/fw-ris"
    assert client.post(f"{PATH}/new", data=FORM).headers["location"] == f"{PATH}/fw-ris", "the same form sent twice"
    other = client.post(f"{PATH}/new", data=FORM | {"threat": "A vendor's laptop"})
    assert other.headers["location"] == f"{PATH}/fw-ris-2"
    assert [one.id for one in risks(house.console.engine)] == ["fw-ris", "fw-ris-2"]


@pytest.mark.parametrize("path", ["/assess/risks/nothing", "/assess/risks/new", "/assess/risks/new?control=nothing"])
def test_a_risk_that_is_none_is_not_found(house: House, path: str) -> None:
    client = house.user("administrator")
    assert client.get(path).status_code == 404
    assert client.post(path, data={"control": "nothing"}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"asset": " "}, "asset"),
        ({"threat": ""}, "threat"),
        ({"vulnerability": "x" * 2_001}, "vulnerability"),
        ({"likelihood": "0"}, "likelihood"),
        ({"likelihood": "6"}, "likelihood"),
        ({"likelihood": "٣"}, "likelihood"),
        ({"likelihood_reason": ""}, "likelihood_reason"),
        ({"impact": "4.5"}, "impact"),
        ({"impact_reason": "\0"}, "impact_reason"),
        ({"owner": "x" * 201}, "owner"),
        ({"owner": "two\nlines"}, "owner"),
        ({"due": "soon"}, "due"),
        ({"due": "2001-01-01"}, "due"),
        ({"state": "forgotten"}, "state"),
        ({"state": "accepted", "accepted_until": ""}, "accepted_until"),
        ({"state": "accepted", "accepted_until": PAST}, "accepted_until"),
    ],
)
def test_a_fault_leads_to_its_field_and_keeps_the_rest(house: House, changes: dict[str, str], field: str) -> None:
    stored(house)
    answered = house.user("administrator").post(f"{PATH}/fw-ris", data=FORM | {"basis": "1"} | changes)
    assert answered.status_code == 400
    assert f'href="#{field}"' in answered.text
    assert f'id="{field}"' in answered.text
    assert 'aria-invalid="true"' in answered.text
    assert "Orders and reports" in answered.text or field == "asset"
    assert kept(house).number == 1


def test_an_acceptance_has_the_name_of_who_accepts_and_ends(house: House) -> None:
    stored(house)
    client = house.user("administrator")
    accepted = FORM | {"basis": "1", "state": "accepted", "accepted_until": SOON, "rationale": "a wall stands there"}
    client.post(f"{PATH}/fw-ris", data=accepted)
    risk = kept(house)
    assert (risk.accepted_by, risk.state) == ("the-administrator", RiskState.ACCEPTED)
    assert risk.accepted_until is not None
    assert risk.accepted_until.isoformat() == SOON
    client.post(f"{PATH}/fw-ris", data=FORM | {"basis": "2"})
    assert kept(house).accepted_by == "", "nobody accepts a risk that is treated"
    assert kept(house).accepted_until is None


def test_whoever_accepted_stays_named_when_somebody_else_corrects_a_word(house: House) -> None:
    until = DAY + timedelta(days=30)
    stored(house, state=RiskState.ACCEPTED, accepted_until=until, accepted_by="ada", rationale="a wall stands there")
    form = FORM | {"basis": "1", "state": "accepted", "accepted_until": until.isoformat(), "rationale": "a thick wall"}
    client = house.user("administrator")
    client.post(f"{PATH}/fw-ris", data=form)
    assert kept(house).accepted_by == "ada"
    client.post(f"{PATH}/fw-ris", data=form | {"basis": "2", "accepted_until": SOON})
    assert kept(house).accepted_by == "the-administrator"


def test_an_addressable_specification_needs_its_rationale(house: House) -> None:
    catalogue = knowledge().catalogue
    question, control, code = next(
        (one, control, code)
        for one in knowledge().instrument.questions
        for control, bearings in one.bears.items()
        for code, bearing in bearings.items()
        if bearing is Bearing.REFUTES and addressable(catalogue, control) and not one.skip and one.form is Form.YES_NO
    )
    answer(house.console.engine, question.id, code)
    client = house.user("administrator")
    form = FORM | {"control": control, "state": "accepted", "accepted_until": SOON}
    clause = addressable(catalogue, control)[0].clause
    assert clause in client.get(f"{PATH}/new?control={control}").text
    answered = client.post(f"{PATH}/new", data=form)
    assert answered.status_code == 400
    assert 'href="#rationale"' in answered.text
    assert client.post(f"{PATH}/new", data=form | {"rationale": "a lock does it"}).status_code == 303


def test_two_people_at_once_see_both_versions_and_lose_none(house: House) -> None:
    stored(house)
    client = house.user("administrator")
    stored(house, 1, owner="somebody else", threat="Another threat")
    mine = FORM | {"basis": "1", "threat": "Mine: <b>a threat</b>\nover two lines"}
    answered = client.post(f"{PATH}/fw-ris", data=mine)
    assert answered.status_code == 409
    assert "ada changed the risk meanwhile" in answered.text.replace("Ada", "ada")
    assert "somebody else" in answered.text
    assert "Mine: &lt;b&gt;a threat&lt;/b&gt;" in answered.text
    assert kept(house).owner == "somebody else"
    fields = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', answered.text))
    assert fields["basis"] == "2"
    again = {name: value.replace("&lt;", "<").replace("&gt;", ">") for name, value in fields.items()}
    assert client.post(f"{PATH}/fw-ris", data=again).status_code == 303
    assert kept(house).threat == "Mine: <b>a threat</b>\nover two lines"
    assert kept(house).number == 3


def test_the_same_change_twice_is_one(house: House) -> None:
    stored(house)
    client = house.user("administrator")
    for _ in range(2):
        assert client.post(f"{PATH}/fw-ris", data=FORM | {"basis": "1"}).status_code == 303
    assert kept(house).number == 2


@pytest.mark.parametrize("basis", ["", "-1", "١", "9" * 30, "1e3"])
def test_a_basis_that_is_none_overwrites_nothing(house: House, basis: str) -> None:
    stored(house)
    answered = house.user("administrator").post(f"{PATH}/fw-ris", data=FORM | {"basis": basis})
    assert answered.status_code == 409
    assert kept(house).number == 1


def test_a_due_date_that_passed_can_stay_while_another_word_changes(house: House) -> None:
    stored(house, due=DAY - timedelta(days=5))
    client = house.user("administrator")
    assert f"it was due on {PAST}" in client.get(PATH).text
    assert client.post(f"{PATH}/fw-ris", data=FORM | {"basis": "1", "due": PAST}).status_code == 303
    assert kept(house).owner == "c.bakker"


def test_an_acceptance_that_ended_is_open_again_and_told(house: House) -> None:
    stored(house, state=RiskState.ACCEPTED, accepted_until=DAY - timedelta(days=5), accepted_by="ada", rationale="w")
    text = text_of(house.user("auditor").get(PATH).text)
    assert f"the acceptance ended on {PAST}: it is open again" in text


def test_the_register_is_sorted_by_link_and_hides_what_is_closed(house: House) -> None:
    engine = house.console.engine
    ids = ("fw-internet", "fw-ris", "fw-dmz" if knowledge().catalogue.control("fw-dmz") else "topo-map")
    for place, name in enumerate(ids):
        stored(
            house,
            id=name,
            control=name,
            likelihood=place + 1,
            owner="zyx"[place],
            due=DAY + timedelta(days=9 - place),
            state=RiskState.OPEN,
        )
    client = house.user("auditor")

    def order(query: str) -> list[str]:
        return re.findall(r'<td class="statement"><a href="/assess/risks/([a-z0-9-]+)"', client.get(PATH + query).text)

    assert order("") == list(ids)[::-1], "the highest risk first"
    assert order("?sort=owner") == list(ids)[::-1]
    assert order("?sort=due") == list(ids)[::-1]
    assert order("?sort=state") == sorted(ids)
    assert len(order("?sort=control")) == 3
    assert order("?sort=<script>") == list(ids)[::-1]
    assert 'aria-sort="descending"' in client.get(PATH).text
    shut = replace(next(one for one in risks(engine) if one.id == "fw-ris"), state=RiskState.CLOSED, rationale="done")
    save_risk(engine, shut, basis=1, by="ada", address="", at=NOW)
    assert "fw-ris" not in order("")
    assert "fw-ris" in order("?closed=yes")


def test_matrix_and_table_say_the_same(house: House) -> None:
    stored(house)
    html = house.user("auditor").get(PATH).text
    assert "<title>Likelihood 2, impact 4: 1\u00a0risk, medium</title>" in html
    (row,) = re.findall(r'<th scope="row">2, unlikely</th>(.*?)</tr>', html)
    assert re.findall(r'class="n">(\d+)', row) == ["0", "0", "0", "1", "0"]


def test_the_matrix_has_every_cell_with_its_level_in_words() -> None:
    counts = Counter({(1, 1): 2, (5, 5): 1})
    svg = ET.fromstring(risk_matrix(counts))
    titles = [one.findtext("title") or "" for one in svg.iter("rect")]
    assert len(titles) == (MOST - LEAST + 1) ** 2
    assert {title.rsplit(", ", 1)[1] for title in titles} == {level.value for level in RiskLevel}
    assert "3\u00a0risks by likelihood and impact" in (svg.findtext("title") or "")
    assert risk_matrix(counts) == risk_matrix(Counter({(5, 5): 1, (1, 1): 2}))
    assert not [one for one in svg.iter() if one.get("style")]


def test_a_free_id_is_no_other_risks() -> None:
    assert free_id("fw-ris", []) == "fw-ris"
    assert free_id("fw-ris", ["fw-ris", "fw-ris-2", "fw-ris-4"]) == "fw-ris-3"


def test_hostile_text_is_text_everywhere(house: House) -> None:
    stored(house, asset=HOSTILE, threat=HOSTILE, owner=HOSTILE, likelihood_reason=HOSTILE)
    stored(house, 1, asset=HOSTILE + "2", threat=HOSTILE, owner="x", likelihood_reason=HOSTILE)
    roles: tuple[Role, ...] = ("administrator", "auditor")
    for role in roles:
        client = house.user(role)
        for path in (PATH, f"{PATH}/fw-ris"):
            assert "<img src=x" not in client.get(path).text


@pytest.mark.parametrize("role", ["viewer", "analyst", "auditor"])
def test_nobody_else_changes_the_register(house: House, role: Role) -> None:
    gap(house)
    client = house.user(role)
    assert client.post(PATH, data={"control": "*"}).status_code == 403
    assert client.post(f"{PATH}/new", data=FORM).status_code == 403
    if role != "viewer":
        assert "<button name=" not in client.get(PATH).text
    assert risks(house.console.engine) == ()
