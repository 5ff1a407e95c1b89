"""A remembered layout never changes what is read: with and without memory, every data set reads alike."""

from __future__ import annotations

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dataset.layout import LayoutMemory

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"


def data_set(implicit: bool) -> bytes:
    """A real head, without its pixel data."""
    source = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    del source.PixelData
    buffer = DicomBytesIO()
    buffer.is_little_endian = True
    buffer.is_implicit_VR = implicit
    write_dataset(buffer, source)
    return bytes(buffer.getvalue())


HEADS = {EXPLICIT: data_set(False), IMPLICIT: data_set(True)}


def seen(reader: HeadReader, data: bytes) -> tuple[object, str, tuple[str, ...]]:
    if not reader.feed(data):
        reader.finish()
    return reader.head, reader.finding, reader.tolerated


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_a_second_instance_of_the_same_layout_is_recalled(syntax: str) -> None:
    memory = LayoutMemory()
    head = HEADS[syntax]
    seen(HeadReader(syntax, memory=memory), head)
    other = head.replace(b"1CT1", b"9XY9")
    assert other != head
    assert memory.recall(syntax, other) is not None
    reader = HeadReader(syntax, memory=memory)
    assert seen(reader, other) == seen(HeadReader(syntax), other)
    assert reader.head is not None
    assert reader.head.patient.id == "9XY9"


@settings(max_examples=400, deadline=None)
@given(
    syntax=st.sampled_from([EXPLICIT, IMPLICIT]),
    edits=st.lists(st.tuples(st.integers(0, 1_400), st.binary(min_size=1, max_size=6)), min_size=1, max_size=3),
    cut=st.integers(0, 1_500) | st.none(),
)
def test_any_change_reads_as_without_memory(syntax: str, edits: list[tuple[int, bytes]], cut: int | None) -> None:
    memory = LayoutMemory()
    seen(HeadReader(syntax, memory=memory), HEADS[syntax])
    changed = bytearray(HEADS[syntax])
    for at, replacement in edits:
        changed[at : at + len(replacement)] = replacement
    data = bytes(changed[:cut])
    assert seen(HeadReader(syntax, memory=memory), data) == seen(HeadReader(syntax), data)


def test_every_single_byte_of_a_head_changed_reads_as_without_memory() -> None:
    for syntax, head in HEADS.items():
        memory = LayoutMemory()
        seen(HeadReader(syntax, memory=memory), head)
        for at in range(min(len(head), 1_300)):
            changed = head[:at] + bytes((head[at] ^ 0x5A,)) + head[at + 1 :]
            expected = seen(HeadReader(syntax), changed)
            assert seen(HeadReader(syntax, memory=memory), changed) == expected, (syntax, at)
