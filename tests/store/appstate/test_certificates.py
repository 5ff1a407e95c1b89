"""Peers proved by certificates in the application state, what is known of those, and the step from before them."""

from __future__ import annotations

import json
from dataclasses import replace

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from leadglass.model.certificate import Certificate
from leadglass.model.event import AdministratorAction, decode
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.store.appstate import engine as engine_module
from leadglass.store.appstate.certificates import (
    NOT_YET,
    forget_certificates,
    learn_certificates,
    load_certificates,
    set_alarmed,
)
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import AppStateConflictError, open_appstate, reading, writing
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.peers import (
    approve_unknown,
    block_unknown,
    dismiss_unknown,
    load_peers,
    save_peer,
    save_peers,
)
from leadglass.store.appstate.tables import outbox
from leadglass.store.appstate.unknown_peers import list_unknown, record_unknown

_A, _B, _C = (f"sha256:{digit * 64}" for digit in "abc")
END = 1_900_000_000
SHOWN = Certificate(_A, ("ct1.example",), "CN=ct1", "CN=hospital", END, error="self-signed certificate")
CT1 = Peer("ct1", "CT1", (), certificates=(_A, "name:ct1.example"), host="ct1.example", port=11_112)
CALLER = UnknownPeer("10.20.0.17", "CT1", "PACS", 1, 1, 1, tls=True, error=SHOWN.error, certificate=SHOWN)


def last_action(engine: Engine) -> AdministratorAction:
    with reading(engine) as connection:
        rows = connection.execute(outbox.select().order_by(outbox.c.counter)).all()
    body = decode(rows[-1].event).body
    assert isinstance(body, AdministratorAction)
    return body


def test_every_field_of_a_peer_comes_back(engine: Engine) -> None:
    peer = replace(CT1, networks=("10.0.0.0/8",), plain=True, destinations=("WS1",), levels=("STUDY", "WORKLIST"))
    save_peer(engine, peer, "anna", "", "peer-created")
    assert load_peers(engine) == (peer,)
    save_peer(engine, replace(peer, plain=False), "anna", "", "peer-changed")
    assert last_action(engine).detail == "plain: True → False"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(CT1, certificates=()),
        replace(CT1, plain=True),
        replace(CT1, certificates=(_A, _B, _C)),
        replace(CT1, certificates=(_A, _A)),
        replace(CT1, certificates=(_A[:-1],)),
        replace(CT1, certificates=("name:",)),
        replace(CT1, certificates=("ct1.pem",)),
        replace(CT1, host=""),
        replace(CT1, port=0),
        replace(CT1, port=65_536),
        replace(CT1, port=-1),
        replace(CT1, host="ct1 example"),
        replace(CT1, host="10.0.0"),
        replace(CT1, host="-ct1"),
        replace(CT1, host="a" * 254),
        replace(CT1, host="http://ct1"),
        replace(CT1, destinations=()),
        replace(CT1, destinations=("MUCH TOO LONG A TITLE",)),
        replace(CT1, destinations=(" WS",)),
        replace(CT1, levels=("study",)),
    ],
)
def test_refuses_what_proves_nobody_or_is_nowhere(wrong: Peer) -> None:
    with pytest.raises(AppStateConflictError) as caught:
        check_peer(wrong)
    assert caught.value.message


@pytest.mark.parametrize("host", ["ct1", "ct1.radiology.example", "10.0.0.7", "2001:db8::7", "ct_1"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    check_peer(replace(CT1, host=host))


def test_the_end_of_a_certificate_is_learnt_with_its_pin_and_not_without(engine: Engine) -> None:
    with pytest.raises(AppStateConflictError):
        save_peers(engine, (replace(CT1, id="CT"),), "anna", "", "peer-created", shown=(SHOWN,))
    assert load_certificates(engine) == {}
    save_peer(engine, CT1, "anna", "", "peer-created", shown=(SHOWN,))
    (known,) = load_certificates(engine).values()
    assert (known.fingerprint, known.subject, known.issuer) == (_A, "CN=ct1", "CN=hospital")
    assert (known.not_after, known.alarmed) == (END, NOT_YET)


def test_what_was_alarmed_stays_when_the_certificate_is_seen_again(engine: Engine) -> None:
    learn_certificates(engine, (SHOWN, replace_fingerprint(_B)))
    set_alarmed(engine, {_A: 30})
    learn_certificates(engine, (SHOWN,))
    assert {row.fingerprint: row.alarmed for row in load_certificates(engine).values()} == {_A: 30, _B: NOT_YET}
    forget_certificates(engine, [_A, _C])
    assert list(load_certificates(engine)) == [_B]


def replace_fingerprint(fingerprint: str) -> Certificate:
    return Certificate(fingerprint, (), "s" * 500, "i" * 500, END)


def test_an_unknown_caller_is_told_apart_by_its_certificate(engine: Engine) -> None:
    record_unknown(engine, CALLER)
    record_unknown(engine, CALLER)
    other = UnknownPeer("10.20.0.17", "CT1", "PACS", 2, 2, 1, tls=True, certificate=replace_fingerprint(_B))
    record_unknown(engine, other)
    plain = UnknownPeer("10.20.0.17", "CT1", "PACS", 3, 3, 1)
    record_unknown(engine, plain)
    found = list_unknown(engine)
    assert [row.certificate and row.certificate.fingerprint for row in found] == [None, _B, _A]
    assert found[2].attempts == 2
    assert (found[2].certificate, found[2].error, found[2].tls) == (SHOWN, SHOWN.error, True)
    dismiss_unknown(engine, other, "anna", "")
    assert [row.certificate and row.certificate.fingerprint for row in list_unknown(engine)] == [None, _A]
    assert last_action(engine).action == "caller-dismissed"


def test_approving_pins_what_was_shown_and_nothing_else(engine: Engine) -> None:
    record_unknown(engine, CALLER)
    for other in (
        replace(CT1, certificates=(_B,)),
        replace(CT1, certificates=("name:ct1.example",)),  # nobody the hospital trusts vouches for it
        replace(CT1, networks=("10.99.0.0/16",)),
        replace(CT1, title="CT2"),
        replace(CT1, status="blocked"),
    ):
        with pytest.raises(AppStateConflictError):
            approve_unknown(engine, CALLER, other, "anna", "")
    assert load_peers(engine) == ()
    approve_unknown(engine, CALLER, CT1, "anna", "")
    assert load_peers(engine) == (CT1,)
    assert load_certificates(engine)[_A].not_after == END
    assert list_unknown(engine) == ()


def test_a_caller_without_tls_is_approved_only_as_one(engine: Engine) -> None:
    caller = UnknownPeer("10.20.0.17", "CT1", "PACS", 1, 1, 1)
    peer = Peer("ct1", "CT1", ("10.20.0.17/32",))
    for silent in (peer, replace(peer, certificates=(_A,))):
        with pytest.raises(AppStateConflictError, match="called without TLS"):
            approve_unknown(engine, caller, silent, "anna", "")
    approve_unknown(engine, caller, replace(peer, plain=True), "anna", "")
    assert load_peers(engine)[0].plain


def test_a_renewal_changes_the_peer_that_is_there_and_makes_none(engine: Engine) -> None:
    old = replace(CT1, certificates=(_B,))
    record_unknown(engine, CALLER)
    with pytest.raises(AppStateConflictError):
        approve_unknown(engine, CALLER, replace(old, certificates=(_B, _A)), "anna", "", new=False)
    save_peer(engine, old, "anna", "", "peer-created")
    approve_unknown(engine, CALLER, replace(old, certificates=(_B, _A)), "anna", "", new=False)
    assert load_peers(engine)[0].certificates == (_B, _A)
    action = last_action(engine)
    assert (action.action, action.subject) == ("peer-changed", "ct1")
    assert _A in action.detail


def test_a_failed_handshake_is_approved_under_a_title_that_a_person_gives(engine: Engine) -> None:
    failed = UnknownPeer("10.20.0.17", "", "", 1, 1, 1, tls=True, error="wrong curve", certificate=SHOWN)
    record_unknown(engine, failed)
    approve_unknown(engine, failed, CT1, "anna", "")
    assert list_unknown(engine) == ()
    with pytest.raises(AppStateConflictError):
        block_unknown(engine, UnknownPeer("nowhere", "", "", 1, 1, 1), "anna", "")


def _to(connection: Connection, revision: str) -> None:
    configuration = alembic.config.Config()
    configuration.set_main_option("script_location", str(engine_module._MIGRATIONS))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    alembic.command.upgrade(configuration, revision)


def test_peers_from_before_may_go_on_without_tls_and_callers_go_on_waiting(database: Database) -> None:
    engine = open_appstate(database)
    with writing(engine) as connection:
        for table in inspect(connection).get_table_names():
            connection.execute(text(f"DROP TABLE {table} CASCADE" if database.url else f"DROP TABLE {table}"))
        _to(connection, "0002")
        row = {"networks": ["10.0.0.7/32"], "operations": ["C-STORE"], "classes": ["*"], "hours": [[[1], 60, 120]]}
        connection.execute(
            text(
                "INSERT INTO peers (id, title, networks, status, operations, sop_classes, archives, hours, "
                "max_associations, description) VALUES ('ct1', 'CT1', :networks, 'approved', :operations, :classes, "
                ":classes, :hours, 4, 'old')"
            ),
            {name: json.dumps(value) for name, value in row.items()},
        )
        connection.execute(
            text("INSERT INTO unknown_peers VALUES ('10.0.0.9', 'MR1', 'PACS', 5, 6, 7, :classes, '1.2', 'V')"),
            {"classes": '["1.2.3"]'},
        )
    engine.dispose()
    engine = open_appstate(database)
    (peer,) = load_peers(engine)
    assert (peer.networks, peer.plain, peer.certificates) == (("10.0.0.7/32",), True, ())
    assert (peer.host, peer.port, peer.destinations, peer.levels) == ("", 0, ("*",), ("*",))
    assert list_unknown(engine) == (UnknownPeer("10.0.0.9", "MR1", "PACS", 5, 6, 7, ("1.2.3",), "1.2", "V"),)
    save_peer(engine, replace(peer, plain=False), "anna", "")
    insert = text(
        "INSERT INTO peers (id, title, networks, status, operations, sop_classes, archives, hours, "
        "max_associations, description) VALUES ('x', 'X', '[]', 'approved', '[]', '[]', '[]', '[]', 0, '')"
    )
    with pytest.raises(SQLAlchemyError, match=r"(?i)null"), writing(engine) as connection:
        connection.execute(insert)  # nothing is assumed of a peer that is stored from now on
    engine.dispose()
