"""What every page says on top while something is impaired. Pure: a look at the system in, sentences out."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.console.live import Glimpse
from leadglass.console.text import plural
from leadglass.model.bypass import ActiveBypass

SILENT_AFTER = 10_000_000_000  # ns after which a worker's report is old


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence on top of every page.

    Attributes:
        tone: "bad" or "warn".
        text: without a final stop.
        since, until: UTC ns, 0 where unknown.
        label: the word before it; by tone when empty.
        page: address of the page that deals with it.
    """

    tone: str
    text: str
    since: int = 0
    until: int = 0
    label: str = ""
    page: str = ""


def bypassed(lasting: tuple[ActiveBypass, ...]) -> tuple[Banner, ...]:
    """One for each route that relays without policy."""
    return tuple(
        Banner(
            "bad",
            f"{row.route} relays without policy, by {row.who}: {row.reason.rstrip('.')}",
            row.since,
            row.until,
            "Bypass",
            "/bypass",
        )
        for row in lasting
    )


def banners(glimpse: Glimpse, feed_fault: str) -> tuple[Banner, ...]:
    """The worst first."""
    found = []
    if glimpse.status is None:
        found.append(
            Banner("bad", f"Live state is missing: {glimpse.fault}. What you see below comes from the record.")
        )
    else:
        for worker in glimpse.status.workers:
            if worker.impaired:
                waived = (
                    f"; {plural(worker.waived, 'instance')} went on without a record (fail-open)"
                    if worker.waived
                    else ""
                )
                found.append(
                    Banner(
                        "bad",
                        f"{worker.worker} cannot write its record: {worker.impaired}{waived}",
                        worker.impaired_since,
                    )
                )
        if glimpse.status.ledger is not None and glimpse.status.ledger.error:
            found.append(Banner("bad", f"The ledger reports: {glimpse.status.ledger.error}"))
    if feed_fault:
        found.append(Banner("warn", f"Pages do not follow the ledger now: {feed_fault}"))
    return tuple(found)
