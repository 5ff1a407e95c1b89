"""One status as Prometheus text, all of it declared at zero before it happens. Never a patient, address or title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from leadglass.health import CODES, problems
from leadglass.model.decision import Cause
from leadglass.model.status import Status, WorkerStatus

_VALUE = re.compile(r"[A-Za-z0-9 _.-]{0,64}\Z")
MAX_SERIES = 2_000  # of one metric over all workers; more are left out and counted

CAUSES = tuple(str(cause) for cause in Cause)
ENDS = (
    "released",
    "aborted-by-caller",
    "aborted-by-archive",
    "aborted-by-leadglass",
    "connection-lost",
    "closed-without-release",
)
ABORTS = ("dimse-response", "idle", "protocol", "record", "shutdown", "stall")
OUTCOMES = ("success", "warning", "failure", "cut-off", "unknown")

COUNTERS: tuple[tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = (
    ("connections", "Connections accepted.", ()),
    ("accept_failed", "Connections that could not be accepted.", ()),
    ("associations", "Associations that ended, by how.", (("how", ENDS),)),
    (
        "refusals",
        "Refused (would=no), or forwarded by mode (would=yes).",
        (("cause", CAUSES), ("would", ("no", "yes"))),
    ),
    ("instances", "C-STORE by what the next hop said.", (("outcome", OUTCOMES),)),
    ("heads_unreadable", "Data sets whose patient could not be read.", ()),
    ("aborts", "A-ABORT of ours, by cause.", (("code", ABORTS),)),
    ("record_waived", "Instances forwarded without a record, as their route declares.", ()),
    ("record_refused", "Operations refused because they could not be recorded.", ()),
)
"""What workers count: name, help, and each label with the values declared at zero. Other labels are dropped."""


def metrics_text(status: Status) -> str:
    """Everything in Prometheus text format.

    Worker counters are labelled by worker; they begin at zero when a worker does.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StatusCollector(status))
    return generate_latest(registry).decode("utf-8")


class _StatusCollector(Collector):
    def __init__(self, status: Status) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        yield from _gauges(self._status)
        yield from _per_worker(self._status.workers)
        for name, text, labels in COUNTERS:
            yield _counter(name, text, labels, self._status.workers)


def _gauges(status: Status) -> Iterator[Metric]:
    ledger = status.ledger
    found = problems(status, status.time)
    simple = (
        ("generation", "Generation of configuration and registry in force.", status.generation),
        ("ledger_events", "Leaves of the ledger's current log.", ledger.size if ledger else 0),
        ("ledger_lag_bytes", "Journal bytes not merged yet.", ledger.lag if ledger else 0),
        (
            "ledger_checkpoint_timestamp_seconds",
            "Time of the last signed checkpoint.",
            ledger.checkpoint_time / 1e9 if ledger else 0,
        ),
        ("unknown_callers", "Callers that wait for a decision.", len(status.unknown_peers)),
        ("bypass_active", "Routes that relay without policy now.", len(status.bypasses)),
        ("peers_without_tls", "Approved peers that may call without TLS.", status.plain_count),
        (
            "certificates_ending",
            "Certificates that end within 60 days or have ended.",
            len(status.certificate_ends),
        ),
        (
            "certificate_end_timestamp_seconds",
            "When the first of these ends; 0 where none does.",
            min((end.not_after for end in status.certificate_ends), default=0),
        ),
        ("routes_observing", "Routes that forward what policy refuses.", len(status.observing)),
    )
    for name, text, value in simple:
        yield GaugeMetricFamily(f"leadglass_{name}", text, value=value)
    wrong = GaugeMetricFamily("leadglass_problem", "1 while this problem lasts (see /healthz).", labels=("code",))
    for code in CODES:
        wrong.add_metric((code,), float(any(problem.code == code for problem in found)))
    yield wrong
    restarts = CounterMetricFamily("leadglass_child_restarts", "Restarts of a process.", labels=("process",))
    running = GaugeMetricFamily("leadglass_child_running", "1 while the process runs.", labels=("process",))
    for child in status.children:
        restarts.add_metric((child.name,), child.restarts)
        running.add_metric((child.name,), float(child.running))
    yield restarts
    yield running


def _per_worker(workers: tuple[WorkerStatus, ...]) -> Iterator[Metric]:
    values: tuple[tuple[str, str, tuple[float, ...]], ...] = (
        ("associations_open", "Associations open now.", tuple(worker.open for worker in workers)),
        ("journal_free_bytes", "Journal bytes ready to be written.", tuple(w.journal_free for w in workers)),
        ("journal_size_bytes", "Journal reserve in all.", tuple(worker.journal_size for worker in workers)),
        ("recording_impaired", "1 while events cannot be recorded.", tuple(float(bool(w.impaired)) for w in workers)),
        ("report_timestamp_seconds", "Time of the worker's last report.", tuple(w.time / 1e9 for w in workers)),
    )
    for name, text, column in values:
        family = GaugeMetricFamily(f"leadglass_worker_{name}", text, labels=("worker",))
        for worker, value in zip(workers, column, strict=True):
            family.add_metric((worker.worker,), value)
        yield family
    upstream = GaugeMetricFamily(
        "leadglass_archive_up", "1 when a worker last reached it.", labels=("worker", "archive")
    )
    for worker in workers:
        for row in worker.upstreams:
            upstream.add_metric((worker.worker, row.archive), float(row.up))
    yield upstream


def _counter(
    name: str, text: str, labels: tuple[tuple[str, tuple[str, ...]], ...], workers: tuple[WorkerStatus, ...]
) -> Metric:
    """One counter: each declared combination at zero for each worker, then what the workers counted."""
    names = tuple(label for label, _ in labels)
    family = CounterMetricFamily(f"leadglass_{name}", text, labels=("worker", *names))
    for worker in workers or (None,):
        sums = dict.fromkeys(product(*(values for _, values in labels)), 0)
        for key, value in worker.counters.items() if worker else ():
            head, _, tail = key.partition(":")
            if head != name:
                continue
            given = dict(part.partition("=")[::2] for part in tail.split(",") if part)
            combination = tuple(given.get(label, "") for label in names)
            if all(_VALUE.match(part) for part in combination) and len(sums) < MAX_SERIES:
                sums[combination] = sums.get(combination, 0) + value
        for combination, value in sums.items():
            family.add_metric((worker.worker if worker else "", *combination), value)
    return family
