"""Templates to HTML: escaping always on, and every text made harmless to look at by default. Decides nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leadglass import __version__
from leadglass.console import text, words
from leadglass.console.banner import Banner, banners, bypassed
from leadglass.console.live import Glimpse
from leadglass.console.page import Visit

STATIC = {"css": "/static/leadglass-1.css", "js": "/static/htmx-2.0.11.min.js", "icon": "/static/leadglass-1.svg"}
NAVIGATION = (
    ("/", "Overview", "overview"),
    ("/patients", "Patients", "patients"),
    ("/associations", "Associations", "associations"),
    ("/refusals", "Refusals", "refusals"),
    ("/peers", "Peers", "peers"),
    ("/policy", "Policy", "policy"),
    ("/bypass", "Bypass", "policy"),
    ("/assess", "Assessment", "assessment"),
    ("/network", "Network", "assessment"),
    ("/health", "Health", "health"),
    ("/users", "Users", "users"),
)


class Renderer(Protocol):
    """Makes the HTML of a visit."""

    def render(self, visit: Visit, template: str, values: dict[str, object]) -> str:
        """The page as text."""


class Templates:
    """The templates of this package."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("leadglass.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalize,
        )
        self._environment.filters |= {
            "wire": text.wire,
            "size": text.size,
            "number": text.number,
            "duration": text.duration,
            "plural": text.plural,
            "sop_class": words.sop_class,
        }
        self._environment.globals |= {"static": STATIC, "words": words, "version": __version__}

    def render(self, visit: Visit, template: str, values: dict[str, object]) -> str:
        """The page as text, with what all pages show around it."""
        now, zone = visit.console.clock(), visit.console.zone
        path = visit.request.url.path

        def when(ns: int, form: str = "") -> Markup:
            return text.when(ns, zone, now, form)

        def here(**changes: str) -> str:
            query = {**visit.request.query_params, **changes}
            return path + "?" + urlencode({name: value for name, value in query.items() if value})

        glimpse = visit.console.live.look() if visit.user else None
        return self._environment.get_template(template).render(
            **values,
            visit=visit,
            user=visit.user,
            site=visit.console.configuration().site,
            now=now,
            utc_now=datetime.fromtimestamp(now // 1_000_000_000, UTC),
            when=when,
            here=here,
            navigation=[(p, label) for p, label, permission in NAVIGATION if visit.may(permission)],  # type: ignore[arg-type]  # the literals above
            path=path,
            notice=visit.console.notices.take(visit.session) if visit.user and visit.token else None,
            banners=_banners(visit, glimpse),
            waiting=len(glimpse.status.unknown_peers) if glimpse and glimpse.status else 0,
        )


def _banners(visit: Visit, glimpse: Glimpse | None) -> tuple[Banner, ...]:
    """Whoever has not signed in learns that policy is bypassed, not where and why."""
    lasting = visit.console.bypasses()
    if glimpse is None:
        return (Banner("bad", "A route relays without policy", label="Bypass"),) if lasting else ()
    return (*bypassed(lasting), *banners(glimpse, visit.console.feed_fault()))


def _finalize(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.neutral(value)
    return value
