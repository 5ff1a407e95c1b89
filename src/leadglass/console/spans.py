"""The spans of time a page can look back over, chosen in its address. Pure."""

from __future__ import annotations

_MINUTE = 60_000_000_000
SPANS: dict[str, tuple[int, str]] = {
    "15m": (15 * _MINUTE, "15 minutes"),
    "1h": (60 * _MINUTE, "hour"),
    "24h": (24 * 60 * _MINUTE, "24 hours"),
    "7d": (7 * 24 * 60 * _MINUTE, "7 days"),
    "30d": (30 * 24 * 60 * _MINUTE, "30 days"),
}


def span(name: str, default: str) -> tuple[str, int, str]:
    """(name, ns, in words) of the span called ``name``, or of the default."""
    chosen = name if name in SPANS else default
    return chosen, *SPANS[chosen]
