"""The documents for hospital IT say what the code does, and name every field that is about a person."""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import msgspec
import pytest

from leadglass.cli.backup import COPIED, LEFT_OUT
from leadglass.config import DataDirectory
from leadglass.model import event
from leadglass.model.patient import Patient

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted((ROOT / "docs" / "hospital-it").glob("*.md"))


@pytest.fixture(scope="module")
def documents() -> Iterator[ModuleType]:
    """The program behind `make docs`."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import documents as program  # type: ignore[import-not-found]  # it lies in scripts/

        yield program
    finally:
        sys.path.remove(str(ROOT / "scripts"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_table_is_as_the_code_is(path: Path, documents: ModuleType) -> None:
    text = path.read_text("utf-8")
    assert documents.filled(text) == text, "make docs"


def test_every_table_that_is_made_stands_somewhere(documents: ModuleType) -> None:
    used = {name for path in DOCUMENTS for name in documents.tables_of(path.read_text("utf-8"))}
    assert used == set(documents.document_tables.TABLES)


def test_the_picture_of_data_flows_is_the_one_that_is_drawn(documents: ModuleType) -> None:
    drawn = documents.data_flows.picture()
    assert (ROOT / "docs/hospital-it/data-flows.svg").read_text("utf-8") == drawn, "make docs"
    assert ET.fromstring(drawn).tag.endswith("svg")


def test_every_field_of_every_event_is_said_to_be_about_a_patient_or_staff_or_neither(documents: ModuleType) -> None:
    listed = {}
    for name, *columns in documents.document_tables.rows_of_event_fields():
        fields = [field for column in columns for field in column.split()]
        assert len(fields) == len(set(fields)), name
        listed[name] = set(fields)
    assert listed == {name: set(fields) for name, fields in documents.document_tables.fields().items()}


def test_whatever_holds_a_patient_or_names_a_study_or_an_object_counts_as_about_a_patient(
    documents: ModuleType,
) -> None:
    told = {row[0]: set(row[1].split()) for row in documents.document_tables.rows_of_event_fields()}
    naming = {"study", "studies", "series", "sop_instance", "uids", "accession", "transaction"}
    for body in typing.get_args(event.Body):
        for field in msgspec.structs.fields(body):
            if field.name in naming or Patient in _types(field.type):
                assert field.name in told[documents.document_tables.kind_of(body)], (body, field.name)


def _types(kind: object) -> set[object]:
    """A type and all it is made of."""
    found, waiting = set(), [kind]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += typing.get_args(one)
    return found


def test_a_backup_holds_or_leaves_out_every_directory_there_is() -> None:
    data = DataDirectory(Path("/data"))
    names = {path.name for path in data.directories(()) if path != data.root}
    assert names == {"app", "journal", "ledger", *COPIED, *LEFT_OUT}
    text = (ROOT / "docs/hospital-it/backup-and-restore.md").read_text("utf-8")
    assert all(f"`{name}/`" in text for name in LEFT_OUT)


def test_every_setting_that_a_document_names_exists() -> None:
    reference = (ROOT / "docs/reference/configuration.md").read_text("utf-8")
    for path in DOCUMENTS:
        for table, key in re.findall(r"`(timers|limits|ledger|journal)\.([a-z_]+)`", path.read_text("utf-8")):
            section = reference.partition(f"## `[{table}]`")[2].partition("\n## ")[0]
            assert f"| `{key}` |" in section, f"{path.name}: {table}.{key}"
