"""What passes through one device, by the interface it leaves by. Never where it goes from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from leadglass.network.address import EVERY, IPV4, IPV6
from leadglass.network.device import Check, Device, Interface, Rewrite, Route, Routing, Translate
from leadglass.network.evaluate import evaluate
from leadglass.network.flight import Flight, Flights, by_origin, flights
from leadglass.network.headers import Box, Headers, common, headers, within
from leadglass.network.intervals import EMPTY, Intervals, Span, union
from leadglass.network.ranges import Spans
from leadglass.network.rule import Rule, State
from leadglass.network.translate import translate

MAX_KEPT = 1_024  # devices whose routes are remembered
MAX_PREFIXES = 100_000  # routes of a device that are resolved


@dataclass(frozen=True, slots=True)
class Hop:
    """A way out of a device.

    Attributes:
        interface: name.
        via: next hop's address; None: whoever is meant is directly behind.
        destinations: addresses that go this way.
        standby: another way to these is preferred while it works.
        guessed: no route says so; the device learns routes, or its text was not understood.
    """

    interface: str
    via: int | None
    destinations: Intervals
    standby: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What leaves a device by one hop, and the rules that let it pass."""

    hop: Hop
    may: Flights
    must: Flights
    by: tuple[Rule, ...]


@lru_cache(maxsize=MAX_KEPT)
def hops(device: Device, vrf: str = "") -> tuple[Hop, ...]:
    """Where packets can go, by longest prefix; on a device that learns routes, also anywhere."""
    connected = [one for one in device.interfaces if one.enabled and one.vrf == vrf]
    table = [Route(one.networks, one.name) for one in connected if one.networks]
    names = {one.name for one in connected}
    table += [route for route in device.routes if route.vrf == vrf and route.interface in names]
    parts = [(span, route) for route in table for span in route.destination.spans][:MAX_PREFIXES]
    parts.sort(key=lambda part: _length(part[0]))
    found: dict[tuple[str, int | None, bool], list[Intervals]] = {}
    covered = EMPTY
    for _, group in groupby(parts, key=lambda part: _length(part[0])):
        routes: dict[Span, list[Route]] = {}
        for span, route in group:
            routes.setdefault(span, []).append(route)
        for span, same in routes.items():
            free = Intervals((span,)).without(covered)
            best = min(route.metric for route in same)
            for route in same if free else ():
                found.setdefault((route.interface, route.via, route.metric > best), []).append(free)
        covered = union([covered, *(Intervals((span,)) for span in routes)])
    resolved = [Hop(name, via, union(sets), standby) for (name, via, standby), sets in found.items()]
    if guesses(device):
        resolved += [Hop(one.name, None, EVERY.without(one.networks), guessed=True) for one in connected]
    return tuple(resolved)


@lru_cache(maxsize=MAX_KEPT)
def _spans(device: Device, vrf: str) -> Spans:
    return Spans([hop.destinations for hop in hops(device, vrf)])


def hops_near(device: Device, vrf: str, destinations: Iterable[Intervals]) -> Iterator[Hop]:
    """Its hops in order, without those that certainly lead to none of these."""
    found = hops(device, vrf)
    return (found[place] for place in _spans(device, vrf).meeting(destinations))


def guesses(device: Device) -> bool:
    """Whether packets can leave it otherwise than its text tells."""
    return device.dynamic or bool(device.doubts)


@lru_cache(maxsize=MAX_KEPT)
def published(device: Device) -> Intervals:
    """Destinations that it answers for because it may translate them."""
    return union(
        box.destination
        for step in device.steps
        if isinstance(step, Translate)
        for one in step.translations
        if one.rewrite is Rewrite.DESTINATION and not one.exempt
        for box in one.may
    )


def _length(span: Span) -> int:
    return span[1] - span[0]


def through(device: Device, ingress: Interface, may: Flights, must: Flights) -> list[Left]:
    """What leaves ``device`` of the packets that come in by ``ingress``, initiations all.

    A must-permitted packet is one whose replies pass too, where a filter does not remember connections.
    Of a device with doubts everything may come out, and nothing must.
    """
    if device.doubts:
        ways = [hop for hop in hops(device, ingress.vrf) if hop.interface != ingress.name]
        return [Left(hop, cut(may, headers(destination=hop.destinations)), (), ()) for hop in ways]
    before, after = _halves(device)
    came = _steps(before, may, must, ingress.name, "", ())
    found = []
    meant = list(dict.fromkeys(one.box.destination for one in (*may, *came[0])))
    for hop in hops_near(device, ingress.vrf, meant):
        # A way on which nothing passes is a way all the same: what another lets through is not sure then.
        if hop.interface == ingress.name or not any(one.meets(hop.destinations) for one in meant):
            continue
        bound = headers(destination=hop.destinations)
        left = _steps(after, cut(came[0], bound), cut(came[1], bound), ingress.name, hop.interface, came[2])
        # A learned route may be longer than any that is written; only what is directly behind is sure then.
        sure = not hop.guessed and (not device.dynamic or hop.via is None)
        kept = _answered(device, left[1], ingress.name, hop.interface) if sure else ()
        found.append(Left(hop, _untagged(left[0]), _untagged(kept), left[2]))
    return found


def _halves(device: Device) -> tuple[tuple[Check | Translate, ...], tuple[Check | Translate, ...]]:
    at = next(index for index, step in enumerate(device.steps) if isinstance(step, Routing))
    before = tuple(step for step in device.steps[:at] if not isinstance(step, Routing))
    return before, tuple(step for step in device.steps[at + 1 :] if not isinstance(step, Routing))


def _steps(
    steps: tuple[Check | Translate, ...],
    may: Flights,
    must: Flights,
    ingress: str,
    egress: str,
    by: tuple[Rule, ...],
) -> tuple[Flights, Flights, tuple[Rule, ...]]:
    for step in steps:
        if not may:
            break
        if isinstance(step, Translate):
            may, must = translate(step, may, must, ingress, egress)
        elif _speaks(step, ingress, egress):
            sure = dict(by_origin(must))
            passed_may: list[Flight] = []
            passed_must: list[Flight] = []
            for group, boxes in by_origin(may):
                passed = evaluate(step.chains, boxes, sure.get(group, ()), ingress, egress, State.NEW, group[1])
                passed_may += flights(passed.may, *group)
                passed_must += flights(passed.must, *group)
                by += passed.by
            may, must = tuple(passed_may), tuple(passed_must)
    return may, must, by


def _speaks(step: Check, ingress: str, egress: str) -> bool:
    return (step.ingress is None or ingress in step.ingress) and (step.egress is None or egress in step.egress)


def cut(packets: Flights, bound: Headers) -> Flights:
    """Those of the packets that have these headers now."""
    return tuple(one._replace(box=box) for one in packets for box in common((one.box,), bound))


def _untagged(packets: Flights) -> Flights:
    """As they leave the device: no other one knows its tags."""
    return tuple(one._replace(tag="") for one in packets)


def _answered(device: Device, must: Flights, ingress: str, egress: str) -> Flights:
    """Of what passes, that whose replies pass the filters that remember no connection."""
    checks = [
        step
        for step in device.steps
        if isinstance(step, Check) and not step.chains.entry.stateful and _speaks(step, egress, ingress)
    ]
    if not checks or not must:
        return must
    if any(isinstance(step, Translate) and step.translations for step in device.steps):
        # The replies' addresses at each filter are not worked out: claimed is what passes whatever they are.
        public = published(device)
        return tuple(one for one in must if _passes_whatever(checks, one, public, egress, ingress))
    found: list[Flight] = []
    for group, boxes in by_origin(must):
        replies = tuple(_reversed(box) for box in boxes)
        for step in checks:
            replies = evaluate(step.chains, replies, replies, egress, ingress, State.ESTABLISHED).must
        found += flights(common(boxes, tuple(_reversed(box) for box in replies)), *group)
    return tuple(found)


def _passes_whatever(checks: list[Check], one: Flight, public: Intervals, ingress: str, egress: str) -> bool:
    """Whether all that can answer a packet passes filters that remember nothing.

    Its source is whom the packet reached, or whom it was sent to: then one of ``public``, destinations that the device
    may translate. Its destination is the packet's source, or any where that was ever translated; its ports are any.
    """
    box = one.box
    version = IPV4 if box.source.meets(IPV4) else IPV6
    whole = headers(
        box.destination.union(public).common(version), box.source if one.origin is None else version, box.protocol
    )
    return all(
        within(whole, evaluate(step.chains, whole, whole, ingress, egress, State.ESTABLISHED).must) for step in checks
    )


def _reversed(box: Box) -> Box:
    """The headers of replies. A reply to any source port comes to that port."""
    return Box(box.destination, box.source, box.protocol, box.destination_port, box.source_port)
