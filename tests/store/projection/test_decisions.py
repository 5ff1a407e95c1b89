"""Sums of decisions by day: which rule let what pass, and what was refused or would have been."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.record import CT_WHO, HOUR, PATIENT, WS_WHO
from tests.policy.hospital import CT, MR, STUDY_FIND, STUDY_MOVE, VERIFICATION, replace

from leadglass.model.event import Body, Event, EventId, InstanceBegun, Judgement, Refusal, TransferBegun
from leadglass.store.projection import decisions
from leadglass.store.projection.interface import DecisionSum, LeafGapError
from leadglass.store.projection.sqlite import SqliteProjection

DAY = decisions.DAY
TODAY = 20_000 * DAY


@pytest.fixture
def projection(tmp_path: Path) -> Iterator[SqliteProjection]:
    found = SqliteProjection(tmp_path / "projection.sqlite")
    yield found
    found.close()


def apply(projection: SqliteProjection, *bodies: Body, time: int = TODAY, route: str = "PACS") -> None:
    log, first = projection.position()
    leaves = [
        ("00" * 32, Event(EventId("w0", 1, first + number), time + number, route, body))
        for number, body in enumerate(bodies, 1)
    ]
    projection.apply(log or "2026-11", first, leaves)


def told(sums: tuple[DecisionSum, ...]) -> set[tuple[object, ...]]:
    return {(one.peer, one.operation, one.sop_class, one.verdict, one.rule, one.messages) for one in sums}


def test_an_hour_of_a_department_is_summed_by_rule(projection: SqliteProjection) -> None:
    apply(projection, *HOUR)
    assert told(projection.decisions(TODAY)) == {
        ("ct2", "C-ECHO", VERIFICATION, "forwarded", "", 2),
        ("ct2", "C-STORE", CT, "forwarded", "store-permitted", 2),
        ("ct2", "C-STORE", MR, "forwarded", "store-permitted", 1),
        ("ct2", "C-STORE", MR, "would-refuse", "store-permitted", 1),
        ("ws", "C-FIND", STUDY_FIND, "forwarded", "query-permitted", 1),
        ("ws", "C-MOVE", STUDY_MOVE, "forwarded", "retrieve-permitted", 1),
    }


def test_days_are_added_and_left_out(projection: SqliteProjection) -> None:
    for day in (-40, -2, -1):
        apply(projection, *HOUR, time=TODAY + day * DAY)
    assert {one.messages for one in projection.decisions(TODAY - 40 * DAY) if one.operation == "C-FIND"} == {3}
    assert {one.messages for one in projection.decisions(TODAY - 30 * DAY) if one.operation == "C-FIND"} == {2}
    assert projection.decisions(TODAY) == ()


def test_a_permission_only_counts_for_its_rule_where_it_was_one(projection: SqliteProjection) -> None:
    refused = Judgement("forbid-outside-hours", failed="hours: …")
    apply(
        projection, TransferBegun(CT_WHO, 1, PATIENT, "1.2", CT, judgement=refused), InstanceBegun(1, 1, 1, CT, "1.3")
    )
    assert told(projection.decisions(TODAY)) == {("ct2", "C-STORE", CT, "forwarded", "", 1)}


def test_objects_of_a_retrieve_count_for_who_asked(projection: SqliteProjection) -> None:
    back = replace(CT_WHO, peer="", calling="ORTHANC", called="WS1")
    begun = TransferBegun(back, 1, PATIENT, "1.2", CT, "C-MOVE", judgement=Judgement("r"), requester="ws")
    apply(projection, begun, InstanceBegun(1, 1, 1, CT, "1.3"))
    assert told(projection.decisions(TODAY)) == {("ws", "C-MOVE", CT, "forwarded", "r", 1)}


def test_instances_find_their_transfer_after_a_restart(projection: SqliteProjection, tmp_path: Path) -> None:
    apply(projection, *HOUR[1:2])
    again = SqliteProjection(tmp_path / "projection.sqlite")
    apply(again, *HOUR[2:4])
    apply(again, InstanceBegun(9, 9, 9, CT, "1.2.9"))
    assert told(again.decisions(TODAY)) == {
        ("ct2", "C-STORE", CT, "forwarded", "store-permitted", 2),
        ("", "", CT, "forwarded", "", 1),
    }
    again.close()


def test_what_a_route_let_pass_is_told_by_caller_with_its_last_leaf(projection: SqliteProjection) -> None:
    apply(projection, *HOUR)
    apply(projection, *HOUR, time=TODAY + DAY)
    apply(projection, *HOUR, route="OTHER")
    stranger = replace(WS_WHO, peer="", calling="X", address="10.66.0.1")
    unknown = Refusal(stranger, "association", "unknown-caller", "", True, tried=(CT, MR))
    contexts = Refusal(CT_WHO, "context", "context", "", True, Judgement(nearest="n"), tried=(MR, STUDY_FIND))
    apply(projection, unknown, unknown, contexts, Refusal(CT_WHO, "operation", "operation", "status 0124H", False))
    found = projection.would_be_refused("PACS", TODAY)
    assert [(one.calling, one.scope, one.cause, one.sop_class, one.messages) for one in found[:2]] == [
        ("CT2", "operation", "operation", MR, 2),
        ("X", "association", "unknown-caller", "", 2),
    ]
    assert {(one.sop_class, one.messages) for one in found[2:]} == {(MR, 1), (STUDY_FIND, 1)}
    assert found[0].row == ("2026-11", len(HOUR) + 4), "the leaf of the last"
    assert found[0].last == TODAY + DAY + 5
    assert found[0].example is not None
    assert found[0].example.body == HOUR[4]
    assert [one.messages for one in projection.would_be_refused("PACS", TODAY + DAY)] == [1]


def test_a_batch_that_fails_leaves_no_sums_behind(projection: SqliteProjection) -> None:
    apply(projection, *HOUR)
    with pytest.raises(LeafGapError):
        projection.apply("2026-11", 99, [("00" * 32, None)])
    before = projection.decisions(TODAY)
    begin, closing = (Event(EventId("w0", 1, number), TODAY, "PACS", HOUR[number]) for number in (1, 0))
    leaves = [("00" * 32, begin), ("no digest", closing)]
    with pytest.raises(ValueError, match="hexadecimal"):
        projection.apply("2026-11", len(HOUR), leaves)
    apply(projection)
    assert projection.decisions(TODAY) == before


def test_both_questions_walk_an_index(projection: SqliteProjection) -> None:
    with projection._reading() as db:
        plans = [
            " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", parameters))
            for sql, parameters in ((decisions.BY_RULE, (1, 1)), (decisions.WOULD_BE_REFUSED, ("PACS", 1, 1)))
        ]
    assert "USING PRIMARY KEY (day>?)" in plans[0]
    assert "decisions_would (route=? AND day>?)" in plans[1]
