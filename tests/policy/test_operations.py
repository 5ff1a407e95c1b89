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
from leadglass.policy.operations import _ROWS, OPERATIONS, carried_by, operations_of, service_of


@pytest.mark.parametrize(
    ("sop_class", "operations"),
    [
        (VERIFICATION, ("C-ECHO",)),
        (CT, ("C-STORE",)),
        (PRIVATE, OPERATIONS[1:]),
        ("", OPERATIONS[1:]),
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
    engine = Engine.build(generation(Peer("all", "ALL", ("10.0.0.1",), operations=("*",), plain=True)))
    for uid, *_ in _ROWS:
        assert engine.permitted_operations("all", uid, "pacs", TUESDAY_MORNING) == operations_of(uid)


def test_a_context_for_storage_also_carries_the_objects_of_a_c_get() -> None:
    assert carried_by(CT) == (("C-STORE", False), ("C-GET", True))
    assert carried_by(STUDY_MOVE) == (("C-MOVE", False),)
    assert ("C-GET", False) in carried_by(PRIVATE)
    assert ("C-GET", True) in carried_by(PRIVATE)


@pytest.mark.parametrize(
    ("operation", "service"),
    [("C-STORE", "storage"), ("C-FIND", "query"), ("C-GET", "retrieve"), ("N-ACTION", "other"), ("C-ECHO", "other")],
)
def test_a_private_class_belongs_to_the_service_its_operation_makes_of_it(operation: str, service: str) -> None:
    assert service_of(PRIVATE, operation) == service
    assert service_of(CT, operation) == "storage"
    assert service_of("1.2.840.10008.5.1.4.1.1.999", operation) == "storage", (
        "newer than our names, stored all the same"
    )
