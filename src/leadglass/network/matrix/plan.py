"""The ways between pieces, gathered by the devices they lead through. Never what passes these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from leadglass.network.matrix.pieces import Piece
from leadglass.network.matrix.ways import End, Map, Way


class Entrance(NamedTuple):
    """Pieces whose packets come to a device first: their numbers, each once, and the interface each comes by."""

    device: int
    vrf: str
    pieces: tuple[int, ...]
    ingress: tuple[str, ...]


class Bundle(NamedTuple):
    """Ways through the same devices: from an entrance to these pieces, each once.

    Attributes:
        onward: further devices with the interface each is entered by.
        egress: by device, the interface each piece's packets leave by.
    """

    entrance: Entrance
    onward: tuple[tuple[int, str], ...]
    end: End
    pieces: tuple[int, ...]
    egress: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All ways between pieces of one IP version.

    Attributes:
        open: pairs of which routes tell too many ways. homeless: pieces that may begin in several places.
    """

    map: Map
    pieces: tuple[Piece, ...]
    entrances: tuple[Entrance, ...]
    bundles: tuple[Bundle, ...]
    open: tuple[tuple[Entrance, int], ...]
    homeless: tuple[int, ...]


def plan(net: Map, pieces: tuple[Piece, ...]) -> Plan:
    """Works the ways out, once for all pieces that enter by one device."""
    entrances, homeless = _entrances(net, pieces)
    bundles: list[Bundle] = []
    unknown: list[tuple[Entrance, int]] = []
    for entrance in entrances:
        gathered: dict[tuple[int, tuple[tuple[int, str], ...], End], list[tuple[int, Way]]] = {}
        for number, piece in enumerate(pieces):
            ways = net.ways(entrance.device, entrance.vrf, piece)
            if ways is None:
                unknown.append((entrance, number))
                continue
            for place, way in enumerate(ways):
                onward = tuple((leg.device, leg.ingress) for leg in way.onward)
                gathered.setdefault((place, onward, way.end), []).append((number, way))
        for (_, onward, end), members in gathered.items():
            egress = [tuple(way.egress for _, way in members)]
            egress += [tuple(way.onward[leg].egress for _, way in members) for leg in range(len(onward))]
            bundles.append(Bundle(entrance, onward, end, tuple(number for number, _ in members), tuple(egress)))
    return Plan(net, pieces, entrances, tuple(bundles), tuple(unknown), homeless)


def _entrances(net: Map, pieces: Sequence[Piece]) -> tuple[tuple[Entrance, ...], tuple[int, ...]]:
    """Who comes in where; and the pieces of which routes tell no single place."""
    gathered: dict[tuple[int, str, int], list[tuple[int, str]]] = {}
    homeless: list[int] = []
    for number, piece in enumerate(pieces):
        places = net.located(piece)
        if len(places) > 1 or (not places and net.guesses):
            homeless.append(number)
        elif places:
            times: dict[tuple[int, str], int] = {}
            for door in net.doors[places[0]]:
                key = (door.device, door.vrf)
                times[key] = times.get(key, -1) + 1
                gathered.setdefault((*key, times[key]), []).append((number, door.ingress))
    found = [
        Entrance(device, vrf, tuple(number for number, _ in members), tuple(name for _, name in members))
        for (device, vrf, _), members in gathered.items()
    ]
    return tuple(found), tuple(homeless)
