"""Claims about the command line, run as a user runs it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from leadglass.cli import reference
from leadglass.cli.cutover import as_markdown, as_text, steps
from leadglass.cli.hours import parse_hours
from leadglass.cli.main import COMMANDS, leadglass, run
from leadglass.config import load
from leadglass.model.peer import Hours, Peer
from leadglass.model.status import UnknownPeer
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import load_peers
from leadglass.store.appstate.unknown_peers import list_unknown, record_unknown

DOCUMENTS = Path(__file__).parents[2] / "docs" / "reference"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as end:
        return int(end.getsockname()[1])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "leadglass.toml"
    path.write_text(
        f'[[listener]]\naddress = "127.0.0.1"\nport = {free_port()}\n'
        f'[[archive]]\nid = "pacs"\nhost = "127.0.0.1"\nport = {free_port()}\ntitle = "ORTHANC"\n'
        '[[route]]\ncalled = "PACS"\narchive = "pacs"\n'
    )
    monkeypatch.setenv("LEADGLASS_CONFIG", str(path))
    return path


class Said:
    """Exit code, stdout, stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = run(arguments)
        self.out, self.err = capsys.readouterr()

    def json(self) -> Any:
        return json.loads(self.out)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nonsense"], 2),
        (["config", "check", "--jsn"], 2),
        (["--config", "/nowhere.toml", "config", "show"], 3),
        (["status"], 4),
        (["peer", "remove", "nobody"], 4),
        (["peer", "block", "a", "b", "c"], 2),
        (["peer", "add", "ct1", "--title", "CT1", "--network", "10.0.0.7", "--hours", "noon"], 2),
        (["peer", "add", "ct1", "--title", "CT1", "--network", "10.0.0.7/8", "--plain"], 4),
    ],
)
def test_a_fault_is_two_lines_and_its_exit_code(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    said = Said(capsys, *arguments)
    assert said.code == code
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith("error: ")
    assert second.startswith("hint: ")


def test_a_fault_in_the_configuration_has_file_and_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(file.read_text() + "mod = 1\n")
    said = Said(capsys, "config", "check")
    assert said.code == 3
    assert said.err == f"error: {file}:12: unknown key 'route.mod'\nhint: did you mean 'mode'?\n"


def test_config_check_builds_everything_and_leaves_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "config", "check", "--json")
    assert said.code == 0
    assert said.json()["ok"] is True
    assert sorted(path.name for path in file.parent.iterdir()) == ["leadglass.toml"]


def test_config_check_finds_bad_policy_bad_tests_and_bad_certificates(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = file.read_text()
    (file.parent / "bad.cedar").write_text("permit(principal, action, resource")
    file.write_text(text + '[policy]\nfiles = ["bad.cedar"]\n')
    said = Said(capsys, "config", "check")
    assert (said.code, "bad.cedar:1" in said.err) == (3, True)
    (file.parent / "tests.toml").write_text('[[test]]\npeer = "x"\n')
    file.write_text(text + '[policy]\ntests = ["tests.toml"]\n')
    said = Said(capsys, "config", "check")
    assert (said.code, "tests.toml:1" in said.err) == (3, True)
    file.write_text(text)
    tls = file.parent / "var" / "tls"
    tls.mkdir(parents=True)
    (tls / "console.crt").write_text("no certificate")
    said = Said(capsys, "config", "check")
    assert (said.code, "console.key: missing" in said.err) == (3, True)
    (tls / "console.key").write_text("no key")
    said = Said(capsys, "config", "check")
    assert (said.code, "console.crt: certificate and key cannot be used" in said.err) == (3, True)


def test_config_show_marks_defaults_and_reads_back(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "config", "show")
    assert 'mode = "observe"  # default' in said.out
    assert 'called = "PACS"\n' in said.out
    assert tomllib.loads(said.out)["console"]["port"] == 8443
    assert Said(capsys, "--json", "config", "show").json()["archive"][0]["title"] == "ORTHANC"


def test_doctor_finds_a_dead_archive_and_a_live_one(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = Said(capsys, "doctor", "--json")
    by_check = {finding["check"]: finding for finding in said.json()}
    assert said.code == 1
    assert "echo" not in by_check, "nobody to talk to"
    assert by_check["archive"]["verdict"] == "fail"
    assert by_check["archive"]["hint"]
    assert by_check["ports"]["verdict"] == by_check["landlock"]["verdict"] == by_check["data"]["verdict"] == "ok"
    port = load(file).archives[0].port
    answerer = ["storescp", "-aet", "PACS", str(port)]
    with subprocess.Popen(answerer, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=file.parent) as archive:
        try:
            for _ in range(300):
                said = Said(capsys, "doctor", "--json")
                if said.code == 0:
                    break
                time.sleep(0.1)
        finally:
            archive.kill()
    by_check = {finding["check"]: finding for finding in said.json()}
    assert by_check["archive"]["text"] == f"archive pacs at 127.0.0.1 port {port} takes TCP connections"
    assert by_check["echo"]["verdict"] == "ok"
    assert "C-ECHO to PACS" in by_check["echo"]["text"]
    assert sorted(path.name for path in file.parent.iterdir()) == ["leadglass.toml"]


def test_doctor_finds_a_taken_port(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listener = load(file).listeners[0]
    with socket.create_server((listener.address, listener.port)):
        findings = Said(capsys, "doctor", "--json").json()
    assert next(finding for finding in findings if finding["check"] == "ports")["verdict"] == "fail"


def peers_of(file: Path) -> tuple[Peer, ...]:
    engine = open_appstate(load(file).data.application_state)
    try:
        return load_peers(engine)
    finally:
        engine.dispose()


def test_devices_are_added_listed_blocked_and_removed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rights = ("--operation", "C-STORE", "--sop-class", "CTImageStorage", "--hours", "Mon-Fri 07:00-19:00")
    said = Said(capsys, "peer", "add", "ct1", "--title", "CT1", "--network", "10.0.0.7", "--plain", *rights)
    assert (said.code, said.out) == (0, "ct1: added, also without TLS: counted as a gap; in force at the next start\n")
    (device,) = peers_of(file)
    assert device == Peer(
        "ct1",
        "CT1",
        ("10.0.0.7/32",),
        operations=("C-STORE",),
        sop_classes=("1.2.840.10008.5.1.4.1.1.2",),
        hours=(Hours((1, 2, 3, 4, 5), 420, 1140),),
        plain=True,
    )
    assert Said(capsys, "peer", "add", "ct1", "--title", "X", "--network", "10.0.0.8", "--plain").code == 4
    assert "C-STORE of CT Image Storage to *, Mon-Fri 07:00-19:00" in Said(capsys, "peer", "list").out
    assert Said(capsys, "peer", "block", "ct1").code == 0
    assert peers_of(file)[0].status == "blocked"
    assert peers_of(file)[0].hours == device.hours
    assert Said(capsys, "peer", "remove", "ct1").code == 0
    assert Said(capsys, "peer", "list", "--json").json() == {"peers": [], "unknown": []}


def test_unknown_callers_are_listed_approved_and_blocked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_appstate(load(file).data.application_state)
    for title in ("MR1", "EVIL\x1b[2J"):
        record_unknown(engine, UnknownPeer("10.0.0.9", title, "PACS", 1, 2, 3))
    listed = Said(capsys, "peer", "list").out
    assert "MR1" in listed
    assert "\x1b" not in listed
    assert Said(capsys, "peer", "approve", "10.0.0.9", "MR1", "--id", "mr1").code == 0
    assert Said(capsys, "peer", "block", "10.0.0.9", "EVIL\x1b[2J").code == 0
    assert list_unknown(engine) == ()
    assert {device.status for device in load_peers(engine)} == {"approved", "blocked"}
    engine.dispose()
    assert Said(capsys, "config", "check").code == 0, "a blocked caller's title must not stop the gateway"


def test_counts_are_said_in_the_right_number(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_appstate(load(file).data.application_state)
    record_unknown(engine, UnknownPeer("10.0.0.9", "MR1", "PACS", 1, 2, 1))
    engine.dispose()
    listed = Said(capsys, "peer", "list").out
    assert listed.startswith("0 devices\n1 unknown caller\n")
    assert listed.endswith("called PACS, 1 attempt\n")


def test_a_change_that_no_generation_could_be_built_with_is_not_stored(
    file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert Said(capsys, "peer", "add", "ct1", "--title", "CT1", "--network", "10.0.0.7", "--plain").code == 0
    (ct1,) = peers_of(file)
    said = Said(capsys, "peer", "add", "ct1b", "--title", "CT1", "--network", "10.0.0.7", "--plain")
    assert said.code == 4
    assert "error: this could not come into force: peers ct1 and ct1b have the same title" in said.err
    devices = tmp_path / "devices.toml"
    good = '[[peer]]\nid = "ct9"\ntitle = "CT9"\nnetworks = ["10.0.0.9"]\nplain = true\n'
    devices.write_text(good + '[[peer]]\nid = "ct1b"\ntitle = "CT1"\nnetworks = ["10.0.0.7"]\nplain = true\n')
    assert Said(capsys, "peer", "import", str(devices)).code == 4
    assert peers_of(file) == (ct1,)
    tests = (
        '[[test]]\npeer = "ct1"\noperation = "C-STORE"\nsop_class = "1.2.840.10008.5.1.4.1.1.2"\n'
        'archive = "pacs"\nat = "2026-11-24T12:00"\nexpect = "allow"\n'
    )
    (tmp_path / "tests.toml").write_text(tests)
    file.write_text(file.read_text() + '[policy]\ntests = ["tests.toml"]\n')
    said = Said(capsys, "peer", "remove", "ct1")
    assert (said.code, "tests.toml:1" in said.err) == (4, True)
    assert peers_of(file) == (ct1,)


@pytest.mark.parametrize(
    "command",
    [
        ("config", "check"),
        ("config", "show"),
        ("doctor",),
        ("cutover",),
        ("peer", "list"),
        ("policy", "check"),
        ("policy", "explain", "may CT1 send CT to PACS?"),
        ("status",),
        ("audit", "patient", "1"),
        ("audit", "events"),
        ("audit", "verify"),
        ("up",),
    ],
)
def test_the_configuration_is_named_before_or_after_the_command(
    file: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEADGLASS_CONFIG")
    missing = str(file.parent / "elsewhere.toml")
    for arguments in (("--config", missing, *command), (*command, "--config", missing), (*command, "-c", missing)):
        said = Said(capsys, *arguments)
        assert said.code == 3, arguments
        assert missing in said.err
    assert missing in Said(capsys, "--config", str(file), *command, "--config", missing).err


def test_an_import_takes_all_or_nothing(file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = (
        '[[peer]]\nid = "ct1"\ntitle = "CT1"\nnetworks = ["10.0.0.7"]\nplain = true\nhours = ["Mon-Fri 07:00-19:00"]\n'
    )
    devices = tmp_path / "devices.toml"
    for bad in ('[[peer]]\nid = "ct2"\n', '[[peer]]\nidd = "ct2"\n', "[[pear]]\n", "x"):
        devices.write_text(good + bad)
        said = Said(capsys, "peer", "import", str(devices))
        assert (said.code, str(devices) in said.err) == (3, True)
    for wrong in ('networks = ["nowhere"]', 'networks = ["10.0.0.8"]\noperations = ["C-STOER"]'):
        devices.write_text(good + f'[[peer]]\nid = "ct2"\ntitle = "CT2"\nplain = true\n{wrong}\n')
        assert Said(capsys, "peer", "import", str(devices)).code == 4
    assert peers_of(file) == ()
    devices.write_text(good)
    assert Said(capsys, "peer", "import", str(devices)).code == 0
    assert [device.id for device in peers_of(file)] == ["ct1"]


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("07:00-19:00", Hours((1, 2, 3, 4, 5, 6, 7), 420, 1140)),
        ("Sat,Sun 00:00-24:00", Hours((6, 7), 0, 1440)),
        ("fri-mon 22:00-06:00", Hours((1, 5, 6, 7), 1320, 360)),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, window: Hours) -> None:
    assert parse_hours(text) == window


@pytest.mark.parametrize(
    "text", ["", "noon", "Mon 25:00-26:00", "Mon 07:60-08:00", "Xyz 07:00-08:00", "Mon- 07:00-08:00"]
)
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|day|minute"):
        parse_hours(text)


def test_cutover_names_every_change_for_each_device_and_archive(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configuration = load(file)
    devices = (Peer("ct1", "CT1", ("10.0.0.7/32",)), Peer("bad", "BAD", ("10.0.0.8/32",), "blocked"))
    rows = steps(configuration, devices, "gateway.example")
    where = {row.where for row in rows}
    assert any("ct1 (CT1, 10.0.0.7/32)" in place for place in where)
    assert not any("bad" in place for place in where)
    settings = {(row.setting, row.value) for row in rows}
    assert ("PACS: host", "gateway.example") in settings
    assert ("PACS: port", str(configuration.listeners[0].port)) in settings
    assert ("firewall and accepted addresses", "DICOM from gateway.example only") in settings
    assert any("C-MOVE" in setting for setting, _ in settings)
    assert any("N-EVENT-REPORT" in setting for setting, _ in settings)
    assert rows[-1].setting == "firewall and accepted addresses"
    assert as_text(rows).count("DICOM from") == 1
    assert len(as_markdown(rows).splitlines()) == len(rows) + 2
    assert "each device" in Said(capsys, "cutover").out
    assert Said(capsys, "cutover", "--markdown").out.startswith("| done |")
    assert Said(capsys, "cutover", "--json", "--host", "g").json()[0]["where"] == "archive pacs"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert Said(capsys, "--version").out.startswith("leadglass ")


def every_command(group: click.Group, path: str = "leadglass") -> list[tuple[str, click.Command]]:
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = [(path, group)]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = f"{path} {name}"
        found += every_command(command, inner) if isinstance(command, click.Group) else [(inner, command)]
    return found


def test_every_mounted_command_exists() -> None:
    assert leadglass.list_commands(click.Context(leadglass)) == list(COMMANDS)


def test_every_command_and_option_is_documented() -> None:
    text = (DOCUMENTS / "cli.md").read_text()
    for path, command in every_command(leadglass):
        section = text.partition(f"## `{path}`\n")[2].partition("\n## ")[0]
        assert section, f"{path} is not in docs/reference/cli.md"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.name} has no help"
                assert all(f"`{name}`" in section for name in parameter.opts), f"{path} {parameter.opts}"


def test_the_reference_is_what_its_command_writes() -> None:
    advice = "run: python -m leadglass.cli.reference docs/reference"
    assert (DOCUMENTS / "cli.md").read_text() == reference.cli_text(), advice
    assert (DOCUMENTS / "configuration.md").read_text() == reference.configuration_text(), advice


def test_every_command_that_prints_takes_json() -> None:
    for path, command in every_command(leadglass):
        if not isinstance(command, click.Group):
            assert any("--json" in parameter.opts for parameter in command.params), path
