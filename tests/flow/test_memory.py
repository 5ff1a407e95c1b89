"""What an association holds stays within its bounds, however much is said and however it is cut."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from tests.flow.messages import CT_CONTEXT, data_set, messages, pdu, pdv, store_command
from tests.flow.playbook import CALLER, Playbook, observing, rules

from leadglass.flow.association import Association
from leadglass.flow.effects import Record, Send, Side
from leadglass.flow.stream import FRAGMENT_OVERHEAD, HELD_OVERHEAD
from leadglass.model.event import TransferBegun
from leadglass.model.route import Limits, Mode
from leadglass.wire.dicom.command import build_command

MIB = 1 << 20
COMMAND = pdu(pdv(CT_CONTEXT, 3, build_command(store_command(1))))


def feed(association: Association, piece: bytes, times: int, side: Side = CALLER) -> int:
    """Say a piece again and again as fast as it is taken; how many bytes left. A gate is opened at once."""
    left = 0
    view = memoryview(piece)
    for _ in range(times):
        if association.over:
            break
        used = association.receive(side, view)
        while association.effects:
            effects = association.effects[:]
            association.effects.clear()
            for effect in effects:
                if isinstance(effect, Send):
                    left += len(effect.data)
                elif isinstance(effect, Record) and effect.gate:
                    association.recorded(effect.side, True)
        if used < len(view) and not association.over:
            used += association.receive(side, view[used:])
        assert used == len(view) or association.over
    return left


@pytest.mark.parametrize(("size", "a_read"), [(1, 65), (2, 1_000), (4_000, 10)])
def test_a_head_that_never_ends_is_held_only_within_its_bound(size: int, a_read: int) -> None:
    book = Playbook.opened("CT2")
    book.caller(COMMAND)
    value = b"\x08\0\x05\0\xff\xff\xff\x7f"  # a value that runs on for 2 GiB
    book.caller(pdu(pdv(CT_CONTEXT, 0, value)))
    association = book.association
    piece = pdu(pdv(CT_CONTEXT, 0, bytes(size))) * a_read
    total = 100 * MIB if size > 1_000 else 8 * MIB
    tracemalloc.start()
    try:
        left = feed(association, piece, total // len(piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * MIB, f"{peak:,} bytes"
    assert left > total // 2, "given up, it goes on as patient unknown"


def test_a_refused_object_is_swallowed_without_being_held() -> None:
    book = Playbook.opened("CT2", given=observing(Mode.ENFORCE, unreadable_head="refuse"))
    book.caller(COMMAND + pdu(pdv(CT_CONTEXT, 0, b"\x08\0\x05\0\xff\xff\xff\x7f")))
    piece = pdu(pdv(CT_CONTEXT, 0, bytes(16_000))) * 4
    tracemalloc.start()
    try:
        left = feed(book.association, piece, 100 * MIB // len(piece))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert left == 0
    assert peak < 2 * MIB, f"{peak:,} bytes"
    book.caller(pdu(pdv(CT_CONTEXT, 2)))
    assert messages(book.to_caller)[0].command.status == 0xC000
    assert not book.records(TransferBegun)


@pytest.mark.parametrize("cut", [0, 1, 13, 97])
@pytest.mark.parametrize(("over", "known"), [(0, True), (2, False)])
def test_where_a_head_is_given_up_does_not_depend_on_the_reads(cut: int, over: int, known: bool) -> None:
    bound = 600
    whole = data_set(1, name="N" * 200)
    small = (bound * HELD_OVERHEAD - len(COMMAND)) // (FRAGMENT_OVERHEAD + 1) + over  # fragments of a byte
    assert small < whole.index(b"P1")
    fragments = [*(whole[at : at + 1] for at in range(small)), whole[small:]]
    said = COMMAND + b"".join(pdu(pdv(CT_CONTEXT, 0, part)) for part in fragments)
    book = Playbook.opened("CT2", given=rules(limits=Limits(head=bound)))
    book.caller(said, cut)
    assert book.only(TransferBegun).patient.known is known


def test_an_idle_association_holds_little() -> None:
    Playbook.opened("CT2")
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        books = [Playbook.opened("CT2") for _ in range(20)]
        held = (tracemalloc.get_traced_memory()[0] - before) // len(books)
    finally:
        tracemalloc.stop()
    assert held < 64 * 1024, f"{held:,} bytes"


def test_an_association_that_is_over_goes_without_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        book = Playbook.opened("CT2")
        association = book.association
        association.stop()
        association.effects.clear()
        association.detach()
        number = id(association)
        del book, association
        assert not any(isinstance(left, Association) and id(left) == number for left in gc.get_objects())
    finally:
        gc.enable()
