"""The reader finds the identity that was written, however it is cut up, and stays small whatever it is fed."""

from __future__ import annotations

import tracemalloc
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.wire.dataset.data_sets import BIG, DEFLATED, EXPLICIT, IMPLICIT, SYNTAXES, Element, data_sets, encode

from leadglass.model.patient import Head
from leadglass.wire.dataset import HeadReader, read_head

DataSet = tuple[dict[int, bytes], list[Element]]
Result = tuple[Head | None, str, tuple[str, ...]]

ORDINARY = [
    Element(0x0008_0018, "UI", b"1.2.3.4\0"),
    Element(0x0010_0020, "LO", b"4711"),
    Element(0x0020_000D, "UI", b"1.2\0"),
    Element(0x0020_000E, "UI", b"1.3\0"),
    Element(0x7FE0_0010, "OB", bytes(1000)),
]


def _result(reader: HeadReader) -> Result:
    return reader.head, reader.finding, reader.tolerated


def _feed(reader: HeadReader, data: bytes, cuts: list[int]) -> Result:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    view = memoryview(data)
    if not any(reader.feed(view[begin:end]) for begin, end in pairwise(places)):
        reader.finish()
    return _result(reader)


@pytest.mark.parametrize("syntax", SYNTAXES)
@given(data_sets())
def test_identity_written_is_read(syntax: str, case: DataSet) -> None:
    values, elements = case
    reader = read_head(syntax, encode(elements, syntax))
    assert reader.finding == ""
    head = reader.head
    assert head is not None
    patient = head.patient
    read = (
        *(head.sop_class, head.sop_instance, head.accession, head.modality),
        *(patient.name, patient.id, patient.issuer, head.study, head.series),
    )
    tags = (0x80016, 0x80018, 0x80050, 0x80060, 0x100010, 0x100020, 0x100021, 0x20000D, 0x20000E)
    assert read == tuple(values.get(tag, b"").decode("ascii") for tag in tags)
    assert patient.raw_id.rstrip(b" ") == values.get(0x100020, b"")
    assert patient.known == (0x100020 in values or 0x100010 in values)


@pytest.mark.parametrize("syntax", SYNTAXES)
@given(data_sets(), st.lists(st.integers(0, 4000), max_size=12))
def test_fragments_yield_what_one_piece_does(syntax: str, case: DataSet, cuts: list[int]) -> None:
    data = encode(case[1], syntax)
    assert _feed(HeadReader(syntax), data, cuts) == _result(read_head(syntax, data))


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
@given(data_sets(), st.lists(st.integers(0, 4000), max_size=8), st.data())
def test_mutated_fragments_yield_what_one_piece_does(
    syntax: str, case: DataSet, cuts: list[int], data: st.DataObject
) -> None:
    mutated = bytearray(encode(case[1], syntax))
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(
            st.sampled_from([0, 1, 4, 8, 16, 0xE0, 0xFE, 0xFF])
        )
    whole = read_head(syntax, mutated)
    assert _feed(HeadReader(syntax), bytes(mutated), cuts) == _result(whole)
    assert (whole.head is None) == bool(whole.finding)


@pytest.mark.parametrize("syntax", [*SYNTAXES, "1.2.3", ""])
@given(st.binary(max_size=2000))
def test_any_bytes_are_decided(syntax: str, data: bytes) -> None:
    reader = read_head(syntax, data)
    assert (reader.head is None) == bool(reader.finding)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_takes_every_kind_of_buffer(kind: type[bytes] | type[bytearray] | type[memoryview]) -> None:
    reader = read_head(EXPLICIT, kind(encode(ORDINARY, EXPLICIT)))
    assert reader.head is not None
    assert reader.head.patient.id == "4711"


def test_keeps_nothing_of_a_buffer_that_is_used_again() -> None:
    data = encode(ORDINARY, EXPLICIT)
    shared = bytearray(data[:30])
    reader = HeadReader(EXPLICIT)
    assert not reader.feed(memoryview(shared))
    shared[:] = b"\xff" * 30
    assert reader.feed(data[30:])
    assert reader.head is not None
    assert reader.head.sop_instance == "1.2.3.4"


def test_is_done_before_pixel_data_is_there() -> None:
    reader = HeadReader(EXPLICIT)
    data = encode(ORDINARY, EXPLICIT)
    assert reader.feed(data[:-1000])
    assert reader.finding == ""


def test_ignores_what_comes_after_the_decision() -> None:
    reader = HeadReader(EXPLICIT)
    data = encode(ORDINARY, EXPLICIT)
    assert reader.feed(data)
    head = reader.head
    assert reader.feed(b"\xff" * 100)
    reader.finish()
    assert reader.head is head


def test_gives_up_at_its_bound_and_not_before() -> None:
    data = encode([Element(0x0008_0018, "UI", b"1.2\0"), *[Element(0x0009_1001, "OB", bytes(88))] * 10], EXPLICIT)
    assert read_head(EXPLICIT, data).finding == ""
    exact = HeadReader(EXPLICIT, max_bytes=len(data))
    assert not exact.feed(data)
    exact.finish()
    assert exact.finding == ""
    short = HeadReader(EXPLICIT, max_bytes=len(data) - 1)
    assert short.feed(data)
    assert short.finding == "head-too-long"


def test_element_out_of_order_that_comes_byte_by_byte_counts_once() -> None:
    elements = [*ORDINARY[:2], Element(0x0008_1030, "LO", bytes(3)), ORDINARY[1], *ORDINARY[2:]]
    elements[1:2] = elements[3:4] = [Element(0x0010_0020, "LO", b"4" * 2_000)]
    data = encode(elements, EXPLICIT)
    reader = HeadReader(EXPLICIT)
    assert any(reader.feed(data[at : at + 1]) for at in range(len(data)))
    assert _result(reader) == _result(read_head(EXPLICIT, data))
    assert reader.finding == ""


def test_long_value_that_is_passed_over_is_not_kept() -> None:
    reader = HeadReader(EXPLICIT)
    reader.feed(encode(ORDINARY[:1], EXPLICIT) + b"\x09\0\x01\x10OB\0\0" + (200_000).to_bytes(4, "little"))
    piece = bytes(1000)
    tracemalloc.start()
    for _ in range(200):
        assert not reader.feed(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_096
    assert reader.feed(encode(ORDINARY[1:], EXPLICIT))
    assert reader.head is not None
    assert reader.head.patient.id == "4711"


BOMBS = {
    "one value": encode([ORDINARY[0], Element(0x0009_1001, "OB", bytes(64_000_000))], DEFLATED),
    "many elements": encode([ORDINARY[0], *[Element(0x0009_1001, "OB", bytes(2_000))] * 900], DEFLATED),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_deflate_bomb_is_not_inflated_whole(bomb: str) -> None:
    tracemalloc.start()
    reader = read_head(DEFLATED, BOMBS[bomb])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reader.finding == "deflate-bomb"
    assert peak < 262_144


def test_deflated_head_that_does_not_compress_meets_the_bound_of_bytes_sent() -> None:
    stored = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = stored.compress(encode([ORDINARY[0], Element(0x0009_1001, "OB", bytes(300_000))], EXPLICIT)) + stored.flush()
    assert read_head(DEFLATED, data).finding == "head-too-long"


def test_bytes_behind_a_deflated_stream_are_padding() -> None:
    reader = HeadReader(DEFLATED)
    assert reader.feed(encode(ORDINARY[:4], DEFLATED) + b"\0")
    assert reader.head is not None
    assert reader.head.patient.id == "4711"
