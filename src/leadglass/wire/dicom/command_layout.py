"""Remembers how command sets were laid out, so that the next of the same layout is read in one step. It judges nothing.

A layout is remembered only of a command set without any deviation, and a command set is read by it only where every
byte that is not a UID or a number is equal, Command Field and Command Data Set Type included.
"""

from __future__ import annotations

from operator import itemgetter
from struct import Struct, unpack_from

from leadglass.wire.dicom.command_elements import ELEMENTS, Kind
from leadglass.wire.dicom.command_set import Command
from leadglass.wire.dicom.field import read_class_uid, read_uid
from leadglass.wire.dicom.violation import CommandError

MAX_LENGTHS = 64
"""Lengths of command sets that are remembered."""

MAX_ALIKE = 4
"""Layouts of one length: a C-STORE-RQ is as long as its response."""

_FIXED = frozenset(("command_field", "data_set_type"))


class _Layout:
    """Which bytes must be equal, and where UIDs and numbers stand."""

    __slots__ = ("_constants", "_expected", "_fixed", "_numbers", "_uids", "_unpack")

    def __init__(self, data: bytes, command: Command) -> None:
        parts = ["<"]
        fixed: list[int] = []
        uids: list[tuple[int, str, bool]] = []
        numbers: list[tuple[int, str]] = []
        field = at = kept = 0
        while at < len(data):
            _, element, length = unpack_from("<HHI", data, at)
            at += 8
            name, kind = ELEMENTS.get(element, ("", None))
            if name and name not in _FIXED:
                parts.append(f"{at - kept}s")
                fixed.append(field)
                if kind == Kind.NUMBER:
                    parts.append("H")
                    numbers.append((field + 1, name))
                else:
                    parts.append(f"{length}s")
                    uids.append((field + 1, name, kind == Kind.CLASS_UID))
                field += 2
                kept = at + length
            at += length
        if kept < len(data):
            parts.append(f"{len(data) - kept}s")
            fixed.append(field)
        self._unpack = Struct("".join(parts)).unpack
        self._fixed = itemgetter(*fixed)
        self._expected = self._fixed(self._unpack(data))
        self._uids = tuple(uids)
        self._numbers = tuple(numbers)
        self._constants = {"command_field": command.command_field, "data_set_present": command.data_set_present}

    def read(self, data: bytes) -> Command | None:
        """The command; None where the layout, or anything about a UID, is not as plain as it was."""
        fields = self._unpack(data)
        if self._fixed(fields) != self._expected:
            return None
        values: dict[str, object] = dict(self._constants)
        for field, name in self._numbers:
            values[name] = fields[field]
        for field, name, is_class in self._uids:
            value = fields[field]
            if value.endswith(b"\0"):
                value = value[:-1]
            uid, deviation = read_class_uid(value, CommandError) if is_class else read_uid(value, CommandError)
            if deviation or not uid:
                return None
            values[name] = uid
        return Command(**values)  # type: ignore[arg-type]  # ELEMENTS pairs names with kinds


_layouts: dict[int, tuple[_Layout, ...]] = {}


def recall(data: bytes) -> Command | None:
    """The command in ``data``, if a command set of its layout was parsed before.

    Raises:
        CommandError: a UID breaks PS3.5 9.1.
    """
    for layout in _layouts.get(len(data), ()):
        command = layout.read(data)
        if command is not None:
            return command
    return None


def remember(data: bytes, command: Command) -> None:
    """Keep the layout of a command set that was parsed, if there is nothing special about it."""
    plain = not (command.tolerated or command.other or command.move_originator_title or command.move_destination)
    if not plain or command.error_comment or (len(_layouts) >= MAX_LENGTHS and len(data) not in _layouts):
        return
    _layouts[len(data)] = (_Layout(data, command), *_layouts.get(len(data), ())[: MAX_ALIKE - 1])
