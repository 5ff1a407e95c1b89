"""Claims about health and metrics."""

from __future__ import annotations

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from leadglass.health import CODES, healthy, problems
from leadglass.metrics import metrics_text
from leadglass.model.bypass import ActiveBypass
from leadglass.model.status import (
    CertificateEnd,
    ChildStatus,
    LedgerStatus,
    LiveAssociation,
    Status,
    UnknownPeer,
    UpstreamStatus,
    WorkerStatus,
)

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND
WORKER = WorkerStatus("w0", 1, 1, NOW, 7, journal_free=90, journal_size=100)
GOOD = Status(
    time=NOW,
    version="1",
    generation=7,
    digest="d",
    workers=(WORKER,),
    children=(ChildStatus("w0", 1, True, 0, NOW - 600 * SECOND),),
    ledger=LedgerStatus(NOW, 5, "r", NOW - SECOND, 0),
)


def worker(**changes: object) -> Status:
    return msgspec.structs.replace(GOOD, workers=(msgspec.structs.replace(WORKER, **changes),))


def ledger(**changes: object) -> Status:
    assert GOOD.ledger is not None
    return msgspec.structs.replace(GOOD, ledger=msgspec.structs.replace(GOOD.ledger, **changes))


def child(**changes: object) -> Status:
    return msgspec.structs.replace(GOOD, children=(msgspec.structs.replace(GOOD.children[0], **changes),))


def end(days: int, owners: tuple[str, ...] = ("ct1",), renewed: bool = False) -> Status:
    """A certificate that ends in ``days``, with a grace of 30 for those of peers."""
    ends = NOW // SECOND + days * 86_400
    row = CertificateEnd(owners, "sha256:00", "CN=ct1", ends, ends + (30 * 86_400 if owners else 0), renewed)
    return msgspec.structs.replace(GOOD, certificate_ends=(row,))


BYPASS = ActiveBypass("PACS", NOW, NOW + 61 * SECOND, "the registry is lost", "ada")

CASES = [
    ("ledger-missing", msgspec.structs.replace(GOOD, ledger=None)),
    ("ledger-missing", ledger(time=NOW - 11 * SECOND)),
    ("ledger-error", ledger(error="disk full")),
    ("checkpoint-late", ledger(checkpoint_time=NOW - 61 * SECOND, lag=1)),
    ("checkpoint-late", ledger(checkpoint_time=0, lag=1)),
    ("ledger-lag", ledger(lag=33 * 1024 * 1024)),
    ("journal-low", worker(journal_free=39)),
    ("recording-impaired", worker(impaired="disk full", waived=3)),
    ("upstream-down", worker(upstreams=(UpstreamStatus("pacs", False, NOW, "refused"),))),
    ("child-down", child(running=False, last_exit="signal 9")),
    ("child-restarted", child(restarts=1, started=NOW - SECOND)),
    ("worker-missing", msgspec.structs.replace(GOOD, workers=())),
    ("worker-missing", msgspec.structs.replace(GOOD, workers=(), children=())),
    ("worker-silent", worker(time=NOW - 6 * SECOND)),
    ("generation-mismatch", worker(generation=6)),
    ("state-unreachable", msgspec.structs.replace(GOOD, state_error="connection refused")),
    ("route-bypassed", msgspec.structs.replace(GOOD, bypasses=(BYPASS,))),
    ("route-observing", msgspec.structs.replace(GOOD, observing=("PACS",))),
    ("certificate-ended", end(-1)),
    ("certificate-ended", end(-31)),
    ("certificate-ended", end(0, ())),
    ("certificate-ending", end(7)),
    ("plain-peers", msgspec.structs.replace(GOOD, plain=("ct1",), plain_count=1)),
    ("unknown-callers", msgspec.structs.replace(GOOD, unknown_peers=(UnknownPeer("a", "T", "P", 1, 2, 3),))),
]
INFORMATION = {"route-observing", "unknown-callers", "plain-peers"}


def test_nothing_wrong_is_nothing_told() -> None:
    assert problems(GOOD, NOW) == ()
    assert problems(ledger(checkpoint_time=NOW - 3_600 * SECOND), NOW) == ()  # nothing to sign


@pytest.mark.parametrize(("code", "status"), CASES)
def test_each_problem_is_found_alone_with_a_hint(code: str, status: Status) -> None:
    (found,) = problems(status, NOW)
    assert found.code == code
    assert found.text
    assert found.hint
    assert healthy((found,)) == (code in INFORMATION)


def test_a_certificate_that_ends_is_information_until_a_week_before() -> None:
    for days, severity in ((60, "info"), (8, "info"), (7, "warning")):
        (found,) = problems(end(days, ("ct1", "ct1-mpps")), NOW)
        assert (found.code, found.severity) == ("certificate-ending", severity)
        assert f"ct1 and ct1-mpps in {days} days" in found.text
    assert "the gateway itself in 1 day" in problems(end(1, ()), NOW)[0].text
    assert "ct1 (refused in 29 days)" in problems(end(-1), NOW)[0].text
    assert "ct1 (refused)" in problems(end(-31), NOW)[0].text


def test_a_certificate_whose_successor_is_pinned_is_no_problem() -> None:
    assert problems(end(-1, renewed=True), NOW) == ()
    assert problems(end(5, renewed=True), NOW) == ()


def test_gaps_are_counted_and_the_first_are_named() -> None:
    names = tuple(f"p{number}" for number in range(9))
    (found,) = problems(msgspec.structs.replace(GOOD, plain=names, plain_count=120), NOW)
    assert found.text == "120 peers may call without TLS: p0, p1, p2, p3, p4, p5, p6, p7, …"


def test_every_code_has_a_case_and_is_declared() -> None:
    assert {code for code, _ in CASES} == set(CODES)


def test_the_worst_stands_first() -> None:
    status = msgspec.structs.replace(worker(impaired="x", generation=6), observing=("PACS",))
    assert [problem.severity for problem in problems(status, NOW)] == ["critical", "warning", "info"]


def values(status: Status) -> dict[str, float]:
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(metrics_text(status))
        for sample in family.samples
    }


def test_metrics_are_declared_at_zero_before_anything_happens() -> None:
    found = values(Status(NOW, "1", 0, ""))
    for name in ("connections", "heads_unreadable", "record_waived", "record_refused"):
        assert found[f"leadglass_{name}_total[('worker', '')]"] == 0
    assert found["leadglass_refusals_total[('cause', 'unknown-caller'), ('worker', ''), ('would', 'no')]"] == 0
    assert found["leadglass_instances_total[('outcome', 'cut-off'), ('worker', '')]"] == 0
    assert found["leadglass_associations_total[('how', 'released'), ('worker', '')]"] == 0
    assert all(f"leadglass_problem[('code', '{code}')]" in found for code in CODES)


def test_counters_of_a_worker_stand_beside_the_declared_ones() -> None:
    counters = {"refusals:cause=blocked-peer,would=no": 4, "connections": 2, "aborts:code=new-one": 1}
    found = values(worker(counters=counters))
    assert found["leadglass_refusals_total[('cause', 'blocked-peer'), ('worker', 'w0'), ('would', 'no')]"] == 4
    assert found["leadglass_refusals_total[('cause', 'limit'), ('worker', 'w0'), ('would', 'no')]"] == 0
    assert found["leadglass_connections_total[('worker', 'w0')]"] == 2
    assert found["leadglass_aborts_total[('code', 'new-one'), ('worker', 'w0')]"] == 1


def test_no_patient_title_or_address_becomes_a_label() -> None:
    live = LiveAssociation("w0", 1, "10.66.66.66", "SECRETCALLER", "CALLEDTITLE", "p", "pacs", "observe", 0, 0, 0, 0)
    status = msgspec.structs.replace(
        worker(associations=(live,), counters={"connections:peer=SECRETCALLER": 1, "invented:x=SECRETCALLER": 1}),
        unknown_peers=(UnknownPeer("10.66.66.66", "SECRETCALLER", "CALLEDTITLE", 1, 2, 3),),
        observing=("CALLEDTITLE",),
    )
    text = metrics_text(status)
    for word in ("SECRETCALLER", "CALLEDTITLE", "10.66.66.66", "peer="):
        assert word not in text
