from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from tests.assess.data import NOW
from tests.store.appstate.outbox import actions

from leadglass.store.appstate import network as stored
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.network import (
    Text,
    fingerprint,
    keep_outcome,
    last_outcome,
    latest,
    network_files,
    network_texts,
    outcome_fingerprint,
    save_network,
)

OWN = Text("network.toml", "hospital", 'name = "Ünï"\n')
CORE = Text("a-core.json", "nftables", "{}\n{}\n")
LATER = NOW + timedelta(days=1)


def save(engine: Engine, *texts: Text, basis: int | None = None, **others: object) -> None:
    seen = latest(network_files(engine)) if basis is None else basis
    save_network(engine, texts, basis=seen, by="anna", address="10.0.0.1", at=NOW, **others)  # type: ignore[arg-type]


def test_files_are_kept_the_hospitals_first_with_who_handed_them_in(engine: Engine) -> None:
    assert (network_files(engine), last_outcome(engine)) == ((), None)
    save(engine, CORE, OWN)
    files, texts = network_texts(engine)
    assert [one.name for one in files] == ["network.toml", "a-core.json"]
    assert texts == {one.name: one.text for one in (OWN, CORE)}
    core = files[1]
    assert (core.by, core.at, core.lines, core.digest) == (
        "anna",
        NOW,
        3,
        hashlib.sha256(CORE.text.encode()).hexdigest(),
    )
    action = actions(engine)[0]
    assert (action.user, action.action) == ("anna", "network-changed")
    assert core.digest in action.detail


def test_a_file_replaces_the_one_of_its_name_and_changes_the_fingerprint(engine: Engine) -> None:
    save(engine, CORE, OWN)
    before = network_files(engine)
    save(engine, Text(CORE.name, CORE.kind, "{}"))
    after = network_files(engine)
    assert len(after) == 2
    assert latest(after) > latest(before)
    assert fingerprint(after) != fingerprint(before)
    save(engine, CORE)
    assert fingerprint(network_files(engine)) == fingerprint(before)


def test_of_two_who_change_it_the_second_is_told_and_nothing_is_lost(engine: Engine) -> None:
    save(engine, OWN)
    basis = latest(network_files(engine))
    save(engine, CORE, basis=basis)
    with pytest.raises(AppStateConflictError, match="somebody changed"):
        save(engine, Text(OWN.name, OWN.kind, "mine"), basis=basis)
    assert network_texts(engine)[1][OWN.name] == OWN.text


def test_files_are_forgotten_and_that_is_on_record(engine: Engine) -> None:
    save(engine, OWN, CORE)
    save(engine, removed=[OWN.name, CORE.name], what="network-removed")
    assert network_files(engine) == ()
    assert {action.action for action in actions(engine)} == {"network-changed", "network-removed"}


def test_the_last_outcome_alone_is_kept(engine: Engine) -> None:
    keep_outcome(engine, "a" * 64, b'{"one":1}', NOW)
    keep_outcome(engine, "b" * 64, b'{"two":2}', LATER)
    assert last_outcome(engine) == ("b" * 64, LATER, b'{"two":2}')
    assert outcome_fingerprint(engine) == "b" * 64


@pytest.mark.parametrize("name", ["MAX_FILE", "MAX_FILES", "MAX_KEPT"])
def test_what_is_kept_is_bounded_and_all_or_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(stored, name, 1)
    with pytest.raises(AppStateConflictError) as caught:
        save(engine, OWN, CORE)
    assert caught.value.hint
    assert network_files(engine) == ()


def test_an_outcome_is_bounded(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_OUTCOME", 3)
    with pytest.raises(AppStateConflictError):
        keep_outcome(engine, "a" * 64, b"1234", NOW)
