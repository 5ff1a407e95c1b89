"""Who sends to whom, as SVG: devices left, the glass in the middle, archives right. Pure and deterministic.

Line width goes by bytes; what was refused stops at the glass, in red; unknown callers are dashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup, escape

from leadglass.console.text import neutral, plural, size
from leadglass.store.projection.interface import Flow

MAX_DEVICES = 12  # drawn each; the rest as one
MAX_ARCHIVES = 8
WIDTH = 1040
_ROW = 64
_TOP = 44
DEVICE = "peer:"  # before the id of a device that is sent to (`flow.destinations`)
_LEFT, _PANE, _RIGHT = 250, 560, 800  # end of the devices, the glass, begin of the archives
_BOX = 42
_THIN, _THICK = 1.5, 16.0


@dataclass(frozen=True, slots=True)
class _Device:
    """One node on the left: title, address, and what it sent to each archive."""

    title: str
    address: str
    known: bool
    archives: tuple[tuple[str, int, int], ...]  # (archive, instances, bytes)
    associations: int
    refusals: int

    @property
    def instances(self) -> int:
        return sum(instances for _, instances, _ in self.archives)

    @property
    def bytes(self) -> int:
        return sum(size for _, _, size in self.archives)

    @property
    def passed(self) -> bool:
        return bool(self.instances or self.associations)


def picture(flows: Sequence[Flow], archives: Iterable[str]) -> Markup:
    """The SVG of ``flows``.

    Args:
        flows: as the projection sums them.
        archives: ids of the configuration, drawn also where nothing goes.
    """
    devices = _devices(flows)
    names = list(dict.fromkeys([*archives, *(name for device in devices for name, _, _ in device.archives)]))
    names = [name for name in names if name][:MAX_ARCHIVES]
    rows = max(len(devices), len(names), 1)
    height = _TOP + rows * _ROW + 14
    centre = _TOP + rows * _ROW / 2
    places = {name: centre + (index - (len(names) - 1) / 2) * _ROW for index, name in enumerate(names)}
    first = centre - (len(devices) - 1) / 2 * _ROW
    most = max((sent for device in devices for _, _, sent in device.archives), default=0)
    parts = [_frame(height), *(_archive(name, y) for name, y in places.items())]
    for index, device in enumerate(devices):
        y = first + index * _ROW
        parts += [*_lines(device, y, places, most), _device(device, y)]
    summary = escape(_summary(devices, names))
    return Markup(  # noqa: S704 (every text among the parts went through escape)
        f'<svg class="picture" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="picture-title">'
        f'<title id="picture-title">{summary}</title>{"".join(parts)}</svg>'
    )


def _devices(flows: Sequence[Flow]) -> list[_Device]:
    """By peer, or by address and title where nobody knows it; the busiest first, then by name."""
    groups: dict[tuple[str, str, bool], list[Flow]] = {}
    for flow in flows:
        groups.setdefault((flow.calling, flow.address, bool(flow.peer)), []).append(flow)
    devices = [_gather(title, address, known, group) for (title, address, known), group in groups.items()]
    devices.sort(key=lambda d: (-d.bytes, -d.associations, -d.refusals, d.title, d.address))
    if len(devices) > MAX_DEVICES:
        rest = [flow for d in devices[MAX_DEVICES - 1 :] for flow in groups[d.title, d.address, d.known]]
        hidden = len(devices) - MAX_DEVICES + 1
        devices = [*devices[: MAX_DEVICES - 1], _gather(f"{hidden} more devices", "see the table", True, rest)]
    return devices


def _gather(title: str, address: str, known: bool, flows: Sequence[Flow]) -> _Device:
    sums: dict[str, tuple[int, int]] = {}
    for flow in flows:
        if flow.archive and (flow.instances or flow.bytes or flow.associations):
            instances, sent = sums.get(flow.archive, (0, 0))
            sums[flow.archive] = (instances + flow.instances, sent + flow.bytes)
    return _Device(
        title,
        address,
        known,
        tuple((name, *sums[name]) for name in sorted(sums)),
        sum(flow.associations for flow in flows),
        sum(flow.refusals for flow in flows),
    )


def _lines(device: _Device, y: float, places: dict[str, float], most: int) -> list[str]:
    parts = []
    both = device.passed and device.refusals
    through, stopped = (y - 8, y + 11) if both else (y, y)
    if device.passed:
        width = _width(device.bytes, most)
        kind = "flow" if device.known else "flow unknown"
        parts.append(f'<path class="{kind}" stroke-width="{width:.1f}" d="M{_LEFT} {through:g}H{_PANE}"/>')
        said = (
            f"{plural(device.instances, 'instance')} · {size(device.bytes)}"
            if device.instances
            else plural(device.associations, "association")
        )
        parts.append(_text("amount", (_LEFT + _PANE) / 2, through - width / 2 - 5, said, "middle"))
    for name, instances, sent in device.archives:
        if name in places:
            end, middle = places[name], (_PANE + _RIGHT) / 2
            kind = "flow" if device.known else "flow unknown"
            tip = escape(neutral(f"{device.title} to {name}: {plural(instances, 'instance')}, {size(sent)}"))
            parts.append(
                f'<path class="{kind}" stroke-width="{_width(sent, most):.1f}" '
                f'd="M{_PANE} {through:g}C{middle:g} {through:g} {middle:g} {end:g} {_RIGHT} {end:g}">'
                f"<title>{tip}</title></path>"
            )
    if device.refusals:
        stop = _PANE - 12
        kind = "refused" if device.known else "refused unknown"
        parts.append(f'<path class="{kind}" stroke-width="2.5" d="M{_LEFT} {stopped:g}H{stop}"/>')
        parts.append(f'<path class="stop" stroke-width="4" d="M{stop} {stopped - 9:g}V{stopped + 9:g}"/>')
        lower = stopped + 15 if both else stopped - 7
        parts.append(_text("amount refusal", (_LEFT + _PANE) / 2, lower, plural(device.refusals, "refusal"), "middle"))
    return parts


def _width(sent: int, most: int) -> float:
    return _THIN + (_THICK - _THIN) * sqrt(sent / most) if most else _THIN


def _frame(height: float) -> str:
    return (
        _text("column", 8, 20, "Devices", "start")
        + _text("column", _PANE + 8, 20, "Leadglass", "middle")
        + _text("column", WIDTH - 8, 20, "Archives", "end")
        + f'<rect class="pane" x="{_PANE}" y="{_TOP - 12}" width="16" height="{height - _TOP + 4:g}" rx="3"/>'
        + f'<path class="shine" stroke-width="2" d="M{_PANE + 4.5} {_TOP - 4}V{height - 16:g}"/>'
    )


def _device(device: _Device, y: float) -> str:
    kind = "node" if device.known else "node unknown"
    return (
        f'<rect class="{kind}" x="1" y="{y - _BOX / 2:g}" width="{_LEFT - 1}" height="{_BOX}" rx="6"/>'
        + _text(
            "name", 14, y - 3, _cut(device.title or "(no title)", 22 if device.known else 15), "start", device.title
        )
        + _text("address", 14, y + 13, _cut(device.address, 32), "start", device.address)
        + ("" if device.known else _text("tag", _LEFT - 12, y - 3, "unknown", "end"))
    )


def _archive(name: str, y: float) -> str:
    """An archive, or a device that is sent to."""
    device = name.startswith(DEVICE)
    name = name.removeprefix(DEVICE)
    return (
        f'<rect class="node" x="{_RIGHT}" y="{y - _BOX / 2:g}" width="{WIDTH - _RIGHT - 1}" height="{_BOX}" rx="6"/>'
        + _text("name", _RIGHT + 16, y + 5, _cut(name, 22), "start", name)
        + (_text("tag", WIDTH - 12, y + 5, "device", "end") if device else "")
    )


def _text(kind: str, x: float, y: float, text: str, anchor: str, full: str = "") -> str:
    tip = f"<title>{escape(neutral(full))}</title>" if full else ""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(neutral(text))}{tip}</text>'


def _cut(text: str, limit: int) -> str:
    shown = neutral(text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _summary(devices: Sequence[_Device], archives: Sequence[str]) -> str:
    if not devices:
        return "Nobody has sent anything in this span of time."
    refusing = sum(1 for device in devices if device.refusals)
    unknown = sum(1 for device in devices if not device.known)
    return (
        f"{plural(len(devices), 'device')} sent {plural(sum(d.instances for d in devices), 'instance')} "
        f"({size(sum(d.bytes for d in devices))}) to {plural(len(archives), 'archive')}; "
        f"{refusing} met refusals, {unknown} unknown. The table below says the same."
    )
