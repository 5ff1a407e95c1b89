"""A hospital's network read from disk: what is right is read, what is wrong is told by file, line and nearest name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leadglass.config.network import load_hospital, parse_hospital
from leadglass.config.network_models import load_model, read_model
from leadglass.errors import ConfigurationError, LeadglassError

SMALL = Path(__file__).parents[1] / "network/hospitals/small"
HEAD = 'format = "leadglass-network-1"\nname = "Test"\n'
ZONE = '[[zones]]\nname = "ct"\nroles = ["modality"]\nnetworks = ["10.1.0.0/24"]\n'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    shutil.copytree(SMALL, tmp_path / "small")
    return tmp_path / "small"


def fault(text: str) -> tuple[int, str, str]:
    with pytest.raises(ConfigurationError) as found:
        parse_hospital(text, "hospital.toml")
    place = found.value.place
    assert place is not None
    assert place.file == "hospital.toml"
    return place.line, found.value.message, found.value.hint


def loaded(path: Path) -> tuple[int, str, str]:
    with pytest.raises(LeadglassError) as found:
        load_hospital(path)
    place = found.value.place
    assert place is not None
    return place.line, found.value.message, found.value.hint


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        (HEAD + ZONE.replace("networks", "netwroks"), 6, "unknown key 'zones.netwroks'", "did you mean 'networks'?"),
        (HEAD + "[[zone]]\n", 3, "unknown key 'zone'", "did you mean 'zones'?"),
        (HEAD + ZONE.replace('["10.1.0.0/24"]', "7"), 6, "zones.networks: Expected `array`, got `int`", ""),
        (HEAD + ZONE.replace('"ct"', '"CT 1"'), 4, "zones.name: Expected `str` matching regex", ""),
        (HEAD + ZONE.replace("10.1.0.0/24", "10.1.0.0/99"), 6, "'10.1.0.0/99' is no address", ""),
        (HEAD + ZONE + ZONE, 4, "zone 'ct' stands twice", ""),
        (HEAD + ZONE + '[[sensors]]\nname = "y"\nzone = "cr"\n', 9, "no zone 'cr'", ""),
        ('name = "Test"\n', 0, "missing required field `format`", ""),
        (HEAD + "zones = [", 3, "not TOML", ""),
        (HEAD + "x = " + "[" * 5_000, 3, "not TOML", ""),
    ],
)
def test_what_is_wrong_is_told_by_line_and_nearest_name(text: str, line: int, message: str, hint: str) -> None:
    told = fault(text)
    assert message in told[1]
    assert hint in told[2]
    assert told[0] == line or "nested" in told[1]


def test_a_hospital_is_read_with_its_filters_and_what_they_were(small: Path) -> None:
    read: list[str] = []
    found = load_hospital(small / "hospital.toml", read.append)
    assert read == ["core.rules"]
    assert [device.name for device in found.devices] == ["core"]
    assert found.devices[0].coverage.missed == ()
    assert found.model.id == "2026"
    assert [(source.name, source.kind) for source in found.sources] == [
        ("hospital.toml", "hospital"),
        ("core.rules", "iptables"),
    ]
    assert all(len(source.digest) == 64 for source in found.sources)


def test_a_role_that_no_model_has_is_told_with_the_nearest(small: Path) -> None:
    file = small / "hospital.toml"
    file.write_text(file.read_text().replace('roles = ["modality"]', 'roles = ["modalitys"]'))
    line, message, hint = loaded(file)
    assert (message, hint) == ("zone 'devices': no role 'modalitys'", "did you mean 'modality'?")
    assert file.read_text().splitlines()[line - 1] == 'roles = ["modalitys"]'


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        ("core.rule", "filter 'core': no file 'core.rule'", "did you mean 'core.rules'?"),
        ("../../etc/passwd", "filter 'core': '../../etc/passwd' is outside this folder", "copy it beside"),
        ("/etc/passwd", "filter 'core': '/etc/passwd' is outside this folder", "copy it beside"),
    ],
)
def test_a_filters_file_stands_beside_the_hospitals(small: Path, written: str, message: str, hint: str) -> None:
    file = small / "hospital.toml"
    file.write_text(file.read_text().replace("core.rules", written))
    assert loaded(file)[1:] == (message, hint)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(small: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("secret")
    (small / "core.rules").unlink()
    (small / "core.rules").symlink_to(tmp_path / "elsewhere")
    assert "is outside this folder" in loaded(small / "hospital.toml")[1]


def test_a_syntax_that_is_not_recognised_or_that_nobody_reads_is_told(small: Path) -> None:
    (small / "core.rules").write_text("dear hospital,\n")
    assert "its syntax is not recognised" in loaded(small / "hospital.toml")[1]
    file = small / "hospital.toml"
    file.write_text(file.read_text().replace('file = "core.rules"', 'kind = "iptabels"\nfile = "core.rules"'))
    assert loaded(file)[1:] == ("filter 'core': no importer 'iptabels'", "did you mean 'iptables'?")


def test_a_configuration_that_is_cut_off_is_told_with_its_line(small: Path) -> None:
    text = (small / "core.rules").read_text()
    (small / "core.rules").write_text(text[: text.index("-A FORWARD -i wan -d 192")])
    line, message, _ = loaded(small / "hospital.toml")
    assert line > 0
    assert message


def test_the_standby_of_a_pair_is_not_read(small: Path) -> None:
    with (small / "hospital.toml").open("a") as file:
        file.write('\n[[filters]]\nname = "core-b"\nfile = "missing.rules"\npair = "core"\n')
    assert [device.name for device in load_hospital(small / "hospital.toml").devices] == ["core"]


def test_no_digest_is_that_of_a_text_with_its_secrets(small: Path) -> None:
    before = load_hospital(small / "hospital.toml").sources[1].digest
    rules = small / "core.rules"
    rules.write_text(
        rules.read_text().replace("# Generated by iptables-save", "# password canary-one\n# Generated by iptables-save")
    )
    one = load_hospital(small / "hospital.toml").sources[1].digest
    rules.write_text(rules.read_text().replace("canary-one", "canary-two"))
    assert load_hospital(small / "hospital.toml").sources[1].digest == one != before


def test_a_hospital_keeps_a_model_of_its_own_beside_its_file(small: Path) -> None:
    shipped = Path(load_model.__code__.co_filename).parents[1] / "network/models/2026.toml"
    own = shipped.read_text().replace('id = "2026"', 'id = "ours"', 1).replace("Secure PACS network, 2026", "Ours")
    (small / "ours.toml").write_text(own)
    file = small / "hospital.toml"
    file.write_text(file.read_text().replace('model = "2026"', 'model = "ours"'))
    assert load_hospital(file).model.title == "Ours"
    (small / "ours.toml").unlink()
    assert "no model network 'ours'" in loaded(file)[1]


def test_a_model_that_is_wrong_is_told(tmp_path: Path) -> None:
    shipped = Path(load_model.__code__.co_filename).parents[1] / "network/models/2026.toml"
    own = tmp_path / "own.toml"
    own.write_text(shipped.read_text().replace('separation = "vlan-zones"', 'separation = "vlan-zonse"'))
    with pytest.raises(ConfigurationError, match="no control 'vlan-zonse'"):
        read_model(own)
    own.write_text(shipped.read_text().replace('expectation = "required"', 'expectation = "wanted"', 1))
    with pytest.raises(ConfigurationError, match=r"own.toml:\d+: flows.expectation: Invalid enum value 'wanted'"):
        read_model(own)
    with pytest.raises(ConfigurationError, match="no model network '2025'") as found:
        load_model("2025")
    assert found.value.hint.startswith("did you mean '20")


def test_a_file_that_is_missing_too_large_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_hospital(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'format = "x"\nname = "\xff"\n')
    with pytest.raises(ConfigurationError, match=r"latin.toml:2: not UTF-8"):
        load_hospital(tmp_path / "latin.toml")
