"""The default policies against a naive model of them, and the cache against the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.policy.hospital import (
    COMMITMENT,
    CT,
    CT2,
    MPPS,
    MR,
    NIGHTS,
    PRIVATE,
    STUDY_FIND,
    STUDY_MOVE,
    TUESDAY_MORNING,
    TUESDAY_NIGHT,
    VERIFICATION,
    WORKLIST,
    ZONE,
    generation,
    local,
    replace,
    with_own,
)

from leadglass.errors import ConfigurationError
from leadglass.model.decision import Decision, Request
from leadglass.model.peer import Hours, Peer
from leadglass.policy.engine import Engine
from leadglass.policy.memory import MAX_DECISIONS, MAX_KEY
from leadglass.policy.operations import LEVELS, OPERATIONS, operations_of

PRINT = "1.2.840.10008.5.1.1.9"
MEDIA = "1.2.840.10008.5.1.1.33"
NORMALIZED = {"N-CREATE", "N-SET", "N-GET", "N-ACTION", "N-DELETE", "N-EVENT-REPORT"}
# What the model knows of services, written down apart from the table under test.
MODEL = {
    VERIFICATION: {"C-ECHO"},
    CT: {"C-STORE"},
    MR: {"C-STORE"},
    PRIVATE: {*OPERATIONS} - {"C-ECHO"},
    STUDY_FIND: {"C-FIND"},
    STUDY_MOVE: {"C-MOVE", "C-GET"},
    WORKLIST: {"C-FIND"},
    COMMITMENT: {"N-ACTION", "N-EVENT-REPORT"},
    MPPS: {"C-FIND", "N-CREATE", "N-SET", "N-GET", "N-ACTION", "N-EVENT-REPORT"},
    PRINT: NORMALIZED,
    MEDIA: NORMALIZED,
}


OBJECTS = (CT, MR, PRIVATE)
LEVELLED = {STUDY_FIND, STUDY_MOVE, WORKLIST, PRIVATE}


def model(peer: Peer, request: Request) -> bool:
    """The default policies in plain Python."""
    now = request.at.astimezone(ZONE)
    minute = now.hour * 60 + now.minute

    def inside(window: Hours) -> bool:
        if window.start < window.end:
            return now.isoweekday() in window.days and window.start <= minute < window.end
        day_before = (now.date() - timedelta(days=1)).isoweekday()
        return (now.isoweekday() in window.days and minute >= window.start) or (
            day_before in window.days and minute < window.end
        )

    def listed(value: str, values: tuple[str, ...]) -> bool:
        return value in values or "*" in values

    operation, sop_class = request.operation, request.sop_class
    retrieve = operation in {"C-MOVE", "C-GET"}
    if request.object:
        defined = retrieve and sop_class in OBJECTS
        class_listed = listed(sop_class, peer.sop_classes) or not set(OBJECTS).intersection(peer.sop_classes)
    else:
        defined = operation in MODEL[sop_class]
        class_listed = operation == "C-ECHO" or listed(sop_class, peer.sop_classes)
    operation_listed = listed(operation, peer.operations) or (
        sop_class == COMMITMENT and operation == "N-EVENT-REPORT" and "N-ACTION" in peer.operations
    )
    levelled = (retrieve or operation == "C-FIND") and not request.object and sop_class in LEVELLED
    return (
        peer.status == "approved"
        and defined
        and operation_listed
        and class_listed
        and listed(request.archive, peer.archives)
        and (operation != "C-MOVE" or listed(request.destination, peer.destinations))
        and (not levelled or listed(request.level, peer.levels))
        and (not peer.hours or any(map(inside, peer.hours)))
    )


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(("*",)) | st.lists(st.sampled_from(values), max_size=4, unique=True).map(tuple)


minutes = st.integers(0, 1439)
windows = st.builds(
    lambda days, start, end: Hours(tuple(sorted(days)), start, end + 1 if end + 1 != start else end + 2),
    st.sets(st.integers(1, 7), min_size=1),
    minutes,
    st.integers(0, 1438),
)
peers = st.builds(
    Peer,
    st.just("p"),
    st.just("P"),
    st.just(("10.0.0.1",)),
    st.sampled_from(("approved", "approved", "approved", "blocked")),
    some(OPERATIONS),
    some(tuple(MODEL)),
    some(("pacs", "test")),
    st.lists(windows, max_size=2).map(tuple),
    destinations=some(("WS1", "WS2")),
    levels=some(LEVELS),
)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (zone beside)
requests = st.builds(
    Request,
    st.just("p"),
    st.sampled_from(OPERATIONS),
    st.sampled_from(tuple(MODEL)),
    st.sampled_from(("pacs", "test")),
    instants,
    level=st.sampled_from(("", *LEVELS)),
    destination=st.sampled_from(("", "WS1", "WS2", "WS9")),
    object=st.booleans(),
).filter(lambda request: not request.object or request.operation in {"C-MOVE", "C-GET"})


@settings(max_examples=60, deadline=None)
@given(peers, st.lists(requests, min_size=8, max_size=24))
def test_decisions_equal_a_naive_model_of_the_default_policies(peer: Peer, asked: list[Request]) -> None:
    engine = Engine.build(generation(peer))
    generous = replace(peer, operations=("*",), sop_classes=("*",), archives=("*",), levels=("*",))
    generous_engine = Engine.build(generation(generous))
    for request in asked:
        for subject, judge in ((peer, engine), (generous, generous_engine)):
            decision = judge.decide(request)
            assert decision.allowed == model(subject, request), (subject, request, decision)
            assert not decision.error
            assert bool(decision.rule) != bool(decision.nearest)
            assert bool(decision.failed) != decision.allowed


def test_wildcards_permit_everything_a_service_defines() -> None:
    engine = Engine.build(generation(Peer("all", "ALL", ("10.0.0.1",), operations=("*",), plain=True)))
    for sop_class in MODEL:
        extra = ("C-GET",) if sop_class in {CT, MR} else ()  # objects of one
        assert engine.permitted_operations("all", sop_class, "test", TUESDAY_NIGHT) == operations_of(sop_class) + extra


def test_private_sop_classes_are_stored_like_any_other() -> None:
    engine = Engine.build(generation(replace(CT2, sop_classes=(PRIVATE,))))
    assert engine.permitted_operations("ct2", PRIVATE, "pacs", TUESDAY_MORNING) == ("C-STORE",)
    assert engine.permitted_operations("ct2", CT, "pacs", TUESDAY_MORNING) == ()


def test_verification_needs_no_entry_among_sop_classes() -> None:
    assert Engine.build(generation()).permitted_operations("ct2", VERIFICATION, "pacs", TUESDAY_MORNING) == ("C-ECHO",)


@pytest.mark.parametrize(
    ("changes", "nearest", "failed"),
    [
        ({"sop_class": MR}, "store-permitted", "SOP class MR Image Storage is not among CT Image Storage"),
        ({"sop_class": PRIVATE}, "store-permitted", f"SOP class {PRIVATE} is not among CT Image Storage"),
        (
            {"operation": "C-FIND", "sop_class": WORKLIST},
            "worklist-permitted",
            "operation C-FIND is not among C-ECHO, C-STORE; "
            "SOP class Modality Worklist Information Model - FIND is not among CT Image Storage",
        ),
        (
            {"operation": "C-FIND"},
            "query-permitted",
            "SOP class CT Image Storage is of the service storage, not query; "
            "operation C-FIND is not among C-ECHO, C-STORE",
        ),
    ],
)
def test_a_default_deny_names_the_nearest_rule_and_what_failed(
    changes: dict[str, str], nearest: str, failed: str
) -> None:
    request = replace(Request("ct2", "C-STORE", CT, "pacs", TUESDAY_MORNING), **changes)
    decision = Engine.build(generation()).decide(request)
    assert decision == Decision(allowed=False, nearest=nearest, failed=failed)


@pytest.mark.parametrize(
    ("changes", "rule", "failed"),
    [
        ({"at": TUESDAY_NIGHT}, "forbid-outside-hours", "hours: Tue 03:00 is outside Mon-Fri 07:00-19:00"),
        ({"archive": "test"}, "forbid-other-archive", "archive test is not among pacs"),
        ({"peer": "rogue"}, "forbid-blocked", "peer rogue is blocked"),
        ({"peer": "rogue", "operation": "C-FIND"}, "forbid-blocked", "peer rogue is blocked"),
    ],
)
def test_a_forbid_is_the_rule_and_says_what_it_met(changes: dict[str, object], rule: str, failed: str) -> None:
    request = replace(Request("ct2", "C-STORE", CT, "pacs", TUESDAY_MORNING), **changes)
    assert Engine.build(generation()).decide(request) == Decision(allowed=False, rule=rule, failed=failed)


def test_a_hospitals_own_condition_is_told_with_its_values() -> None:
    own = """
    @id("ct2-mornings") @why("CT2 may send MR before noon.")
    permit (principal == Peer::"ct2", action == Action::"C-STORE", resource == Archive::"pacs")
    when { context.sopClass like "1.2.840.*" && context.minuteOfDay < 600 }
    unless { principal.title == "CT9" };
    """
    request = Request("ct2", "C-STORE", MR, "pacs", local("2026-11-24T11:00"))
    engine = Engine.build(generation(policies=with_own(own)))
    decision = engine.decide(request)
    assert decision.nearest in {"store-permitted", "ct2-mornings"}
    only = Engine.build(generation(policies=own)).decide(request)
    assert (only.nearest, only.failed) == (
        "ct2-mornings",
        "context.minuteOfDay < 600 does not hold (context.minuteOfDay is 660)",
    )
    assert engine.decide(replace(request, at=local("2026-11-24T09:59"))).rule == "ct2-mornings"


def test_a_permit_about_this_request_is_nearer_than_one_about_another_operation() -> None:
    own = '@id("find-all") @why("w") permit (principal, action == Action::"C-FIND", resource);'
    request = Request("ct2", "C-STORE", STUDY_FIND, "pacs", TUESDAY_MORNING)
    assert Engine.build(generation(policies=with_own(own))).decide(request).nearest == "store-permitted"


def test_policies_that_only_forbid_permit_nothing() -> None:
    own = '@id("never") @why("w") forbid (principal, action, resource) when { context.weekday == 7 };'
    decision = Engine.build(generation(policies=own)).decide(
        Request("ct2", "C-ECHO", VERIFICATION, "pacs", TUESDAY_MORNING)
    )
    assert decision == Decision(allowed=False, failed="no policy permits anything")


def test_an_access_can_end_by_date() -> None:
    own = '@id("ended") @why("w") forbid (principal == Peer::"ct2", action, resource) when { context.date > 20261124 };'
    engine = Engine.build(generation(replace(CT2, hours=()), policies=with_own(own)))
    request = Request("ct2", "C-STORE", CT, "pacs", local("2026-11-24T23:59:59"))
    assert engine.decide(request).allowed
    assert engine.decide(replace(request, at=local("2026-11-25T00:00"))).rule == "ended"


@pytest.mark.parametrize(
    "peer",
    [
        replace(CT2, operations=("C-STOR",)),
        replace(CT2, sop_classes=("CT Image Storage",)),
        replace(CT2, hours=(Hours((), 0, 1),)),
        replace(CT2, hours=(Hours((8,), 0, 1),)),
        replace(CT2, hours=(Hours((1,), 60, 60),)),
        replace(CT2, hours=(Hours((1,), 0, 1441),)),
    ],
)
def test_a_peer_that_cannot_be_judged_is_refused_at_build(peer: Peer) -> None:
    with pytest.raises(ConfigurationError, match="peer ct2") as caught:
        Engine.build(generation(peer))
    assert caught.value.hint


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../etc/passwd", "\x00"])
def test_a_zone_that_is_none_is_refused_at_build(zone: str) -> None:
    with pytest.raises(ConfigurationError, match="no time zone"):
        Engine.build(generation(zone=zone))


def test_equal_questions_are_answered_from_memory_within_a_minute() -> None:
    engine = Engine.build(generation())
    request = Request("ct2", "C-STORE", CT, "pacs", local("2026-11-24T10:00"))
    first = engine.decide(request)
    assert engine.decide(replace(request, at=local("2026-11-24T10:00:59.999999"))) is first
    refused = replace(request, sop_class=MR)
    first = engine.decide(refused)
    assert engine.decide(replace(refused, at=local("2026-11-24T10:01"))) is not first, "its words may tell the time"


def test_memory_is_bounded_and_never_keeps_overlong_names() -> None:
    engine = Engine.build(generation())
    request = Request("ct2", "C-ECHO", VERIFICATION, "pacs", TUESDAY_MORNING)
    engine.decide(request)
    for number in range(MAX_DECISIONS - 1):
        engine._minute.decisions[("", "", "", str(number))] = Decision(allowed=False)
    engine.decide(replace(request, sop_class="9" * MAX_KEY))
    assert len(engine._minute.decisions) == MAX_DECISIONS
    engine.decide(replace(request, operation="C-STORE"))
    assert len(engine._minute.decisions) == 1


SLEEPLESS = replace(CT2, hours=(NIGHTS, Hours((7,), 2 * 60 + 30, 3 * 60)))
REMEMBERING = Engine.build(generation(SLEEPLESS))  # one for all examples, so that each meets what others left


@settings(deadline=None)
@given(instants, st.lists(st.timedeltas(timedelta(hours=-2), timedelta(hours=2)), max_size=6))
@example(datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), [timedelta(seconds=1), timedelta(minutes=1)])
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), [timedelta(hours=1), timedelta(minutes=30)])
@example(datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), [timedelta(seconds=1), timedelta(seconds=-1)])
def test_what_is_remembered_never_outlives_its_minute(start: datetime, steps: list[timedelta]) -> None:
    """Whatever was asked before, the answer is the one an engine without memory gives."""
    at = start
    for step in [timedelta(0), *steps]:
        at += step
        for moment in (at, at.astimezone(ZONE)):
            request = Request("ct2", "C-STORE", CT, "pacs", moment)
            assert REMEMBERING.decide(request) == REMEMBERING.judge(request)
            assert REMEMBERING.decide(request).allowed == model(SLEEPLESS, request)


def test_a_window_ends_with_its_minute_and_knows_summer_time() -> None:
    peer = replace(CT2, hours=(Hours((7,), 2 * 60 + 30, 3 * 60 + 30),))
    engine = Engine.build(generation(peer))

    def open_at(hour: int, minute: int, second: int, month: int, day: int) -> bool:
        at = datetime(2026, month, day, hour, minute, second, tzinfo=UTC)
        return engine.decide(Request("ct2", "C-STORE", CT, "pacs", at)).allowed

    # 29 March: 02:00 becomes 03:00, so the window opens at 03:00 (01:00 UTC) and lasts half an hour.
    assert [
        open_at(0, 59, 59, 3, 29),
        open_at(1, 0, 0, 3, 29),
        open_at(1, 29, 59, 3, 29),
        open_at(1, 30, 0, 3, 29),
    ] == [
        False,
        True,
        True,
        False,
    ]
    # 25 October: 02:30 comes twice (00:30 and 01:30 UTC); between them the clock shows 02:00 again.
    assert [open_at(0, 29, 59, 10, 25), open_at(0, 30, 0, 10, 25), open_at(0, 59, 59, 10, 25)] == [False, True, True]
    assert [open_at(1, 0, 0, 10, 25), open_at(1, 29, 59, 10, 25), open_at(1, 30, 0, 10, 25)] == [False, False, True]
    assert [open_at(2, 29, 59, 10, 25), open_at(2, 30, 0, 10, 25)] == [True, False]


def test_a_time_without_a_zone_is_an_error_of_ours() -> None:
    engine = Engine.build(generation())
    naive = Request("ct2", "C-STORE", CT, "pacs", datetime(2026, 11, 24, 10))  # noqa: DTZ001 (the fault under test)
    with pytest.raises(TypeError):
        engine.decide(naive)
    with pytest.raises(ValueError, match="time zone"):
        engine.judge(naive)
