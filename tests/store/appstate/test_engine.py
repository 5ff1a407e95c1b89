from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from tests.postgresql import Server

from leadglass.model.peer import Peer
from leadglass.store.appstate import engine as engine_module
from leadglass.store.appstate.counters import next_number
from leadglass.store.appstate.database import Database
from leadglass.store.appstate.engine import AppStateError, open_appstate, reading, writing
from leadglass.store.appstate.generation_number import next_generation
from leadglass.store.appstate.peers import load_peers, save_peer
from leadglass.store.appstate.preview import stored_peers
from leadglass.store.appstate.tables import metadata

MIGRATIONS = Path(engine_module.__file__).parent / "migrations"
CT1 = Peer("ct1", "CT1", ("10.0.0.7/32",))


def test_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_sqlite_file_is_durable_and_for_its_owner_only(tmp_path: Path) -> None:
    engine = open_appstate(tmp_path / "app" / "a.sqlite")
    with engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        assert [*found, connection.exec_driver_sql("PRAGMA foreign_keys").scalar()] == ["wal", 2, 1]
    assert (tmp_path / "app" / "a.sqlite").stat().st_mode & 0o077 == 0
    engine.dispose()


def test_a_commit_on_postgresql_is_durable_whatever_its_owner_set(postgresql: Server) -> None:
    database = postgresql.database()
    postgresql.sql(database.name, f"ALTER DATABASE {database.name} SET synchronous_commit = off")
    engine = open_appstate(database)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    engine.dispose()


def test_opening_again_keeps_what_is_there(database: Database) -> None:
    first = open_appstate(database)
    save_peer(first, CT1, "anna", "")
    first.dispose()
    second = open_appstate(database)
    assert set(metadata.tables) <= set(inspect(second).get_table_names())
    assert load_peers(second) == (CT1,)
    second.dispose()


def test_processes_that_start_together_all_succeed(database: Database) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from leadglass.store.appstate.database import Database\n"
        "from leadglass.store.appstate.engine import open_appstate\n"
        "from leadglass.store.appstate.generation_number import next_generation\n"
        "state = Database(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]) if sys.argv[3] else None)\n"
        "print(next_generation(open_appstate(state)))"
    )
    words = [sys.executable, "-c", code, str(database.file), database.url, str(database.password_file or "")]
    started = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sorted(int(process.communicate(timeout=60)[0]) for process in started) == [1, 2, 3]


def test_a_writer_waits_for_the_one_before_and_sees_what_it_committed(engine: Engine) -> None:
    """Else two could each find nobody signed up, or take the same number."""
    import threading

    entered = threading.Event()
    numbers: list[int] = []

    def second() -> None:
        entered.set()
        numbers.append(next_generation(engine))

    with writing(engine) as connection:
        thread = threading.Thread(target=second)
        thread.start()
        assert entered.wait(30)
        thread.join(0.2)
        assert thread.is_alive()
        numbers.append(next_number(connection, "generation"))
    thread.join(30)
    assert numbers == [1, 2]


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(engine: Engine) -> None:
    peers = metadata.tables["peers"]
    with reading(engine) as connection:
        assert connection.execute(select(peers)).all() == []
        save_peer(engine, CT1, "anna", "")
        assert connection.execute(select(peers)).all() == []
    assert load_peers(engine) == (CT1,)


def test_a_reader_of_postgresql_cannot_write(postgresql: Server) -> None:
    engine = open_appstate(postgresql.database())
    with pytest.raises(SQLAlchemyError, match="read-only"), reading(engine) as connection:
        next_number(connection, "generation")
    engine.dispose()


@pytest.mark.parametrize("revision", ["0001", "0002", "head"])
def test_the_registry_is_read_as_a_start_would_find_it_and_left_as_it_was(database: Database, revision: str) -> None:
    assert stored_peers(database) == ()
    engine = open_appstate(database)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE peers"))
        for table in set(metadata.tables) - {"peers"}:
            connection.execute(text(f"DROP TABLE {table} CASCADE" if database.url else f"DROP TABLE {table}"))
        connection.execute(text("DROP TABLE alembic_version"))
        configuration = alembic.config.Config()
        configuration.set_main_option("script_location", str(MIGRATIONS))
        configuration.set_main_option("path_separator", "os")
        configuration.attributes["connection"] = connection
        alembic.command.upgrade(configuration, revision)
        if revision != "head":
            connection.execute(
                text(
                    "INSERT INTO peers (id, title, networks, status, operations, sop_classes, archives, hours, "
                    "max_associations, description) VALUES ('ct1', 'CT1', '[\"10.0.0.7/32\"]', 'approved', "
                    "'[\"C-ECHO\"]', '[\"*\"]', '[\"*\"]', '[]', 0, '')"
                )
            )
    if revision == "head":
        save_peer(engine, CT1, "anna", "")
    (found,) = stored_peers(database)
    assert (found.id, found.title, found.networks) == ("ct1", "CT1", ("10.0.0.7/32",))
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
        assert revision in {now, "head"}
    engine.dispose()


def test_tables_of_a_newer_version_are_left_alone(database: Database) -> None:
    engine = open_appstate(database)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for look in (open_appstate, stored_peers):
        with pytest.raises(AppStateError) as caught:
            look(database)
        assert "another version" in caught.value.hint


def test_says_what_is_wrong_with_a_place_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AppStateError) as caught:
        open_appstate(tmp_path / "file" / "a.sqlite")
    assert caught.value.hint


def test_migrations_can_be_written_for_postgresql() -> None:
    out = StringIO()
    configuration = alembic.config.Config(output_buffer=out)
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.set_main_option("path_separator", "os")
    configuration.set_main_option("dialect", "postgresql")
    alembic.command.upgrade(configuration, "head", sql=True)
    assert "CREATE TABLE unknown_peers" in out.getvalue()
    assert "BYTEA" in out.getvalue()


def test_migrations_are_packaged_beside_the_code() -> None:
    assert list((MIGRATIONS / "versions").glob("v*.py"))
