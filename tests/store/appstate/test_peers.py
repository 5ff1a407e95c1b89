from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from leadglass.model.event import AdministratorAction, decode
from leadglass.model.peer import Hours, Peer
from leadglass.model.status import UnknownPeer
from leadglass.store.appstate.engine import AppStateConflictError, reading
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.peers import (
    approve_unknown,
    block_unknown,
    delete_peer,
    load_peers,
    save_peer,
    save_peers,
)
from leadglass.store.appstate.tables import outbox
from leadglass.store.appstate.unknown_peers import MAX_UNKNOWN, list_unknown, record_unknown

CT2 = Peer(
    "ct2",
    "CT2",
    ("10.20.0.17/32", "2001:db8::/64"),
    operations=("C-ECHO", "C-STORE"),
    sop_classes=("1.2.840.10008.5.1.4.1.1.2",),
    archives=("pacs",),
    hours=(Hours((1, 2, 3, 4, 5), 420, 1140),),
    max_associations=4,
    description="Emergency CT",
    plain=True,
)
CALLER = UnknownPeer("10.20.0.17", "CT2", "PACS", 1, 1, 1)


def actions(engine: Engine) -> list[AdministratorAction]:
    with reading(engine) as connection:
        bodies = [decode(row.event).body for row in connection.execute(select(outbox).order_by(outbox.c.counter))]
    return [body for body in bodies if isinstance(body, AdministratorAction)]


def test_a_saved_peer_comes_back_unchanged_and_its_event_is_written(engine: Engine) -> None:
    save_peer(engine, CT2, "anna", "10.0.0.1", "peer-created", new=True)
    assert load_peers(engine) == (CT2,)
    (action,) = actions(engine)
    assert (action.user, action.address, action.action, action.subject) == ("anna", "10.0.0.1", "peer-created", "ct2")
    assert "10.20.0.17/32" in action.detail


def test_a_change_records_what_changed_from_what_to_what(engine: Engine) -> None:
    save_peer(engine, CT2, "anna", "", "peer-created")
    save_peer(engine, replace(CT2, archives=("*",)), "anna", "", "peer-changed")
    assert actions(engine)[1].detail == "archives: pacs → *"


def test_a_new_peer_never_replaces_another(engine: Engine) -> None:
    save_peer(engine, CT2, "anna", "", "peer-created")
    with pytest.raises(AppStateConflictError):
        save_peer(engine, replace(CT2, title="OTHER"), "anna", "", "peer-created", new=True)
    assert load_peers(engine) == (CT2,)
    assert len(actions(engine)) == 1


def test_deleting_is_an_event_and_deleting_nothing_is_an_error(engine: Engine) -> None:
    save_peer(engine, CT2, "anna", "", "peer-created")
    delete_peer(engine, "ct2", "anna", "")
    assert load_peers(engine) == ()
    with pytest.raises(AppStateConflictError):
        delete_peer(engine, "ct2", "anna", "")
    assert [action.action for action in actions(engine)] == ["peer-created", "peer-deleted"]


def test_approving_takes_the_caller_off_the_list(engine: Engine) -> None:
    record_unknown(engine, CALLER)
    approve_unknown(engine, CALLER, CT2, "anna", "")
    assert load_peers(engine) == (CT2,)
    assert list_unknown(engine) == ()


def test_approving_refuses_a_peer_that_is_not_the_caller(engine: Engine) -> None:
    record_unknown(engine, CALLER)
    for other in (replace(CT2, title="CT3"), replace(CT2, networks=("10.99.0.0/24",))):
        with pytest.raises(AppStateConflictError):
            approve_unknown(engine, CALLER, other, "anna", "")
    assert load_peers(engine) == ()
    assert len(list_unknown(engine)) == 1


@pytest.mark.parametrize("title", ["LAPTOP", "", "../\x01\u202e", "A" * 64])
@pytest.mark.parametrize("address", ["10.1.2.3", "2001:db8::1"])
def test_any_caller_can_be_blocked_whatever_its_title(engine: Engine, title: str, address: str) -> None:
    record_unknown(engine, UnknownPeer(address, title, "PACS", 1, 1, 1))
    peer = block_unknown(engine, UnknownPeer(address, title, "", 0, 0, 0), "anna", "")
    assert load_peers(engine) == (peer,)
    assert (peer.status, peer.title) == ("blocked", title)
    assert list_unknown(engine) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        replace(CT2, id="CT 2"),
        replace(CT2, id=""),
        replace(CT2, title="MUCH TOO LONG A TITLE"),
        replace(CT2, title=" CT2"),
        replace(CT2, title="CT\\2"),
        replace(CT2, networks=()),
        replace(CT2, networks=("10.20.0.17/24",)),
        replace(CT2, networks=("ct2.example",)),
        replace(CT2, operations=("C-DESTROY",)),
        replace(CT2, operations=()),
        replace(CT2, operations=("*", "C-STORE")),
        replace(CT2, sop_classes=("CT",)),
        replace(CT2, archives=()),
        replace(CT2, hours=(Hours((8,), 0, 60),)),
        replace(CT2, hours=(Hours((1,), 60, 60),)),
        replace(CT2, max_associations=-1),
        replace(CT2, description="two\nlines"),
    ],
)
def test_refuses_a_peer_that_is_not_valid(wrong: Peer) -> None:
    with pytest.raises(AppStateConflictError):
        check_peer(wrong)


@given(st.text(max_size=20))
def test_a_valid_title_is_one_that_a_device_can_send(title: str) -> None:
    try:
        check_peer(replace(CT2, title=title))
    except AppStateConflictError:
        return
    assert title == title.strip()
    assert 1 <= len(title.encode("ascii")) <= 16


def test_sightings_of_one_caller_add_up(engine: Engine) -> None:
    record_unknown(engine, UnknownPeer("10.0.0.9", "X", "PACS", 5, 5, 1, ("1.2", "1.3")))
    record_unknown(engine, UnknownPeer("10.0.0.9", "X", "OTHER", 9, 9, 3, ("1.3", "1.4")))
    (found,) = list_unknown(engine)
    assert (found.attempts, found.first_seen, found.last_seen, found.called) == (4, 5, 9, "OTHER")
    assert found.sop_classes == ("1.2", "1.3", "1.4")


def test_the_callers_not_seen_for_longest_go_when_too_many_wait(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadglass.store.appstate.unknown_peers.MAX_UNKNOWN", 20)
    assert MAX_UNKNOWN == 500
    for number in range(25):
        record_unknown(engine, UnknownPeer("10.0.0.9", f"X{number}", "PACS", number, number, 1))
    assert [caller.title for caller in list_unknown(engine)] == [f"X{number}" for number in range(24, 4, -1)]


def test_what_the_judge_refuses_leaves_no_trace(engine: Engine) -> None:
    one, two = (Peer(name, name.upper(), ("10.0.0.7/32",), plain=True) for name in ("one", "two"))
    save_peer(engine, one, "a", "b")
    caller = UnknownPeer("10.0.0.7", "TWO", "PACS", 1, 2, 3)
    record_unknown(engine, caller)
    before, told = pending(engine), []

    def refuse(was: tuple[Peer, ...], would_be: tuple[Peer, ...]) -> None:
        told.append((was, would_be))
        raise AppStateConflictError("no")

    for change in (
        lambda: save_peers(engine, (replace(one, title="X"), two), "a", "b", "peer-imported", judge=refuse),
        lambda: delete_peer(engine, "one", "a", "b", judge=refuse),
        lambda: approve_unknown(engine, caller, two, "a", "b", judge=refuse),
        lambda: block_unknown(engine, caller, "a", "b", judge=refuse),
    ):
        with pytest.raises(AppStateConflictError, match="no"):
            change()
    assert [was for was, _ in told] == [(one,)] * 4
    assert [len(would_be) for _, would_be in told] == [2, 0, 2, 2]
    assert load_peers(engine) == (one,)
    assert len(list_unknown(engine)) == 1
    assert pending(engine) == before


def test_what_a_caller_sends_can_be_stored_whatever_it_is(engine: Engine) -> None:
    hostile = "a\0b'\"; DROP TABLE peers; -- \u202e\U0001f480%s"
    unknown = UnknownPeer("10.0.0.9", hostile, hostile, 1, 1, 1, (hostile,), hostile, hostile)
    record_unknown(engine, unknown)
    record_unknown(engine, unknown)
    (found,) = list_unknown(engine)
    assert found.attempts == 2
    assert found.sop_classes == (hostile,)
    assert found.title in {hostile, hostile.replace("\0", r"\x00")}
