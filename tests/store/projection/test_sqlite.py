"""What is SQLite's own: one writer beside readers, versions, files that are not ours."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from tests.store.projection.events import LOG, Writer

from leadglass.errors import ConfigurationError
from leadglass.model.event import ApplicationStarted
from leadglass.store.projection import queries, sqlite_file
from leadglass.store.projection.engines import open_projection
from leadglass.store.projection.interface import Filter, ProjectionError
from leadglass.store.projection.sqlite import SqliteProjection

STARTED = ApplicationStarted("w0", "1", 2)


def test_a_reader_sees_what_the_writer_committed_and_cannot_write(tmp_path: Path) -> None:
    writer = SqliteProjection(tmp_path / "p.sqlite")
    reader = SqliteProjection(tmp_path / "p.sqlite", read_only=True)
    leaves = Writer().says(STARTED).leaves
    writer.apply(LOG, 0, leaves)
    assert len(reader.events(Filter()).rows) == 1
    with pytest.raises(ProjectionError):
        reader.apply(LOG, 1, leaves)
    reader.close()
    writer.close()


def test_a_closed_projection_is_there_when_opened_again(tmp_path: Path) -> None:
    first = SqliteProjection(tmp_path / "p.sqlite")
    first.apply(LOG, 0, Writer().says(STARTED).leaves)
    first.close()
    again = SqliteProjection(tmp_path / "p.sqlite")
    assert again.position() == (LOG, 1)
    again.close()


def test_another_version_begins_empty_for_the_writer_and_is_refused_to_a_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.sqlite"
    old = SqliteProjection(path)
    old.apply(LOG, 0, Writer().says(STARTED).leaves)
    old.close()
    monkeypatch.setattr(sqlite_file, "SCHEMA_VERSION", sqlite_file.SCHEMA_VERSION + 1)
    with pytest.raises(ProjectionError, match="another version"):
        SqliteProjection(path, read_only=True)
    new = SqliteProjection(path)
    assert new.position() == ("", 0)
    new.close()


def test_refuses_the_database_of_another_application_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "users.sqlite"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE users (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ProjectionError, match="another application"):
        SqliteProjection(path)
    assert path.read_bytes() == before


def test_refuses_a_file_that_is_no_database_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "p.sqlite"
    path.write_bytes(b"not a database " * 1_000)
    with pytest.raises(ProjectionError) as fault:
        SqliteProjection(path)
    assert "rebuilt" in fault.value.hint
    assert path.read_bytes().startswith(b"not a database")


def test_a_reader_does_not_make_a_file(tmp_path: Path) -> None:
    with pytest.raises(ProjectionError):
        SqliteProjection(tmp_path / "none.sqlite", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_threads_read_while_one_writes(tmp_path: Path) -> None:
    projection = SqliteProjection(tmp_path / "p.sqlite")
    faults: list[BaseException] = []
    written = threading.Event()

    def read() -> None:
        try:
            while not written.is_set():
                log, following = projection.position()
                rows = projection.events(Filter(), limit=500).rows
                assert len(rows) >= min(following, 500), log
        except BaseException as fault:  # noqa: BLE001 - told by the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    leaves = Writer().says(*[STARTED] * 600).leaves
    for first in range(0, 600, 20):
        projection.apply(LOG, first, leaves[first : first + 20])
    written.set()
    for thread in threads:
        thread.join()
    projection.close()
    assert faults == []


def test_a_full_disk_is_a_fault_that_leaves_what_was_in(tmp_path: Path) -> None:
    projection = SqliteProjection(tmp_path / "p.sqlite")
    leaves = Writer().says(*[STARTED] * 4_000).leaves
    projection.apply(LOG, 0, leaves[:10])
    pages = projection._writer.execute("PRAGMA page_count").fetchone()[0]
    projection._writer.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(ProjectionError, match="full"):
        projection.apply(LOG, 10, leaves[10:])
    assert projection.position() == (LOG, 10)
    projection._writer.execute("PRAGMA max_page_count = 1000000")
    projection.apply(LOG, 10, leaves[10:])
    assert projection.position() == (LOG, 4_000)
    projection.close()


@pytest.mark.parametrize("url", ["", "sqlite:///", "duckdb:///x", "/var/lib/x.sqlite", "postgresql://host/x"])
def test_an_engine_nobody_has_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError):
        open_projection(url)


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (queries.events(Filter(), None, 50, None), "events_time"),
        (queries.events(Filter(kinds=("refusal",)), (5, 5), 50, None), "events_kind"),
        (queries.events(Filter(kinds=("refusal",), peer="x", would="yes"), (5, 5), 50, None), "events_peer"),
        (queries.events(Filter(would="yes"), (5, 5), 50, None), "events_would"),
        (queries.events(Filter(peer="x"), (5, 5), 50, None), "events_peer"),
        (queries.events(Filter(archive="x"), None, 50, None), "events_archive"),
        (queries.events(Filter(patient="x", issuer="y"), (5, 5), 50, None), "events_patient"),
        (queries.events(Filter(cause="x"), (5, 5), 50, None), "events_cause"),
        (queries.events(Filter(text="common"), None, 50, None), "events_time"),
        (queries.patients(Filter(), (5, 5), 50), "patients_last_seen"),
        (queries.accesses(Filter(), (5, 5), 50), "accesses_began"),
        (queries.accesses(Filter(peer="x"), (5, 5), 50), "accesses_began"),
    ],
)
def test_a_list_walks_an_index_in_its_own_order(tmp_path: Path, statement: queries.Statement, index: str) -> None:
    """No table is sorted, so a page's time does not grow with it; joined pages of several kinds are."""
    SqliteProjection(tmp_path / "p.sqlite").close()
    db = sqlite3.connect(tmp_path / "p.sqlite")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1])]
    db.close()
    walked = [
        line for line in plan if line.startswith(("SEARCH e", "SCAN e", "SCAN p", "SEARCH p", "SCAN a", "SEARCH a"))
    ]
    assert f"INDEX {index}" in (walked or plan)[0]
    assert not any("TEMP B-TREE" in line for line in plan) or any("CO-ROUTINE" in line for line in plan)
