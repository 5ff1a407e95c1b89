"""Makes text from the wire safe to look at, and numbers and times readable. Pure: knows no page."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from leadglass.model.neutral import neutral

__all__ = ["SHORT", "duration", "moment", "neutral", "number", "plural", "size", "when", "wire"]

SHORT = 48  # characters of a text from the wire shown in a list
_SECOND = 1_000_000_000


def wire(text: object, limit: int = SHORT) -> Markup:
    """Text from the wire for a list: neutral, isolated from its surroundings, cut with the whole in the title."""
    shown = neutral(str(text))
    if len(shown) <= limit:
        return Markup("<bdi>{}</bdi>").format(shown)
    return Markup('<bdi title="{}">{}…</bdi>').format(shown, shown[: limit - 1])


def size(count: int) -> str:
    """Bytes in decimal units, three digits at most: "632 MB"."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB", "PB"):
        if value < 999.5 or unit == "PB":
            break
        value /= 1000
    digits = 0 if unit == "B" or value >= 99.95 else 1
    return f"{value:.{digits}f}\u00a0{unit}"


def number(count: int) -> str:
    """A count with thousands set apart."""
    return f"{count:,}".replace(",", "\u202f")


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 instance", "2 instances"."""
    return f"{number(count)}\u00a0{one if count == 1 else many or one + 's'}"


def duration(ns: int) -> str:
    """A length of time in its two largest units: "3 min 12 s"."""
    seconds = max(ns, 0) // _SECOND
    if seconds < 60:
        return f"{seconds}\u00a0s"
    if seconds < 3600:
        return f"{seconds // 60}\u00a0min {seconds % 60}\u00a0s"
    if seconds < 86_400:
        return f"{seconds // 3600}\u00a0h {seconds % 3600 // 60}\u00a0min"
    return f"{seconds // 86_400}\u00a0d {seconds % 86_400 // 3600}\u00a0h"


def moment(ns: int, zone: ZoneInfo) -> datetime:
    """The aware time of UTC nanoseconds in the hospital's zone."""
    return datetime.fromtimestamp(ns // _SECOND, UTC).astimezone(zone)


def when(ns: int, zone: ZoneInfo, now: int, form: str = "") -> Markup:
    """A time element: time of day for today, otherwise with its date; UTC in the title."""
    if not ns:
        return Markup('<span class="muted">never</span>')
    here, today = moment(ns, zone), moment(now, zone)
    near = here.date() == today.date() and form != "full"
    text = here.strftime("%H:%M:%S" if near else "%Y-%m-%d\u00a0%H:%M:%S")
    utc = datetime.fromtimestamp(ns // _SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(utc, escape(text))
