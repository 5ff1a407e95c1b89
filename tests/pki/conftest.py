"""An authority of the command line, made once, and copied for each test."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from leadglass.cli.main import run

WORD, ROOT_WORD = "a word for every day", "a word for every decade"


class Pki:
    """`leadglass pki` with one authority, as a user runs it."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self._capsys = capsys
        self.err = ""

    def __call__(self, *arguments: str, code: int = 0) -> str:
        self._capsys.readouterr()
        none = self.directory.parent / "none.toml"
        assert run(("-c", str(none), "pki", *arguments, "--directory", str(self.directory))) == code, (
            self._capsys.readouterr()
        )
        out, self.err = self._capsys.readouterr()
        return out

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--json", code=code))

    def bundle(self, *arguments: str) -> Path:
        return Path(self.json(*arguments)["directory"])


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("authority") / "pki"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEADGLASS_PKI_PASSPHRASE", WORD)
        patch.setenv("LEADGLASS_PKI_ROOT_PASSPHRASE", ROOT_WORD)
        none = directory.parent / "none.toml"
        assert run(("-c", str(none), "pki", "init", "--name", "St. Elsewhere", "--directory", str(directory))) == 0
    return directory


@pytest.fixture
def pki(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pki:
    monkeypatch.setenv("LEADGLASS_PKI_PASSPHRASE", WORD)
    monkeypatch.setenv("LEADGLASS_PKI_ROOT_PASSPHRASE", ROOT_WORD)
    directory = tmp_path / "pki"
    shutil.copytree(made, directory)
    return Pki(directory, capsys)


def openssl(*arguments: str | Path, code: int = 0, data: bytes = b"") -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=60, check=False)
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode == code, said
    return said
