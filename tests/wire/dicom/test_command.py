"""Command sets: what is built is what is parsed, by us and by pynetdicom, both ways."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynetdicom import dimse_messages, dimse_primitives
from pynetdicom.dsutils import decode, encode

from leadglass.wire.dicom.command import MAX_COMMAND, Command, build_command, parse_command, response_to
from leadglass.wire.dicom.command_elements import (
    C_CANCEL_RQ,
    C_ECHO_RQ,
    C_MOVE_RQ,
    C_STORE_RQ,
    COMMAND_FIELDS,
    ELEMENTS,
    N_ACTION_RQ,
    N_EVENT_REPORT_RQ,
    OPERATIONS,
    REQUESTED,
    RESPONSE,
)
from leadglass.wire.dicom.uids import CT_IMAGE_STORAGE, VERIFICATION
from leadglass.wire.dicom.violation import CommandError

UIDS = st.from_regex(r"[1-9]{1,4}(\.(0|[1-9][0-9]{0,5})){1,8}", fullmatch=True)
NUMBERS = st.integers(0, 0xFFFF)
ABSENT = st.just(-1)
TITLES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_-0123456789", max_size=16)
REQUESTS = sorted(OPERATIONS)


def request(field: int, **more: Any) -> Command:
    """A request of an operation with what it needs."""
    if field == C_CANCEL_RQ:
        return Command(field, message_id_being_responded_to=7)
    names = ("requested", "requested") if field in REQUESTED else ("affected", "affected")
    values: dict[str, Any] = {f"{names[0]}_sop_class": CT_IMAGE_STORAGE, f"{names[1]}_sop_instance": "1.2.3"}
    return Command(field, message_id=7, **values | more)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    field = draw(st.sampled_from(sorted(COMMAND_FIELDS)))
    answers = field >= RESPONSE or field == C_CANCEL_RQ
    values: dict[str, Any] = {
        name: draw(NUMBERS | ABSENT)
        for name in (
            "priority",
            "move_originator_message_id",
            "remaining_suboperations",
            "completed_suboperations",
            "failed_suboperations",
            "warning_suboperations",
            "event_type_id",
            "action_type_id",
            "error_id",
        )
    }
    values |= {name: draw(UIDS) for name in ("affected_sop_class", "requested_sop_class")}
    values |= {name: draw(UIDS) for name in ("affected_sop_instance", "requested_sop_instance")}
    values["message_id_being_responded_to" if answers else "message_id"] = draw(NUMBERS)
    if field >= RESPONSE:
        values["status"] = draw(NUMBERS)
    values["move_destination"] = draw(TITLES)
    values["error_comment"] = draw(TITLES)
    values["data_set_present"] = draw(st.booleans())
    values["other"] = draw(st.sampled_from(((), ((0x0901, b"\x10\0\x10\0"),), ((0x0001, b"\0\0\0\0"), (0x1005, b"")))))
    return Command(field, **values)


@given(commands())
def test_parses_every_command_it_builds(command: Command) -> None:
    encoded = build_command(command)
    assert parse_command(encoded) == command
    assert int.from_bytes(encoded[8:12], "little") == len(encoded) - 12


@given(commands())
def test_pydicom_reads_the_elements_that_were_built(command: Command) -> None:
    elements = decode(BytesIO(build_command(command)), True, True)
    assert elements.CommandField == command.command_field
    assert (elements.CommandDataSetType != 0x0101) == command.data_set_present
    for name, keyword in (
        ("message_id", "MessageID"),
        ("message_id_being_responded_to", "MessageIDBeingRespondedTo"),
        ("affected_sop_class", "AffectedSOPClassUID"),
        ("requested_sop_class", "RequestedSOPClassUID"),
        ("affected_sop_instance", "AffectedSOPInstanceUID"),
        ("requested_sop_instance", "RequestedSOPInstanceUID"),
        ("status", "Status"),
        ("priority", "Priority"),
        ("move_destination", "MoveDestination"),
        ("move_originator_message_id", "MoveOriginatorMessageID"),
        ("remaining_suboperations", "NumberOfRemainingSuboperations"),
        ("completed_suboperations", "NumberOfCompletedSuboperations"),
        ("failed_suboperations", "NumberOfFailedSuboperations"),
        ("warning_suboperations", "NumberOfWarningSuboperations"),
        ("error_comment", "ErrorComment"),
        ("error_id", "ErrorID"),
        ("event_type_id", "EventTypeID"),
        ("action_type_id", "ActionTypeID"),
    ):
        value = getattr(command, name)
        assert elements.get(keyword, -1 if isinstance(value, int) else "") == value, name


@given(st.binary(max_size=400))
def test_arbitrary_bytes_raise_nothing_but_command_errors(data: bytes) -> None:
    with suppress(CommandError):
        parse_command(data)


@given(command=commands(), changes=st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), max_size=4))
def test_damaged_commands_raise_nothing_but_command_errors(command: Command, changes: list[tuple[int, int]]) -> None:
    data = bytearray(build_command(command))
    for place, byte in changes:
        data[place % len(data)] = byte
    with suppress(CommandError):
        parse_command(bytes(data))


@pytest.mark.parametrize("field", [field for field in REQUESTS if field != C_CANCEL_RQ])
def test_the_response_to_a_request_names_it(field: int) -> None:
    asked = parse_command(build_command(request(field, event_type_id=1, action_type_id=2)))
    response = parse_command(response_to(asked, 0x0124, error_comment="Not authorised"))
    assert response.command_field == field | RESPONSE
    assert response.operation == asked.operation
    assert not response.is_request
    assert response.message_id_being_responded_to == 7
    assert response.message_id == -1
    assert response.status == 0x0124
    assert response.error_comment == "Not authorised"
    assert (response.sop_class, response.sop_instance) == (CT_IMAGE_STORAGE, "1.2.3")
    assert (response.event_type_id, response.action_type_id) == (1, 2)
    assert not response.data_set_present
    assert response.tolerated == ()


@pytest.mark.parametrize("field", [field for field in REQUESTS if field != C_CANCEL_RQ])
def test_pynetdicom_takes_our_response_as_the_one_of_its_operation(field: int) -> None:
    message_type = dimse_messages._MESSAGE_TYPES[field | RESPONSE][1]
    message = message_type()
    message.command_set = decode(BytesIO(response_to(request(field), 0xFE00)), True, True)
    primitive = message.message_to_primitive()
    assert type(primitive).__name__ == OPERATIONS[field].replace("-", "_")
    assert primitive.Status == 0xFE00
    assert primitive.MessageIDBeingRespondedTo == 7
    assert primitive.is_valid_response


def test_counters_of_a_retrieve_response_are_sent() -> None:
    response = parse_command(
        response_to(request(C_MOVE_RQ), 0xB000, remaining=0, completed=3, failed=1, warning=2, data_set_present=True)
    )
    assert response.remaining_suboperations == 0
    assert response.completed_suboperations == 3
    assert response.failed_suboperations == 1
    assert response.warning_suboperations == 2
    assert response.data_set_present


def test_nothing_answers_a_response_or_a_cancel() -> None:
    with pytest.raises(ValueError, match="nothing answers"):
        response_to(request(C_CANCEL_RQ), 0xFE00)
    with pytest.raises(ValueError, match="nothing answers"):
        response_to(Command(C_ECHO_RQ | RESPONSE, message_id_being_responded_to=1, status=0), 0)


def test_an_error_comment_of_any_text_goes_out_as_64_printable_characters() -> None:
    response = parse_command(response_to(request(C_STORE_RQ), 0x0124, error_comment="Röntgen\n\\" + "x" * 100))
    assert response.error_comment == "R?ntgen??" + "x" * 55


PRIMITIVES: dict[str, dict[str, Any]] = {
    "C_ECHO": {"AffectedSOPClassUID": VERIFICATION},
    "C_STORE": {"AffectedSOPClassUID": CT_IMAGE_STORAGE, "AffectedSOPInstanceUID": "1.2.3", "Priority": 2,
                "MoveOriginatorApplicationEntityTitle": "WS1", "MoveOriginatorMessageID": 9},
    "C_FIND": {"AffectedSOPClassUID": "1.2.840.10008.5.1.4.31", "Priority": 1},
    "C_GET": {"AffectedSOPClassUID": "1.2.840.10008.5.1.4.1.2.2.3", "Priority": 1},
    "C_MOVE": {"AffectedSOPClassUID": "1.2.840.10008.5.1.4.1.2.2.2", "Priority": 1, "MoveDestination": "WS1"},
    "N_EVENT_REPORT": {"AffectedSOPClassUID": "1.2.840.10008.1.20.1", "AffectedSOPInstanceUID": "1.2.3",
                       "EventTypeID": 2},
    "N_GET": {"RequestedSOPClassUID": "1.2.840.10008.5.1.1.16", "RequestedSOPInstanceUID": "1.2.3"},
    "N_SET": {"RequestedSOPClassUID": "1.2.840.10008.3.1.2.3.3", "RequestedSOPInstanceUID": "1.2.3"},
    "N_ACTION": {"RequestedSOPClassUID": "1.2.840.10008.1.20.1", "RequestedSOPInstanceUID": "1.2.3", "ActionTypeID": 1},
    "N_CREATE": {"AffectedSOPClassUID": "1.2.840.10008.3.1.2.3.3", "AffectedSOPInstanceUID": "1.2.3"},
    "N_DELETE": {"RequestedSOPClassUID": "1.2.840.10008.5.1.1.16", "RequestedSOPInstanceUID": "1.2.3"},
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PRIMITIVES))
def test_reads_the_requests_that_pynetdicom_writes(name: str) -> None:
    primitive = getattr(dimse_primitives, name)()
    primitive.MessageID = 21
    for attribute, value in PRIMITIVES[name].items():
        setattr(primitive, attribute, value)
    message = getattr(dimse_messages, f"{name}_RQ")()
    message.primitive_to_message(primitive)
    command = parse_command(encode(message.command_set, True, True))
    assert command.tolerated == ()
    assert command.operation == name.replace("_", "-")
    assert command.is_request
    assert command.message_id == 21
    assert command.sop_class
    expected = {str(value) for value in PRIMITIVES[name].values()}
    assert expected <= {str(getattr(command, field)) for field, _ in ELEMENTS.values() if field != "data_set_type"}


def test_reads_the_cancel_that_pynetdicom_writes() -> None:
    primitive = dimse_primitives.C_CANCEL()
    primitive.MessageIDBeingRespondedTo = 5
    message = dimse_messages.C_CANCEL_RQ()
    message.primitive_to_message(primitive)
    command = parse_command(encode(message.command_set, True, True))
    assert command == Command(C_CANCEL_RQ, message_id_being_responded_to=5)
    assert command.operation == "C-CANCEL"
    assert command.is_request


def test_the_sop_class_is_the_one_its_operation_defines() -> None:
    both: dict[str, Any] = {"affected_sop_class": "1.1", "requested_sop_class": "2.2"}
    both |= {"affected_sop_instance": "1.1.1", "requested_sop_instance": "2.2.2"}
    action = parse_command(build_command(Command(N_ACTION_RQ, message_id=1, **both)))
    report = parse_command(build_command(Command(N_EVENT_REPORT_RQ, message_id=1, **both)))
    response = Command(N_ACTION_RQ | RESPONSE, message_id_being_responded_to=1, status=0, **both)
    assert (action.sop_class, action.sop_instance) == ("2.2", "2.2.2")
    assert (report.sop_class, report.sop_instance) == ("1.1", "1.1.1")
    assert (response.sop_class, response.sop_instance) == ("1.1", "1.1.1")


def test_builds_nothing_over_the_bound() -> None:
    with pytest.raises(ValueError, match="65536"):
        build_command(Command(C_ECHO_RQ, message_id=1, other=((0x5000, bytes(MAX_COMMAND)),)))
