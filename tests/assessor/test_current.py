"""The assessment now: what people said and what the gateway saw, judged together, and neither changed by the other."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from tests.assessor.place import ARCHIVE, DAY, ENFORCING, NOW, PLAIN, SECOND, SECURE, SITE, Place, closed
from tests.engines import database, engine

from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assess.control import Assurance, Claim, Kind
from leadglass.assess.evidence import Evidence, Exemption, Outcome, Settlement
from leadglass.assess.question import NEUTRAL_ANSWERS, Bearing, Question
from leadglass.assess.truth import Verdict
from leadglass.assessor.current import ELSEWHERE, assess_now
from leadglass.assessor.knowledge import knowledge
from leadglass.store.appstate.findings import decide_exemption, file_document, settle
from leadglass.store.appstate.survey import answer_set, history, import_answers, record_answer

__all__ = ["database", "engine"]

ENCRYPTED, KNOWN = "exch-dicom-tls", "topo-known-peers"


def document(place: Place, control: str, scope: frozenset[str] = frozenset()) -> None:
    said = Evidence("", control, Kind.DOCUMENT, Bearing.CONFIRMS, "plan", "Network plan, page 3", NOW - DAY, scope)
    file_document(place.engine, said, "ann", "local")


def test_one_association_in_the_clear_contradicts_the_answer_that_all_is_encrypted(place: Place) -> None:
    place.configured(SECURE)
    place.answered(dicom_encrypted="yes")
    assert place.judged(ENCRYPTED).verdict is Verdict.MET
    place.happened(closed(7))
    found = place.assessed()
    (contradiction,) = found.contradictions
    assert (contradiction.control, contradiction.verdict) == (ENCRYPTED, Verdict.CONTRADICTED)
    (sighting,) = [one for one in contradiction.refuting if one.kind is Kind.TRAFFIC]
    assert found.links[sighting.id].startswith("/association?key=w0-1-7&")
    assert found.links["answer:dicom-encrypted:exch-dicom-tls"] == "/assess/survey/exchange/dicom-encrypted"
    assert found.answers.values() == {"dicom-encrypted": "yes"}, "the answer stays as it was given"


def test_what_was_fixed_comes_back_when_it_is_seen_again_under_the_same_id(place: Place) -> None:
    place.configured(SECURE)
    place.answered(dicom_encrypted="yes")
    place.happened(closed(7), before=DAY)
    (sighting,) = [one for one in place.judged(ENCRYPTED).refuting if one.kind is Kind.TRAFFIC]
    settle(place.engine, Settlement(sighting.id, Outcome.FIXED, "ann", NOW, "moved to TLS"), "local")
    assert place.judged(ENCRYPTED).verdict is Verdict.MET
    place.at = NOW + 2 * DAY
    assert place.judged(ENCRYPTED).verdict is Verdict.MET
    place.happened(closed(8), before=SECOND)
    again = place.judged(ENCRYPTED)
    assert again.verdict is Verdict.CONTRADICTED
    assert sighting.id in {one.id for one in again.refuting}


def test_a_configuration_that_is_said_to_be_fixed_and_is_not_comes_back_at_once(place: Place) -> None:
    place.answered(dicom_encrypted="yes")
    (plain,) = place.of("listeners", ENCRYPTED)
    settle(place.engine, Settlement(plain.evidence.id, Outcome.FIXED, "ann", NOW + SECOND), "local")
    place.at = NOW + 2 * SECOND
    assert place.judged(ENCRYPTED).verdict is Verdict.CONTRADICTED


def test_accepting_the_evidence_sets_the_answer_aside_and_keeps_it_of_record(place: Place) -> None:
    place.answered(dicom_encrypted="yes")
    (plain,) = place.of("listeners", ENCRYPTED)
    settle(place.engine, Settlement(plain.evidence.id, Outcome.ACCEPTED, "ann", NOW), "local")
    assert place.judged(ENCRYPTED).verdict is Verdict.NOT_MET
    assert place.assessed().answers.values() == {"dicom-encrypted": "yes"}


def test_the_gateway_alone_never_shows_that_something_holds_everywhere(place: Place) -> None:
    place.configured(SECURE)
    judged = place.judged(ENCRYPTED)
    assert (judged.verdict, judged.row) == (Verdict.UNKNOWN, "confirmed-for-a-part-only")
    place.answered(dicom_encrypted="yes")
    assert place.judged(ENCRYPTED).claimed_only


def test_with_a_document_about_all_else_it_is_met_and_documented(place: Place) -> None:
    assert place.judged("aud-patient").verdict is Verdict.UNKNOWN
    document(place, "aud-patient", frozenset({ELSEWHERE}))
    judged = place.judged("aud-patient")
    assert (judged.verdict, judged.assurance) == (Verdict.MET, Assurance.DOCUMENTED)


def test_documents_and_exemptions_are_part_of_it(place: Place) -> None:
    document(place, "fw-ris")
    exempt = Exemption("vpn-no-dialup", "no telephone line is left", "Ann", date(2026, 1, 1), date(2027, 1, 1))
    decide_exemption(place.engine, exempt, "ann", "local")
    found = place.assessed()
    verdicts = {one.control: one.verdict for one in found.judgements}
    assert (verdicts["fw-ris"], verdicts["vpn-no-dialup"]) == (Verdict.MET, Verdict.NOT_APPLICABLE)
    assert found.exemptions == {"vpn-no-dialup": exempt}
    (filed,) = [one for one in found.evidence if one.kind is Kind.DOCUMENT]
    assert found.links[filed.id] == "/assess/controls/fw-ris"


def test_every_control_is_judged_once_in_the_catalogues_order_and_every_record_has_a_page(place: Place) -> None:
    place.answered(dicom_encrypted="yes", vpn_dialup="no")
    place.happened(closed(7), closed(8, peer="", calling="LAPTOP"))
    place.waits("US_NEW")
    found = place.assessed()
    assert [one.control for one in found.judgements] == [one.id for one in knowledge().catalogue.controls]
    assert list(found.areas) == [one.id for one in knowledge().catalogue.areas]
    ids = [one.id for one in found.evidence]
    assert len(set(ids)) == len(ids)
    assert set(found.links) == set(ids)
    assert found.facility == "St. Elsewhere"


def test_an_answer_that_a_branch_hides_says_nothing_and_is_kept(place: Place) -> None:
    place.answered(snmp_used="no", snmp_version="older")
    found = place.assessed()
    assert "answer:snmp-version:mon-snmp" not in {one.id for one in found.evidence}
    assert found.answers.values()["snmp-version"] == "older"


def test_an_enforcing_gateway_does_not_contradict_the_answer_that_all_callers_are_known(place: Place) -> None:
    place.configured(SITE + ARCHIVE + ENFORCING)
    place.answered(known_callers="yes")
    assert place.judged(KNOWN).verdict is Verdict.MET
    place.configured(PLAIN)
    assert place.judged(KNOWN).verdict is Verdict.CONTRADICTED


def test_the_assessment_is_the_same_on_each_engine(engine: Engine, place: Place) -> None:
    """Answers and decisions on this engine, evidence from the gateway."""
    instrument = knowledge().instrument
    record_answer(engine, instrument, "dicom-encrypted", "yes", by="ann", address="local", at=NOW - DAY, basis=0)
    found = assess_now(engine, knowledge(), "x", NOW, place.noted())
    assert [one.control for one in found.contradictions] == [ENCRYPTED]
    assert found.standing.contradicted == 1


def values(question: Question) -> st.SearchStrategy[str | int | None]:
    if question.codes and not question.bands:
        return st.sampled_from([None, *question.answers])
    return st.one_of(st.none(), st.sampled_from(NEUTRAL_ANSWERS[:1]), st.integers(0, 1_000))


SURVEYS = st.fixed_dictionaries({question.id: values(question) for question in knowledge().instrument.questions})
GATEWAYS = st.sampled_from([PLAIN, SECURE, SITE + ARCHIVE + ENFORCING])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SURVEYS, GATEWAYS)
def test_an_unknown_never_becomes_a_no_and_evidence_never_overwrites_an_answer(
    place: Place, chosen: dict[str, str | int | None], gateway: str
) -> None:
    """Whatever is answered, and whatever the gateway sees."""
    place.configured(gateway)
    instrument = knowledge().instrument
    given_ = {name: Answer(value, "ann", NOW - DAY) for name, value in chosen.items() if value is not None}
    theirs = AnswerSet(instrument.version, given_)
    take = frozenset(chosen)
    import_answers(place.engine, instrument, theirs, by="ann", address="local", at=NOW, take=take)
    before, told = answer_set(place.engine, instrument), history(place.engine)
    found = place.assessed()
    assert answer_set(place.engine, instrument) == before == found.answers
    assert history(place.engine) == told
    for judgement in found.judgements:
        refuting = [one for one in judgement.refuting if one.kind is Kind.SURVEY]
        assert judgement.refuting or judgement.verdict not in {Verdict.NOT_MET, Verdict.PARTLY, Verdict.CONTRADICTED}
        for one in (*refuting, *judgement.confirming):
            if one.kind is Kind.SURVEY:
                assert before.answers[one.where].value not in NEUTRAL_ANSWERS
    claims = {control.id: control.claim for control in knowledge().catalogue.controls}
    for noted in place.noted():
        if noted.evidence.kind is Kind.TRAFFIC and claims[noted.evidence.control] is Claim.EVERY:
            assert noted.evidence.bearing in {Bearing.REFUTES, Bearing.NEUTRAL}


@pytest.mark.parametrize("gateway", [PLAIN, SECURE, SITE + ARCHIVE + ENFORCING])
def test_the_catalogue_lets_every_record_of_the_gateway_count(place: Place, gateway: str) -> None:
    """Nothing is noted that `sift` would set aside: kind and bearing are what the control says they can be."""
    place.configured(gateway)
    place.peer("ct1", plain=True)
    place.peer("ws1", host="10.0.0.80", port=104, networks=("0.0.0.0/0",))
    place.happened(closed(7), closed(8, peer="", calling="LAPTOP"))
    place.waits("US_NEW")
    found = place.assessed()
    assert [aside for one in found.judgements for aside in one.aside] == []
    assert {one.evidence.control for one in place.noted()} <= {one.control for one in found.judgements}
