"""Claims about the start page of the assessment and its card on the overview: where one stands, and what comes next."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy.exc import OperationalError
from tests.console.assessed import answer, contradicted, filed, text_of
from tests.console.house import House

from leadglass.assess.branch import Progress
from leadglass.assess.question import NOT_APPLICABLE, UNKNOWN, Bearing
from leadglass.assess.summary import Standing
from leadglass.assessor.current import Assessment
from leadglass.assessor.knowledge import knowledge
from leadglass.console.assessing import KEPT, Assessing
from leadglass.console.next_step import next_step
from leadglass.console.survey_view import Survey
from leadglass.console.verdict_picture import MAX_ROWS, verdict_picture
from leadglass.console.verdicts import STANDINGS


def picture(rows: list[tuple[str, Standing]]) -> ET.Element:
    return ET.fromstring(verdict_picture(rows))


def test_it_says_where_the_hospital_stands_and_begins_the_survey(house: House) -> None:
    html = house.user("analyst").get("/assess").text
    assert house.console.assessment().standing.words in html
    assert "Begin the survey" in text_of(html)
    first = next(knowledge().instrument.questions)
    assert re.search(rf'href="/assess/survey/[a-z-]+/{first.id}">First question', html)
    assert re.search(r"about \d+ min", text_of(html))


def test_a_contradiction_comes_first_with_its_evidence(house: House) -> None:
    contradicted(house.console.engine)
    html = house.user("administrator").get("/assess").text
    assert "Look at" in text_of(html)
    assert "Network drawing v7" in html
    assert 'href="/assess/contradictions#fw-ris"' in html
    assert html.index("Network drawing v7") < html.index("By area")


def test_when_all_is_answered_gaps_go_into_the_register_next(house: House) -> None:
    engine, client = house.console.engine, house.user("administrator")
    for question in knowledge().instrument.questions:
        answer(engine, question.id, NOT_APPLICABLE if question.not_applicable else UNKNOWN)
    answer(engine, "firewall-internet", "no")
    assert "Put " in text_of(client.get("/assess").text)
    client.post("/assess/risks", data={"control": "*"})
    text = text_of(client.get("/assess").text)
    assert "Put " not in text
    assert "Look at" in text, "nobody owns what was adopted"


def progress(unanswered: int = 0, unknown: int = 0) -> Progress:
    return Progress(10, 10 - unanswered - unknown, unknown, 0, 90 * unanswered)


@pytest.mark.parametrize(
    ("unanswered", "unknown", "proposed", "waiting", "link"),
    [
        (0, 0, 0, 0, "/assess/report"),
        (0, 3, 0, 0, "/assess/survey/check"),
        (0, 3, 0, 2, "/assess/risks"),
        (0, 3, 1, 2, "/assess/risks"),
    ],
)
def test_one_step_is_next_and_the_report_is_last(
    house: House, unanswered: int, unknown: int, proposed: int, waiting: int, link: str
) -> None:
    assessment = house.console.assessment()
    seen = replace(assessment.view, progress=progress(unanswered, unknown))
    survey = Survey(knowledge().instrument, assessment.answers)
    step = next_step(replace(assessment, view=seen), survey, (), proposed, waiting)
    assert step.link == link


def test_table_and_picture_say_the_same(house: House) -> None:
    answer(house.console.engine, "firewall-internet", "yes")
    filed(house.console.engine, "fw-ris", Bearing.CONFIRMS)
    html = house.user("auditor").get("/assess").text
    areas = house.console.assessment().areas
    for area in knowledge().catalogue.areas:
        row = re.search(rf'area={area.id}">.*?</tr>', html, re.DOTALL)
        assert row is not None
        cells = [int(one) for one in re.findall(r"(\d+)(?:</span>)?</td>", row.group())]
        assert cells == [getattr(areas[area.id], one.name) for one in STANDINGS]
        for one in STANDINGS:
            if count := getattr(areas[area.id], one.name):
                assert f"<title>{area.title}: {count} {one.label}</title>" in html.replace("&amp;", "&")


def test_every_bar_says_in_words_what_it_is_and_no_pattern_is_another(house: House) -> None:
    every = Standing(**{one.name: 1 for one in STANDINGS})
    svg = picture([("Area", every)])
    parts = [one for one in svg.iter("rect") if "part" in (one.get("class") or "").split()]
    titles = [one.findtext("title") for one in parts]
    assert titles == [f"Area: 1 {one.label}" for one in STANDINGS]
    looks = [(one.get("class"), one.get("fill")) for one in parts]
    assert len(set(looks)) == len(STANDINGS)
    drawn = {one.get("id"): tuple(path.get("d") for path in one.iter("path")) for one in svg.iter("pattern")}
    assert len(set(drawn.values())) == len(drawn)
    assert {one.get("fill") for one in parts if one.get("fill")} == {f"url(#{name})" for name in drawn}
    assert not [one for one in svg.iter() if one.get("style")], "the page's policy forbids styles"


def test_bars_grow_with_their_number_and_stay_within_the_picture() -> None:
    svg = picture([("Small", Standing(met=1)), ("Large", Standing(met=4, unknown=36))])
    parts = [one for one in svg.iter("rect") if "part" in (one.get("class") or "").split()]
    one, four, rest = (float(part.get("width", "")) for part in parts)
    assert one < four < rest
    width = float((svg.get("viewBox") or "").split()[2])
    assert all(float(part.get("x", "")) + float(part.get("width", "")) <= width for part in parts)


def test_the_picture_is_the_same_each_time_bounded_and_takes_hostile_titles() -> None:
    rows = [(f"<b>\u202e{number}", Standing(not_met=1)) for number in range(MAX_ROWS + 5)]
    assert verdict_picture(rows) == verdict_picture(rows)
    svg = picture(rows)
    assert len([one for one in svg.iter("text") if one.get("class") == "name"]) == MAX_ROWS
    assert "\u202e" not in verdict_picture(rows)


def test_the_overview_is_one_click_away_from_it(house: House) -> None:
    contradicted(house.console.engine)
    html = house.user("administrator").get("/").text
    standing = house.console.assessment().standing
    assert standing.words in html
    assert 'href="/assess"' in html
    assert 'href="/assess/contradictions"' in html


def test_a_viewer_has_no_card(house: House) -> None:
    html = house.user("viewer").get("/").text
    assert 'href="/assess"' not in html
    assert "claimed only" not in html


class Broken(Assessing):
    def now(self, *_: object) -> Assessment:
        raise OperationalError("SELECT", {}, Exception("no such table"))


def test_an_assessment_that_cannot_be_read_hides_no_traffic(house: House) -> None:
    house.console = replace(house.console, assessing=Broken())
    answered = house.user("administrator").get("/")
    assert answered.status_code == 200
    assert "It cannot be read now" in answered.text
    assert "Who sends to whom" in answered.text


def test_what_was_just_decided_is_on_the_next_page(house: House) -> None:
    client = house.user("administrator")
    before = house.console.assessment().standing
    client.get("/assess")
    filed(house.console.engine, "fw-ris", Bearing.CONFIRMS)
    after = house.console.assessment().standing
    assert after.met == before.met + 1
    assert after.words in client.get("/assess").text


@pytest.mark.parametrize(("later", "looks"), [(KEPT - 1, 1), (KEPT, 2), (-1, 2)])
def test_the_gateway_is_asked_again_after_seconds_and_when_the_clock_is_set_back(
    house: House, later: int, looks: int
) -> None:
    console, seen = house.console, []

    class Watching:
        """A projection that counts how often somebody looks."""

        def __getattr__(self, name: str) -> object:
            seen.append(name)
            return getattr(console.projection, name)

    assessing, now = Assessing(), console.clock()
    configuration, projection = console.configuration(), Watching()
    assessing.now(configuration, console.engine, projection, now)  # type: ignore[arg-type]  # stands for one
    once = len(seen)
    assert once, "the gateway's evidence comes from the projection"
    assessing.now(configuration, console.engine, projection, now + later)  # type: ignore[arg-type]  # the same
    assert len(seen) == once * looks
