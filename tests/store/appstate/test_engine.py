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
from sqlalchemy import create_engine, inspect

from leadglass.store.appstate import engine as engine_module
from leadglass.store.appstate.engine import AppStateError, open_appstate
from leadglass.store.appstate.tables import metadata

MIGRATIONS = Path(engine_module.__file__).parent / "migrations"


def test_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    engine = open_appstate(tmp_path / "app" / "a.sqlite")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    open_appstate(path).dispose()
    engine = open_appstate(f"sqlite:///{path}")
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    assert path.stat().st_mode & 0o077 == 0


def test_processes_that_start_together_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    code = (
        "from leadglass.store.appstate.engine import open_appstate\n"
        "from leadglass.store.appstate.generation_number import next_generation\n"
        f"print(next_generation(open_appstate({str(path)!r})))"
    )
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    numbers = sorted(int(process.communicate(timeout=60)[0]) for process in started)
    assert numbers == [1, 2, 3]


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
    assert create_engine("sqlite://").dialect.name == "sqlite"
