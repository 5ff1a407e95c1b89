"""Sums of decisions by day: who asked for what, what came of it, by which rule. Never commits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from sqlite3 import Connection
from typing import Final, NamedTuple

from leadglass.model.decision import IDENTITY
from leadglass.model.event import (
    Association,
    AssociationClosed,
    Event,
    InstanceBegun,
    Judgement,
    Operation,
    Refusal,
    TransferBegun,
)
from leadglass.policy.usage import Use
from leadglass.store.projection.identities import Identities
from leadglass.store.projection.interface import VERDICTS, DecisionSum

CACHED_TRANSFERS: Final = 20_000
DAY: Final = 86_400_000_000_000  # ns
_ECHO: Final = "C-ECHO", "1.2.840.10008.1.1"
_FORWARDED, _WOULD, _REFUSED = range(len(VERDICTS))

_ADD = """
    INSERT INTO decisions VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
    ON CONFLICT (day, verdict, route, flow, peer, scope, operation, sop_class, cause, rule) DO UPDATE SET
        messages = messages + excluded.messages,
        leaf = CASE WHEN excluded.last >= last THEN excluded.leaf ELSE leaf END,
        last = max(last, excluded.last)"""
_FIND = """
    SELECT f.id, CASE WHEN a.requester <> '' THEN a.requester ELSE f.peer END, a.operation, a.rule
    FROM accesses AS a JOIN flow_keys AS f ON f.id = a.flow
    WHERE a.writer = ? AND a.boot = ? AND a.association = ? AND a.transfer = ? ORDER BY a.id DESC LIMIT 1"""


class _Key(NamedTuple):
    """A row of the table ``decisions``, but for its sums."""

    day: int
    verdict: int
    route: str
    flow: int
    peer: str
    scope: str
    operation: str
    sop_class: int
    cause: str
    rule: str


_Transfer = tuple[int, str, str, str]  # flow, peer, operation, rule


class DecisionSums:
    """Gathers what a batch of leaves decides, and adds it to the table; `forget` after a rollback."""

    def __init__(self, connection: Connection, identities: Identities) -> None:
        self._db = connection
        self._ids = identities
        self._sums: dict[_Key, list[int]] = {}
        self._running: dict[tuple[object, ...], list[int]] = {}  # sums of the batch, by transfer, class and day
        self._transfers: OrderedDict[tuple[str, int, int, int], _Transfer] = OrderedDict()

    def forget(self) -> None:
        """Drop what was gathered and numbers that may name rows which were rolled back."""
        self._sums.clear()
        self._running.clear()
        self._transfers.clear()

    def begun(self, leaf: int, event: Event, body: InstanceBegun) -> None:
        """Gather an instance; most are like the one before."""
        time = event.time
        like = (event.id.writer, event.id.boot, body.association, body.transfer, body.sop_class, time // DAY)
        sums = self._running.get(like)
        if sums is None:
            flow, peer, operation, rule = self._transfer(like[:4])
            self._running[like] = self._add(leaf, event, flow, peer, (operation, body.sop_class), rule)
            return
        sums[0] += 1
        if time >= sums[1]:
            sums[1], sums[2] = time, leaf

    def take(self, leaf: int, event: Event) -> None:
        """Gather what a listed event decides, after its other rows are in."""
        body = event.body
        match body:
            case TransferBegun():
                key = (event.id.writer, event.id.boot, body.association.number, body.transfer)
                flow = self._ids.flow(body.association)
                peer = body.requester or body.association.peer
                self._remember(key, (flow, peer, body.operation, _permitting(body.judgement)))
            case Operation() if body.status == -1:
                self._of(leaf, event, body.association, (body.operation, body.sop_class), _permitting(body.judgement))
            case AssociationClosed() if body.echoes:
                self._of(leaf, event, body.association, _ECHO, "", body.echoes)
            case Refusal():
                self._refusal(leaf, event, body)

    def write(self) -> None:
        """Add what was gathered."""
        self._db.executemany(_ADD, [(*key, *sums) for key, sums in self._sums.items()])
        self._sums.clear()
        self._running.clear()

    def _refusal(self, leaf: int, event: Event, body: Refusal) -> None:
        flow = self._ids.flow(body.association)
        peer = body.requester or body.association.peer
        rule = body.judgement.rule or ("" if body.cause in IDENTITY else body.judgement.nearest)  # else a peer is near
        verdict = _WOULD if body.would else _REFUSED
        asked = [(body.operation, body.sop_class)]
        if body.tried and body.scope != "operation" and body.association.peer:
            asked = [("", sop_class) for sop_class in body.tried]
        for one in asked:
            self._add(leaf, event, flow, peer, one, rule, 1, verdict, body.scope, body.cause)

    def _of(
        self, leaf: int, event: Event, who: Association, asked: tuple[str, str], rule: str, messages: int = 1
    ) -> None:
        self._add(leaf, event, self._ids.flow(who), who.peer, asked, rule, messages)

    def _add(
        self,
        leaf: int,
        event: Event,
        flow: int,
        peer: str,
        asked: tuple[str, str],
        rule: str,
        messages: int = 1,
        verdict: int = _FORWARDED,
        scope: str = "",
        cause: str = "",
    ) -> list[int]:
        """Add to the sums of a kind, which it returns: messages, last time, last leaf."""
        operation, sop_class = asked
        key = _Key(
            event.time // DAY, verdict, event.flow, flow, peer, scope, operation, self._ids.uid(sop_class), cause, rule
        )
        sums = self._sums.setdefault(key, [0, 0, 0])
        sums[0] += messages
        if event.time >= sums[1]:
            sums[1:] = event.time, leaf
        return sums

    def _transfer(self, key: tuple[str, int, int, int]) -> _Transfer:
        known = self._transfers.get(key)
        if known is None:
            row = self._db.execute(_FIND, key).fetchone()
            known = self._remember(key, tuple(row) if row else (0, "", "", ""))
        return known

    def _remember(self, key: tuple[str, int, int, int], transfer: _Transfer) -> _Transfer:
        self._transfers[key] = transfer
        if len(self._transfers) > CACHED_TRANSFERS:
            self._transfers.popitem(last=False)
        return transfer


def _permitting(judgement: Judgement) -> str:
    """The rule that permitted; none where the mode alone let it pass."""
    return "" if judgement.failed or judgement.error else judgement.rule


_SELECT = """
    SELECT {caller}, s.peer, k.archive, {refusal}, s.operation, coalesce(u.uid, ''), s.verdict, {cause}, s.rule,
        sum(s.messages), max(s.last), s.leaf
    FROM decisions AS s LEFT JOIN flow_keys AS k ON k.id = s.flow LEFT JOIN uids AS u ON u.id = s.sop_class
    WHERE {where}
    GROUP BY {caller}, s.peer, k.archive, {refusal}, s.operation, s.sop_class, s.verdict, {cause}, s.rule
    ORDER BY 12 DESC LIMIT ?"""
BY_RULE = _SELECT.format(caller="'', ''", refusal="'', ''", cause="''", where="s.day >= ?")
"""Sums since a day by peer, archive, operation, class, verdict and rule; its parameters are the day and the rows."""

_WOULD_BE_REFUSED = _SELECT.format(
    caller="k.calling, k.address",
    refusal="s.route, s.scope",
    cause="s.cause",
    where=f"s.verdict = {_WOULD} AND s.route = ? AND s.day >= ?",
)
WOULD_BE_REFUSED = f"SELECT g.*, e.event FROM ({_WOULD_BE_REFUSED}) AS g LEFT JOIN events AS e ON e.id = g.leaf"  # noqa: S608 -- constants
"""What a route's mode let pass, by caller, with the last event; its parameters are the route, the day and the rows.

A bare column beside max() is of the row that holds the maximum: ``leaf`` is the last one's.
"""


def uses(sums: Iterable[DecisionSum]) -> Iterator[Use]:
    """Sums as `policy.usage` takes them."""
    for one in sums:
        forwarded = one.verdict == VERDICTS[_FORWARDED]
        yield Use(one.peer, one.archive, one.operation, one.sop_class, forwarded, one.rule, one.messages, one.last)
