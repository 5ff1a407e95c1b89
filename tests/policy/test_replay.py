"""Recorded traffic against a changed policy: read back from events, judged twice, and what differs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.hospital import (
    CT,
    CT2,
    MR,
    STUDY_FIND,
    STUDY_MOVE,
    TUESDAY_MORNING,
    WORKSTATION,
    generation,
    local,
    replace,
    with_own,
)

from leadglass.model.decision import Request
from leadglass.model.event import (
    Association,
    AssociationClosed,
    Body,
    Event,
    EventId,
    InstanceBegun,
    Operation,
    Refusal,
    TransferBegun,
    TransferClosed,
)
from leadglass.model.patient import Patient
from leadglass.policy import recorded
from leadglass.policy import replay as replay_module
from leadglass.policy.engine import Engine
from leadglass.policy.recorded import CONTEXT, Asked, Memory
from leadglass.policy.replay import replay

CT_WHO = Association(1, "10.2.0.1", 1, "CT2", "PACS", "ct2", "pacs", "enforce")
WS_WHO = Association(2, "10.3.0.1", 1, "WS", "PACS", "ws", "pacs", "observe")
PATIENT = Patient("4711", "HOSP", "DOE^JOHN")
CHANGES = f"""
@id("no-mr") @why("w") forbid (principal, action == Action::"C-STORE", resource) when {{ context.sopClass == "{MR}" }};
@id("no-night-moves") @why("w") forbid (principal, action == Action::"C-MOVE", resource)
when {{ context.destination == "WS1" && context.minuteOfDay < 420 }};
"""


def at(text: str) -> int:
    return int(local(text).timestamp()) * 1_000_000_000


class Tape:
    """Events in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, body: Body, when: str = "2026-11-24T10:00") -> None:
        self.events.append(Event(EventId("w0", 1, len(self.events) + 1), at(when), "PACS", body))


def read(events: Iterable[Event], memory: Memory | None = None) -> list[Asked]:
    memory = memory or Memory(generation())
    return [asked for event in events for asked in memory.take(event)]


def stored(
    tape: Tape, classes: Iterable[str], who: Association = CT_WHO, operation: str = "C-STORE", by: str = ""
) -> None:
    tape.add(TransferBegun(who, 1, PATIENT, "1.2", CT, operation, requester=by))
    for number, sop_class in enumerate(classes, 1):
        tape.add(InstanceBegun(who.number, 1, number, sop_class, f"1.2.{number}"))


def test_every_object_is_a_request_with_its_own_class_and_its_transfers_patient() -> None:
    tape = Tape()
    stored(tape, (CT, MR))
    first, second = read(tape.events)
    assert first == Asked(
        Request("ct2", "C-STORE", CT, "pacs", TUESDAY_MORNING.astimezone(UTC), patient="4711", issuer="HOSP")
    )
    assert second.request.sop_class == MR


def test_operations_are_taken_at_their_forwarding_only() -> None:
    tape = Tape()
    for status in (-1, 0xFF00, 0):
        tape.add(
            Operation(
                WS_WHO,
                "C-MOVE",
                STUDY_MOVE,
                "",
                7,
                status,
                level="STUDY",
                destination="WS1",
                keys=("StudyInstanceUID",),
            )
        )
    (asked,) = read(tape.events)
    assert (asked.request.level, asked.request.destination, asked.request.keys) == (
        "STUDY",
        "WS1",
        ("StudyInstanceUID",),
    )


def test_objects_of_a_move_are_asked_for_by_whoever_asked_for_them() -> None:
    tape = Tape()
    back = Association(3, "10.20.0.5", 1, "ORTHANC", "WS1", "", "peer:ws1", "observe")
    stored(tape, (CT,), back, "C-MOVE", "ws")
    (asked,) = read(tape.events)
    request = asked.request
    assert (request.peer, request.archive, request.destination, request.object) == ("ws", "pacs", "WS1", True)


def test_objects_of_a_get_come_on_the_requesters_own_association() -> None:
    tape = Tape()
    stored(tape, (CT,), WS_WHO, "C-GET", "ws")
    request = read(tape.events)[0].request
    assert (request.peer, request.archive, request.destination, request.object) == ("ws", "pacs", "", True)


def test_echoes_are_counted_and_refusals_that_were_forwarded_are_not_taken_twice() -> None:
    tape = Tape()
    tape.add(AssociationClosed(CT_WHO, 0, "released", echoes=12))
    tape.add(Refusal(CT_WHO, "operation", "operation", "status 0124H", False, operation="C-STORE", sop_class=MR))
    tape.add(Refusal(CT_WHO, "operation", "operation", "", True, operation="C-STORE", sop_class=MR))
    tape.add(Refusal(CT_WHO, "context", "context", "", True, tried=(MR, STUDY_FIND)))
    found = read(tape.events)
    assert [(asked.request.operation, asked.messages) for asked in found] == [
        ("C-ECHO", 12),
        ("C-STORE", 1),
        (CONTEXT, 1),
        (CONTEXT, 1),
    ]


def test_what_cannot_be_read_back_is_counted_by_reason() -> None:
    tape, memory = Tape(), Memory(generation())
    tape.add(InstanceBegun(9, 9, 1, CT, "1.2.3"))
    stored(tape, (CT,), replace(CT_WHO, peer=""))
    stored(tape, (CT, CT), replace(CT_WHO, number=5, calling="SOMEBODY"), "C-MOVE", "ws")
    tape.add(Refusal(CT_WHO, "association", "unknown-caller", "A-ASSOCIATE-RJ 1/1/3", False))
    assert read(tape.events, memory) == []
    assert memory.missing == {
        recorded.NO_BEGIN: 1,
        recorded.UNKNOWN_CALLER: 1,
        recorded.NO_ARCHIVE: 2,
        recorded.UNREAD: 1,
    }


def test_open_transfers_are_forgotten_when_they_close_and_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    tape, memory = Tape(), Memory(generation())
    stored(tape, ())
    tape.add(TransferClosed(CT_WHO, (1,), PATIENT, (), {}, {}, "released"))
    tape.add(InstanceBegun(1, 1, 1, CT, "1.2.3"))
    assert read(tape.events, memory) == []
    assert memory.missing[recorded.NO_BEGIN] == 1
    monkeypatch.setattr(recorded, "MAX_TRANSFERS", 3)
    for number in range(10):
        stored(tape, (), replace(CT_WHO, number=number))
    read(tape.events, memory)
    assert len(memory._transfers) <= 3


def engines(own: str = CHANGES) -> tuple[Engine, Engine]:
    peers = (replace(CT2, sop_classes=("*",)), WORKSTATION)
    return Engine.build(generation(*peers)), Engine.build(generation(*peers, policies=with_own(own)))


def test_every_decision_that_differs_is_listed_with_count_span_and_reason() -> None:
    tape = Tape()
    stored(tape, (CT, MR, MR))
    move = Operation(WS_WHO, "C-MOVE", STUDY_MOVE, "", 7, level="STUDY", destination="WS1")
    for when in ("2026-11-24T03:00", "2026-11-25T06:59", "2026-11-25T07:00"):
        tape.add(move, when)
    tape.add(replace(move, destination="WS2"), "2026-11-24T03:00")
    found = replay(read(tape.events), *engines())
    assert (found.messages, found.differing, found.ungrouped, found.unknown) == (7, 4, 0, 0)
    told = {group.example.operation: group for group in found.differences}
    assert told["C-STORE"].count == 2
    assert told["C-STORE"].before.rule == "store-permitted"
    assert (told["C-STORE"].after.rule, told["C-STORE"].after.failed) == ("no-mr", "SOP class is MR Image Storage")
    moves = told["C-MOVE"]
    assert (moves.count, moves.hours[3], moves.hours[6], moves.days[1], moves.days[2]) == (2, 1, 1, 1, 1)
    assert (moves.first, moves.last) == (at("2026-11-24T03:00") / 1e9, at("2026-11-25T06:59") / 1e9)


def test_nothing_differs_between_a_policy_and_itself() -> None:
    tape = Tape()
    stored(tape, (CT, MR))
    before, _ = engines()
    assert replay(read(tape.events), before, before).differences == []


def test_what_would_be_let_in_newly_is_listed_too() -> None:
    own = '@id("all") @why("w") permit (principal, action, resource);'
    tape = Tape()
    tape.add(Refusal(CT_WHO, "operation", "operation", "status 0124H", False, operation="C-FIND", sop_class=STUDY_FIND))
    tape.add(Refusal(CT_WHO, "context", "context", "", False, tried=(STUDY_FIND,)))
    found = replay(read(tape.events), *engines(own))
    assert {(group.example.operation, group.before.allowed, group.after.allowed) for group in found.differences} == {
        ("C-FIND", False, True),
        (CONTEXT, False, True),
    }


def test_peers_of_neither_are_told_apart_and_one_that_goes_is_a_difference() -> None:
    tape = Tape()
    stored(tape, (CT,))
    stored(tape, (CT,), replace(CT_WHO, number=3, peer="gone"))
    before, _ = engines()
    after = Engine.build(generation(WORKSTATION))
    found = replay(read(tape.events), before, after)
    assert (found.unknown, found.differing) == (1, 1)
    assert "ct2" in found.differences[0].after.error


fields = st.builds(
    Request,
    st.sampled_from(("ct2", "ws", "gone")),
    st.sampled_from(("C-STORE", "C-FIND", "C-MOVE")),
    st.sampled_from((CT, MR, STUDY_FIND, STUDY_MOVE)),
    st.sampled_from(("pacs", "test")),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (zone beside)
    level=st.sampled_from(("", "STUDY", "PATIENT")),
    destination=st.sampled_from(("", "WS1", "WS9")),
    patient=st.sampled_from(("", "1", "2")),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(fields, max_size=40))
def test_a_replay_agrees_with_two_engines_without_memory(asked: list[Request]) -> None:
    before, after = engines(CHANGES + '@id("p") @why("w") forbid (principal, action, resource) when '
                            '{ context.patient == "1" };')  # fmt: skip
    found = replay((Asked(request) for request in asked), before, after)
    known = [request for request in asked if request.peer != "gone"]
    differing = [request for request in known if before.judge(request).allowed != after.judge(request).allowed]
    assert (found.messages, found.differing) == (len(known), len(differing))
    assert sum(group.count for group in found.differences) == len(differing)


def test_kinds_of_difference_are_bounded_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "MAX_GROUPS", 5)
    permissive = Engine.build(
        generation(WORKSTATION, policies='@id("a") @why("w") permit (principal, action, resource);')
    )
    asked = (
        Asked(Request("ws", "C-MOVE", f"1.2.{number % 12}", "pacs", TUESDAY_MORNING, destination="WS1"))
        for number in range(24)
    )
    found = replay(asked, permissive, Engine.build(generation(replace(WORKSTATION, operations=()))))
    assert (len(found.differences), found.ungrouped, found.differing) == (5, 14, 24)
