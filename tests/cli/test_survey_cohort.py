"""`leadglass survey cohort`: Table 1 as it was published, and contributions from files or as received."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.cli.record import site

from leadglass.assess import contribution
from leadglass.assessor.knowledge import knowledge
from leadglass.cli.main import run
from leadglass.store.appstate.cohort import receive
from leadglass.store.appstate.engine import open_appstate

INSTRUMENT = knowledge().instrument

# Row, n, counts and percentages of the article's Table 1 (Yes, No, Unknown), as its page has them; row 1 apart.
TABLE_1 = {
    2: (31, (0, 22, 9), (0, 71, 29)),
    3: (38, (10, 19, 9), (26, 50, 24)),
    4: (38, (9, 19, 10), (24, 50, 26)),
    5: (37, (15, 10, 12), (41, 27, 32)),
    7: (37, (23, 6, 8), (62, 16, 22)),
    8: (37, (12, 5, 20), (32, 14, 54)),
    9: (38, (18, 7, 13), (47, 19, 34)),
    10: (35, (30, 3, 2), (86, 8, 6)),
    11: (33, (12, 21, 0), (36, 64, 0)),
    12: (29, (19, 7, 3), (66, 24, 10)),
    13: (29, (16, 10, 3), (55, 35, 10)),
    14: (33, (2, 15, 16), (6, 45, 49)),
    15: (33, (23, 4, 6), (70, 12, 18)),
    16: (35, (15, 5, 15), (43, 14, 43)),
    17: (35, (8, 23, 4), (23, 66, 11)),
}
MAINTENANCE = (33, {"daily": (21, 64), "weekly": (6, 18), "monthly-or-quarterly": (6, 18)})
FIREWALL = (38, (36, 1, 1), (95, 3, 2), (94, 3, 3))  # the last is what the article prints


def cohort(*arguments: str | Path) -> int:
    return run(("survey", "cohort", *map(str, arguments)))


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, Any]:
    code = cohort(*arguments, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_table_1_has_every_published_number(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # no configuration, no data
    code, value = told(capsys, "--table1")
    assert code == 0
    assert [row["row"] for row in value["rows"]] == list(range(1, 18))
    rows = {row["row"]: row for row in value["rows"]}
    for number, (n, counts, percentages) in TABLE_1.items():
        cells = rows[number]["cells"]
        assert rows[number]["n"] == n, number
        assert [one["code"] for one in cells] == ["yes", "no", "unknown"], number
        assert tuple(one["count"] for one in cells) == counts, number
        assert tuple(one["percent"] for one in cells) == percentages, number
        printed = tuple(one["printed"] for one in cells)
        assert printed == (percentages if number != 11 else (36, 64, None)), number
    n, expected = MAINTENANCE
    assert rows[6]["n"] == n
    assert {one["code"]: (one["count"], one["percent"]) for one in rows[6]["cells"]} == expected
    n, counts, percentages, as_printed = FIREWALL
    cells = rows[1]["cells"]
    assert rows[1]["n"] == n
    assert tuple(one["count"] for one in cells) == counts
    assert tuple(one["percent"] for one in cells) == percentages
    assert tuple(one["printed"] for one in cells) == as_printed
    assert not list(tmp_path.iterdir()), "nothing was made either"


def test_table_1_in_text_has_its_footnotes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort("--table1") == 0
    lines = capsys.readouterr().out.splitlines()
    [firewall] = [line for line in lines if line.startswith(" 1 ")]
    assert firewall.endswith("n=38  Yes 36 (95 %)  No 1 (3 %)  I do not know 1 (2 %) [1]")
    [dial_up] = [line for line in lines if line.startswith("11 ")]
    assert dial_up.endswith("n=33  Yes 12 (36 %)  No 21 (64 %)  I do not know (blank, read as 0) [3]")
    [maintenance] = [line for line in lines if line.startswith(" 6 ")]
    assert maintenance.endswith("n=33  Daily 21 (64 %)  Weekly 6 (18 %)  Monthly or every quarter 6 (18 %) [2]")
    notes = " ".join(lines[lines.index(next(line for line in lines if line.startswith("[1]"))) :])
    assert "The article prints 94, 3 and 3 for 38 answers." in notes
    assert "round to 95, 3 and 2" in " ".join(notes.split())
    assert "35, 1 and 1 of 37 would give what is printed" in " ".join(notes.split())
    assert "blank in print, and read as 0" in notes


def test_table_1_as_csv_has_a_line_a_cell(capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort("--table1", "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 17 * 3
    by_row = {(row["row"], row["code"]): row for row in rows}
    assert (by_row["9", "no"]["count"], by_row["9", "no"]["percent"]) == ("7", "19")
    assert by_row["11", "unknown"]["printed"] == ""
    assert "35, 1 and 1 of 37" in by_row["1", "yes"]["note"]


@pytest.mark.parametrize("option", [("--by", "beds"), ("--print",), ("--min-cell", "3"), (".",)])
def test_table_1_stands_alone(option: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort("--table1", *option) == 2
    assert "without" in capsys.readouterr().err


def given(folder: Path, number: int, codes: Mapping[str, str], name: str = "") -> Path:
    """A hospital's contribution."""
    folder.mkdir(exist_ok=True)
    target = folder / f"{name or number:0>5}.json"
    target.write_bytes(contribution.write(f"{number:032x}", INSTRUMENT, codes))
    return target


def many(folder: Path, hospitals: int = 60) -> Path:
    """Hospitals of two sizes; the larger ones have single sign-on more often."""
    for number in range(hospitals):
        large = number % 2
        sso = "yes" if number % 10 < (7 if large else 3) else "no"
        codes = {"beds": "500-1000" if large else "under-100", "sso": sso, "vpn-dialup": "no"}
        given(folder, number, codes)
    return folder


def item(value: Any, question: str) -> Any:
    return next(one for one in value["items"] if one["question"] == question)


def test_files_are_counted_without_a_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = many(tmp_path / "all")
    monkeypatch.chdir(tmp_path)
    code, value = told(capsys, "all")
    assert (code, value["hospitals"], value["files"]) == (0, 60, 60)
    [row] = item(value, "sso")["rows"]
    yes = sum(json.loads(file.read_text())["codes"]["sso"] == "yes" for file in folder.iterdir())
    cells = {one["code"]: one for one in row["cells"]}
    assert (row["n"], cells["yes"]["count"], cells["no"]["count"]) == (60, yes, 60 - yes)
    assert sum(one["percent"] for one in cells.values()) == 100
    assert cells["yes"]["low"] < yes / 60 < cells["yes"]["high"]
    assert [path.name for path in tmp_path.iterdir()] == ["all"]


def test_rows_that_could_tell_of_a_hospital_show_only_how_many_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = many(tmp_path / "few", 9)
    [row] = item(told(capsys, few)[1], "sso")["rows"]
    assert row == {"size": None, "band": "", "hospitals": 9, "not_printed": "fewer than 10 hospitals"}
    value = told(capsys, many(tmp_path / "all"))[1]
    assert "cells" not in item(value, "vpn-dialup")["rows"][0], "all answer the same"
    assert "cells" in item(told(capsys, few, "--min-hospitals", "5", "--min-cell", "1")[1], "sso")["rows"][0]
    assert cohort(few) == 0
    text = capsys.readouterr().out
    assert "n=9  fewer than 10 hospitals" in text
    assert "Yes" not in text


def test_bands_come_with_an_association_that_a_seed_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = many(tmp_path / "all")
    found = item(told(capsys, folder, "--by", "beds")[1], "sso")
    bands = {row["band"]: row for row in found["rows"] if row["size"] == "beds"}
    assert list(bands) == ["under-100", "100-299", "300-499", "500-1000", "over-1000", ""]
    assert bands["under-100"]["n"] == bands["500-1000"]["n"] == 30
    assert found["association"]["tau_b"] > 0
    assert found["association"]["n"] == 60
    again = item(told(capsys, folder, "--by", "beds")[1], "sso")["association"]
    assert again == found["association"]
    drawn = {
        item(told(capsys, folder, "--by", "beds", "--seed", str(seed))[1], "sso")["association"]["p"]
        for seed in range(1, 9)
    }
    assert len(drawn) > 1
    assert item(told(capsys, folder, "--by", "exams")[1], "sso")["association"] is None
    assert cohort(folder, "--by", "beds") == 0
    text = capsys.readouterr().out
    assert "Kendall's tau-b with beds: +0." in text
    assert "an association, and no cause" in text
    assert "500 to 1,000" in text


def test_csv_has_a_line_a_cell_and_says_what_is_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort(many(tmp_path / "all"), "--csv", "--by", "beds") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    sso = [row for row in rows if row["question"] == "sso"]
    assert [row["answer"] for row in sso if not row["size"]] == ["yes", "no", "unknown"]
    assert all((row["count"] == "") == bool(row["not printed"]) for row in rows)
    assert len({row["question"] for row in rows}) == len(list(INSTRUMENT.questions))


def test_the_same_contribution_twice_counts_once_and_a_newer_replaces_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = many(tmp_path / "all")
    copy = given(tmp_path / "more", 0, json.loads((folder / "00000.json").read_text())["codes"])
    changed = given(tmp_path / "more", 1, {"sso": "unknown"})
    code = cohort(folder, tmp_path / "more", "--json")
    found = capsys.readouterr()
    value = json.loads(found.out)
    assert (code, value["hospitals"], value["files"]) == (0, 60, 62)
    assert (value["same"], value["replaced"]) == (1, [str(changed)])
    assert "1 file said what another had said already" in found.err
    assert "1 file replaced an earlier one of the same hospital" in found.err
    assert copy.is_file()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 100_000,
        b"\xff\xfe",
        b"x" * (contribution.MAX_FILE + 1),
        json.dumps(
            {
                "format": contribution.FORMAT,
                "id": "0" * 32,
                "instrument": INSTRUMENT.version,
                "codes": {"sso": "our name"},
            }
        ).encode(),
        json.dumps(
            {"format": contribution.FORMAT, "id": "0" * 32, "instrument": INSTRUMENT.version, "codes": {}, "name": "x"}
        ).encode(),
        json.dumps(
            {
                "format": contribution.FORMAT,
                "id": "0" * 32,
                "instrument": INSTRUMENT.version,
                "codes": {"sso": "perhaps"},
            }
        ).encode(),
        json.dumps({"format": contribution.FORMAT, "id": "0" * 32, "instrument": "2199.1", "codes": {}}).encode(),
    ],
    ids=["empty", "no fields", "deep", "binary", "large", "free text", "a name", "no answer", "later"],
)
def test_a_faulty_contribution_is_told_and_the_others_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    folder = many(tmp_path / "all", 20)
    bad = folder / "\x1b[2Jbad.json"
    bad.write_bytes(content)
    code = cohort(folder, "--json")
    found = capsys.readouterr()
    assert (code, json.loads(found.out)["hospitals"]) == (1, 20)
    assert list(json.loads(found.out)["refused"]) == [str(bad)]
    assert "⟨U+001B⟩[2Jbad.json: " in found.err
    assert "\x1b" not in found.err


def test_only_json_files_of_folders_are_read_and_links_to_folders_are_not_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = many(tmp_path / "all", 12)
    (folder / "readme.txt").write_text("no contribution")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    deeper = folder / "north"
    given(deeper, 99, {"sso": "yes"})
    assert told(capsys, folder)[1]["files"] == 13
    for _ in range(10):
        deeper /= "d"
    deeper.mkdir(parents=True)
    assert cohort(folder) == 4
    assert "nested deeper" in capsys.readouterr().err


def test_received_contributions_are_shown_as_printed_and_printed_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = site(tmp_path)
    engine = open_appstate(tmp_path / "data" / "app" / "leadglass.sqlite")
    for path in sorted(many(tmp_path / "all").iterdir()):
        one = contribution.read(path.read_bytes(), INSTRUMENT)
        receive(engine, one, by="admin", address="", at=datetime(2026, 1, 2, tzinfo=UTC))
    engine.dispose()
    code, value = told(capsys, "-c", file)
    assert (code, value["hospitals"], item(value, "sso")["rows"][0]["not_printed"]) == (0, 60, "not printed yet")
    assert cohort("-c", file, "--print", "--json") == 0
    found = capsys.readouterr()
    assert found.err.startswith("printed ")
    printed = item(json.loads(found.out), "sso")["rows"][0]
    assert printed["n"] == 60
    assert item(told(capsys, "-c", file)[1], "sso")["rows"][0] == printed
    assert item(told(capsys, tmp_path / "all")[1], "sso")["rows"][0] == printed, "as from the files"


def test_options_that_contradict_are_a_fault_of_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = many(tmp_path / "all", 1)
    assert cohort(folder, "--print") == 2
    assert cohort("--min-hospitals", "5") == 2
    assert cohort(tmp_path / "nothing") == 2
    assert "nothing" in capsys.readouterr().err


def test_a_cohort_without_a_configuration_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cohort() == 3
    assert "leadglass.toml" in capsys.readouterr().err
