"""Claims about [state]."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadglass.config import load
from leadglass.config.load import parse
from leadglass.config.render import toml
from leadglass.errors import ConfigurationError
from leadglass.supervise.profiles import profile
from leadglass.supervise.reload import check_reloadable
from leadglass.supervise.seccomp import AF_INET, AF_UNIX

REST = '[[archive]]\nid = "pacs"\nhost = "a"\nport = 104\n[[route]]\ncalled = "PACS"\narchive = "pacs"\n'


def written(directory: Path, state: str) -> Path:
    file = directory / "leadglass.toml"
    file.write_text(REST + state)
    return file


def test_without_it_the_state_is_a_file_and_the_registrar_has_no_network(tmp_path: Path) -> None:
    configuration = load(written(tmp_path, ""))
    database = configuration.application_state
    assert (database.url, database.file) == ("", configuration.data.application_state)
    assert profile("registrar", "registrar", configuration).families == (AF_UNIX,)
    assert profile("registrar", "registrar", configuration).rights.connect == ()


def test_what_is_written_back_is_the_same_database_with_absolute_paths(tmp_path: Path) -> None:
    for name in ("password", "ca.pem"):
        (tmp_path / name).write_text("x")
    state = '[state]\nurl = "postgresql://lg@db.example:6000/state"\npassword_file = "password"\nca_file = "ca.pem"\n'
    configuration = load(written(tmp_path, state))
    database = configuration.application_state
    assert (database.password_file, database.ca_file) == (tmp_path / "password", tmp_path / "ca.pem")
    again = parse(toml(configuration), tmp_path / "elsewhere.toml")
    assert again.application_state == database


@pytest.mark.parametrize(
    ("where", "ports"),
    [
        ("127.0.0.1:6000/s", (6000,)),
        ("localhost/s?host=127.0.0.1:6000", (5432, 6000, 53)),
        ("/s?host=/run/postgresql", ()),
    ],
)
def test_registrar_and_console_may_connect_to_the_server_and_nobody_else(
    tmp_path: Path, where: str, ports: tuple[int, ...]
) -> None:
    (tmp_path / "password").write_text("x")
    state = f'[state]\nurl = "postgresql://lg@{where}"\npassword_file = "password"\n'
    configuration = load(written(tmp_path, state))
    for kind in ("registrar", "console"):
        found = profile(kind, kind, configuration)
        assert found.rights.connect == ports
        assert (tmp_path / "password") in dict(found.rights.paths)
    assert (AF_INET in profile("registrar", "registrar", configuration).families) == bool(ports)
    assert profile("ledger", "ledger", configuration).families == (AF_UNIX,)
    assert (tmp_path / "password") not in dict(profile("relay", "w0", configuration).rights.paths)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ('url = "postgresql://lg:secret@127.0.0.1/s"', "password_file"),
        ('url = "postgresql://lg@db.example/s"', "no ca_file"),
        ('url = "mysql://lg@db/s"', "postgresql://"),
        ('password_file = "password"', "without state.url"),
        ('url = "postgresql://lg@127.0.0.1/s"\npassword_file = "none"', "no such file"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_line(tmp_path: Path, state: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        load(written(tmp_path, f"[state]\n{state}\n"))
    assert caught.value.hint
    assert caught.value.place is not None
    assert caught.value.place.line >= 8


def test_a_password_in_the_url_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(written(tmp_path, '[state]\nurl = "postgresql://lg:hunter2@127.0.0.1/s"\n'))
    assert "hunter2" not in str(caught.value)


def test_it_cannot_change_while_leadglass_runs(tmp_path: Path) -> None:
    before = load(written(tmp_path, ""))
    after = load(written(tmp_path, '[state]\nurl = "postgresql://lg@127.0.0.1/s"\n'))
    with pytest.raises(ConfigurationError, match=r"\[state\]"):
        check_reloadable(before, after)
