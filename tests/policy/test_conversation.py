"""Queries, retrieves and their objects: what policies say of level, destination, patient and keys."""

from __future__ import annotations

from datetime import timedelta

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.hospital import (
    COMMITMENT,
    CT,
    MR,
    PRIVATE,
    STUDY_FIND,
    STUDY_MOVE,
    TUESDAY_MORNING,
    TUESDAY_NIGHT,
    WORKLIST,
    WORKSTATION,
    generation,
    local,
    replace,
    with_own,
)

from leadglass.errors import ConfigurationError
from leadglass.model.decision import Decision, Request
from leadglass.model.peer import Peer
from leadglass.policy.engine import Engine
from leadglass.policy.operations import operations_of

FIND = Request("ws", "C-FIND", STUDY_FIND, "pacs", TUESDAY_MORNING, level="STUDY", keys=("PatientID",))
MOVE = Request("ws", "C-MOVE", STUDY_MOVE, "pacs", TUESDAY_MORNING, level="STUDY", destination="WS1")
OBJECT = Request("ws", "C-MOVE", CT, "pacs", TUESDAY_MORNING, destination="WS1", patient="4711", object=True)
LIMITED = replace(WORKSTATION, destinations=("WS1", "WS2"), levels=("STUDY", "SERIES"))


def engine(peer: Peer = WORKSTATION, own: str = "") -> Engine:
    return Engine.build(generation(peer, policies=with_own(own)))


@pytest.mark.parametrize(
    ("request_", "rule", "failed"),
    [
        (
            replace(MOVE, destination="WS9"),
            "forbid-other-destination",
            "destination: WS9 is not among WS1, WS2",
        ),
        (replace(MOVE, destination=""), "forbid-other-destination", "destination: none is not among WS1, WS2"),
        (replace(MOVE, level="PATIENT"), "forbid-other-level", "level: PATIENT is not among STUDY, SERIES"),
        (replace(FIND, level="PATIENT"), "forbid-other-level", "level: PATIENT is not among STUDY, SERIES"),
        (
            replace(FIND, sop_class=WORKLIST, level="WORKLIST"),
            "forbid-other-level",
            "level: WORKLIST is not among STUDY, SERIES",
        ),
        (
            replace(OBJECT, destination="WS9"),
            "forbid-other-destination",
            "destination: WS9 is not among WS1, WS2",
        ),
    ],
)
def test_an_entry_limits_levels_and_destinations(request_: Request, rule: str, failed: str) -> None:
    assert engine(LIMITED).decide(request_) == Decision(allowed=False, rule=rule, failed=failed)
    assert engine().decide(request_).allowed


def test_limits_of_retrieves_do_not_touch_what_has_no_level_or_destination() -> None:
    judge = engine(LIMITED)
    assert judge.decide(OBJECT).allowed, "an object has no level of its own"
    assert judge.decide(Request("ws", "C-STORE", CT, "pacs", TUESDAY_MORNING)).allowed
    pull = Request("ws", "C-FIND", "1.2.840.10008.5.1.4.34.6.3", "pacs", TUESDAY_MORNING)
    assert judge.decide(pull).rule == "procedure-step-permitted"


@pytest.mark.parametrize(
    ("listed", "sop_class", "allowed"),
    [
        (("*",), CT, True),
        ((STUDY_FIND, STUDY_MOVE), CT, True),  # says nothing about objects
        ((STUDY_MOVE, CT), CT, True),
        ((STUDY_MOVE, CT), MR, False),
        ((STUDY_MOVE, PRIVATE), CT, False),  # a private class counts as one that stores
        ((STUDY_MOVE,), PRIVATE, True),
        ((STUDY_MOVE,), STUDY_FIND, False),  # no object at all
    ],
)
@pytest.mark.parametrize("operation", ["C-MOVE", "C-GET"])
def test_objects_are_judged_by_the_storage_classes_of_who_asked(
    listed: tuple[str, ...], sop_class: str, allowed: bool, operation: str
) -> None:
    judge = engine(replace(WORKSTATION, sop_classes=listed))
    decision = judge.decide(replace(OBJECT, sop_class=sop_class, operation=operation))
    assert decision.allowed is allowed
    if not allowed:
        assert decision.nearest == "retrieved-object-permitted"
        assert "SOP class" in decision.failed


def test_an_object_needs_the_operation_that_asked_for_it() -> None:
    judge = engine(replace(WORKSTATION, operations=("C-GET", "C-STORE")))
    assert judge.decide(replace(OBJECT, operation="C-GET")).allowed
    refused = judge.decide(OBJECT)
    assert (refused.nearest, refused.failed) == (
        "retrieved-object-permitted",
        "operation C-MOVE is not among C-GET, C-STORE",
    )


def test_a_report_may_come_to_whoever_may_ask_for_commitment() -> None:
    judge = engine(replace(WORKSTATION, operations=("N-ACTION",)))
    report = Request("ws", "N-EVENT-REPORT", COMMITMENT, "pacs", TUESDAY_MORNING)
    assert judge.decide(report).rule == "commitment-report-permitted"
    other = engine(replace(WORKSTATION, operations=("C-STORE",))).decide(report)
    assert other.failed == "operation N-EVENT-REPORT is not among C-STORE"


VIP = """
@id("vip") @why("This patient's images stay in the reading room.")
forbid (principal, action, resource)
when { context.patient == "4711" && (context.issuer == "" || context.issuer == "HOSP") }
unless { principal == Peer::"reading" };
"""


def test_a_patient_can_be_kept_from_everybody_but_some() -> None:
    judge = engine(own=VIP)
    assert judge.patient_level
    refused = judge.decide(OBJECT)
    assert refused.rule == "vip"
    assert "patient is 4711" in refused.failed
    assert judge.decide(replace(OBJECT, patient="4712")).allowed
    assert judge.decide(replace(OBJECT, issuer="ELSEWHERE")).allowed
    assert judge.decide(replace(OBJECT, issuer="HOSP")).rule == "vip"
    assert not judge.decide(replace(FIND, patient="4711")).allowed


def test_a_condition_on_keys_says_which_were_missing() -> None:
    own = """
    @id("no-fishing") @why("A query names a patient, a study or an accession number.")
    forbid (principal, action == Action::"C-FIND", resource)
    when { context.service == "query" }
    unless { context.keys.containsAny(["PatientID", "StudyInstanceUID", "AccessionNumber"]) };
    """
    judge = engine(own=own)
    assert judge.decide(FIND).allowed
    refused = judge.decide(replace(FIND, keys=("StudyDate", "ModalitiesInStudy")))
    assert refused.rule == "no-fishing"
    assert refused.failed == (
        "matching keys: none of PatientID, StudyInstanceUID, AccessionNumber is among StudyDate, ModalitiesInStudy; "
        "service is query"
    )
    assert not judge.patient_level


@pytest.mark.parametrize(
    ("condition", "failed"),
    [
        ('["WS1", "WS2"].contains(context.destination)', "destination: WS9 is not among WS1, WS2"),
        ('context.destination == "WS1"', "destination: WS9 is not WS1"),
        ('"WS1" == context.destination', "destination: WS9 is not WS1"),
        ('context.destination like "WS_*"', "destination: WS9 is not like WS_*"),
        ('!(context.destination == "WS9")', "destination is WS9"),
        ('context.destination != "WS9"', "destination is WS9"),
        ('context.level == "SERIES"', "level: STUDY is not SERIES"),
        ('context.patient == "4711"', "patient: none is not 4711"),
        (
            f'context.sopClass == "{CT}"',
            "SOP class: Study Root Query/Retrieve Information Model - MOVE is not CT Image ",
        ),
        ('context.keys.contains("PatientID")', "matching keys: PatientID is not among StudyDate"),
        ('context.keys.containsAll(["PatientID"])', "matching keys: not each of PatientID is among StudyDate"),
        ("context.object", "it is a message of its own, no object sent for an earlier one"),
        ("context.weekday == 7", "weekday: 2 is not 7"),
    ],
)
def test_the_nearest_rule_tells_which_condition_failed(condition: str, failed: str) -> None:
    own = f'@id("moves") @why("w") permit (principal, action == Action::"C-MOVE", resource) when {{ {condition} }};'
    judge = Engine.build(generation(WORKSTATION, policies=own))
    decision = judge.decide(replace(MOVE, destination="WS9", keys=("StudyDate",)))
    assert not decision.allowed
    assert (decision.nearest, decision.error) == ("moves", "")
    assert decision.failed.startswith(failed)


def test_windows_are_decided_per_operation() -> None:
    own = """
    @id("no-prefetch-by-day") @why("Retrieves of the prefetch server run at night.")
    forbid (principal == Peer::"ws", action in [Action::"C-MOVE", Action::"C-GET"], resource)
    when { context.minuteOfDay >= 420 && context.minuteOfDay < 1140 };
    """
    judge = engine(own=own)
    assert judge.decide(FIND).allowed
    assert judge.decide(MOVE).rule == "no-prefetch-by-day"
    assert judge.decide(OBJECT).rule == "no-prefetch-by-day"
    assert judge.decide(replace(MOVE, at=TUESDAY_NIGHT)).allowed
    evening = local("2026-11-24T18:59:59")
    assert not judge.decide(replace(MOVE, at=evening)).allowed
    assert judge.decide(replace(MOVE, at=evening + timedelta(seconds=1))).allowed


@pytest.mark.parametrize("field", ["patient", "destination"])
def test_a_forbid_that_errs_for_one_value_only_refuses_that_one(field: str) -> None:
    own = f"""
    @id("overflows") @why("w") forbid (principal, action, resource)
    when {{ context.{field} == "X" && context.minuteOfDay * 9223372036854775807 < 0 }};
    """
    judge = engine(own=own)
    assert judge.decide(OBJECT).allowed
    refused = judge.decide(replace(OBJECT, **{field: "X"}))
    assert not refused.allowed
    assert "overflows" in refused.error
    assert judge.may(Request("ws", "C-MOVE", STUDY_MOVE, "pacs", TUESDAY_MORNING)), "for some message it may"


class Calls:
    """Counts the questions put to Cedar."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        ask = cedarpy.is_authorized

        def counted(*arguments: object, **named: object) -> object:
            self.count += 1
            return ask(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

        monkeypatch.setattr(cedarpy, "is_authorized", counted)


def test_patients_cost_one_question_while_no_policy_looks_at_them(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    judge = engine()
    for number in range(500):
        store = Request("ws", "C-STORE", CT, "pacs", TUESDAY_MORNING, patient=str(number), issuer="HOSP")
        assert judge.decide(store).allowed
    assert calls.count == 1
    assert not judge.patient_level


def test_each_patient_is_asked_for_where_a_policy_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    judge = engine(own=VIP)
    for number in (1, 2, 3, 4711, 1, 2):
        decision = judge.decide(replace(OBJECT, patient=str(number)))
        assert decision.allowed is (number != 4711)
    assert calls.count == 4


@pytest.mark.parametrize(
    ("condition", "sees"),
    [
        ('context.patient == "1"', {"patient"}),
        ('context["issuer"] like "A*"', {"issuer"}),
        ("context.keys.isEmpty()", {"keys"}),
        ('(if context.object then context else context).level == "STUDY"', {"object", "level", "patient", "keys"}),
    ],
)
def test_the_fields_policies_look_at_are_found_in_every_spelling(condition: str, sees: set[str]) -> None:
    own = f'@id("own") @why("w") forbid (principal, action, resource) when {{ {condition} }};'
    assert sees <= Engine.build(generation(policies=own)).sees


def test_a_permission_is_remembered_as_long_as_no_policy_sees_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    judge = engine()
    for minute in range(60):
        assert judge.decide(replace(MOVE, at=TUESDAY_MORNING + timedelta(minutes=minute))).allowed
    assert calls.count == 1
    watching = engine(own='@id("w") @why("w") forbid (principal, action, resource) when { context.minuteOfDay == 0 };')
    for minute in range(3):
        watching.decide(replace(MOVE, at=TUESDAY_MORNING + timedelta(minutes=minute)))
    assert calls.count == 4


def test_a_context_is_kept_while_some_message_on_it_might_be_permitted() -> None:
    own = """
    @id("one-patient") @why("w") permit (principal == Peer::"ws", action == Action::"C-FIND", resource)
    when { context.patient == "1" && context.service == "query" };
    @id("not-him") @why("w") forbid (principal, action, resource) when { context.patient == "2" };
    """
    judge = engine(replace(LIMITED, operations=("C-MOVE",), levels=()), own)
    assert judge.permitted_operations("ws", STUDY_FIND, "pacs", TUESDAY_MORNING) == ("C-FIND",)
    assert judge.permitted_operations("ws", STUDY_MOVE, "pacs", TUESDAY_MORNING) == ("C-MOVE",)
    assert judge.permitted_operations("ws", WORKLIST, "pacs", TUESDAY_MORNING) == (), "no policy reaches it at all"
    assert not judge.decide(replace(FIND, patient="2")).allowed


def test_a_context_goes_when_a_forbid_holds_whatever_comes() -> None:
    own = """
    @id("closed") @why("w") forbid (principal, action == Action::"C-MOVE", resource) when { context.weekday == 2 };
    """
    judge = engine(own=own)
    assert judge.permitted_operations("ws", STUDY_MOVE, "pacs", TUESDAY_MORNING) == ()
    assert judge.permitted_operations("ws", STUDY_MOVE, "pacs", TUESDAY_MORNING + timedelta(days=1)) == ("C-MOVE",)


def test_a_storage_context_is_kept_for_the_objects_of_a_c_get_alone() -> None:
    judge = engine(replace(WORKSTATION, operations=("C-GET",), sop_classes=("1.2.840.10008.5.1.4.1.2.2.3",)))
    assert judge.permitted_operations("ws", CT, "pacs", TUESDAY_MORNING) == ("C-GET",)
    assert not judge.decide(Request("ws", "C-STORE", CT, "pacs", TUESDAY_MORNING)).allowed
    assert engine(replace(WORKSTATION, operations=("C-FIND",))).permitted_operations(
        "ws", CT, "pacs", TUESDAY_MORNING
    ) == ()  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"levels": ("study",)}, {"levels": ("",)}, {"destinations": ("",)}, {"destinations": ("A" * 17,)},
     {"destinations": (" WS1",)}, {"destinations": ("WS\\1",)}],
)  # fmt: skip
def test_a_limit_that_is_none_is_refused_at_build(changes: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ConfigurationError, match="peer ws") as caught:
        Engine.build(generation(replace(WORKSTATION, **changes)))
    assert caught.value.hint


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(("C-STORE", "C-FIND", "C-MOVE", "C-GET")),
    st.sampled_from((CT, STUDY_FIND, STUDY_MOVE, WORKLIST, PRIVATE)),
    st.sampled_from(("", "STUDY", "PATIENT")),
    st.sampled_from(("", "WS1", "WS9")),
    st.sampled_from(("", "1", "4711")),
    st.sets(st.sampled_from(("PatientID", "StudyDate"))),
    st.booleans(),
)
def test_whatever_is_permitted_was_possible_before_it_came(
    operation: str, sop_class: str, level: str, destination: str, patient: str, keys: set[str], is_object: bool
) -> None:
    request = Request(
        "ws", operation, sop_class, "pacs", TUESDAY_MORNING, level, destination, patient, "", tuple(sorted(keys)),
        is_object and operation in {"C-MOVE", "C-GET"},
    )  # fmt: skip
    if WATCHFUL.decide(request).allowed:
        bare = Request("ws", operation, sop_class, "pacs", TUESDAY_MORNING, object=request.object)
        assert WATCHFUL.may(bare)
        if not request.object and operation in operations_of(sop_class):
            assert operation in WATCHFUL.permitted_operations("ws", sop_class, "pacs", TUESDAY_MORNING)


WATCHFUL = engine(
    replace(LIMITED, operations=("C-STORE", "C-MOVE"), sop_classes=(STUDY_MOVE, CT)),
    VIP
    + """
    @id("one") @why("w") permit (principal, action == Action::"C-FIND", resource)
    when { context.patient == "1" && context.keys.contains("PatientID") };
    @id("overflow") @why("w") permit (principal, action, resource)
    when { context.level == "X" && context.minuteOfDay * 9223372036854775807 < 0 };
    """,
)
