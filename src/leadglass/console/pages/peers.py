"""Peers: the registry, and unknown callers waiting for a decision. Each change is an event, then a new generation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.console.peer_form import PeerFields, fields_of, peer_of, typed
from leadglass.console.peer_offer import Offer, offers, suggested
from leadglass.errors import ConfigurationError, LeadglassError
from leadglass.model.certificate import Certificate
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.policy.operations import LEVELS, OPERATIONS
from leadglass.policy.registry import Registry
from leadglass.registrar.dry_run import judge
from leadglass.store.appstate.certificates import load_certificates
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.peers import (
    Judge,
    approve_unknown,
    block_unknown,
    delete_peer,
    dismiss_unknown,
    load_peers,
    save_peer,
)
from leadglass.store.appstate.unknown_peers import caller_of, list_unknown

_SECOND = 1_000_000_000

Store = Callable[[Peer, Sequence[Certificate]], None]


def show(visit: Visit) -> Response:
    """Unknown callers first, then the registry."""
    peers = load_peers(visit.console.engine)
    routes = visit.console.configuration().routes
    callers = [(_key(offer.caller), offer) for offer in _offers(visit, peers, list_unknown(visit.console.engine))]
    text = visit.query("text").lower()
    known = load_certificates(visit.console.engine)
    return visit.render(
        "peers.html",
        callers=callers,
        peers=[peer for peer in peers if text in _searched(peer)],
        total=len(peers),
        plain=sum(peer.plain and peer.status == "approved" for peer in peers),
        ends={fingerprint: row.not_after * _SECOND for fingerprint, row in known.items()},
        text=text,
        served={route.called for route in routes},
    )


def show_new(visit: Visit) -> Response:
    """An empty form."""
    fields = PeerFields("", "", "", "approved", ("C-ECHO", "C-STORE"), "*", ("*",), "", "0", "")
    return _form(visit, "new", fields)


def create(visit: Visit) -> Response:
    """Store a new peer."""
    return _change(visit, "new", lambda peer, pasted: _save(visit, peer, "peer-created", pasted, new=True))


def show_edit(visit: Visit) -> Response:
    """The form of one peer."""
    peer = _peer(visit, visit.query("id"))
    return _form(visit, "edit", fields_of(peer))


def edit(visit: Visit) -> Response:
    """Replace a peer."""
    _peer(visit, visit.field("id"))
    return _change(visit, "edit", lambda peer, pasted: _save(visit, peer, "peer-changed", pasted))


def delete(visit: Visit) -> Response:
    """Remove a peer."""
    peer_id = visit.field("id")
    delete_peer(visit.console.engine, peer_id, visit.name, visit.address, judge=_judge(visit))
    return _put_in_force(visit, f"Peer {peer_id} is deleted")


def show_approve(visit: Visit) -> Response:
    """The form of an unknown caller: with narrow defaults, or that of the peer it would be from now on."""
    offer = _offer(visit, visit.query("caller"))
    peers = load_peers(visit.console.engine)
    return _form(visit, "approve", fields_of(suggested(offer, peers, visit.console.configuration().routes)), offer)


def approve(visit: Visit) -> Response:
    """Make an unknown caller a peer, or pin what it showed: as typed, or as it was offered in one action."""
    offer = _offer(visit, visit.field("caller"))
    if not visit.field("defaults"):
        return _change(visit, "approve", lambda peer, pasted: _approve(visit, offer, peer, pasted), offer)
    if offer.peer is None or offer.peer.id != visit.field("id"):
        raise AppStateConflictError("this is not what the page offered", "somebody changed the registry meanwhile")
    peer = _fits(visit, offer.peer)
    _approve(visit, offer, peer)
    return _put_in_force(visit, f"Peer {peer.id} {'has a further certificate' if offer.renews else 'is approved'}")


def block(visit: Visit) -> Response:
    """Block an unknown caller in every mode."""
    caller = _offer(visit, visit.field("caller")).caller
    if not caller.title:
        raise AppStateConflictError(
            "this caller gave no AE title to block", "dismiss it, or block its address in a firewall"
        )
    peer = block_unknown(visit.console.engine, caller, visit.name, visit.address, judge=_judge(visit))
    return _put_in_force(visit, f"Blocked, as peer {peer.id}")


def dismiss(visit: Visit) -> Response:
    """Take an unknown caller off the list until it calls again."""
    dismiss_unknown(visit.console.engine, _offer(visit, visit.field("caller")).caller, visit.name, visit.address)
    return visit.go("/peers", "good", "Dismissed; it comes back when it calls again.")


def _offers(visit: Visit, peers: tuple[Peer, ...], callers: Sequence[UnknownPeer]) -> list[Offer]:
    known = load_certificates(visit.console.engine)
    now = visit.console.clock() // _SECOND
    ended = [fingerprint for fingerprint, row in known.items() if row.not_after < now]
    try:
        return offers(callers, peers, visit.console.configuration().routes, Registry(peers), ended)
    except ConfigurationError:  # a registry that cannot work is repaired first, on this page
        return [Offer(caller, "", None) for caller in callers]


def _searched(peer: Peer) -> str:
    parts = (peer.id, peer.title, *peer.networks, *peer.certificates, peer.host, peer.description)
    return " ".join(parts).lower()


def _save(visit: Visit, peer: Peer, action: str, shown: Sequence[Certificate], new: bool = False) -> None:
    engine = visit.console.engine
    save_peer(engine, peer, visit.name, visit.address, action, new=new, judge=_judge(visit), shown=shown)


def _approve(visit: Visit, offer: Offer, peer: Peer, pasted: Sequence[Certificate] = ()) -> None:
    new, engine, judged = peer.id != offer.renews, visit.console.engine, _judge(visit)
    approve_unknown(engine, offer.caller, peer, visit.name, visit.address, new=new, judge=judged, shown=pasted)


def _judge(visit: Visit) -> Judge:
    """Nothing is stored that would keep the next generation from being built, now or at a restart."""
    return judge(visit.console.configuration())


def _change(visit: Visit, what: str, store: Store, offer: Offer | None = None) -> Response:
    fields = typed(visit)
    try:
        peer, pasted = peer_of(fields)
        store(_fits(visit, peer), pasted)
    except LeadglassError as error:
        return _form(visit, what, fields, offer, error)
    done = {"new": "created", "edit": "changed", "approve": "approved"}[what]
    return _put_in_force(visit, f"Peer {peer.id} is {done}")


def _fits(visit: Visit, peer: Peer) -> Peer:
    """``peer`` if it is sound by itself; the judge sees it among the others.

    Raises:
        LeadglassError: it is not valid, or names an archive that is not there.
    """
    check_peer(peer)
    archives = {archive.id for archive in visit.console.configuration().archives}
    missing = [name for name in peer.archives if name != "*" and name not in archives]
    if missing:
        raise AppStateConflictError(f"there is no archive {missing[0]!r}", f"known are {', '.join(sorted(archives))}")
    return peer


def _put_in_force(visit: Visit, done: str) -> Response:
    answer = visit.console.live.reload(visit.name)
    if answer.error:
        hint = f" {answer.hint}." if answer.hint else ""
        text = f"{done}, but it is not in force yet: {answer.error}.{hint}"
        return visit.go("/peers", "bad", text)
    return visit.go("/peers", "good", f"{done}; generation {answer.number} is in force.")


def _form(
    visit: Visit, what: str, fields: PeerFields, offer: Offer | None = None, error: LeadglassError | None = None
) -> Response:
    archives = [archive.id for archive in visit.console.configuration().archives]
    return visit.render(
        "peer_form.html",
        400 if error else 200,
        what=what,
        fields=fields,
        offer=offer,
        caller=offer.caller if offer else None,
        caller_key=_key(offer.caller) if offer else "",
        error=error,
        operations=OPERATIONS,
        levels=LEVELS,
        archives=archives,
    )


def _peer(visit: Visit, peer_id: str) -> Peer:
    for peer in load_peers(visit.console.engine):
        if peer.id == peer_id:
            return peer
    raise AppStateConflictError(f"there is no peer {peer_id!r}", "somebody may have deleted it meanwhile")


def _offer(visit: Visit, key: str) -> Offer:
    for caller in list_unknown(visit.console.engine):
        if _key(caller) == key:
            return _offers(visit, load_peers(visit.console.engine), (caller,))[0]
    raise AppStateConflictError("this caller does not wait any more", "somebody may have decided meanwhile: see Peers")


def _key(caller: UnknownPeer) -> str:
    """Names a caller in forms: its own title may hold characters that no form carries back unchanged."""
    return hashlib.sha256(repr(caller_of(caller)).encode()).hexdigest()[:32]


PAGES = (
    Page("/peers", "peers", get=show),
    Page("/peers/new", "change-peers", get=show_new, post=create),
    Page("/peers/edit", "change-peers", get=show_edit, post=edit),
    Page("/peers/delete", "change-peers", post=delete),
    Page("/peers/approve", "change-peers", get=show_approve, post=approve),
    Page("/peers/block", "change-peers", post=block),
    Page("/peers/dismiss", "change-peers", post=dismiss),
)
