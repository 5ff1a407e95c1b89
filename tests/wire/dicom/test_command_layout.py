"""A remembered layout never changes what a command set says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leadglass.wire.dicom import command as parser
from leadglass.wire.dicom.command import Command, build_command, parse_command
from leadglass.wire.dicom.command_layout import recall
from leadglass.wire.dicom.violation import CommandError

CT = "1.2.840.10008.5.1.4.1.1.2"
REQUEST = Command(
    0x0001, message_id=7, affected_sop_class=CT, affected_sop_instance="1.2.3.45", priority=0, data_set_present=True
)


def outcome(data: bytes, *, with_memory: bool) -> Command | str:
    try:
        return parse_command(data) if with_memory else parser._parse(data)
    except CommandError as error:
        return error.finding


def test_the_next_command_of_a_layout_is_recalled() -> None:
    parse_command(build_command(REQUEST))
    following = Command(
        0x0001, message_id=8, affected_sop_class=CT, affected_sop_instance="1.2.3.46", priority=2, data_set_present=True
    )
    assert recall(build_command(following)) == following


@settings(max_examples=500, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, 140), st.binary(min_size=1, max_size=4)), min_size=1, max_size=3))
def test_any_change_reads_as_without_memory(edits: list[tuple[int, bytes]]) -> None:
    data = build_command(REQUEST)
    parse_command(data)
    changed = bytearray(data)
    for at, replacement in edits:
        end = min(at + len(replacement), len(changed))
        if at < end:
            changed[at:end] = replacement[: end - at]
    changed_data = bytes(changed)
    assert outcome(changed_data, with_memory=True) == outcome(changed_data, with_memory=False)


def test_every_single_bit_of_a_command_changed_reads_as_without_memory() -> None:
    data = build_command(REQUEST)
    for at in range(len(data)):
        for bit in range(8):
            parse_command(data)
            changed = data[:at] + bytes((data[at] ^ 1 << bit,)) + data[at + 1 :]
            assert outcome(changed, with_memory=True) == outcome(changed, with_memory=False), (at, bit)


def test_deviations_are_never_remembered() -> None:
    odd = build_command(REQUEST).replace(b"1.2.3.45", b"1.2.3.4 ")
    assert parse_command(odd).tolerated
    assert parse_command(odd).tolerated
