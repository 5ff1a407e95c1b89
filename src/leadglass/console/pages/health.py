"""Health: processes, confinement, journals, ledger, archives. Changes nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.store.appstate.outbox import pending
from leadglass.store.projection.feed import behind


def show(visit: Visit) -> Response:
    """The whole page."""
    return visit.render("health.html", **_values(visit))


def live(visit: Visit) -> Response:
    """The part that refreshes itself."""
    return visit.render("health_live.html", **_values(visit))


def _values(visit: Visit) -> dict[str, object]:
    console = visit.console
    glimpse = console.live.look()
    status = glimpse.status
    return {
        "status": status,
        "fault": glimpse.fault,
        "upstreams": [(worker.worker, up) for worker in status.workers for up in worker.upstreams] if status else [],
        "behind": behind(console.projection, console.ledger),
        "pending": pending(console.engine),
        "feed_fault": console.feed_fault(),
    }


PAGES = (Page("/health", "health", get=show), Page("/live/health", "health", get=live, refreshes=True))
