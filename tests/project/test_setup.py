"""Claims about the set-up and the check for the tests' peers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def script(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(f"script_{name}", ROOT / "scripts" / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pip.conf that is the only setting."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "SSL_CERT")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    return file


def test_uv_is_told_the_mirror_that_pip_is_set_to(own_settings: Path) -> None:
    own_settings.write_text("[global]\nindex-url = https://mirror.example/simple\ncert = /etc/hospital.pem\n")
    options, environment = script("setup").sources()
    assert "--default-index https://mirror.example/simple" in " ".join(options)
    assert environment["SSL_CERT_FILE"] == "/etc/hospital.pem"


def test_settings_of_uv_itself_go_first(own_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_settings.write_text("[global]\nindex-url = https://mirror.example/simple\n")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert "--default-index" not in script("setup").sources()[0]


def test_a_changed_installer_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = script("setup")
    wheel = tmp_path / setup.PIP.name
    wheel.write_bytes(setup.PIP.read_bytes() + b"\0")
    monkeypatch.setattr(setup, "PIP", wheel)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    with pytest.raises(setup.SetupError):
        setup.installer()


def test_an_unknown_set_up_is_two_lines() -> None:
    done = subprocess.run(
        (sys.executable, ROOT / "scripts/setup.py", "everything"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]


def test_every_peer_of_the_tests_is_installed() -> None:
    assert script("peers").missing() == []


def test_a_missing_peer_is_one_command_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    peers = script("peers")
    (tmp_path / "peers.txt").write_text("# none\nno-such-package no-such-program\n")
    monkeypatch.setattr(peers, "LIST", tmp_path / "peers.txt")
    monkeypatch.setattr(peers.os, "geteuid", lambda: 1000)
    assert peers.main() == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: the tests need no-such-package"
    assert hint.endswith("apt-get install --yes --no-install-recommends no-such-package")
