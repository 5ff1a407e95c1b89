"""Chains of translation as a list in which the first that matches is taken. Never filters."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from leadglass.network.address import EVERY, IPV4, IPV6
from leadglass.network.device import Rewrite, Translation
from leadglass.network.headers import PORTS, Headers, common, headers, without
from leadglass.network.importers.netfilter.chain import Base, Line, Lines, Nat
from leadglass.network.importers.netfilter.companions import Ports
from leadglass.network.importers.netfilter.condition import NEW, Condition, all_of, exactly, negated
from leadglass.network.importers.netfilter.rules import TAG, by_way
from leadglass.network.intervals import Intervals, union
from leadglass.network.rule import Action

MAX_DEPTH = 16  # of jumps: the kernel's NFT_JUMP_STACK_SIZE
MAX_TRANSLATIONS = 20_000
MAX_VISITED = 200_000  # lines on the way to them

_FIRST = exactly(state=NEW)


class TooManyTranslationsError(Exception):
    """More than `MAX_TRANSLATIONS` once jumps are written out; the device is then in doubt."""


def translations(bases: Sequence[Base], ports: Ports, untracked: Headers) -> tuple[Translation, ...]:
    """The translations of one hook.

    Args:
        bases: its chains, in order of priority: the first that translates ends it, an accept does not.
        ports: the interfaces.
        untracked: headers that may not be tracked; they are not surely translated.

    Raises:
        TooManyTranslationsError: see there.
    """
    found: list[Translation] = []
    for at, base in enumerate(bases):
        within = all_of(_FIRST, exactly(source=base.version))
        flat = _Flat(base, last=at == len(bases) - 1)
        for line in flat.chain(base.lines, within, 0):
            found += _of_line(line, base.version, ports, untracked)
            if len(found) > MAX_TRANSLATIONS:
                raise TooManyTranslationsError
    return tuple(found)


class _Flat:
    """A chain with its jumps written out.

    Args:
        last: no other chain follows at the hook, so that an accept ends it.
    """

    def __init__(self, base: Base, *, last: bool) -> None:
        self._base, self._last = base, last
        self._visited = 0

    def chain(self, lines: Lines, within: Condition, depth: int) -> Generator[Line, None, list[Condition]]:
        """Lines that translate, and those that take packets out (no ``nat``); what left for good otherwise."""
        ended: list[Condition] = []
        for line in lines:
            self._visited += 1
            if self._visited > MAX_VISITED or depth > MAX_DEPTH:
                raise TooManyTranslationsError
            hit = all_of(within, line.condition)
            if not hit.may:
                continue
            inner = self._base.chains.get(line.target)
            if line.nat is not None:
                yield _with(line, hit)
            elif line.action in {Action.JUMP, Action.GOTO} and inner is not None:
                for gone in (yield from self.chain(inner, hit, depth + 1)):
                    within = all_of(within, negated(gone))
                    ended.append(gone)
                if line.action is Action.GOTO:
                    within = all_of(within, negated(line.condition))
            elif line.action is Action.RETURN and depth:
                within = all_of(within, negated(line.condition))
            elif line.action in {Action.PERMIT, Action.DENY, Action.RETURN}:
                if self._last:
                    yield _with(line, hit)
                else:
                    within = all_of(within, negated(line.condition))
                    ended.append(hit)
        return ended


def _with(line: Line, condition: Condition) -> Line:
    return Line(line.place, condition, line.action, nat=line.nat, note=line.note or condition.note)


def _of_line(line: Line, version: Intervals, ports: Ports, untracked: Headers) -> Iterator[Translation]:
    nat = line.nat or Nat(Rewrite.DESTINATION)
    here = versions(version.common(nat.version), nat.address)
    for (ingress, egress, _, _), may, must in by_way(line.condition):
        one = Translation(
            line.place,
            nat.rewrite,
            _of_version(may, here),
            without(_of_version(must, here), untracked),
            nat.address,
            nat.port,
            keeps_offset=nat.keeps_offset,
            exempt=line.nat is None,
            ingress=ports.chosen(ingress),
            egress=ports.chosen(egress),
            tag=TAG if line.nat is not None and nat.rewrite is Rewrite.DESTINATION else "",
            note=line.note,
        )
        if nat.own:
            yield from _own(one, here, ports)
        elif one.may:
            if one.tag and one.address is not None:
                yield from _unchanged(one, one.address)
            yield one


def _unchanged(one: Translation, address: Intervals) -> Iterator[Translation]:
    """Packets that are as a translation would make them: the kernel does not count them as translated."""
    same = headers(destination=address, destination_port=PORTS if one.port is None else one.port)
    may = common(one.may, same)
    sure = address.size == 1 and (one.port is None or one.port.size == 1) and not one.keeps_offset
    if may:
        yield replace(one, may=may, must=common(one.must, same) if sure else (), exempt=True, tag="")


def versions(version: Intervals, address: Intervals | None) -> Intervals:
    """The IP versions that a translation speaks of: those that its new address has."""
    if address is None:
        return version
    return union(each for each in (IPV4, IPV6) if address.meets(each)).common(version)


def _own(one: Translation, version: Intervals, ports: Ports) -> Iterator[Translation]:
    """Masquerade: the source becomes the address of the interface that packets leave by."""
    names = ports.names if one.egress is None else [name for name in ports.names if name in one.egress]
    for name in names:
        for each in (IPV4, IPV6):
            if version.meets(each):
                may, must = _of_version(one.may, each), _of_version(one.must, each)
                address = ports.own(name, each) or each  # unknown: any
                yield replace(one, may=may, must=must, address=address, egress=frozenset({name}))
    if one.egress is None and not ports.complete:
        yield replace(one, must=(), address=EVERY)


def _of_version(found: Headers, version: Intervals) -> Headers:
    return tuple(box for box in found if box.source.meets(version))
