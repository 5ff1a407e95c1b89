"""What every projection engine must answer, whatever it is made of."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.projection.events import CT, JANE, JOHN, LOG, NOON, SECOND, Writer, association

from leadglass.model.decision import Cause
from leadglass.model.event import (
    Alarm,
    ApplicationStarted,
    AssociationClosed,
    InstanceBegun,
    InstanceOutcome,
    Judgement,
    Operation,
    PatientsListed,
    Refusal,
    TransferBegun,
    TransferClosed,
    UserAuthentication,
    kind,
)
from leadglass.model.patient import UNKNOWN_PATIENT, Patient
from leadglass.store.projection.engines import open_projection
from leadglass.store.projection.interface import (
    MAX_PAGE,
    Filter,
    LeafGapError,
    PagingKeyError,
    PatientSummary,
    Projection,
)

ENGINES: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder}/projection.sqlite",
    "sqlite in memory": lambda _: "sqlite:///:memory:",
}


@pytest.fixture(params=list(ENGINES))
def projection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Projection]:
    engine = open_projection(ENGINES[request.param](tmp_path))
    yield engine
    engine.close()


def study(writer: Writer, number: int = 1, instances: int = 2, patient: Patient = JANE, uid: str = "1.2.3") -> Writer:
    """A study of some instances over one association, closed in order."""
    spoken = association(number)
    judged = Judgement("ct-may-store")
    writer.says(TransferBegun(spoken, 1, patient, uid, CT, accession=f"ACC{number}", modality="CT", judgement=judged))
    for n in range(1, instances + 1):
        writer.says(InstanceBegun(number, 1, n, CT, f"{uid}.{n}", f"{uid}.0"))
        writer.says(InstanceOutcome(number, 1, n, 0, "success", 1_000))
    return writer.says(
        TransferClosed(spoken, (1,), patient, (uid,), {CT: instances}, {"success": instances}, "released", 2_000),
        AssociationClosed(spoken, NOON, "released", instances=instances),
    )


def refusal(number: int = 9, would: bool = False, cause: Cause = Cause.OPERATION, **changes: str) -> Refusal:
    return Refusal(association(number, **changes), "operation", cause, "status 0124H", would)


def test_an_empty_projection_answers_nothing(projection: Projection) -> None:
    assert projection.position() == ("", 0)
    assert projection.events(Filter()).rows == ()
    assert projection.patients(Filter()) == ((), "")
    assert projection.accesses(Filter()) == ((), "")
    assert projection.flows(0, NOON * 2) == ()


def test_an_access_has_its_identity_outcomes_and_the_leaves_that_prove_it(projection: Projection) -> None:
    writer = study(Writer())
    projection.apply(LOG, 0, writer.leaves)
    (access,), following = projection.accesses(Filter(patient="4711"))
    assert following == ""
    assert (access.patient, access.issuer, access.name) == ("4711", "HOSP", "Doe^Jane")
    assert (access.study, access.accession, access.modality, access.operation) == ("1.2.3", "ACC1", "CT", "C-STORE")
    assert (access.peer, access.calling, access.address, access.archive) == ("ct-2", "CT2", "10.0.0.7", "pacs")
    assert (access.mode, access.rule) == ("enforce", "ct-may-store")
    assert access.outcomes == {"success": 2}
    assert access.bytes == 2_000
    assert (access.began, access.ended, access.closed) == (NOON + SECOND, NOON + 6 * SECOND, "released")
    assert access.rows == ((LOG, 0, f"{1:064x}"), (LOG, 5, f"{6:064x}"))


def test_instances_of_an_access_come_in_order_with_their_leaves_and_page(projection: Projection) -> None:
    projection.apply(LOG, 0, study(Writer(), instances=5).leaves)
    (access,), _ = projection.accesses(Filter())
    first, key = projection.instances(access.key, limit=3)
    rest, end = projection.instances(access.key, key, limit=3)
    found = first + rest
    assert end == ""
    assert [instance.sop_instance for instance in found] == [f"1.2.3.{n}" for n in range(1, 6)]
    assert {(i.sop_class, i.series, i.status, i.outcome, i.bytes) for i in found} == {
        (CT, "1.2.3.0", 0, "success", 1_000)
    }
    assert found[0].rows == ((LOG, 1), (LOG, 2))


def test_an_instance_without_an_answer_is_open_and_its_access_says_so(projection: Projection) -> None:
    writer = Writer().says(TransferBegun(association(), 1, JANE, "1.2.3", CT), InstanceBegun(1, 1, 1, CT, "1.2.3.1"))
    projection.apply(LOG, 0, writer.leaves)
    (access,), _ = projection.accesses(Filter())
    assert (access.outcomes, access.ended, access.closed) == ({"open": 1}, 0, "")
    (instance,), _ = projection.instances(access.key)
    assert (instance.outcome, instance.status, instance.rows) == ("open", -1, ((LOG, 1),))


def test_an_outcome_in_a_later_batch_meets_its_instance(projection: Projection) -> None:
    leaves = study(Writer(), instances=3).leaves
    for position, leaf in enumerate(leaves):
        projection.apply(LOG, position, [leaf])
    (access,), _ = projection.accesses(Filter())
    assert access.outcomes == {"success": 3}
    assert [i.sop_instance for i in projection.instances(access.key)[0]] == ["1.2.3.1", "1.2.3.2", "1.2.3.3"]


def test_outcomes_after_a_crash_count_for_the_boot_they_name(projection: Projection) -> None:
    worker = Writer().says(TransferBegun(association(), 1, JANE, "1.2.3", CT), InstanceBegun(1, 1, 1, CT, "1.2.3.1"))
    ledger = Writer("ledger", 900, NOON + 60 * SECOND).says(
        InstanceOutcome(1, 1, 1, -1, "unknown", origin=("w0", 100)),
        TransferClosed(association(), (1,), JANE, ("1.2.3",), {CT: 1}, {"unknown": 1}, "crash", origin=("w0", 100)),
    )
    projection.apply(LOG, 0, worker.leaves + ledger.leaves)
    (access,), _ = projection.accesses(Filter())
    assert (access.outcomes, access.closed) == ({"unknown": 1}, "crash")


def test_the_same_numbers_in_another_boot_are_another_access(projection: Projection) -> None:
    leaves = study(Writer()).leaves + study(Writer(boot=101), patient=JOHN).leaves
    projection.apply(LOG, 0, leaves)
    assert {a.patient for a in projection.accesses(Filter())[0]} == {"4711", "0815"}


def test_an_instance_whose_begin_is_lost_is_shown_of_a_patient_unknown(projection: Projection) -> None:
    projection.apply(LOG, 0, Writer().says(InstanceBegun(5, 1, 1, CT, "1.2.9")).leaves)
    (access,), _ = projection.accesses(Filter())
    assert (access.patient, access.outcomes, access.rows) == ("", {"open": 1}, ())


def test_a_begin_under_a_number_used_before_hides_no_access(projection: Projection) -> None:
    projection.apply(LOG, 0, study(study(Writer()), patient=JOHN).leaves)
    found = projection.accesses(Filter())[0]
    assert {(access.patient, access.closed) for access in found} == {("4711", "released"), ("0815", "released")}


def test_a_begin_that_comes_late_completes_the_access_its_instances_made(projection: Projection) -> None:
    begun = TransferBegun(association(), 1, JANE, "1.2.3", CT)
    projection.apply(LOG, 0, Writer().says(InstanceBegun(1, 1, 1, CT, "1.2.3.1"), begun).leaves)
    (access,) = projection.accesses(Filter())[0]
    assert (access.patient, access.outcomes, access.rows) == ("4711", {"open": 1}, ((LOG, 1, f"{2:064x}"),))


def test_transfers_of_patients_without_an_id_can_be_asked_for(projection: Projection) -> None:
    writer = study(study(Writer(), 1), 2, 1, UNKNOWN_PATIENT, "1.2.8").says(refusal())
    projection.apply(LOG, 0, writer.leaves)
    where = Filter(unidentified=True)
    assert [access.study for access in projection.accesses(where)[0]] == ["1.2.8"]
    assert [patient.patient for patient in projection.patients(where)[0]] == [""]
    assert {kind(row.event.body) for row in projection.events(where).rows} == {"transfer-begun", "transfer-closed"}
    assert projection.events(Filter(unidentified=True, kinds=("refusal",))).rows == ()


def test_leaves_that_are_in_are_passed_over(projection: Projection) -> None:
    leaves = study(Writer()).leaves
    projection.apply(LOG, 0, leaves[:4])
    projection.apply(LOG, 0, leaves)
    projection.apply(LOG, 2, leaves[2:])
    assert projection.position() == (LOG, len(leaves))
    assert projection.accesses(Filter())[0][0].outcomes == {"success": 2}
    assert sum(flow.instances for flow in projection.flows(0, NOON * 2)) == 2


def test_refuses_leaves_that_do_not_follow(projection: Projection) -> None:
    leaves = study(Writer()).leaves
    projection.apply(LOG, 0, leaves[:2])
    with pytest.raises(LeafGapError):
        projection.apply(LOG, 3, leaves[3:])
    with pytest.raises(LeafGapError):
        projection.apply("2026-10", 0, leaves)
    assert projection.position() == (LOG, 2)


def test_a_fault_in_a_batch_leaves_nothing_of_it_behind(projection: Projection) -> None:
    leaves = study(Writer()).leaves
    with pytest.raises(ValueError, match="fromhex"):
        projection.apply(LOG, 0, [*leaves, ("no hex", leaves[0][1])])
    assert projection.position() == ("", 0)
    assert projection.accesses(Filter())[0] == ()
    projection.apply(LOG, 0, leaves)
    assert projection.accesses(Filter())[0][0].outcomes == {"success": 2}


def test_a_pruned_leaf_has_its_place_and_nothing_to_show(projection: Projection) -> None:
    projection.apply(LOG, 0, [("", None), *Writer().says(ApplicationStarted("w0", "1", 2)).leaves])
    (row,) = projection.events(Filter()).rows
    assert (row.position, projection.position()) == (1, (LOG, 2))


def test_the_next_months_log_follows(projection: Projection) -> None:
    writer = study(Writer())
    projection.apply(LOG, 0, writer.leaves[:3])
    projection.apply("2026-12", 0, writer.leaves[3:])
    assert projection.position() == ("2026-12", len(writer.leaves) - 3)
    assert projection.accesses(Filter())[0][0].rows[1][:2] == ("2026-12", 2)


def test_events_are_the_events_that_were_written_but_instances(projection: Projection) -> None:
    leaves = study(Writer()).leaves
    projection.apply(LOG, 0, leaves)
    rows = projection.events(Filter()).rows
    assert [(row.position, row.digest, row.event) for row in rows] == [
        (place, digest, event)
        for place, (digest, event) in reversed(list(enumerate(leaves)))
        if event is not None and not isinstance(event.body, InstanceBegun | InstanceOutcome)
    ]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(kinds=("refusal",)), [5, 4, 3, 2]),
        (Filter(kinds=("refusal", "alarm")), [7, 5, 4, 3, 2]),
        (Filter(kinds=("instance-begun",)), []),
        (Filter(cause="blocked-peer"), [4]),
        (Filter(would="yes"), [3]),
        (Filter(would="no"), [5, 4, 2]),
        (Filter(kinds=("refusal",), would="no", cause="operation"), [5, 2]),
        (Filter(peer="mr-1"), [5]),
        (Filter(peer="ct-2", kinds=("refusal",), would="yes"), [3]),
        (Filter(archive="pacs", kinds=("transfer-begun",)), [0]),
        (Filter(archive="vna"), [5]),
        (Filter(patient="4711"), [1, 0]),
        (Filter(patient="4711", issuer="OTHER"), []),
        (Filter(issuer="HOSP"), [1, 0]),
        (Filter(study="1.2.4"), [1]),
        (Filter(study="1.2.3", kinds=("transfer-begun",)), [0]),
        (Filter(since=NOON + 6 * SECOND), [7, 6, 5]),
        (Filter(until=NOON + 3 * SECOND), [1, 0]),
        (Filter(since=NOON + 3 * SECOND, until=NOON + 4 * SECOND), [2]),
        (Filter(text="mr1"), [5]),
        (Filter(text="10.0.0.9"), [5]),
        (Filter(text="471"), [1, 0]),
        (Filter(text="acc7"), [0]),
        (Filter(text="r1"), [5]),
        (Filter(text="oliver"), [6]),
        (Filter(text="nothing like it"), []),
        (Filter(text="%"), []),
        (Filter(text='"mr1" OR x'), []),
        (Filter(text="mr1", kinds=("alarm",)), []),
    ],
)
def test_filters_narrow_events(projection: Projection, where: Filter, expected: list[int]) -> None:
    spoken = association()
    writer = Writer().says(
        TransferBegun(spoken, 1, JANE, "1.2.3", CT, accession="ACC77"),
        TransferClosed(spoken, (1, 2), JANE, ("1.2.3", "1.2.4"), {}, {}, "released"),
        refusal(),
        refusal(would=True),
        refusal(cause=Cause.BLOCKED_PEER),
        refusal(calling="MR1", peer="mr-1", address="10.0.0.9", archive="vna"),
        UserAuthentication("Oliver", "10.9.9.9", "login"),
        Alarm("warning", "x", "y"),
    )
    projection.apply(LOG, 0, writer.leaves)
    assert [row.position for row in projection.events(where).rows] == expected


@pytest.mark.parametrize(
    "where", [Filter(), Filter(kinds=("refusal",)), Filter(peer="ct-2"), Filter(text="ct2"), Filter(would="no")]
)
def test_pages_of_events_join_without_hole_or_repeat(projection: Projection, where: Filter) -> None:
    writer = Writer()
    for _ in range(7):
        writer.says(refusal(), refusal(), at=writer.time + SECOND)  # two at each instant
    projection.apply(LOG, 0, writer.leaves)
    found, after = [], ""
    while True:
        page = projection.events(where, after, limit=3)
        found += [row.position for row in page.rows]
        after = page.next
        if not after:
            break
    assert found == list(range(13, -1, -1))


def test_events_are_newest_first_by_their_own_time_however_late_they_were_merged(projection: Projection) -> None:
    writer = Writer().says(refusal(), at=NOON + 9 * SECOND).says(refusal(), at=NOON)
    projection.apply(LOG, 0, writer.leaves)
    assert [row.position for row in projection.events(Filter(kinds=("refusal",))).rows] == [0, 1]


def test_a_common_text_is_found_without_sorting_all_of_it(projection: Projection) -> None:
    writer = Writer().says(*[refusal() for _ in range(1_200)])  # more than are fetched at once
    projection.apply(LOG, 0, writer.leaves)
    rows = projection.events(Filter(text="CT2"), limit=2).rows
    assert [row.position for row in rows] == [1_199, 1_198]


def test_patients_are_counted_and_last_seen_first(projection: Projection) -> None:
    writer = study(study(Writer(), 1), 2, 3, JOHN, "1.2.8")
    study(writer, 3, 1, JANE, "1.2.9")
    study(writer, 4, 1, JANE, "1.2.9")
    projection.apply(LOG, 0, writer.leaves)
    first, key = projection.patients(Filter(), limit=1)
    rest, _ = projection.patients(Filter(), key, limit=1)
    assert first == (PatientSummary("4711", "HOSP", "Doe^Jane", 2, 4, first[0].last_seen),)
    assert rest == (PatientSummary("0815", "HOSP", "Müller^John", 1, 3, rest[0].last_seen),)
    assert first[0].last_seen > rest[0].last_seen


@pytest.mark.parametrize(
    "where",
    [
        Filter(text="MÜLLER"),
        Filter(text="081"),
        Filter(patient="0815"),
        Filter(study="1.2.8"),
        Filter(patient="0815", issuer="HOSP", peer="ct-2", archive="pacs"),
    ],
)
def test_filters_narrow_patients(projection: Projection, where: Filter) -> None:
    projection.apply(LOG, 0, study(study(Writer(), 1), 2, 3, JOHN, "1.2.8").leaves)
    assert [patient.patient for patient in projection.patients(where)[0]] == ["0815"]


def test_the_same_id_of_another_issuer_is_another_patient(projection: Projection) -> None:
    other = Patient("4711", "ELSEWHERE", "Roe^Richard")
    projection.apply(LOG, 0, study(study(Writer(), 1), 2, 1, other, "1.9").leaves)
    assert len(projection.patients(Filter(patient="4711"))[0]) == 2
    (access,), _ = projection.accesses(Filter(patient="4711", issuer="ELSEWHERE"))
    assert access.name == "Roe^Richard"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(), ["0815", "4711"]),
        (Filter(study="1.2.3"), ["4711"]),
        (Filter(peer="nobody"), []),
        (Filter(archive="pacs", text="acc2"), ["0815"]),
        (Filter(text="10.0.0.7"), ["0815", "4711"]),
        (Filter(until=NOON + 4 * SECOND), ["4711"]),
        (Filter(since=NOON + 4 * SECOND), ["0815"]),
    ],
)
def test_filters_narrow_accesses(projection: Projection, where: Filter, expected: list[str]) -> None:
    projection.apply(LOG, 0, study(study(Writer(), 1), 2, 3, JOHN, "1.2.8").leaves)
    assert [access.patient for access in projection.accesses(where)[0]] == expected


def test_pages_of_accesses_join(projection: Projection) -> None:
    writer = Writer()
    for number in range(1, 8):
        study(writer, number, 1)
    projection.apply(LOG, 0, writer.leaves)
    found, after = [], ""
    while True:
        page, after = projection.accesses(Filter(patient="4711"), after, limit=2)
        found += [access.accession for access in page]
        if not after:
            break
    assert found == [f"ACC{number}" for number in range(7, 0, -1)]


def test_flows_sum_what_was_answered_ended_and_refused(projection: Projection) -> None:
    writer = study(Writer(), instances=3).says(refusal(calling="MR1"), refusal(calling="MR1", would=True))
    projection.apply(LOG, 0, writer.leaves)
    ct, mr = projection.flows(NOON, NOON + 3600 * SECOND)
    assert (ct.calling, ct.address, ct.peer, ct.archive) == ("CT2", "10.0.0.7", "ct-2", "pacs")
    assert (ct.instances, ct.bytes, ct.associations, ct.refusals) == (3, 3_000, 1, 0)
    assert (mr.calling, mr.instances, mr.refusals, mr.last) == ("MR1", 0, 2, writer.time)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 4_000), st.integers(0, 4_000), st.integers(0, 59), st.randoms(use_true_random=False))
def test_flows_over_any_span_are_the_sum_of_its_minutes(
    since: int, length: int, second: int, chance: random.Random
) -> None:
    minute = 60 * SECOND
    times = [NOON + chance.randrange(8_000) * minute + chance.randrange(60) * SECOND for _ in range(40)]
    writer = Writer()
    for time in times:
        writer.says(refusal(), at=time)
    projection = open_projection("sqlite:///:memory:")
    projection.apply(LOG, 0, writer.leaves)
    start = NOON + since * minute
    expected = sum(start <= time < start + length * minute for time in times)
    flows = projection.flows(start, start + length * minute)
    projection.close()
    assert sum(flow.refusals for flow in flows) == expected


@pytest.mark.parametrize("key", ["x", "1", "1.", "1.2.3", "-1.2", "1.٣", "9" * 30 + ".1", "9223372036854775808.1", "'"])
def test_refuses_a_page_key_it_did_not_make(projection: Projection, key: str) -> None:
    for ask in (projection.events, projection.patients, projection.accesses):
        with pytest.raises(PagingKeyError):
            ask(Filter(), key)


@pytest.mark.parametrize("key", ["", "w0", "w0-1-1", "w0-zz-1-1", "w0-1--1-1", "w0-1-1-" + "9" * 40])
def test_refuses_an_access_key_it_did_not_make(projection: Projection, key: str) -> None:
    with pytest.raises(PagingKeyError):
        projection.instances(key)


def test_a_page_is_bounded_whatever_was_asked(projection: Projection) -> None:
    projection.apply(LOG, 0, Writer().says(*[refusal() for _ in range(MAX_PAGE + 1)]).leaves)
    assert len(projection.events(Filter(), limit=10_000).rows) == MAX_PAGE
    assert len(projection.events(Filter(), limit=-1).rows) == 1


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_hostile_text_is_kept_and_found_as_it_is(calling: str, patient: str, accession: str, search: str) -> None:
    projection = open_projection("sqlite:///:memory:")
    spoken = association(calling=calling)
    begun = TransferBegun(spoken, 1, Patient(patient, "", "N"), "1.2", CT, accession=accession)
    projection.apply(LOG, 0, Writer().says(begun).leaves)
    assert projection.events(Filter()).rows[0].event.body == begun
    access = projection.accesses(Filter())[0][0]
    assert (access.calling, access.patient, access.accession) == (calling, patient, accession)
    for text in (calling, patient, accession):
        assert len(projection.events(Filter(text=text)).rows) == 1
        assert len(projection.accesses(Filter(text=text))[0]) == 1
    projection.events(Filter(text=search, peer=search, cause=search, study=search, archive=search))
    projection.patients(Filter(text=search, issuer=search))
    projection.close()


FIND, MOVE, MPPS = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2", "1.2.840.10008.3.1.2.3.3"


def mentioned(projection: Projection, patient: str, issuer: str = "") -> list[str]:
    return [kind(row.event.body) for row in projection.mentions(Filter(patient=patient, issuer=issuer)).rows]


def test_who_was_listed_by_a_query_is_found_by_each_patient(projection: Projection) -> None:
    listed = PatientsListed(association(), "C-FIND", FIND, 5, ((JANE, ("1.2.3",)), (JOHN, ())), 2)
    projection.apply(LOG, 0, Writer().says(listed).leaves)
    assert mentioned(projection, JANE.id) == mentioned(projection, JOHN.id) == ["patients-listed"]
    assert mentioned(projection, JANE.id, issuer="ELSEWHERE") == mentioned(projection, "nobody") == []
    assert {row.patient for row in projection.patients(Filter())[0]} == {JANE.id, JOHN.id}
    assert [kind(row.event.body) for row in projection.events(Filter(study="1.2.3")).rows] == ["patients-listed"]


def test_a_query_that_names_no_issuer_is_about_each_patient_of_that_id_and_makes_no_other(
    projection: Projection,
) -> None:
    writer = study(Writer())
    unnamed = Patient(JANE.id, "", JANE.name)
    writer.says(PatientsListed(association(2), "C-FIND", FIND, 5, ((unnamed, ()),), 1))
    projection.apply(LOG, 0, writer.leaves)
    assert mentioned(projection, JANE.id, JANE.issuer) == ["patients-listed"]
    assert [(row.patient, row.issuer) for row in projection.patients(Filter())[0]] == [(JANE.id, JANE.issuer)]


def test_a_move_by_study_is_about_the_patient_whose_study_it_is(projection: Projection) -> None:
    writer = study(Writer())
    writer.says(
        Operation(association(2), "C-MOVE", MOVE, "", 1, level="STUDY", destination="WS1", uids=("1.2.3",)),
        Operation(association(2), "C-MOVE", MOVE, "", 1, 0, destination="WS1", uids=("1.2.3",), completed=2),
        Operation(association(2), "C-MOVE", MOVE, "", 2, level="STUDY", destination="WS1", uids=("9.9",)),
    )
    projection.apply(LOG, 0, writer.leaves)
    assert mentioned(projection, JANE.id) == ["operation", "operation"]


def test_a_procedure_step_stays_its_patients_though_only_its_creation_names_them(projection: Projection) -> None:
    writer = Writer().says(
        Operation(association(), "N-CREATE", MPPS, "1.2.9", 1, patient=JANE),
        Operation(association(), "N-SET", MPPS, "1.2.9", 2),
        Operation(association(), "N-SET", MPPS, "1.2.8", 3),
    )
    projection.apply(LOG, 0, writer.leaves)
    assert mentioned(projection, JANE.id) == ["operation", "operation"]


def test_mentions_are_paged_newest_first(projection: Projection) -> None:
    writer = Writer()
    for number in range(7):
        writer.says(Operation(association(), "C-FIND", FIND, "", number, patient=JANE))
    projection.apply(LOG, 0, writer.leaves)
    seen, after = [], ""
    while True:
        page = projection.mentions(Filter(patient=JANE.id), after, 3)
        seen += [row.event.body.message_id for row in page.rows]  # type: ignore[union-attr]  # operations alone
        after = page.next
        if not after:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_an_access_names_who_asked_for_it(projection: Projection) -> None:
    moved = TransferBegun(association(), 1, JANE, "1.2.3", CT, "C-MOVE", requester="ws1")
    projection.apply(LOG, 0, Writer().says(moved).leaves)
    (access,) = projection.accesses(Filter(patient=JANE.id))[0]
    assert (access.operation, access.requester) == ("C-MOVE", "ws1")
