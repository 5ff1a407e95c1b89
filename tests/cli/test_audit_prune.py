"""`leadglass audit prune`: what is taken out is gone for good, and what is left still proves itself."""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.cli.record import CONFIGURATION
from tests.cli.test_audit import project
from tests.ledger.small_ledger import merge, record, transfer_begun, transfer_closed

from leadglass.cli.main import run
from leadglass.errors import LeadglassError
from leadglass.ledger.prune import latest
from leadglass.model.event import AdministratorAction, decode
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.projection.interface import Filter, ProjectionError
from leadglass.store.projection.sqlite import SqliteProjection

OLD = ("2014-03", "2014-04", "2014-05")


def month_ns(log: str) -> int:
    return int(datetime.fromisoformat(f"{log}-15T12:00+00:00").timestamp()) * 1_000_000_000


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record of three old months, each with a patient of its own, and a younger one."""
    file = tmp_path / "leadglass.toml"
    file.write_text(CONFIGURATION)
    monkeypatch.setenv("LEADGLASS_CONFIG", str(file))
    found = tmp_path / "data"
    for number, log in enumerate((*OLD, "2025-01")):
        record(found, [transfer_begun(patient=f"PATIENT-{number}"), transfer_closed()])
        merge(found, now_ns=lambda log=log: month_ns(log))  # type: ignore[misc]  # mypy cannot infer it
    open_appstate(found / "app" / "leadglass.sqlite").dispose()
    return found


def bodies(data: Path) -> dict[str, int]:
    return {path.name: len(list((path / "bodies").glob("*"))) for path in sorted((data / "ledger").glob("????-??"))}


def held(data: Path, text: str) -> list[str]:
    """Files that hold a text in clear."""
    return [path.name for path in data.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def verified(capsys: pytest.CaptureFixture[str]) -> str:
    assert run(("audit", "verify")) == 0
    return capsys.readouterr().out


def test_old_months_are_gone_for_good_and_the_tree_is_still_proven(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(data).close()
    assert held(data, "PATIENT-0")
    before = verified(capsys)
    assert run(("audit", "prune", "--before", "2014-05", "--yes", "--json")) == 0
    value = json.loads(capsys.readouterr().out)
    assert [month["log"] for month in value["pruned"]] == ["2014-03", "2014-04"]
    assert bodies(data) == {"2014-03": 0, "2014-04": 0, "2014-05": 1, "2025-01": 1}
    after = verified(capsys)
    roots = [line for line in before.splitlines() if "root" in line]
    assert roots == [line for line in after.splitlines() if "root" in line]
    assert after.count("bodies are pruned: that they existed is proven") == 2
    assert run(("audit", "patient", "PATIENT-0", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["accesses"] == []
    assert run(("audit", "patient", "PATIENT-2", "--json")) == 0
    assert len(json.loads(capsys.readouterr().out)["accesses"]) == 1


def test_no_reader_believes_the_old_index_and_the_next_console_makes_a_new_one(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(data).close()
    assert run(("audit", "prune", "--before", "2014-05", "--yes")) == 0
    with pytest.raises(ProjectionError):
        SqliteProjection(data / "projection" / "projection.sqlite", read_only=True)
    projection = project(data)
    assert projection.accesses(Filter(patient="PATIENT-1"), "", 10)[0] == ()
    assert len(projection.accesses(Filter(patient="PATIENT-2"), "", 10)[0]) == 1
    projection.close()
    assert held(data, "PATIENT-0") == held(data, "PATIENT-1") == []


def test_it_is_on_record_who_did_it_and_what_went(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("audit", "prune", "--before", "2014-04", "--yes")) == 0
    db = sqlite3.connect(data / "app" / "leadglass.sqlite")
    (body,) = (decode(row[0]).body for row in db.execute("SELECT event FROM outbox"))
    db.close()
    assert isinstance(body, AdministratorAction)
    assert (body.action, body.subject) == ("record-pruned", "2014-03")
    assert body.user.startswith("command-line:")


@pytest.mark.parametrize("month", ["2025-01", "9999-01", "soon", "2014-13"])
def test_what_must_be_kept_is_refused(data: Path, capsys: pytest.CaptureFixture[str], month: str) -> None:
    assert run(("audit", "prune", "--before", month, "--yes")) == 4
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["error", "hint"]
    assert set(bodies(data).values()) == {1}


def test_nothing_goes_without_a_yes(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(("audit", "prune", "--before", "2014-05")) == 4  # nobody is there to say yes
    assert "Take that out for ever?" in capsys.readouterr().err
    assert set(bodies(data).values()) == {1}


def test_nothing_goes_that_cannot_be_put_on_record(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / "app" / "leadglass.sqlite").unlink()
    assert run(("audit", "prune", "--before", "2014-05", "--yes")) == 4
    assert set(bodies(data).values()) == {1}


def test_a_record_that_contradicts_itself_is_left_as_evidence(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = next((data / "ledger" / "2014-03" / "bodies").iterdir())
    body.write_bytes(body.read_bytes().replace(b"PATIENT-0", b"PATIENT-9"))
    assert run(("audit", "prune", "--before", "2014-05", "--yes")) == 5
    assert set(bodies(data).values()) == {1}


def test_the_newest_log_is_never_pruned(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for log in ("2014-05", "2025-01"):
        for path in (data / "ledger" / log).rglob("*"):
            if path.is_file():
                path.unlink()
    assert run(("audit", "prune", "--before", "2015-01", "--yes", "--json")) == 0
    pruned = json.loads(capsys.readouterr().out)["pruned"]
    assert [month["log"] for month in pruned] == ["2014-03"]


@pytest.mark.parametrize(
    ("today", "months", "allowed"),
    [
        (date(2026, 11, 24), 72, "2020-11"),
        (date(2026, 1, 31), 1, "2025-12"),
        (date(2026, 12, 1), 12, "2025-12"),
        (date(2026, 12, 1), 1_200, "1926-12"),
    ],
)
def test_what_may_go_is_older_than_the_retention(today: date, months: int, allowed: str) -> None:
    assert latest(today, months) == allowed


def test_asking_for_younger_months_names_the_setting(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(("audit", "prune", "--before", "2025-01", "--yes")) == LeadglassError.exit_code
    assert "ledger.retention_months" in capsys.readouterr().err
