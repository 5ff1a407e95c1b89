"""The demonstration hospital comes half assessed, with one contradiction, and takes nobody's answer back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leadglass.assess.control import Kind
from leadglass.assess.truth import Verdict
from leadglass.assessor.current import assess_now
from leadglass.assessor.gateway import gather
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.sight import nanoseconds
from leadglass.config import load
from leadglass.demo import configuration as written
from leadglass.demo.archive import Archive
from leadglass.demo.hospital import hospital, peers
from leadglass.demo.players import players
from leadglass.demo.ports import Ports
from leadglass.demo.survey import answer, given, survey
from leadglass.model.event import Association, AssociationClosed, Event, EventId
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peer
from leadglass.store.appstate.survey import answer_set, history, numbers, record_answer
from leadglass.store.projection.engines import open_projection

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
INSTRUMENT = knowledge().instrument


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_appstate(tmp_path / "app.sqlite")
    yield opened
    opened.dispose()


def save(engine: Engine, question: str, value: str | None) -> None:
    basis = numbers(engine).get(question, 0)
    record_answer(engine, INSTRUMENT, question, value, by="ann", address="local", at=NOW, basis=basis)


def test_every_answer_is_one_of_its_question_by_one_person_each() -> None:
    shipped = survey()
    asked = [question for person in shipped.person for question in person.answers]
    assert len(set(asked)) == len(asked)
    for person in shipped.person:
        assert set(person.notes) <= set(person.answers)
        for question, value in person.answers.items():
            assert INSTRUMENT.by_id[question].code(value) is not None, question


def test_about_half_is_answered_in_the_days_before_the_first_start(engine: Engine) -> None:
    assert answer(engine, NOW)
    answers = answer_set(engine, INSTRUMENT)
    assert answers == given(survey(), INSTRUMENT, NOW)
    assert 0.4 < len(answers.answers) / len(INSTRUMENT.by_id) < 0.6
    assert {one.source for one in history(engine)} == {"demo"}
    assert all(one.at < NOW for one in answers.answers.values())


def test_a_second_start_answers_nothing_and_keeps_what_people_answered_and_withdrew(engine: Engine) -> None:
    answer(engine, NOW)
    save(engine, "dicom-encrypted", "no")
    save(engine, "known-callers", None)
    before, told = answer_set(engine, INSTRUMENT), history(engine)
    assert not answer(engine, NOW + timedelta(days=1))
    assert answer_set(engine, INSTRUMENT) == before
    assert history(engine) == told


def test_who_answered_before_the_demonstration_knew_a_survey_is_left_alone(engine: Engine) -> None:
    save(engine, "dicom-encrypted", "partly")
    assert not answer(engine, NOW)
    assert answer_set(engine, INSTRUMENT).values() == {"dicom-encrypted": "partly"}


def test_there_is_one_contradiction_to_find_and_the_demonstrations_own_traffic_is_its_proof(
    engine: Engine, tmp_path: Path
) -> None:
    of, ports = hospital(), Ports()
    file = tmp_path / "leadglass.toml"
    file.write_text(written.text(Archive("orthanc", "Orthanc", False, ()), players(stand_in=True), ports))
    for peer in peers(of, ports.workstation):
        save_peer(engine, peer, "demonstration", "local")
    answer(engine, NOW)
    projection = open_projection("sqlite:///:memory:")
    known = [device for device in of.device if device.known]
    leaves = []
    for number, device in enumerate(known, 1):
        who = Association(number, "127.0.0.1", 40_000, device.title, of.called, device.id, "orthanc", "enforce")
        event = Event(
            EventId("w0", 1, number), nanoseconds(NOW) - number, of.called, AssociationClosed(who, 1, "released")
        )
        leaves.append((f"{number:064x}", event))
    projection.apply("2026-11", 0, leaves)
    found = assess_now(engine, knowledge(), "demo", NOW, gather(engine, load(file), projection, NOW))
    projection.close()
    (contradiction,) = found.contradictions
    assert contradiction.control == "exch-dicom-tls"
    assert [one.where for one in contradiction.confirming] == ["dicom-encrypted"]
    seen = {name for one in contradiction.refuting if one.kind is Kind.TRAFFIC for name in one.scope}
    assert seen == {f"peer {device.id}" for device in known}
    verdicts = {one.verdict for one in found.judgements}
    assert {Verdict.MET, Verdict.NOT_MET, Verdict.PARTLY, Verdict.UNKNOWN, Verdict.STALE} <= verdicts
    assert found.view.refused == ()
