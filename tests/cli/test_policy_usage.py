"""`leadglass policy unused` and `enforce-preview` as a user types them, over a real ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.record import DAY, HOUR, site, write
from tests.policy.hospital import CT, CT2, MR, replace

from leadglass.cli.main import run
from leadglass.model.event import AuditLogUsed, decode
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import save_peer
from leadglass.store.appstate.tables import outbox


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = site(tmp_path)
    write(tmp_path / "data", (40 * DAY, HOUR), (2 * DAY, HOUR), (DAY, HOUR))
    return found


def said(file: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = run(("--config", str(file), "policy", *arguments, "--json"))
    return code, json.loads(capsys.readouterr().out)


def change(file: Path, **changes: Any) -> None:
    engine = open_appstate(file.parent / "data" / "app" / "leadglass.sqlite")
    save_peer(engine, replace(CT2, hours=(), **changes), "admin", "::1")
    engine.dispose()


def test_rules_that_decided_nothing_are_told_from_those_that_did(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, value = said(file, capsys, "unused")
    rules = {rule["id"]: rule for rule in value["rules"]}
    assert code == 0
    assert {name for name, rule in rules.items() if not rule["unused"]} == {
        "echo-permitted",
        "store-permitted",
        "query-permitted",
        "retrieve-permitted",
    }
    assert (rules["store-permitted"]["permitted"], rules["echo-permitted"]["permitted"]) == (6, 4)
    assert said(file, capsys, "unused", "--days", "60")[1]["rules"][0]["permitted"] == 6


def test_entries_of_the_registry_that_nobody_needed_are_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(file, operations=("C-ECHO", "C-STORE", "N-ACTION"), sop_classes=(CT, MR, "1.2.3"))
    peers = {peer["id"]: peer for peer in said(file, capsys, "unused")[1]["peers"]}
    assert peers["ct2"]["never"] == {"operations": ["N-ACTION"], "sop_classes": ["1.2.3"]}
    assert peers["ws"]["never"] == {}
    assert run(("--config", str(file), "policy", "unused")) == 0
    text = capsys.readouterr().out
    assert "ct2 never used operations: N-ACTION" in text
    assert "store-permitted  permitted 6 messages" in text


def test_the_preview_tells_what_enforcing_would_have_stopped(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, value = said(file, capsys, "enforce-preview", "PACS")
    assert (code, value["messages"]) == (1, 2)
    (kind,) = value["kinds"]
    assert (kind["peer"], kind["operation"], kind["sop_class"], kind["messages"]) == ("ct2", "C-STORE", MR, 2)
    assert (kind["today"], kind["why"]) == (
        "refused",
        "store-permitted: SOP class MR Image Storage is not among CT Image Storage",
    )
    change(file, sop_classes=(CT, MR))
    (kind,) = said(file, capsys, "enforce-preview", "PACS")[1]["kinds"]
    assert (kind["today"], kind["why"]) == ("permitted", "store-permitted")
    assert run(("--config", str(file), "policy", "enforce-preview", "PACS")) == 1
    assert "2 × C-STORE of MR Image Storage by ct2: operation, store-permitted" in capsys.readouterr().out


def test_a_route_that_is_none_is_named_with_those_there_are(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("--config", str(file), "policy", "enforce-preview", "NOWHERE")) == 2
    error = capsys.readouterr().err
    assert "NOWHERE" in error
    assert "there is PACS" in error


def test_reading_for_a_preview_is_put_on_record(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(file, capsys, "enforce-preview", "PACS")
    engine = open_appstate(file.parent / "data" / "app" / "leadglass.sqlite")
    with engine.connect() as connection:
        bodies = [decode(row.event).body for row in connection.execute(outbox.select())]
    engine.dispose()
    assert any(isinstance(body, AuditLogUsed) and body.what == "enforce-preview" for body in bodies)
