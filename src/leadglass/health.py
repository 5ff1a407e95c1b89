"""What is wrong, from one status: the same list for /healthz, console, metrics and command line. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from leadglass.model.status import Status, WorkerStatus

Severity = Literal["info", "warning", "critical"]

_SECOND = 1_000_000_000
_DAY = 86_400
_MOST_LISTED = 8  # names in one line


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When something counts as wrong. Seconds, bytes, and shares of 1."""

    checkpoint_age: float = 60.0  # s since the last signed checkpoint, while there is something to sign
    ledger_silent: float = 10.0  # s without a report of the ledger
    ledger_lag: int = 32 * 1024 * 1024  # journal bytes not merged yet
    journal_free: float = 0.4  # share of the journal's reserve still free
    worker_silent: float = 5.0  # s without a worker's report
    child_young: float = 60.0  # s after a restart during which it is shown
    certificate_days: int = 7  # days before the end of a certificate; until then it is information


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        code: stable name, "checkpoint-late".
        severity: "info" is nothing wrong; anything else makes ``/healthz`` answer 503.
        text: what, one line, no patient.
        hint: what to do.
    """

    code: str
    severity: Severity
    text: str
    hint: str


CODES: tuple[str, ...] = (
    "state-unreachable",
    "ledger-missing",
    "ledger-error",
    "checkpoint-late",
    "ledger-lag",
    "journal-low",
    "recording-impaired",
    "upstream-down",
    "child-down",
    "child-restarted",
    "worker-missing",
    "worker-silent",
    "generation-mismatch",
    "route-bypassed",
    "certificate-ended",
    "certificate-ending",
    "route-observing",
    "plain-peers",
    "unknown-callers",
)
"""Every code there is, for metrics that are declared before anything happens."""


def problems(status: Status, now_ns: int, thresholds: Thresholds = Thresholds()) -> tuple[Problem, ...]:
    """Everything wrong or worth knowing, the worst first.

    Args:
        status: as the registrar tells it.
        now_ns: UTC nanoseconds.
        thresholds: when something counts as wrong.
    """
    found = [
        *_bypasses(status, now_ns),
        *_state(status),
        *_ledger(status, now_ns, thresholds),
        *_children(status, now_ns, thresholds),
        *_workers(status, now_ns, thresholds),
        *_upstreams(status, now_ns, thresholds),
        *_certificates(status, now_ns, thresholds),
        *_information(status),
    ]
    order = {"critical": 0, "warning": 1, "info": 2}
    return tuple(sorted(found, key=lambda problem: order[problem.severity]))


def healthy(found: tuple[Problem, ...]) -> bool:
    """Whether nothing but information stands in the list."""
    return all(problem.severity == "info" for problem in found)


def _age(then: int, now: int) -> float:
    return max(now - then, 0) / _SECOND


def _state(status: Status) -> Iterator[Problem]:
    if status.state_error:
        yield Problem(
            "state-unreachable",
            "critical",
            "the application state cannot be used; what is in force goes on, but C-MOVE, storage commitment and "
            f"changes are refused: {status.state_error}",
            "is its disk full, or PostgreSQL down? 'leadglass doctor' looks",
        )


def _ledger(status: Status, now: int, thresholds: Thresholds) -> Iterator[Problem]:
    ledger = status.ledger
    if ledger is None or _age(ledger.time, now) > thresholds.ledger_silent:
        silent = "has not reported yet" if ledger is None else f"has been silent for {_age(ledger.time, now):.0f} s"
        yield Problem(
            "ledger-missing", "critical", f"the ledger {silent}; journals hold the record", "see the log of the ledger"
        )
        if ledger is None:
            return
    if ledger.error:
        yield Problem(
            "ledger-error", "critical", f"the ledger cannot work: {ledger.error}", "see the log of the ledger"
        )
    age = _age(ledger.checkpoint_time, now)
    if age > thresholds.checkpoint_age and (ledger.lag > 0 or _age(ledger.time, now) > thresholds.ledger_silent):
        yield Problem(
            "checkpoint-late",
            "critical",
            f"the last signed checkpoint is {age:.0f} s old"
            if ledger.checkpoint_time
            else "no checkpoint was ever signed",
            "is the disk of the data directory full or failing?",
        )
    if ledger.lag > thresholds.ledger_lag:
        yield Problem(
            "ledger-lag",
            "warning",
            f"{ledger.lag // 1024} KiB of events wait to be merged",
            "the ledger is slower than traffic; nothing is lost while journals have room",
        )


def _children(status: Status, now: int, thresholds: Thresholds) -> Iterator[Problem]:
    for child in status.children:
        if not child.running:
            yield Problem(
                "child-down",
                "critical",
                f"{child.name} does not run ({child.last_exit})",
                f"see the log of {child.name}",
            )
        elif child.restarts and _age(child.started, now) < thresholds.child_young:
            yield Problem(
                "child-restarted",
                "warning",
                f"{child.name} was restarted {_counted(child.restarts, 'time')}, last after {child.last_exit}",
                f"see the log of {child.name}",
            )


def _workers(status: Status, now: int, thresholds: Thresholds) -> Iterator[Problem]:
    reporting = {worker.worker for worker in status.workers}
    expected = {child.name for child in status.children if _is_worker(child.name)}
    for name in sorted(expected - reporting):
        yield Problem("worker-missing", "critical", f"worker {name} has never reported", f"see the log of {name}")
    if not status.workers and not expected:
        yield Problem("worker-missing", "critical", "no worker reports: no image passes", "is the supervisor running?")
    for worker in status.workers:
        yield from _worker(worker, status, now, thresholds)


def _worker(worker: WorkerStatus, status: Status, now: int, thresholds: Thresholds) -> Iterator[Problem]:
    name = worker.worker
    silent = _age(worker.time, now)
    if silent > thresholds.worker_silent:
        yield Problem(
            "worker-silent", "critical", f"worker {name} has been silent for {silent:.0f} s", f"see the log of {name}"
        )
    if worker.impaired:
        yield Problem(
            "recording-impaired",
            "critical",
            f"worker {name} cannot record: {worker.impaired}; "
            f"{_counted(worker.waived, 'instance')} went on without a record",
            "free space on the disk of the data directory",
        )
    elif worker.journal_size and worker.journal_free < thresholds.journal_free * worker.journal_size:
        yield Problem(
            "journal-low",
            "warning",
            f"worker {name} has {worker.journal_free // 1024} of {worker.journal_size // 1024} KiB of journal left",
            "is the ledger running, and is the disk full?",
        )
    if worker.generation != status.generation:
        yield Problem(
            "generation-mismatch",
            "warning",
            f"worker {name} judges by generation {worker.generation}, in force is {status.generation}",
            f"it should follow within seconds; else see the log of {name}",
        )


def _upstreams(status: Status, now: int, thresholds: Thresholds) -> Iterator[Problem]:
    down: dict[str, tuple[list[str], str]] = {}
    for worker in status.workers:
        if _age(worker.time, now) <= thresholds.worker_silent:
            for upstream in worker.upstreams:
                if not upstream.up:
                    down.setdefault(upstream.archive, ([], upstream.reason))[0].append(worker.worker)
    for archive, (workers, reason) in sorted(down.items()):
        yield Problem(
            "upstream-down",
            "critical",
            f"archive {archive} cannot be reached by {', '.join(workers)}: {reason or 'no reason given'}",
            "is it running? 'leadglass doctor' tries it",
        )


def _bypasses(status: Status, now: int) -> Iterator[Problem]:
    for row in status.bypasses:
        if row.until > now:
            minutes = -(-(row.until - now) // (60 * _SECOND))
            yield Problem(
                "route-bypassed",
                "critical",
                f"a route relays without policy for another {_counted(minutes, 'minute')}",
                "it ends by itself; 'leadglass bypass list' says which, 'leadglass bypass end' ends it now",
            )


def _certificates(status: Status, now: int, thresholds: Thresholds) -> Iterator[Problem]:
    """Ends of certificates: of our own, and of those that peers are proved by."""
    seconds = now // _SECOND
    ended: list[str] = []
    ending: dict[Severity, list[str]] = {"warning": [], "info": []}
    for end in status.certificate_ends:
        if end.renewed:
            continue  # another one is pinned beside it
        left = end.not_after - seconds
        whose = " and ".join(end.owners) or "the gateway itself"
        if left <= 0:
            grace = end.refused - seconds
            ended.append(f"{whose} (refused in {_days(grace)})" if grace > 0 else f"{whose} (refused)")
        else:
            urgent = left <= thresholds.certificate_days * _DAY
            ending["warning" if urgent else "info"].append(f"{whose} in {_days(left)}")
    hint = "renew them on the devices, then pin the new ones beside the old: 'leadglass peer pin'"
    if ended:
        yield Problem("certificate-ended", "warning", f"certificates have ended: {_listed(ended)}", hint)
    for severity, words in ending.items():
        if words:
            yield Problem("certificate-ending", severity, f"certificates end: {_listed(words)}", hint)


def _days(seconds: int) -> str:
    return _counted(max(seconds // _DAY, 1), "day")


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _MOST_LISTED} more" if len(words) > _MOST_LISTED else ""
    return ", ".join(words[:_MOST_LISTED]) + more


def _information(status: Status) -> Iterator[Problem]:
    if status.plain_count:
        who = "peer may" if status.plain_count == 1 else "peers may"
        more = ", …" if status.plain_count > _MOST_LISTED else ""
        yield Problem(
            "plain-peers",
            "info",
            f"{status.plain_count} {who} call without TLS: {', '.join(status.plain[:_MOST_LISTED])}{more}",
            "their address is all that proves them: pin a certificate, then take the permission away",
        )
    if status.observing:
        yield Problem(
            "route-observing",
            "info",
            f"routes that forward what policy refuses: {', '.join(status.observing)}",
            'read what would have been refused, then set mode = "enforce"',
        )
    if waiting := len(status.unknown_peers):
        yield Problem(
            "unknown-callers",
            "info",
            f"{_counted(waiting, 'unknown caller')} {'waits' if waiting == 1 else 'wait'} for a decision",
            "approve or block them on the page Peers, or with 'leadglass peer'",
        )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _is_worker(name: str) -> bool:
    return name.startswith("w") and name[1:].isdigit()
