from __future__ import annotations

from datetime import date

import msgspec
import pytest
from tests.assess.data import CATALOGUE

from leadglass.assess import control as module
from leadglass.assess.control import RECOMMENDATIONS, Catalogue, Claim, Control, Ground, Kind, Level, Reading


def test_there_are_fifty_to_sixty_controls() -> None:
    assert 50 <= len(CATALOGUE.controls) <= 60


def test_every_area_has_controls() -> None:
    assert {control.area for control in CATALOGUE.controls} == {area.id for area in CATALOGUE.areas}


def test_every_recommendation_of_the_article_has_its_controls() -> None:
    carried = {number for control in CATALOGUE.controls for number in control.recommendations}
    assert carried == set(range(1, RECOMMENDATIONS + 1))


@pytest.mark.parametrize(
    ("recommendation", "controls"),
    [
        (1, {"pat-patient-risk", "pat-process"}),  # patient risk analysis while patching
        (2, {"mal-scanner"}),  # PACS-specific virus scanners
        (3, {"tst-system", "tst-proactive"}),  # proactive test systems
        (4, {"fw-ris", "fw-his", "fw-pacs", "fw-gateway", "gw-single"}),  # internal firewalls and NEMA gateways
        (5, {"exch-deidentification", "exch-dicom-tls"}),  # identity removed or encrypted before exchange
        (6, {"vpn-physician-images"}),  # secure physician remote access
        (7, {"ids-imaging"}),  # HL7- and DICOM-specific detection
        (8, {"aud-central", "aud-patient", "aud-review", "mon-performance"}),  # monitoring and patient-specific audit
        (9, {"em-access"}),  # emergency access
        (10, {"ids-imaging"}),  # software made for clinical use
    ],
)
def test_a_recommendation_has_the_controls_that_carry_it_out(recommendation: int, controls: set[str]) -> None:
    assert controls <= {one.id for one in CATALOGUE.controls if recommendation in one.recommendations}


def test_every_row_of_table_1_has_one_control() -> None:
    assert sorted(row for control in CATALOGUE.controls for row in control.table1) == list(range(1, 18))


def test_every_letter_of_the_model_network_has_a_control() -> None:
    letter = {place.id: place.letter for place in CATALOGUE.places}
    named = {letter[control.place] for control in CATALOGUE.controls} - {""}
    assert named == set("DEFHMNOPVYZ")


def test_every_reference_and_place_is_in_use() -> None:
    assert {name for control in CATALOGUE.controls for name in control.references} == {
        reference.id for reference in CATALOGUE.references
    }
    assert {control.place for control in CATALOGUE.controls} == {place.id for place in CATALOGUE.places}


def test_what_is_only_recollected_prints_as_unverified() -> None:
    for reference in CATALOGUE.references:
        assert (reference.verified == "unverified") == (reference.reading is Reading.RECOLLECTED)
        if reference.reading is not Reading.RECOLLECTED:
            assert reference.verified_on is not None
            assert reference.verified_on.isoformat() in reference.verified
            assert reference.source in reference.verified


def test_the_proposal_is_apart_from_the_law_in_force() -> None:
    for reference in CATALOGUE.references:
        assert (reference.level is Level.PROPOSED) == reference.id.startswith("proposed-")
        if reference.level in {Level.REQUIRED, Level.ADDRESSABLE}:
            assert reference.standard == "HIPAA Security Rule"


def test_encryption_in_transit_is_addressable_and_never_called_required() -> None:
    assert CATALOGUE.reference("hipaa-transmission-encryption").level is Level.ADDRESSABLE


def test_every_control_can_be_confirmed_and_refuted() -> None:
    for control in CATALOGUE.controls:
        assert any(ground.confirms for ground in control.evidence), control.id
        assert any(ground.refutes for ground in control.evidence), control.id
        assert any(ground.kind is not Kind.SURVEY and ground.confirms for ground in control.evidence), control.id


def test_the_shipped_catalogue_is_sound() -> None:
    assert module.faults(CATALOGUE) == []


def changed(**fields: object) -> Catalogue:
    first = CATALOGUE.controls[0]
    return msgspec.structs.replace(CATALOGUE, controls=(msgspec.structs.replace(first, **fields),))


SURVEY = Ground(kind=Kind.SURVEY, confirms="so", fresh_days=1)
TRAFFIC = Ground(kind=Kind.TRAFFIC, confirms="so", refutes="not so", fresh_days=1)


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (changed(area="nowhere"), "no area 'nowhere'"),
        (changed(place="nowhere"), "no place 'nowhere'"),
        (changed(references=("nothing",)), "no reference 'nothing'"),
        (changed(evidence=(SURVEY, SURVEY)), "two grounds of one kind"),
        (changed(evidence=(msgspec.structs.replace(TRAFFIC, confirms=""),)), "no survey"),
        (changed(evidence=(SURVEY, Ground(kind=Kind.CHECK, fresh_days=1))), "check says nothing"),
        (changed(claim=Claim.EVERY, evidence=(SURVEY, TRAFFIC)), "traffic cannot confirm"),
        (changed(claim=Claim.SOME, evidence=(SURVEY, TRAFFIC)), "traffic cannot refute"),
        (
            msgspec.structs.replace(CATALOGUE, controls=CATALOGUE.controls[:1] * 2),
            f"control {CATALOGUE.controls[0].id!r} stands 2 times",
        ),
    ],
)
def test_a_fault_of_a_catalogue_is_named(broken: Catalogue, fault: str) -> None:
    assert any(fault in found for found in module.faults(broken))


def test_a_source_without_a_day_and_a_recollection_with_one_are_faults() -> None:
    known = next(one for one in CATALOGUE.references if one.verified_on is not None)
    dayless = msgspec.structs.replace(known, verified_on=None)
    recollected = msgspec.structs.replace(known, reading=Reading.RECOLLECTED)
    for reference in (dayless, recollected):
        broken = msgspec.structs.replace(CATALOGUE, references=(*CATALOGUE.references, reference))
        assert any("belong to what was read" in fault for fault in module.faults(broken))


@pytest.mark.parametrize(
    "fields",
    [{"id": "Not an id"}, {"title": ""}, {"references": []}, {"effort": "huge"}, {"table1": [18]}, {"extra": 1}],
)
def test_a_record_that_breaks_the_schema_is_refused(fields: dict[str, object]) -> None:
    record = {**msgspec.to_builtins(CATALOGUE.controls[0]), **fields}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(record, Control)


def test_verification_days_are_not_in_the_future_of_the_catalogue() -> None:
    assert {one.verified_on for one in CATALOGUE.references if one.verified_on} == {date(2026, 11, 24)}
