"""The table of operations against the services of pynetdicom and the names of PS3.6."""

from __future__ import annotations

import pynetdicom.sop_class as known
import pytest
from tests.policy.hospital import (
    COMMITMENT,
    CT,
    MPPS,
    PRIVATE,
    STUDY_FIND,
    STUDY_MOVE,
    TUESDAY_MORNING,
    VERIFICATION,
    WORKLIST,
    generation,
)

from leadglass.model.peer import Peer
from leadglass.policy.engine import Engine
from leadglass.policy.names import sop_class_of
from leadglass.policy.operations import _ROWS, OPERATIONS, operations_of, service_of


@pytest.mark.parametrize(
    ("sop_class", "operations"),
    [
        (VERIFICATION, ("C-ECHO",)),
        (CT, ("C-STORE",)),
        (PRIVATE, ("C-STORE",)),
        ("", ("C-STORE",)),
        (STUDY_FIND, ("C-FIND",)),
        (STUDY_MOVE, ("C-MOVE",)),
        (WORKLIST, ("C-FIND",)),
        (COMMITMENT, ("N-ACTION", "N-EVENT-REPORT")),
        (MPPS, ("N-CREATE", "N-SET", "N-GET", "N-EVENT-REPORT")),
    ],
)
def test_a_sop_class_has_its_operations(sop_class: str, operations: tuple[str, ...]) -> None:
    assert operations_of(sop_class) == operations


def test_rows_are_unique_named_as_in_the_standard_and_made_of_known_operations() -> None:
    assert len({uid for uid, *_ in _ROWS}) == len(_ROWS)
    for uid, service, operations, keyword in _ROWS:
        assert sop_class_of(keyword) == uid
        assert service != "storage"
        assert operations
        assert set(operations.split()) <= set(OPERATIONS)


def test_every_storage_class_is_stored_and_no_other_class_is() -> None:
    stored = {*known._STORAGE_CLASSES.values(), *known._NON_PATIENT_OBJECT_CLASSES.values()}
    others: set[str] = set()
    for name, classes in vars(known).items():
        if name.endswith("_CLASSES") and isinstance(classes, dict) and "STORAGE_CLASSES" not in name:
            others |= {uid for uid in classes.values() if isinstance(uid, str)}
    for uid in stored:
        assert (operations_of(uid), service_of(uid)) == (("C-STORE",), "storage")
    for uid in others - stored:
        assert "C-STORE" not in operations_of(uid), uid


@pytest.mark.parametrize("text", [CT, "CTImageStorage", "CT Image Storage", "ct image storage", " CT image  STORAGE "])
def test_a_sop_class_is_found_by_uid_keyword_and_name(text: str) -> None:
    assert sop_class_of(text) == CT


def test_transfer_syntaxes_and_nonsense_are_no_sop_classes() -> None:
    assert sop_class_of("Implicit VR Little Endian") == ""
    assert sop_class_of("JPEGLossless") == ""
    assert sop_class_of("no such thing") == ""
    assert sop_class_of("") == ""


def test_the_default_policies_reach_every_operation_a_class_defines() -> None:
    engine = Engine.build(generation(Peer("all", "ALL", ("10.0.0.1",), operations=("*",))))
    for uid, *_ in _ROWS:
        assert engine.permitted_operations("all", uid, "pacs", TUESDAY_MORNING) == operations_of(uid)
