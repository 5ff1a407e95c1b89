"""`leadglass network import`, `compare`, `explain` and `picture` as a user types them."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from leadglass.cli import network
from leadglass.cli.main import run
from leadglass.config.network import load_hospital

SUBNETS = "cidr,zone,label\n10.20.0.0/24,Servers,PACS servers\n10.20.1.0/24,Radiology,modalities\n10.20.2.0/24,RIS,\n"
CANARY = "canary-Kw3-secret"
SHIPPED = Path(str(resources.files("leadglass.demo.network").joinpath("network.toml"))).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demonstration hospital, to be changed."""
    for file in SHIPPED.iterdir():
        if file.suffix in {".toml", ".json"}:
            shutil.copy(file, tmp_path / file.name)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any]:
    code = run(["network", *map(str, arguments), "--json"])
    out = capsys.readouterr()
    return code, json.loads(out.out) if out.out.strip() else out.err


def test_gaps_are_told_in_order_with_lines_coverage_and_what_is_taken_for_granted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["network", "compare", str(folder / "network.toml"), "--limit", "4"]) == 1
    text = capsys.readouterr().out
    places = [
        text.index(part) for part in ("100.0 %", "1. CRITICAL", "4. CRITICAL", "Controls, as", "Taken for granted")
    ]
    assert places == sorted(places)
    assert "edge-firewall.json:" in text
    assert "5. " not in text
    assert "more groups" in text


def test_the_same_is_told_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, value = said(capsys, "compare", folder / "network.toml")
    assert code == 1
    assert value["format"] == "leadglass-comparison-1"
    assert value["gap_count"] == len(value["gaps"]) == sum(bundle["gaps"] for bundle in value["bundles"])
    assert {one["coverage"].split(" (")[1] for one in value["files"]} == {"100.0 %)"}
    assert {one["control"] for one in value["rules"] if one["verdict"] == "not met"} >= {
        "fw-ris",
        "gw-single",
        "mon-snmp",
    }


def test_another_model_can_be_held_against_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, old = said(capsys, "compare", folder / "network.toml", "--model", "2007")
    assert old["model"] == "2007"


def test_nothing_to_tell_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "n.toml"
    file.write_text('format = "leadglass-network-1"\nname = "Empty"\n')
    code, value = said(capsys, "compare", file)
    assert (code, value["gap_count"]) == (0, 0)


def test_a_way_is_explained_by_its_lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, value = said(capsys, "explain", folder / "network.toml", "wards", "servers", "dicom")
    assert (code, value["passes"], value["model"], value["gaps"]) == (1, True, "forbidden", ["wards--servers--dicom"])
    assert "core-firewall.json:11" in value["ways"][0]["steps"][0]
    code, value = said(capsys, "explain", folder / "network.toml", "wireless", "his", "tcp/22")
    assert (code, value["passes"], value["ways"][0]["end"]) == (0, False, "stopped")
    assert run(["network", "explain", str(folder / "network.toml"), "wards", "atlantis", "dicom"]) == 2
    assert "atlantis" in capsys.readouterr().err


def test_pictures_are_the_same_twice_as_svg_and_png(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ending, begins in (("svg", b"<svg "), ("png", b"\x89PNG")):
        made = []
        for name in ("one", "two"):
            file = folder / f"{name}.{ending}"
            assert said(capsys, "picture", folder / "network.toml", "-o", file)[0] == 0
            made.append(file.read_bytes())
        assert made[0] == made[1]
        assert made[0].startswith(begins)
    code, value = said(capsys, "picture", folder / "network.toml", "-o", folder / "ris.svg", "--zone", "ris")
    assert code == 0
    assert 0 < value["gaps"] < 1_000


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("picture", "network.toml", "-o", "x.gif"), 2, "NAME.svg or NAME.png"),
        (("picture", "network.toml", "-o", "x.svg", "--zone", "nowhere"), 2, "nowhere"),
        (("compare", "missing.toml"), 3, "missing.toml"),
        (("compare", "core-firewall.json"), 3, "core-firewall.json:"),
        (("import", "missing.json", "-o", "x.toml"), 2, "missing.json"),
    ],
)
def test_faults_end_with_their_code_and_two_lines(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(folder)
    assert run(["network", *arguments]) == code
    told = capsys.readouterr().err.strip().splitlines()
    assert [line.partition(":")[0] for line in told] == ["error", "hint"]
    assert said in told[0]


def test_a_configuration_cut_off_is_no_verdict_but_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "core-firewall.json"
    file.write_text(file.read_text()[:6_000])
    assert run(["network", "compare", str(folder / "network.toml")]) == 3
    assert "core-firewall.json:" in capsys.readouterr().err


def test_a_backup_and_a_list_of_subnets_become_a_file_that_can_be_compared(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    handed, made = tmp_path_factory.mktemp("handed"), tmp_path_factory.mktemp("made")
    text = (folder / "core-firewall.json").read_text()
    (handed / "fw.json").write_text(text.replace("RIS must be reachable", f"password: {CANARY}"))
    (handed / "subnets.csv").write_text(SUBNETS)
    output = made / "hospital.toml"
    code, value = said(capsys, "import", handed / "fw.json", handed / "subnets.csv", "-o", output, "--name", "Ours")
    assert (code, value["zones"], value["filters"], value["copies"]) == (0, 3, 1, ["fw.json"])
    assert value["questions"]
    assert not any(CANARY in file.read_text() for file in made.iterdir())
    assert load_hospital(output).hospital.name == "Ours"
    code, value = said(capsys, "compare", output)
    assert code == 1
    assert any(one["source"] == "radiology" for one in value["bundles"])

    (handed / "more.csv").write_text("10.30.0.0/16,Wards,offices\n")
    assert said(capsys, "import", handed / "more.csv", "-o", output)[1]["zones"] == 4
    (handed / "fw.json").write_text(text)
    assert run(["network", "import", str(handed / "fw.json"), "-o", str(output)]) == 4  # never over another file
    assert "another file of this name" in capsys.readouterr().err


def test_every_command_that_is_named_can_be_mounted() -> None:
    group = network.network
    context = group.make_context("network", [], resilient_parsing=True)
    assert {"import", "compare", "explain", "picture"} <= set(group.list_commands(context))
    for name in group.list_commands(context):
        assert group.get_command(context, name) is not None


def test_traffic_that_was_seen_makes_an_opening_a_violation_and_a_closed_way_a_contradiction(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto conn_state missed_bytes history orig_pkts resp_pkts"
    rows = (
        "1764000000.1 C1 10.30.4.4 40000 10.20.0.10 104 tcp SF 0 ShADadFf 10 10",
        "1764000001.1 C2 10.60.0.4 40000 10.40.0.10 22 tcp SF 0 ShADadFf 10 10",
    )
    lines = ["#separator \\x09", "#unset_field\t-", "#path\tconn", "#fields\t" + fields.replace(" ", "\t")]
    log = folder / "conn.log"
    log.write_text("\n".join([*lines, *(row.replace(" ", "\t") for row in rows)]) + "\n")
    _, value = said(capsys, "compare", folder / "network.toml", "--flows", f"device:core-firewall={log}")
    kinds = {gap["id"]: gap["kind"] for gap in value["gaps"]}
    assert kinds["wards--servers--dicom"] == "violation-in-use"
    assert kinds["wireless--his--ssh"] == "contradiction"
    assert run(["network", "compare", str(folder / "network.toml"), "--flows", str(log)]) == 2
    assert run(["network", "compare", str(folder / "network.toml"), "--flows", f"attic:x={log}"]) == 3
    (folder / "letter.txt").write_text("Dear all")
    assert (
        run(["network", "compare", str(folder / "network.toml"), "--flows", f"zone:ris={folder / 'letter.txt'}"]) == 3
    )
    capsys.readouterr()
