"""Virtual IPs of FortiOS that count, as destination translations. Never which policy names them."""

from __future__ import annotations

from collections.abc import Iterable

from leadglass.network.device import Rewrite, Translation
from leadglass.network.headers import common, headers, without
from leadglass.network.importers.fortios.notes import Notes
from leadglass.network.importers.fortios.virtual_ips import VirtualIp


def translations(counting: Iterable[tuple[VirtualIp, bool]], notes: Notes) -> tuple[Translation, ...]:
    """Destination translation by virtual IPs.

    Args:
        counting: those that count, each with whether it certainly does.
        notes: take what is noticed.
    """
    listed = list(counting)
    rivalry = _rivalry([vip for vip, _ in listed])
    found: list[Translation] = []
    for vip, certain in listed:
        rivals = [box for other in rivalry.get(vip.name, ()) for box in common(vip.may, other.may)]
        if rivals:
            notes.find(
                vip.line, f"virtual IP {vip.name!r} meets another for the same packets: which counts is not known"
            )
        must = without(vip.must, rivals) if certain else ()
        for outer, after in vip.ports or ((None, None),):
            bound = headers() if outer is None else headers(destination_port=outer)
            found.append(
                Translation(
                    notes.place(vip.line),
                    Rewrite.DESTINATION,
                    common(vip.may, bound),
                    common(must, bound),
                    vip.mapped,
                    None if after == outer else after,
                    keeps_offset=vip.shifts,
                    ingress=vip.ingress,
                    tag=vip.name,
                    note="" if must else "which packets it translates, or to what, is not certain",
                )
            )
    return tuple(found)


def _rivalry(vips: list[VirtualIp]) -> dict[str, list[VirtualIp]]:
    """Others with the same external addresses on the same interfaces, by name."""
    found: dict[str, list[VirtualIp]] = {}
    order = sorted(vips, key=lambda vip: vip.external.first)
    for at, vip in enumerate(order):
        last = vip.external.spans[-1][1]
        for other in order[at + 1 :]:
            if other.external.first > last:
                break
            if _meet(vip, other):
                found.setdefault(vip.name, []).append(other)
                found.setdefault(other.name, []).append(vip)
    return found


def _meet(one_of: VirtualIp, other: VirtualIp) -> bool:
    both = one_of.ingress is None or other.ingress is None or bool(one_of.ingress & other.ingress)
    return both and one_of.external.meets(other.external)
