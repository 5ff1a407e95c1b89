"""Peers: the registry, and unknown callers waiting for a decision. Each change is an event, then a new generation."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.console.peer_form import PeerFields, fields_of, narrow, peer_of, typed
from leadglass.errors import LeadglassError
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.policy.operations import OPERATIONS
from leadglass.registrar.dry_run import judge
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.peers import Judge, approve_unknown, block_unknown, delete_peer, load_peers, save_peer
from leadglass.store.appstate.unknown_peers import list_unknown


def show(visit: Visit) -> Response:
    """Unknown callers first, then the registry."""
    peers = load_peers(visit.console.engine)
    routes = visit.console.configuration().routes
    taken = [peer.id for peer in peers]
    callers = [(_key(caller), caller, _narrow(visit, caller, taken)) for caller in list_unknown(visit.console.engine)]
    text = visit.query("text").lower()
    shown = [p for p in peers if text in f"{p.id} {p.title} {' '.join(p.networks)} {p.description}".lower()]
    served = {route.called for route in routes}
    return visit.render("peers.html", callers=callers, peers=shown, total=len(peers), text=text, served=served)


def show_new(visit: Visit) -> Response:
    """An empty form."""
    fields = PeerFields("", "", "", "approved", ("C-ECHO", "C-STORE"), "*", ("*",), "", "0", "")
    return _form(visit, "new", fields)


def create(visit: Visit) -> Response:
    """Store a new peer."""
    return _change(visit, "new", lambda peer: _save(visit, peer, "peer-created", new=True))


def show_edit(visit: Visit) -> Response:
    """The form of one peer."""
    peer = _peer(visit, visit.query("id"))
    return _form(visit, "edit", fields_of(peer))


def edit(visit: Visit) -> Response:
    """Replace a peer."""
    _peer(visit, visit.field("id"))
    return _change(visit, "edit", lambda peer: _save(visit, peer, "peer-changed"))


def delete(visit: Visit) -> Response:
    """Remove a peer."""
    peer_id = visit.field("id")
    delete_peer(visit.console.engine, peer_id, visit.name, visit.address, judge=_judge(visit))
    return _put_in_force(visit, f"Peer {peer_id} is deleted")


def show_approve(visit: Visit) -> Response:
    """The form of an unknown caller, with narrow defaults."""
    caller = _caller(visit, visit.query("caller"))
    taken = [peer.id for peer in load_peers(visit.console.engine)]
    return _form(visit, "approve", fields_of(narrow(caller, visit.console.configuration().routes, taken)), caller)


def approve(visit: Visit) -> Response:
    """Make an unknown caller a peer: as typed, or with the narrow defaults where nothing was."""
    caller = _caller(visit, visit.field("caller"))
    key = (caller.address, caller.title)
    console = visit.console
    if visit.field("defaults"):
        taken = [peer.id for peer in load_peers(console.engine)]
        peer = narrow(caller, console.configuration().routes, taken)
        _approve(visit, key, _fits(visit, peer))
        return _put_in_force(visit, f"Peer {peer.id} is approved")
    return _change(visit, "approve", lambda peer: _approve(visit, key, peer), caller)


def block(visit: Visit) -> Response:
    """Block an unknown caller in every mode."""
    caller = _caller(visit, visit.field("caller"))
    key = (caller.address, caller.title)
    peer = block_unknown(visit.console.engine, key, visit.name, visit.address, judge=_judge(visit))
    return _put_in_force(visit, f"Blocked, as peer {peer.id}")


def _save(visit: Visit, peer: Peer, action: str, new: bool = False) -> None:
    save_peer(visit.console.engine, peer, visit.name, visit.address, action, new=new, judge=_judge(visit))


def _approve(visit: Visit, key: tuple[str, str], peer: Peer) -> None:
    approve_unknown(visit.console.engine, key, peer, visit.name, visit.address, judge=_judge(visit))


def _judge(visit: Visit) -> Judge:
    """Nothing is stored that would keep the next generation from being built, now or at a restart."""
    return judge(visit.console.configuration())


def _change(visit: Visit, what: str, store: Callable[[Peer], None], caller: UnknownPeer | None = None) -> Response:
    fields = typed(visit)
    try:
        peer = _fits(visit, peer_of(fields))
        store(peer)
    except LeadglassError as error:
        return _form(visit, what, fields, caller, error)
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
    visit: Visit, what: str, fields: PeerFields, caller: UnknownPeer | None = None, error: LeadglassError | None = None
) -> Response:
    archives = [archive.id for archive in visit.console.configuration().archives]
    return visit.render(
        "peer_form.html",
        400 if error else 200,
        what=what,
        fields=fields,
        caller=caller,
        caller_key=_key(caller) if caller else "",
        error=error,
        operations=OPERATIONS,
        archives=archives,
    )


def _peer(visit: Visit, peer_id: str) -> Peer:
    for peer in load_peers(visit.console.engine):
        if peer.id == peer_id:
            return peer
    raise AppStateConflictError(f"there is no peer {peer_id!r}", "somebody may have deleted it meanwhile")


def _caller(visit: Visit, key: str) -> UnknownPeer:
    for caller in list_unknown(visit.console.engine):
        if _key(caller) == key:
            return caller
    raise AppStateConflictError("this caller does not wait any more", "somebody may have decided meanwhile: see Peers")


def _key(caller: UnknownPeer) -> str:
    """Names a caller in forms: its own title may hold characters that no form carries back unchanged."""
    return hashlib.sha256(repr((caller.address, caller.title)).encode()).hexdigest()[:32]


def _narrow(visit: Visit, caller: UnknownPeer, taken: list[str]) -> Peer | None:
    """The peer one click would make; None where none can be made so, or it would be open to every archive."""
    try:
        peer = narrow(caller, visit.console.configuration().routes, taken)
        check_peer(peer)
    except LeadglassError:
        return None
    return None if "*" in peer.archives else peer


PAGES = (
    Page("/peers", "peers", get=show),
    Page("/peers/new", "change-peers", get=show_new, post=create),
    Page("/peers/edit", "change-peers", get=show_edit, post=edit),
    Page("/peers/delete", "change-peers", post=delete),
    Page("/peers/approve", "change-peers", get=show_approve, post=approve),
    Page("/peers/block", "change-peers", post=block),
)
