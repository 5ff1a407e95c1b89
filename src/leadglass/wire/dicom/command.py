"""DIMSE command sets (PS3.7): parsed, built, and answered. Never reads a data set, never judges an operation."""

from __future__ import annotations

from struct import Struct

from leadglass.model.ae_title import ae_title
from leadglass.wire.dicom.command_elements import (
    C_CANCEL_RQ,
    COMMAND_FIELDS,
    DATA_SET,
    ELEMENTS,
    GROUP_LENGTH,
    NO_DATA_SET,
    RESPONSE,
    Kind,
)
from leadglass.wire.dicom.command_layout import recall, remember
from leadglass.wire.dicom.command_set import ABSENT, Command
from leadglass.wire.dicom.field import check_title, printable, read_class_uid, read_uid
from leadglass.wire.dicom.violation import CommandError

__all__ = ["MAX_COMMAND", "MAX_ELEMENTS", "Command", "CommandError", "build_command", "parse_command", "response_to"]

MAX_COMMAND = 65_536  # bytes of a command set
MAX_ELEMENTS = 256
LONGEST_TITLE = 64  # 16 bytes of which each may show as \xNN
LONGEST_TEXT = 256  # bytes kept of an Error Comment, 64 characters in any character set

_ELEMENT = Struct("<HHI")
_NUMBER = Struct("<HHIH")
_GROUP = Struct("<HHII")
_unpack = _ELEMENT.unpack_from


def parse_command(data: bytes) -> Command:
    """A command set, implicit VR little endian (PS3.7 6.3.1).

    Raises:
        CommandError: malformed, or without what a relay must know of its operation (ids in ``findings.tsv``).
    """
    recalled = recall(data)
    if recalled is not None:
        return recalled
    command = _parse(data)
    remember(data, command)
    return command


def _parse(data: bytes) -> Command:
    stop = len(data)
    if stop > MAX_COMMAND:
        raise CommandError("command-too-long", f"a command set of {stop} bytes")
    values: dict[str, int | str] = {}
    other: dict[int, bytes] = {}
    tolerated: list[str] = []
    at = elements = 0
    previous = group_length = -1
    while at < stop:
        if stop - at < 8:
            raise CommandError("truncated-element", f"{stop - at} bytes left where an element begins")
        group, element, length = _unpack(data, at)
        at += 8
        end = at + length
        if group:
            raise CommandError("not-command-group", f"an element ({group:04X},{element:04X})")
        if end > stop:
            raise CommandError("element-overrun", f"(0000,{element:04X}) of {length} bytes where {stop - at} are left")
        elements += 1
        if elements > MAX_ELEMENTS:
            raise CommandError("too-many-elements", f"more than {MAX_ELEMENTS} elements")
        if element <= previous:
            tolerated.append("element-order")
        previous = element
        value = data[at:end]
        at = end
        known = ELEMENTS.get(element)
        if known is None:
            if element != GROUP_LENGTH:
                if element in other:
                    raise CommandError("duplicate-element", f"(0000,{element:04X}) stands twice")
                other[element] = value
            elif group_length >= 0:
                raise CommandError("duplicate-element", "(0000,0000) stands twice")
            else:
                group_length = _group_length(value, stop - at, tolerated)
            continue
        name, kind = known
        if name in values:
            raise CommandError("duplicate-element", f"(0000,{element:04X}) stands twice")
        if kind == Kind.NUMBER:
            if length != 2:
                if length:
                    raise CommandError("value-length", f"(0000,{element:04X}) has {length} bytes")
                tolerated.append("empty-value")
                values[name] = ABSENT
            else:
                values[name] = value[0] | value[1] << 8
        else:
            values[name] = _text(kind, value, tolerated)
    if group_length < 0:
        tolerated.append("no-group-length")
    return _checked(values, tuple(other.items()), tolerated)


def _group_length(value: bytes, rest: int, tolerated: list[str]) -> int:
    if len(value) != 4:
        raise CommandError("value-length", f"(0000,0000) has {len(value)} bytes")
    length = int.from_bytes(value, "little")
    if length != rest:
        tolerated.append("group-length")
    return length


def _text(kind: int, value: bytes, tolerated: list[str]) -> str:
    if kind == Kind.TITLE:
        if deviation := check_title(value, CommandError):
            tolerated.append(deviation)
        title = ae_title(value)
        if len(title) > LONGEST_TITLE:
            raise CommandError("ae-title-length", f"an AE title of {len(title)} characters")
        return title
    if kind == Kind.TEXT:
        return printable(value[:LONGEST_TEXT].rstrip(b"\0 "))
    read = read_class_uid if kind == Kind.CLASS_UID else read_uid
    if len(value) & 1:
        tolerated.append("odd-length")
    elif value.endswith(b"\0"):
        value = value[:-1]  # the one NUL that makes it even (PS3.5 9.1)
    uid, deviation = read(value, CommandError)
    if deviation:
        tolerated.append(deviation)
    return uid


def _checked(values: dict[str, int | str], other: tuple[tuple[int, bytes], ...], tolerated: list[str]) -> Command:
    """The command, once it has what a relay must know of its operation."""
    field = values.get("command_field", ABSENT)
    if field == ABSENT:
        raise CommandError("no-command-field", "no Command Field (0000,0100)")
    if field not in COMMAND_FIELDS:
        raise CommandError("unknown-command-field", f"Command Field {field:04X}H")
    data_set_type = values.pop("data_set_type", ABSENT)
    if data_set_type == ABSENT:
        raise CommandError("no-data-set-type", "no Command Data Set Type (0000,0800)")
    command = Command(
        **values,  # type: ignore[arg-type]  # ELEMENTS pairs names with kinds
        data_set_present=data_set_type != NO_DATA_SET,
        other=other,
        tolerated=tuple(dict.fromkeys(tolerated)) if tolerated else (),
    )
    if field == C_CANCEL_RQ or not command.is_request:
        if command.message_id_being_responded_to < 0:
            raise CommandError("no-message-id-being-responded-to", f"none in {command.operation}")
        if field != C_CANCEL_RQ and command.status < 0:
            raise CommandError("no-status", f"none in {command.operation}-RSP")
        return command
    if command.message_id < 0:
        raise CommandError("no-message-id", f"none in {command.operation}-RQ")
    if not command.sop_class:
        raise CommandError("no-sop-class", f"none in {command.operation}-RQ")
    if not command.sop_instance and command.operation == "C-STORE":
        raise CommandError("no-sop-instance", "none in C-STORE-RQ")
    return command


def build_command(command: Command) -> bytes:
    """The command set in bytes, elements in rising order behind a correct group length (PS3.7 6.3.1).

    Raises:
        ValueError: it grows past 65,536 bytes.
    """
    parts: list[tuple[int, bytes]] = []
    for element, (name, kind) in ELEMENTS.items():
        if name == "data_set_type":
            number = DATA_SET if command.data_set_present else NO_DATA_SET
            parts.append((element, _NUMBER.pack(0, element, 2, number)))
        elif kind == Kind.NUMBER:
            number = getattr(command, name)
            if number >= 0:
                parts.append((element, _NUMBER.pack(0, element, 2, number)))
        elif text := getattr(command, name):
            value = text.encode("ascii")
            if len(value) & 1:
                value += b" " if kind in {Kind.TITLE, Kind.TEXT} else b"\0"
            parts.append((element, _ELEMENT.pack(0, element, len(value)) + value))
    if command.other:
        parts += [(element, _ELEMENT.pack(0, element, len(value)) + value) for element, value in command.other]
        parts.sort(key=lambda part: part[0])
    body = b"".join([encoded for _, encoded in parts])
    if len(body) > MAX_COMMAND - _GROUP.size:
        raise ValueError(f"a command set holds {MAX_COMMAND} bytes at most")
    return _GROUP.pack(0, GROUP_LENGTH, 4, len(body)) + body


def response_to(
    command: Command,
    status: int,
    *,
    error_comment: str = "",
    data_set_present: bool = False,
    remaining: int = ABSENT,
    completed: int = ABSENT,
    failed: int = ABSENT,
    warning: int = ABSENT,
) -> bytes:
    """The encoded response to a request (PS3.7 9.3, 10.3).

    Args:
        command: the request.
        status: PS3.7 annex C.
        error_comment: for people; 64 characters of it are sent, those that are not printable ASCII as "?".
        data_set_present: a data set follows (C-FIND pending, N-GET …).
        remaining: sub-operations of C-GET and C-MOVE.
        completed: likewise.
        failed: likewise.
        warning: likewise.

    Raises:
        ValueError: it is a response, or a C-CANCEL-RQ: that has no response of its own, what it cancels is answered
            with FE00H (PS3.7 9.3.2.3).
    """
    if not command.is_request or command.command_field == C_CANCEL_RQ:
        raise ValueError(f"nothing answers Command Field {command.command_field:04X}H")
    return build_command(
        Command(
            command.command_field | RESPONSE,
            message_id_being_responded_to=command.message_id,
            affected_sop_class=command.sop_class,
            affected_sop_instance=command.sop_instance,
            data_set_present=data_set_present,
            status=status,
            error_comment="".join(c if " " <= c <= "~" and c != "\\" else "?" for c in error_comment[:64]),
            event_type_id=command.event_type_id,
            action_type_id=command.action_type_id,
            remaining_suboperations=remaining,
            completed_suboperations=completed,
            failed_suboperations=failed,
            warning_suboperations=warning,
        )
    )
