"""Huge pages change where memory lies, never what stands in it."""

from __future__ import annotations

from leadglass.io.huge_pages import HUGE_PAGE, _heap, collapse_heap, huge_buffer

MAPS = """\
555500000000-555500400000 rw-p 00000000 00:00 0                          [heap]
7f0000100000-7f0000900000 rw-p 00000000 00:00 0
7f0001000000-7f0001100000 rw-p 00000000 00:00 0
7f0002000000-7f0002800000 r-xp 00000000 fe:00 26933                      /usr/lib/libpython3.11.so.1.0
7f0003000000-7f0003800000 rw-p 00000000 fe:00 26933                      /usr/lib/libpython3.11.so.1.0
7ffc00000000-7ffc00800000 rw-p 00000000 00:00 0                          [stack]
"""


def test_only_whole_pages_of_private_memory_without_a_file_are_moved() -> None:
    assert list(_heap(MAPS)) == [(0x555500000000, 0x555500400000), (0x7F0000200000, 0x7F0000800000)]


def test_a_buffer_has_the_size_asked_for_and_can_be_written_to_its_ends() -> None:
    for size in (1, 4096, HUGE_PAGE + 17):
        buffer = huge_buffer(size)
        assert len(buffer) == size
        buffer[0] = buffer[-1] = 7
        assert buffer[-1] == 7


def test_what_stands_in_the_heap_is_the_same_after_it_was_moved() -> None:
    values = [str(number) * 3 for number in range(200_000)]
    assert collapse_heap() % HUGE_PAGE == 0
    assert values == [str(number) * 3 for number in range(200_000)]
