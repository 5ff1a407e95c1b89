"""Random conversations of both ends, with what must come of them. Never cuts or interleaves them: tests do."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack

from hypothesis import strategies as st
from tests.flow.messages import (
    C_FIND,
    CT,
    CT_CONTEXT,
    FIND_CONTEXT,
    MR,
    MR_CONTEXT,
    data_set,
    echo,
    echo_rsp,
    find,
    fragmented,
    pdu,
    pdus,
    response,
    store_command,
    store_rsp,
)


@dataclass(frozen=True)
class Turn:
    """One request of the caller and the archive's answer, which is empty for a refused one.

    Attributes:
        request: PDUs as the caller sends them.
        canonical: the same with one PDV a PDU, as they leave.
        permitted: whether the policy permits it to CT2.
        answer: PDUs of the archive.
        data: the data set.
    """

    request: bytes
    canonical: bytes
    permitted: bool
    answer: bytes
    data: bytes


@st.composite
def turns(draw: st.DrawFn, number: int) -> Turn:
    """A C-ECHO, or a C-STORE of CT (permitted to CT2) or of MR under a CT context (refused)."""
    if draw(st.integers(0, 5)) == 0:
        return Turn(echo(number), echo(number), True, echo_rsp(number), b"")
    permitted = draw(st.booleans())
    data = data_set(
        number,
        patient=draw(st.sampled_from(["P1", "P2", ""])),
        study=draw(st.sampled_from(["1.2.3", "1.2.4"])),
        sop_class=CT if permitted else MR,  # what the head says counts, whatever the command says
        pixels=draw(st.sampled_from([0, 2, 64, 1_000, 9_000])),
    )
    size = draw(st.sampled_from([2, 7, 64, 400, 5_000, 16_000])) if len(data) < 2_000 else 4_000
    whole = fragmented(CT_CONTEXT, store_command(number), data, size, draw(st.sampled_from([2, 50, 1 << 16])))
    if draw(st.integers(0, 3)) == 0:
        whole = _empty_last(whole)
    status = draw(st.sampled_from([0, 0xB000, 0xA700]))
    return Turn(_joined(draw, whole), whole, permitted, store_rsp(number, status) if permitted else b"", data)


def _empty_last(whole: bytes) -> bytes:
    """The last fragment is followed by an empty one that is the last."""
    *before, (_, last) = pdus(whole)
    open_ended = last[:11] + bytes((last[11] & ~2,)) + last[12:]
    return b"".join(part for _, part in before) + open_ended + pdu(pack(">IBB", 2, last[10], 2))


def _joined(draw: st.DrawFn, whole: bytes) -> bytes:
    """Some neighbouring PDUs as one of several PDVs."""
    parts: list[bytes] = []
    for _, part in pdus(whole):
        items = part[6:]
        if parts and len(parts[-1]) + len(items) < 16_000 and draw(st.integers(0, 2)) == 0 and len(parts) < 40:
            parts[-1] += items
        else:
            parts.append(items)
    return b"".join(pdu(items) for items in parts)


conversations = st.integers(1, 5).flatmap(lambda count: st.tuples(*(turns(number) for number in range(1, count + 1))))


def answered_find(number: int, matches: int) -> tuple[bytes, bytes]:
    """A C-FIND-RQ and its responses."""
    pending = [response(C_FIND, number, 0xFF00, FIND_CONTEXT, data_set(match)) for match in range(matches)]
    return find(number), b"".join(pending) + response(C_FIND, number, 0, FIND_CONTEXT)


__all__ = ["MR_CONTEXT", "Turn", "answered_find", "conversations", "turns"]
