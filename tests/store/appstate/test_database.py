"""Claims about where the application state is, and how a server proves itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tests.postgresql import Server

from leadglass.store.appstate.database import MAX_HOSTS, Database, check_url
from leadglass.store.appstate.engine import AppStateError, open_appstate

FILE = Path("/data/app/leadglass.sqlite")


@pytest.mark.parametrize(
    ("url", "hosts", "network", "named"),
    [
        ("postgresql://lg@db.hospital/state", (("db.hospital", 5432),), True, True),
        ("postgresql+psycopg://lg@10.0.0.9:6000/state", (("10.0.0.9", 6000),), True, False),
        ("postgresql://lg@[2001:db8::9]:6000/state", (("2001:db8::9", 6000),), True, False),
        ("postgresql://lg@127.0.0.1/state", (("127.0.0.1", 5432),), False, False),
        ("postgresql://lg@[::1]/state", (("::1", 5432),), False, False),
        ("postgresql://lg@localhost/state", (("localhost", 5432),), False, True),
        ("postgresql://lg@/state?host=/run/postgresql", (("/run/postgresql", 5432),), False, False),
        ("postgresql://lg@/state?host=/run/postgresql:6000", (("/run/postgresql", 6000),), False, False),
        (
            "postgresql://lg@one/state?host=two:6000&target_session_attrs=any",
            (("one", 5432), ("two", 6000)),
            True,
            True,
        ),
    ],
)
def test_a_url_says_who_is_asked_and_how(
    url: str, hosts: tuple[tuple[str, int], ...], network: bool, named: bool
) -> None:
    database = Database(FILE, check_url(url))
    assert (database.hosts, database.network, database.named) == (hosts, network, named)
    assert (database.user, database.name) == ("lg", "state")
    assert database.ports == tuple(port for host, port in hosts if not host.startswith("/"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://lg@db/state", "begins with postgresql://"),
        ("/var/lib/state", "begins with postgresql://"),
        ("postgresql://lg:secret@db/state", "password_file"),
        ("postgresql://db/state", "names no user"),
        ("postgresql://lg@db", "names no database"),
        ("postgresql://lg@db/", "names no database"),
        ("postgresql://lg@/state", "names no server"),
        ("postgresql://lg@db/state?sslmode=disable", "'sslmode' cannot stand here"),
        ("postgresql://lg@db/state?options=-c%20x", "'options' cannot stand here"),
        ("postgresql://lg@db:99999/state", "Port out of range"),
        ("postgresql://lg@[::1/state", "IPv6"),
        ("postgresql://lg@/state?host=/run/postgresql:99999", "not a port"),
        ("postgresql://lg@db/state?" + "&".join(f"host=h{n}" for n in range(MAX_HOSTS)), "more than"),
        ("postgresql://lg@db/state\nx", "not a URL"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_in_words_that_hold_no_password(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_told_fault(text: str) -> None:
    for url in (text, f"postgresql://{text}", f"postgresql://a@b/c?{text}"):
        try:
            database = Database(FILE, check_url(url))
        except ValueError:
            continue
        assert database.hosts
        assert database.user
        assert all(0 < port < 65_536 for _, port in database.hosts)


def test_a_server_that_proves_itself_is_spoken_to_over_tls(postgresql: Server) -> None:
    database = dataclasses.replace(postgresql.database(tcp=True), ca_file=postgresql.ca_file)
    engine = open_appstate(database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).scalar()
    engine.dispose()


def test_a_server_that_proves_itself_by_another_authority_or_name_is_not(postgresql: Server, tmp_path: Path) -> None:
    database = dataclasses.replace(postgresql.database(tcp=True), ca_file=postgresql.ca_file)
    stranger = Server()
    try:
        wrong = dataclasses.replace(database, ca_file=stranger.ca_file)
        with pytest.raises(AppStateError, match="certificate verify failed"):
            open_appstate(wrong)
    finally:
        stranger.close()
    elsewhere = dataclasses.replace(database, url=database.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(AppStateError, match="does not match host name"):
        open_appstate(elsewhere)


def test_over_a_network_nothing_is_said_to_a_server_without_an_authority(postgresql: Server) -> None:
    from leadglass.store.appstate.dialects import _tls

    far = Database(FILE, "postgresql://lg@10.0.0.9/state")
    assert _tls(far)["sslmode"] == "verify-full"
    assert Path(_tls(far)["sslrootcert"]).read_bytes() == b""


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\n", b"x" * 5_000, b"a\0b\n"])
def test_a_file_that_holds_no_password_is_told(postgresql: Server, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(AppStateError, match="holds no password") as caught:
        open_appstate(dataclasses.replace(postgresql.database(), password_file=file))
    assert "\n" not in caught.value.message


def test_a_new_password_is_taken_at_the_next_connection(postgresql: Server, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("wrong\n")
    database = dataclasses.replace(postgresql.database(), password_file=file)
    with pytest.raises(AppStateError, match="password authentication failed"):
        open_appstate(database)
    assert postgresql.password_file is not None
    file.write_bytes(postgresql.password_file.read_bytes())
    engine = open_appstate(database)
    engine.dispose()
    file.unlink()
    with pytest.raises(OperationalError, match="password"), engine.connect():
        pass
    file.write_bytes(postgresql.password_file.read_bytes())
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
