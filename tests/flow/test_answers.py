"""What is said when, row by row, against PS3.7 annex C and PS3.8 9.3.4; and its page."""

from __future__ import annotations

from pathlib import Path

import pytest
from pynetdicom.pdu_primitives import A_ASSOCIATE
from pynetdicom.status import code_to_category

from leadglass.cli import reference
from leadglass.flow.answers import REJECTIONS, findings, outcome, pending, status
from leadglass.model.decision import Cause
from leadglass.policy.operations import OPERATIONS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "answers.md"

REFUSED = {
    "C-STORE": 0x0124, "C-FIND": 0xC001, "C-MOVE": 0x0124, "C-GET": 0x0124, "N-EVENT-REPORT": 0x0110, "N-GET": 0x0124,
    "N-SET": 0x0124, "N-ACTION": 0x0124, "N-CREATE": 0x0124, "N-DELETE": 0x0124,
}  # fmt: skip
WITHOUT_RECORD = {
    "C-STORE": 0xA700, "C-FIND": 0xA700, "C-MOVE": 0xA702, "C-GET": 0xA702, "N-EVENT-REPORT": 0x0213, "N-GET": 0x0213,
    "N-SET": 0x0213, "N-ACTION": 0x0213, "N-CREATE": 0x0213, "N-DELETE": 0x0213,
}  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (Cause.UNKNOWN_CALLER, (1, 1, 3)), (Cause.BLOCKED_PEER, (1, 1, 3)), (Cause.UNKNOWN_CALLED, (1, 1, 7)),
        (Cause.NO_CONTEXT, (1, 1, 1)), (Cause.POLICY_ERROR, (1, 1, 1)), (Cause.UPSTREAM_DOWN, (2, 3, 1)),
        (Cause.LIMIT, (2, 3, 2)), (Cause.REGISTRAR, (2, 3, 2)), (Cause.RECORD, (2, 3, 2)),
        (Cause.CERTIFICATE, (1, 1, 3)), (Cause.PLAIN, (1, 1, 3)), (Cause.UNEXPECTED_MOVE, (1, 1, 1)),
    ],
)  # fmt: skip
def test_a_rejection_is_one_that_ps3_8_knows(cause: Cause, told: tuple[int, int, int]) -> None:
    assert REJECTIONS[cause] == told
    primitive = A_ASSOCIATE()  # it refuses values that are none
    primitive.result, primitive.result_source, primitive.diagnostic = told


def test_every_rejection_is_in_the_table() -> None:
    assert set(REJECTIONS) == {
        Cause.UNKNOWN_CALLER, Cause.BLOCKED_PEER, Cause.UNKNOWN_CALLED, Cause.NO_CONTEXT, Cause.POLICY_ERROR,
        Cause.UPSTREAM_DOWN, Cause.LIMIT, Cause.REGISTRAR, Cause.RECORD, Cause.CERTIFICATE, Cause.PLAIN,
        Cause.UNEXPECTED_MOVE,
    }  # fmt: skip


OF_OPERATIONS = (
    Cause.OPERATION, Cause.POLICY_ERROR, Cause.BLOCKED_PEER, Cause.UNKNOWN_CALLER, Cause.CERTIFICATE, Cause.PLAIN,
    Cause.UNEXPECTED_MOVE, Cause.UNEXPECTED_REPORT,
)  # fmt: skip


@pytest.mark.parametrize("cause", OF_OPERATIONS)
def test_each_operation_has_its_status_where_it_is_refused(cause: Cause) -> None:
    assert {name: status(name, cause) for name in OPERATIONS if name != "C-ECHO"} == REFUSED


@pytest.mark.parametrize("cause", [Cause.RECORD, Cause.REGISTRAR])
def test_each_operation_has_its_status_where_no_record_can_be_kept(cause: Cause) -> None:
    assert {name: status(name, cause) for name in OPERATIONS if name != "C-ECHO"} == WITHOUT_RECORD


def test_an_unreadable_head_is_c000_and_of_n_services_a_processing_failure() -> None:
    assert {status(name, Cause.UNREADABLE_HEAD) for name in ("C-STORE", "C-FIND", "C-MOVE", "C-GET")} == {0xC000}
    assert {status(name, Cause.UNREADABLE_HEAD) for name in ("N-CREATE", "N-SET", "N-ACTION")} == {0x0110}


def test_a_destination_that_nobody_knows_is_a801() -> None:
    assert status("C-MOVE", Cause.UNKNOWN_DESTINATION) == 0xA801


@pytest.mark.parametrize("operation", ["C-ECHO", "C-CANCEL"])
@pytest.mark.parametrize("cause", list(Cause))
def test_what_has_no_status_but_success_is_answered_with_none(operation: str, cause: Cause) -> None:
    assert status(operation, cause) is None


@pytest.mark.parametrize("cause", list(Cause))
def test_no_refusal_is_ever_success_warning_or_pending(cause: Cause) -> None:
    for operation in OPERATIONS:
        code = status(operation, cause)
        if code is not None:
            assert outcome(code) == "failure"
            assert not pending(code)


def test_outcomes_are_what_pynetdicom_takes_the_statuses_for() -> None:
    names = {"Success": "success", "Warning": "warning", "Failure": "failure"}
    for code in (*range(0x0300), *range(0xA000, 0xD000, 7)):
        category = code_to_category(code)
        if category in names:
            assert outcome(code) == names[category], f"{code:04X}H"


def test_pending_is_ff00_and_ff01_only() -> None:
    assert [code for code in range(0x10000) if pending(code)] == [0xFF00, 0xFF01]


def test_the_page_is_what_its_command_writes() -> None:
    assert PAGE.read_text("utf-8") == reference.answers_text(), "run: python -m leadglass.cli.reference docs/reference"
    for cause in REJECTIONS:
        assert f"`{cause.value}`" in PAGE.read_text("utf-8")
    for finding in findings():
        assert f"`{finding}`" in PAGE.read_text("utf-8")
