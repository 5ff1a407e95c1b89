"""The registry of peers: read, changed, decided. A change and its event are one transaction; tells no worker."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from leadglass.model.certificate import Certificate
from leadglass.model.event import AdministratorAction
from leadglass.model.peer import Hours, Peer
from leadglass.model.status import UnknownPeer
from leadglass.policy.registry import Registry
from leadglass.store.appstate.certificates import learn
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.tables import peers
from leadglass.store.appstate.unknown_peers import caller_of, forget_unknown

MAX_PEERS = 10_000
_LISTS = ("networks", "operations", "sop_classes", "archives", "certificates", "destinations", "levels")

Judge = Callable[[tuple[Peer, ...], tuple[Peer, ...]], None]
"""Told the registry before and after a change, within its transaction; raises where the change must not be stored."""


def load_peers(engine: Engine) -> tuple[Peer, ...]:
    """The registry, by id."""
    with reading(engine) as connection:
        return peers_within(connection)


def save_peer(
    engine: Engine,
    peer: Peer,
    actor: str,
    address: str,
    action: str = "peer-changed",
    *,
    new: bool = False,
    judge: Judge | None = None,
    shown: Iterable[Certificate] = (),
) -> None:
    """Store ``peer``, replacing the one of the same id unless ``new``; see `save_peers`."""
    save_peers(engine, (peer,), actor, address, action, new=new, judge=judge, shown=shown)


def save_peers(
    engine: Engine,
    changed: Sequence[Peer],
    actor: str,
    address: str,
    action: str,
    *,
    new: bool = False,
    judge: Judge | None = None,
    shown: Iterable[Certificate] = (),
) -> None:
    """Store peers, all or none, replacing those of the same ids unless ``new``.

    Args:
        engine: the application state.
        changed: each checked by `peer_rules.check_peer`.
        actor: the user's name.
        address: where the user sits.
        action: as recorded of each, "peer-created", "peer-changed".
        new: refuse to replace.
        judge: has the last word.
        shown: certificates whose digests were pinned with it, as far as they were seen: their ends are kept.

    Raises:
        AppStateConflictError: a peer is not valid, or exists and is ``new``.
        LeadglassError: of the judge.
    """
    for peer in changed:
        check_peer(peer)
    with _changing(engine, judge) as connection:
        for peer in changed:
            _save(connection, peer, AdministratorAction(actor, address, action, peer.id), new)
        learn(connection, shown)


def delete_peer(engine: Engine, peer_id: str, actor: str, address: str, *, judge: Judge | None = None) -> None:
    """Remove a peer; its next call is an unknown caller's.

    Raises:
        AppStateConflictError: there is no such peer.
        LeadglassError: of the judge.
    """
    with _changing(engine, judge) as connection:
        if not connection.execute(delete(peers).where(peers.c.id == peer_id)).rowcount:
            raise AppStateConflictError(f"there is no peer {peer_id!r}")
        put(connection, AdministratorAction(actor, address, "peer-deleted", peer_id))


def approve_unknown(
    engine: Engine,
    caller: UnknownPeer,
    peer: Peer,
    actor: str,
    address: str,
    *,
    new: bool = True,
    judge: Judge | None = None,
    shown: Iterable[Certificate] = (),
) -> None:
    """Make an unknown caller a peer, or a peer that exists (``new`` False) admit it, and take it off the list.

    Args:
        engine: the application state.
        caller: as listed.
        peer: what it may do; must admit the caller as it called.
        actor: the user's name.
        address: where the user sits.
        new: refuse to replace a peer of this id; else there must be one.
        judge: has the last word.
        shown: as for `save_peers`; that of the caller is kept anyway.

    Raises:
        AppStateConflictError: the peer is not valid, exists already, or does not admit the caller.
        LeadglassError: of the judge.
    """
    check_peer(peer)
    admitted = Registry((peer,)).match(caller.address, caller.title or peer.title, caller.certificate, caller.tls)
    if admitted.peer is None or admitted.cause:
        raise AppStateConflictError(
            f"the peer does not admit the caller {caller.title!r} at {caller.address}: {admitted.failed}",
            "keep its title and address, and its certificate or, without TLS, the permission to call so",
        )
    with _changing(engine, judge) as connection:
        if not new and connection.execute(select(peers.c.id).where(peers.c.id == peer.id)).one_or_none() is None:
            raise AppStateConflictError(f"there is no peer {peer.id!r}", "somebody may have deleted it meanwhile")
        action = "peer-approved" if new else "peer-changed"
        _save(connection, peer, AdministratorAction(actor, address, action, peer.id), new=new)
        learn(connection, (*shown, *((caller.certificate,) if caller.certificate else ())))
        forget_unknown(connection, caller_of(caller))


def dismiss_unknown(engine: Engine, caller: UnknownPeer, actor: str, address: str) -> None:
    """Take a caller off the list without a decision; it comes back when it calls again."""
    with writing(engine) as connection:
        forget_unknown(connection, caller_of(caller))
        put(connection, AdministratorAction(actor, address, "caller-dismissed", f"{caller.title}@{caller.address}"))


def block_unknown(engine: Engine, caller: UnknownPeer, actor: str, address: str, *, judge: Judge | None = None) -> Peer:
    """Block this address and title, in every mode and whatever certificate comes; returns the blocked peer.

    Raises:
        AppStateConflictError: the caller's address is no IP address, or it gave no title.
        LeadglassError: of the judge.
    """
    networks = (host_network(caller.address),)
    peer = Peer(_blocked_id(caller), caller.title, networks, "blocked", description="Blocked as unknown")
    check_peer(peer)
    with _changing(engine, judge) as connection:
        _save(connection, peer, AdministratorAction(actor, address, "peer-blocked", peer.id), new=False)
        forget_unknown(connection, caller_of(caller))
    return peer


def host_network(address: str) -> str:
    """The range of exactly ``address``: /32 or /128.

    Raises:
        AppStateConflictError: no IP address.
    """
    try:
        return str(ipaddress.ip_network(address.partition("%")[0]))
    except ValueError as error:
        raise AppStateConflictError(f"not an address: {address!r}") from error


def _blocked_id(caller: UnknownPeer) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", caller.title.lower()).strip("-")[:24] or "untitled"
    key = repr((caller.address, caller.title)).encode()
    return f"blocked-{slug}-{hashlib.sha256(key).hexdigest()[:8]}"


@contextmanager
def _changing(engine: Engine, judge: Judge | None) -> Iterator[Connection]:
    """A change of the registry, stored whole if ``judge`` lets it pass."""
    with writing(engine) as connection:
        before = peers_within(connection) if judge else ()
        yield connection
        if judge:
            judge(before, peers_within(connection))


def peers_within(connection: Connection) -> tuple[Peer, ...]:
    """The registry, by id, as a transaction sees it."""
    return tuple(_peer(row) for row in connection.execute(select(peers).order_by(peers.c.id)))


def _save(connection: Connection, peer: Peer, action: AdministratorAction, new: bool) -> None:
    values = {
        **asdict(peer),
        **{name: list(getattr(peer, name)) for name in _LISTS},
        "hours": [[list(hours.days), hours.start, hours.end] for hours in peer.hours],
    }
    before = connection.execute(select(peers).where(peers.c.id == peer.id)).one_or_none()
    if before is not None and new:
        raise AppStateConflictError(f"a peer {peer.id!r} exists already", "choose another id, or change that peer")
    if before is None:
        if len(connection.execute(select(peers.c.id).limit(MAX_PEERS)).all()) == MAX_PEERS:
            raise AppStateConflictError(f"the registry holds at most {MAX_PEERS} peers")
        connection.execute(insert(peers).values(**values))
    else:
        connection.execute(update(peers).where(peers.c.id == peer.id).values(**values))
    detail = changes(None if before is None else _peer(before), peer)
    put(connection, msgspec.structs.replace(action, detail=detail))


def changes(before: Peer | None, after: Peer) -> str:
    """What differs, in words for the record; everything for a new peer."""
    old = {} if before is None else asdict(before)
    parts = []
    for name, value in asdict(after).items():
        if name != "id" and old.get(name) != value:
            parts.append(
                f"{name}={_words(value)}" if before is None else f"{name}: {_words(old[name])} → {_words(value)}"
            )
    return "; ".join(parts)[:2000]


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value) or "none"
    return str(value)


def _peer(row: Row[tuple[object, ...]]) -> Peer:
    values = dict(row._mapping)
    for name in _LISTS:
        values[name] = tuple(values[name])
    values["hours"] = tuple(Hours(tuple(days), start, end) for days, start, end in values["hours"])
    return Peer(**values)
