"""A role's place as SVG: its letter and title, what stands there, or its ghost. Decides nothing."""

from __future__ import annotations

from urllib.parse import urlencode

from leadglass.network.gap_class import Severity
from leadglass.network.picture.ink import (
    COLOURS,
    GHOST,
    INK,
    PALE,
    PAPER,
    RULE,
    SOFT,
    anchor,
    cut,
    text,
    told,
    two_lines,
)
from leadglass.network.picture.places import HIGH, UNPLACED, Place
from leadglass.network.picture.scene import Box
from leadglass.network.picture.standing import Row

MAX_ROWS = 3  # shown in a box; where there are more, the last line counts them
_ROW, _FIRST = 21, 44  # height of a row, and where the first begins
_LETTER, _SMALL = 7.4, 6.5  # a character's width at size 12, heavy, and at 11.5, taken wide
_DASHED = ' stroke-dasharray="3 3"'
_MARKS = {
    "zone": "M0 -4h8v8h-8z",
    "filter": "M0 -5v10M4 -5v10M8 -5v10",
    "gateway": "M0 4v-5l4 -4l4 4v5",
    "sensor": "M0 0c2 -5 6 -5 8 0c-2 5 -6 5 -8 0M4 0h.1",
    "way in": "M0 0h8M5 -3l3 3l-3 3",
}


def box(one: Box, base: str) -> str:
    """The place."""
    place = one.place
    parts = [_frame(one), _heading(one)]
    few = one.rows if len(one.rows) <= MAX_ROWS else one.rows[: MAX_ROWS - 1]
    for index, row in enumerate(few):
        parts.append(_row(place, row, place.y + _FIRST + index * _ROW, base))
    if len(one.rows) > len(few):
        parts.append(_rest(place, one.rows[len(few) :], place.y + _FIRST + len(few) * _ROW, base))
    return f"<g>{''.join(parts)}</g>"


def _frame(one: Box) -> str:
    place = one.place
    if one.ghost:
        line = f'fill="{PAPER}" fill-opacity="0.7" stroke="{GHOST}" stroke-width="1" stroke-dasharray="3 4"'
    elif place.role.id == UNPLACED.id and not one.rows:
        return ""
    else:
        line = f'fill="{PALE if place.role.filter else PAPER}" stroke="{INK}" stroke-width="1.4"'
    around = f'<rect x="{place.x}" y="{place.y}" width="{place.width}" height="{HIGH}" rx="6" {line}/>'
    if place.role.filter and not one.ghost:
        around += (
            f'<path d="M{place.x + 4} {place.y + 6}v{HIGH - 12}M{place.right - 4} {place.y + 6}v{HIGH - 12}" '
            f'stroke="{INK}" stroke-width="2.5"/>'
        )
    return around


def _heading(one: Box) -> str:
    place, role = one.place, one.place.role
    if role.id == UNPLACED.id and not one.rows:
        return ""
    ink = GHOST if one.ghost else INK
    left = place.x + (34 if role.letter else 10)
    words = two_lines(role.title.partition(":")[0], int((place.right - left - 6) / _LETTER))
    parts = [text(left, place.y + (17 if words[1] else 23), words[0], 12, SOFT if one.ghost else INK, weight="600")]
    if words[1]:
        parts.append(text(left, place.y + 31, words[1], 12, SOFT if one.ghost else INK, weight="600"))
    if role.letter:
        dashed = ' stroke-dasharray="2.5 2"' if role.inferred else ""
        how = "our reading of the article" if role.inferred else "the article's letter"
        x, y = place.x + 19, place.y + 19
        parts.append(
            f"<g>{told(f'{role.letter}: {role.title} ({how})')}"
            f'<circle cx="{x}" cy="{y}" r="11" fill="{PAPER}" stroke="{ink}" stroke-width="1.4"{dashed}/>'
            f"{text(x, y + 4.5, role.letter, 13, ink, 'middle', '700')}</g>"
        )
    if one.ghost:
        parts.append(text(place.x + place.width / 2, place.y + 74, "not here", 11.5, SOFT, "middle"))
    return "".join(parts)


def _row(place: Place, row: Row, y: float, base: str) -> str:
    middle = y + _ROW / 2
    number = str(row.machines) if row.machines else ""
    room = place.width - 34 - (len(number) * 7 + 12 if number else 0)
    words = cut(row.title, max(4, int(room / _SMALL)))
    ink = SOFT if row.also else INK
    parts = [
        f'<rect x="{place.x + 6}" y="{y + 1:g}" width="{place.width - 12}" height="{_ROW - 3}" rx="3" fill="{PAPER}" '
        f'stroke="{RULE}"{_DASHED if row.also else ""}/>',
        f'<path transform="translate({place.x + 12} {middle - 0.5:g})" d="{_MARKS[row.sort]}" fill="none" '
        f'stroke="{ink}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>',
        text(place.x + 26, middle + 3.5, words, 11.5, ink),
    ]
    if number:
        parts.append(text(place.right - 11, middle + 3.5, number, 11.5, INK, "end", "700"))
    if row.sort == "zone" and row.worst.rank >= Severity.HIGH.rank and not row.also:
        parts.append(f'<path d="M{place.x + 6} {y + 2:g}v{_ROW - 5}" stroke="{COLOURS[row.worst]}" stroke-width="4"/>')
    return anchor(base, _path(row), _label(row), "".join(parts))


def _path(row: Row) -> str:
    return "/gaps?" + urlencode({"zone": row.name}) if row.sort == "zone" else "/files"


def _label(row: Row) -> str:
    if row.sort != "zone":
        return f"{row.sort.capitalize()} {row.title}"
    if row.also:
        return f"Zone {row.title}, which has this role too"
    machines = f"{row.machines} machine{'' if row.machines == 1 else 's'}"
    gaps = f"{row.gaps} gaps, the worst {row.worst.value}" if row.gaps else "no gaps"
    return f"Zone {row.title}: {machines}, {gaps}"


def _rest(place: Place, rows: tuple[Row, ...], y: float, base: str) -> str:
    """How much more stands there: the zones are listed on the page of the role."""
    machines = sum(row.machines for row in rows)
    zones = sum(row.sort == "zone" for row in rows)
    what = "zones" if zones == len(rows) else "more"
    label = f"{len(rows)} more at {place.role.title}, {machines} machines"
    words = f"+ {len(rows)} {what}" + (f", {machines}" if machines else "")
    inner = (
        f'<rect x="{place.x + 6}" y="{y + 1:g}" width="{place.width - 12}" height="{_ROW - 3}" rx="3" fill="{PALE}" '
        f'stroke="{RULE}"/>'
        + text(place.x + 12, y + _ROW / 2 + 3.5, cut(words, int((place.width - 20) / _SMALL)), 11.5, INK, weight="600")
    )
    return anchor(base, "/picture?" + urlencode({"role": place.role.id}) + "#zones", label, inner)
