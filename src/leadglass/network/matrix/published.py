"""Where translation of destinations leaves nothing sure: at the address known outside and at the real one. No rules."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from leadglass.network.device import Device, Rewrite, Translate, Translation
from leadglass.network.matrix.atoms import Atoms
from leadglass.network.matrix.coverage import Coverage, Flags
from leadglass.network.matrix.facts import Facts, Pairs
from leadglass.network.matrix.plan import Entrance, Plan
from leadglass.network.matrix.ways import Map
from leadglass.network.transit import guesses, published


def destination_translations(device: Device) -> list[Translation]:
    """Those that lead packets elsewhere."""
    return [one for one in _translations(device) if one.rewrite is Rewrite.DESTINATION]


def _translations(device: Device) -> list[Translation]:
    steps = [step for step in device.steps if isinstance(step, Translate)]
    return [one for step in steps for one in step.translations if not one.exempt]


def forget_published(found: Facts, planned: Plan, near: Pairs, atoms: Atoms, coverage: Coverage) -> None:
    """Takes back what is not sure where destinations are translated.

    Args:
        found: facts of all pairs.
        planned: their ways.
        near: pairs on one segment.
        atoms: of the services.
        coverage: of the pieces.
    """
    for one, who in _published(planned):
        _forget(found, one, who, atoms, coverage)
    for number, device in enumerate(planned.map.devices):
        # Packets to an address on the segment that a device there answers for are the device's.
        there = coverage.of(published(device)).touched
        homes = {segment for segment, doors in enumerate(planned.map.doors) for door in doors if door.device == number}
        here = np.array([not homes.isdisjoint(planned.map.located(piece)) for piece in planned.pieces], np.bool_)
        found.forget(near & here[:, None] & there)


def _published(planned: Plan) -> list[tuple[Translation, Flags]]:
    """Translations of destinations, with the pieces whose packets may come to them, translated before or not."""
    found = [
        (number, one, _coming(planned, number, one))
        for number, device in enumerate(planned.map.devices)
        for one in destination_translations(device)
    ]
    count = len(planned.pieces)
    return [
        (one, _flags(who.union(*(them for other, _, them in found if other != number)), count))
        for number, one, who in found
    ]


def _flags(some: set[int], count: int) -> Flags:
    return np.fromiter((number in some for number in range(count)), np.bool_, count)


def _coming(planned: Plan, device: int, one: Translation) -> set[int]:
    """Pieces whose packets come to a device by an interface of the translation: by route, or because it answers."""
    net, doors = planned.map, _doors(planned.map, device, one)
    found = {
        piece
        for entrance in planned.entrances
        for piece, name in zip(entrance.pieces, entrance.ingress, strict=True)
        if (entrance.device, name) in doors
    }
    for bundle in planned.bundles:
        last = (bundle.entrance.device, *(number for number, _ in bundle.onward))[-1]
        beside = last != device and any(net.beside(last, egress) & doors for egress in set(bundle.egress[-1]))
        if beside or not doors.isdisjoint(bundle.onward):
            found.update(bundle.entrance.pieces)
    for entrance, first in _guessing(planned):
        if not doors.isdisjoint(net.anywhere(first)):
            found.update(entrance.pieces)
    return found


def _guessing(planned: Plan) -> Iterator[tuple[Entrance, int]]:
    """Entrances with the devices on their ways from where packets may go otherwise than routes tell."""
    yield from dict.fromkeys((entrance, entrance.device) for entrance, _ in planned.open)
    unsure = {number for number, device in enumerate(planned.map.devices) if guesses(device)}
    on_ways = (
        (bundle.entrance, (bundle.entrance.device, *(leg[0] for leg in bundle.onward))) for bundle in planned.bundles
    )
    yield from dict.fromkeys(
        (entrance, number) for entrance, numbers in on_ways for number in numbers if number in unsure
    )


def _doors(net: Map, device: int, one: Translation) -> frozenset[tuple[int, str]]:
    names = [door.ingress for doors in net.doors for door in doors if door.device == device]
    return frozenset((device, name) for name in names if one.ingress is None or name in one.ingress)


def _forget(found: Facts, one: Translation, who: Flags, atoms: Atoms, coverage: Coverage) -> None:
    """Neither what becomes of packets to the address that is known outside, nor what comes to the real one."""
    for box in one.may:
        real = one.address if one.address is not None else box.destination
        ports = box.destination_port if one.port is None else one.port
        for addresses, port in ((box.destination, box.destination_port), (real, ports)):
            found.forget(who[:, None] & coverage.of(addresses).touched, atoms.masks(box.protocol, port).touched)
