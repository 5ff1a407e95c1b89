"""Why a cell is as it is, in a sentence or two for people. Never judges; `gaps` puts it into the words of a class."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.network.cell import OTHER, Cell
from leadglass.network.compare import Comparison
from leadglass.network.device import LINK, Device
from leadglass.network.model_network import Flow
from leadglass.network.permitted import Expectation, Permitted

MAX_SHOWN = 3  # of what could be a long list

_OWED = {
    "encrypted": "that it is encrypted",
    "authenticated": "that both ends prove who they are",
    "logged": "that it is on record",
    "through-gateway": "that it goes through the gateway",
}


def reason(comparison: Comparison, cell: Cell, unproven: tuple[str, ...]) -> str:
    """The sentences that fit; empty where nothing is to be added."""
    return " ".join(_sentences(comparison, cell, unproven))


def _sentences(comparison: Comparison, cell: Cell, unproven: tuple[str, ...]) -> Iterator[str]:
    gated = [flow for flow in cell.flows if "through-gateway" in flow.obligations]
    if cell.through:
        yield f"Asked was the way through {cell.through}, leg by leg."
    elif gated and cell.expectation is Expectation.FORBIDDEN:
        yield f"{_why(gated)} It may go through the gateway alone, and this way does not."
    if cell.permitted is Permitted.NOT_COVERED:
        yield from _uncovered(comparison, cell)
    elif cell.expectation is Expectation.REQUIRED and cell.permitted is not Permitted.ALL:
        yield _why(list(cell.flows))
        yield from _blocked(comparison, cell)
    elif cell.expectation is Expectation.FORBIDDEN and cell.permitted is Permitted.ALL and cell.service != OTHER:
        yield "All of it may pass: nothing that is understood holds any of it back."
    if unproven:
        yield f"Not shown: {', '.join(_OWED[name] for name in unproven)}."
        service = comparison.model.service(cell.service)
        if service is not None and service.clear and "encrypted" in unproven:
            yield "The service itself does not encrypt: only something around it could."


def _why(flows: list[Flow]) -> str:
    return " ".join(dict.fromkeys(flow.why for flow in flows))


def _blocked(comparison: Comparison, cell: Cell) -> Iterator[str]:
    if cell.permitted is Permitted.NONE:
        yield "Nothing of it may pass."
    else:
        yield "Some machines have a way, others certainly none."
    roles = {name for flow in cell.flows for name in (flow.source, flow.destination)}
    if not any(machine.role in roles for machine in comparison.hospital.machines):
        yield "No machines of these roles are declared, so every address of both zones was asked for."
    others = {name for flow in cell.flows for name in flow.instead}
    titles = [one.title for one in comparison.model.services if one.id in others]
    if titles:
        yield f"{' or '.join(titles)} would serve too, and does not pass either."


def _uncovered(comparison: Comparison, cell: Cell) -> Iterator[str]:
    """What stands in the way of telling: lines, links, learned routes."""
    parts = {part.name: part for part in comparison.partition.parts}
    lost = [parts[name].title for name in (cell.source, cell.destination) if name not in comparison.placed]
    yield from (f"No configuration here shows where {title} is connected." for title in lost)
    devices = {port.device.name: port.device for segment in comparison.net.segments for port in segment.ports}
    told = [text for name in sorted(cell.devices) if name in devices for text in _obscure(devices[name])]
    yield from told[:MAX_SHOWN]
    if not told and not lost:
        yield "Lines that were understood in part only decide about it, or rules overlap too much to be held apart."


def _obscure(device: Device) -> Iterator[str]:
    if device.kind == LINK:
        yield f"The link {device.name!r} is known and not given."
    elif device.doubts:
        places = ", ".join(map(str, device.doubts[:MAX_SHOWN]))
        more = f" and {len(device.doubts) - MAX_SHOWN} more" if len(device.doubts) > MAX_SHOWN else ""
        yield f"{device.name} has lines that were not understood: {places}{more}."
    elif device.dynamic:
        yield f"{device.name} learns routes that its configuration does not give."
