"""What address translation makes of packets, as two bounds. Exact where the new address is one, or keeps its place."""

from __future__ import annotations

from leadglass.network.device import Rewrite, Translate, Translation
from leadglass.network.flight import Flight, Flights
from leadglass.network.headers import PORTS, Box, common, without
from leadglass.network.intervals import Intervals, of


def translate(step: Translate, may: Flights, must: Flights, ingress: str, egress: str) -> tuple[Flights, Flights]:
    """Packets after a list of translations.

    Args:
        step: the translations, the first that matches is taken.
        may: packets that can come.
        must: packets that certainly do.
        ingress: interface they came in by.
        egress: interface they leave by; empty before it is known.
    """
    done_may: list[Flight] = []
    done_must: list[Flight] = []
    for one in step.translations:
        if one.ingress is not None and ingress not in one.ingress:
            continue
        if one.egress is not None and egress not in one.egress:
            continue
        done_may += (new for flight in may for box in _hit(one, flight, one.may) for new in _changed(one, flight, box))
        if one.must:
            done_must += (
                new
                for flight in must
                for box in _hit(one, flight, one.must)
                for new in _changed(one, flight, box, sure=True)
            )
            may = _left(one, may, one.must)
        must = _left(one, must, one.may)
    return (*done_may, *may), (*done_must, *must)


def _speaks(one: Translation, flight: Flight) -> bool:
    return one.tags is None or flight.tag in one.tags


def _hit(one: Translation, flight: Flight, headers: tuple[Box, ...]) -> tuple[Box, ...]:
    return common((flight.box,), headers) if _speaks(one, flight) else ()


def _left(one: Translation, flights: Flights, headers: tuple[Box, ...]) -> Flights:
    return tuple(
        flight._replace(box=box)
        for flight in flights
        for box in (without((flight.box,), headers) if _speaks(one, flight) else (flight.box,))
    )


def _changed(one: Translation, flight: Flight, box: Box, *, sure: bool = False) -> list[Flight]:
    """The packets of ``box`` after the translation; with ``sure`` none where it is not known what they become."""
    if one.exempt:
        return [flight._replace(box=box)]
    tag = one.tag or flight.tag
    if one.rewrite is Rewrite.SOURCE:
        # Who may begin only from some ports still may only from these, whatever they become.
        ports = flight.ports if flight.ports is not None or box.source_port == PORTS else box.source_port
        source = _image(one, box.source, one.may, "source")
        if source is None or (sure and source.size > 1 and not one.keeps_offset):
            return [] if sure else [Flight(box._replace(source=one.address or box.source), flight.began, tag, ports)]
        # Whoever looks at it later sees another port; what kept its place in a range is still told apart by it.
        changed = box._replace(source=source, source_port=PORTS if one.port is None else one.port)
        exact = source.size == 1 or not sure
        return [Flight(changed, flight.began, tag, ports)] if exact else []
    destination = _image(one, box.destination, one.may, "destination")
    if destination is None or (sure and destination.size > 1 and not one.keeps_offset and one.address is not None):
        return [] if sure else [flight._replace(box=box._replace(destination=one.address or box.destination), tag=tag)]
    port = box.destination_port if one.port is None else one.port
    if sure and one.port is not None and one.port.size > 1:
        return []
    return [flight._replace(box=box._replace(destination=destination, destination_port=port), tag=tag)]


def _image(one: Translation, addresses: Intervals, matched: tuple[Box, ...], end: str) -> Intervals | None:
    """What addresses become; None where a shift was promised and cannot be told."""
    if one.address is None:
        return addresses
    if not one.keeps_offset:
        return one.address
    before: Intervals = of(part for box in matched for part in getattr(box, end).spans)
    if len(before.spans) != 1 or len(one.address.spans) != 1 or before.size != one.address.size:
        return None
    shift = one.address.first - before.first
    return of((first + shift, last + shift) for first, last in addresses.spans)
