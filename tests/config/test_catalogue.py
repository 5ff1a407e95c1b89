from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from leadglass.assess import __file__ as package
from leadglass.config import catalogue
from leadglass.errors import ConfigurationError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data that may be damaged."""
    copy = tmp_path / "assess"
    shutil.copytree(Path(package).parent, copy)
    monkeypatch.setattr(catalogue, "_PACKAGE", copy)
    return copy


def load() -> None:
    controls = catalogue.load_catalogue()
    instrument = catalogue.load_instrument(controls)
    catalogue.load_truth_table()
    catalogue.load_published(instrument)


def test_what_is_installed_can_be_read(installed: Path) -> None:
    load()


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        ("catalogue/audit.toml", 'area = "audit"', 'area = "audits"', "no area 'audits'"),
        ("catalogue/audit.toml", "effort =", "efort =", "efort"),
        ("catalogue/references.toml", 'id = "hipaa-backup"', 'id = "hipaa-back"', "no reference 'hipaa-backup'"),
        ("catalogue/network.toml", "[[areas]]", "[[areas]", "line"),
        ("instrument/identity.toml", 'no = "refutes"', 'no = "denies"', "denies"),
        ("instrument/instrument.toml", '"audit"', '"audits"', "cannot be read"),
        ("truth_table.toml", 'id = "nothing"', 'id = "asked"', "an id stands twice"),
        ("published.toml", "n = 38", "n = 39", "do not add up"),
    ],
)
def test_damage_is_told_with_its_file(installed: Path, name: str, before: str, after: str, message: str) -> None:
    file = installed / name
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        load()
    assert message in raised.value.message
    assert str(installed) in str(raised.value)
    assert raised.value.hint


def test_a_file_that_is_too_large_or_no_utf_8_is_refused(installed: Path) -> None:
    (installed / "truth_table.toml").write_bytes(b"#" * (catalogue.MAX_FILE + 1))
    with pytest.raises(ConfigurationError, match="larger than"):
        load()
    (installed / "truth_table.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="utf-8"):
        load()
