"""`leadglass survey import`, `export` and `report` as a user types them, over a real application state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from tests.cli.record import HOUR, site, write
from tests.reporting.books import at, book, typed

from leadglass.assess import contribution, interchange, report_json
from leadglass.assess.answers import Answer, AnswerSet
from leadglass.assessor.knowledge import knowledge
from leadglass.cli.main import run
from leadglass.model.event import AdministratorAction, decode
from leadglass.reporting.workbook_layout import ANSWER
from leadglass.store.appstate.engine import open_appstate, reading
from leadglass.store.appstate.reports import reports
from leadglass.store.appstate.survey import answer_set, history, numbers, record_answer
from leadglass.store.appstate.tables import outbox

INSTRUMENT = knowledge().instrument
WHEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
HOSTILE = "\x1b[2Jgone \u202e=1+1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return site(tmp_path)


def engine_of(file: Path) -> Engine:
    return open_appstate(file.parent / "data" / "app" / "leadglass.sqlite")


def answered(file: Path, **answers: str | int) -> None:
    engine = engine_of(file)
    for name, value in answers.items():
        question = name.replace("_", "-")
        record_answer(
            engine, INSTRUMENT, question, value,
            by="bob", address="", at=WHEN, note="ours", basis=numbers(engine).get(question, 0),
        )  # fmt: skip
    engine.dispose()


def values(file: Path) -> dict[str, str | int]:
    engine = engine_of(file)
    found = answer_set(engine, INSTRUMENT).values()
    engine.dispose()
    return found


def written(folder: Path, note: str = "", **answers: str | int) -> Path:
    """A file of answers."""
    given = {name.replace("_", "-"): Answer(value, "eve", WHEN, note) for name, value in answers.items()}
    target = folder / "theirs.json"
    target.write_bytes(interchange.write(AnswerSet(INSTRUMENT.version, given), "Elsewhere"))
    return target


def survey(file: Path, *arguments: str | Path) -> int:
    return run(("--config", str(file), "survey", *map(str, arguments)))


def said(file: Path, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, Any]:
    code = survey(file, *arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def actions(file: Path) -> Sequence[tuple[str, str]]:
    engine = engine_of(file)
    with reading(engine) as connection:
        bodies = [decode(event).body for event in connection.execute(select(outbox.c.event)).scalars()]
    engine.dispose()
    return [(body.action, body.subject) for body in bodies if isinstance(body, AdministratorAction)]


def test_answers_are_exported_and_imported_elsewhere_whole(file: Path, tmp_path: Path) -> None:
    answered(file, beds=412, firewall_ris="no")
    assert survey(file, "export", "-o", tmp_path / "ours.json") == 0
    other = tmp_path / "other"
    other.mkdir()
    elsewhere = site(other)
    assert survey(elsewhere, "import", tmp_path / "ours.json") == 0
    assert values(elsewhere) == values(file) == {"beds": 412, "firewall-ris": "no"}
    engine = engine_of(elsewhere)
    assert [(one.by, one.source, one.note) for one in history(engine)] == [("bob", "file", "ours")] * 2
    engine.dispose()
    assert actions(elsewhere)[-1] == ("answers-imported", "file")


def test_an_export_is_the_same_each_time_and_for_its_owner_alone(
    file: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    answered(file, beds=412)
    for form in ("json", "xlsx", "contribution"):
        first, second = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
        for target in (first, second):
            assert survey(file, "export", "--format", form, "-o", target) == 0
        assert first.read_bytes() == second.read_bytes()
        assert first.stat().st_mode & 0o777 == 0o600
        capsysbinary.readouterr()
        assert survey(file, "export", "--format", form, "-o", "-") == 0
        assert capsysbinary.readouterr().out == first.read_bytes()
    assert sorted(path.name for path in tmp_path.glob(".*")) == [], "nothing is left beside"
    one = contribution.read((tmp_path / "a.contribution").read_bytes(), INSTRUMENT)
    assert one.codes == {"beds": "300-499"}


def test_an_export_that_cannot_be_written_leaves_what_was_there(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert survey(file, "export", "-o", tmp_path / "nowhere" / "a.json") == 4
    assert "nowhere" in capsys.readouterr().err


def test_a_difference_leaves_the_answer_of_record_and_is_a_finding(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(file, sso="no", beds=3)
    theirs = written(tmp_path, sso="yes", beds=3, firewall_ris="no", note="ours")
    code, value = said(file, capsys, "import", theirs)
    assert code == 1
    assert (value["added"], value["same"], value["replaced"]) == (["firewall-ris"], ["beds"], [])
    [differing] = value["differing"]
    assert differing["question"] == "sso"
    assert (differing["ours"]["value"], differing["theirs"]["value"]) == ("no", "yes")
    assert (differing["ours"]["by"], differing["theirs"]["by"]) == ("bob", "eve")
    assert values(file) == {"sso": "no", "beds": 3, "firewall-ris": "no"}
    assert survey(file, "import", theirs) == 1
    text = capsys.readouterr().out
    assert "of record: No “ours”, bob, 2026-01-02 03:04 UTC" in text
    assert "in FILE:   Yes “ours”, eve, 2026-01-02 03:04 UTC" in text
    assert "1 answer of record stay: --take ID replaces one, --take-all all" in text


def test_only_what_is_named_is_replaced(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered(file, sso="no", beds=3)
    theirs = written(tmp_path, sso="yes", beds=4)
    code, value = said(file, capsys, "import", theirs, "--take", "sso")
    assert (code, value["replaced"]) == (1, ["sso"])
    assert values(file) == {"sso": "yes", "beds": 3}
    code, value = said(file, capsys, "import", theirs, "--take-all")
    assert (code, value["replaced"], value["same"]) == (0, ["beds"], ["sso"])
    assert values(file) == {"sso": "yes", "beds": 4}


def test_what_does_not_differ_cannot_be_taken(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered(file, sso="no")
    assert survey(file, "import", written(tmp_path, sso="yes"), "--take", "beds", "--take", "moon") == 2
    assert "nothing differs for beds, moon" in capsys.readouterr().err
    assert values(file) == {"sso": "no"}


def test_a_dry_run_does_nothing(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered(file, sso="no")
    before = actions(file)
    theirs = written(tmp_path, sso="yes", beds=4)
    code, value = said(file, capsys, "import", theirs, "--take-all", "--dry-run")
    assert (code, value["dry_run"], value["added"], value["replaced"]) == (0, True, ["beds"], ["sso"])
    assert values(file) == {"sso": "no"}
    assert actions(file) == before


def test_a_workbook_is_imported_under_the_name_that_is_given(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = tmp_path / "meeting.xlsx"
    filled.write_bytes(typed(book(), {at("sso", ANSWER): "YES", at("beds", ANSWER): "1,200"}))
    assert survey(file, "import", filled, "--by", "the meeting of May") == 0
    assert values(file) == {"sso": "yes", "beds": 1200}
    engine = engine_of(file)
    assert {(one.by, one.source) for one in history(engine)} == {("the meeting of May", "workbook")}
    engine.dispose()


def test_a_faulty_file_is_refused_with_its_cells(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = tmp_path / "meeting.xlsx"
    filled.write_bytes(typed(book(), {at("sso", ANSWER): HOSTILE.replace("\x1b", "_x001B_"), at("beds", ANSWER): 412}))
    assert survey(file, "import", filled) == 4
    told = capsys.readouterr().err
    assert told.startswith(f"error: Survey!{at('sso', ANSWER)}: ")
    assert "⟨U+001B⟩[2Jgone ⟨U+202E⟩" in told
    assert "\x1b" not in told
    assert told.count("\n") == 2
    assert values(file) == {}
    filled.write_bytes(b"PK" + bytes(interchange.MAX_FILE))
    assert survey(file, "import", filled) == 4
    assert f"larger than {interchange.MAX_FILE} bytes" in capsys.readouterr().err
    assert survey(file, "import", tmp_path / "nothing.json") == 4
    assert "No such file" in capsys.readouterr().err


def test_hostile_text_is_shown_and_not_obeyed(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answered(file, sso="no")
    survey(file, "import", written(tmp_path, note=HOSTILE, sso="yes"))
    told = capsys.readouterr().out
    assert "⟨U+001B⟩[2Jgone ⟨U+202E⟩=1+1" in told
    assert "\x1b" not in told


def test_an_older_file_is_brought_over_and_what_is_no_more_is_kept(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = written(tmp_path, beds=3, sso="yes")
    old = theirs.read_text().replace(INSTRUMENT.version, "2020.1").replace('"beds"', '"fax-lines"')
    theirs.write_text(old)
    code, value = said(file, capsys, "import", theirs)
    assert (code, value["instrument"], value["added"]) == (0, "2020.1", ["sso"])
    assert [(one["question"], one["value"]) for one in value["kept"]] == [("fax-lines", 3)]
    assert said(file, capsys, "import", theirs)[1]["kept"] == [], "it is kept once"


@pytest.fixture
def recorded(file: Path) -> Path:
    """A site with answers and a record."""
    write(file.parent / "data", (0, HOUR))
    answered(file, firewall_ris="no", beds=412)
    return file


def test_a_report_of_the_same_state_and_time_is_the_same_in_every_form(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begins = {
        "html": b"<!doctype html>",
        "pdf": b"%PDF-",
        "md": b"# ",
        "json": b"{",
        "csv": b"\xef\xbb\xbf",
        "oscal": b"{",
    }
    for form, start in begins.items():
        made = []
        for name in ("first", "second"):
            target = tmp_path / f"{name}.{form}"
            assert survey(recorded, "report", "--format", form, "-o", target, "--at", "2026-11-24T15:00") == 0, form
            made.append(target.read_bytes())
        assert made[0] == made[1], form
        assert made[0][:20].lower().startswith(start.lower()), form
    assert report_json.read((tmp_path / "first.json").read_bytes()).day.isoformat() == "2026-11-24"
    engine = engine_of(recorded)
    assert reports(engine) == (), "nothing is kept unasked"
    engine.dispose()


def test_a_report_is_kept_when_asked_and_given_out_again(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, again = tmp_path / "first.json", tmp_path / "again.json"
    code, value = said(recorded, capsys, "report", "--format", "json", "-o", first, "--keep")
    assert (code, value["kept"]) == (0, "1")
    assert ("report-made", "1") in actions(recorded)
    assert survey(recorded, "report", "--format", "json", "-o", again, "--id", "1") == 0
    assert first.read_bytes() == again.read_bytes()
    assert survey(recorded, "report", "-o", again, "--id", "2") == 4
    assert survey(recorded, "report", "-o", again, "--id", "1", "--keep") == 2


@pytest.mark.parametrize("when", ["yesterday", "2026-13-01", "", "24.11.2026"])
def test_a_time_that_is_none_is_a_fault_of_usage(recorded: Path, tmp_path: Path, when: str) -> None:
    assert survey(recorded, "report", "-o", tmp_path / "a.html", "--at", when) == 2
    assert not (tmp_path / "a.html").exists()


def test_a_days_report_is_that_of_its_end_where_the_hospital_is(recorded: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    assert survey(recorded, "report", "--format", "json", "-o", target, "--at", "2026-11-24") == 0
    assert report_json.read(target.read_bytes()).at == datetime(2026, 11, 24, 22, 59, 59, tzinfo=UTC)
