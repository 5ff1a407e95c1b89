"""Random conversations of both ends, with what must come of them. Never cuts or interleaves them: tests do."""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack

from hypothesis import strategies as st
from tests.flow.messages import (
    C_FIND,
    C_GET,
    C_MOVE,
    COMMITMENT_CONTEXT,
    CONTEXT_OF,
    CT,
    CT_CONTEXT,
    FIND,
    FIND_CONTEXT,
    MPPS_CONTEXT,
    MR,
    MR_CONTEXT,
    N_ACTION,
    N_CREATE,
    N_EVENT_REPORT,
    TRANSACTION,
    WORKLIST,
    answered,
    cancel,
    commit,
    data_set,
    echo,
    echo_rsp,
    event_report,
    find,
    fragmented,
    get,
    identifier,
    move,
    pdu,
    pdus,
    pending,
    procedure_step,
    query,
    response,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import ARCHIVE, CALLER

from leadglass.flow.effects import Side


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


Said = tuple[Side, bytes]


@st.composite
def services(draw: st.DrawFn, number: int) -> tuple[Said, ...]:
    """One service of a department's day on WS, whole: what each side says, patient P9 being forbidden."""
    patient = draw(st.sampled_from(["P1", "P9"]))
    kind = draw(st.sampled_from(["find", "worklist", "move", "get", "commit", "step", "cancel", "store"]))
    if kind in {"find", "worklist"}:
        sop_class = FIND if kind == "find" else WORKLIST
        asked = query(number, identifier("STUDY" if kind == "find" else "", patient=patient), sop_class)
        matches = [
            response(C_FIND, number, 0xFF00, CONTEXT_OF[sop_class], data_set(match, patient=f"P{match}"))
            for match in range(draw(st.integers(0, 3)))
        ]
        said = b"".join(matches) + response(C_FIND, number, 0, CONTEXT_OF[sop_class])
        return (CALLER, asked), (ARCHIVE, said if patient == "P1" else b"")
    if kind == "move":
        destination = draw(st.sampled_from(["WS", "PRINTER", "NOWHERE"]))
        said = pending(C_MOVE, number, remaining=1) + answered(C_MOVE, number, completed=1)
        return (CALLER, move(number, destination)), (ARCHIVE, said if destination != "NOWHERE" else b"")
    if kind == "get":
        objects = store(1, patient=patient, pixels=draw(st.sampled_from([0, 20_000]))) + store(2)
        told = (store_rsp(1) if patient == "P1" else b"") + store_rsp(2)
        return (
            (CALLER, get(number)),
            (ARCHIVE, objects),
            (CALLER, told),
            (ARCHIVE, answered(C_GET, number, completed=2)),
        )
    if kind == "commit":
        stranger = draw(st.booleans())
        report = event_report(number, "1.2.97" if stranger else TRANSACTION)
        heard = b"" if stranger else response(N_EVENT_REPORT, number, 0, COMMITMENT_CONTEXT)
        said = response(N_ACTION, number, 0, COMMITMENT_CONTEXT) + report
        return (CALLER, commit(number)), (ARCHIVE, said), (CALLER, heard)
    if kind == "step":
        said = response(N_CREATE, number, 0, MPPS_CONTEXT) if patient == "P1" else b""
        return (CALLER, procedure_step(number, data=identifier("", patient=patient))), (ARCHIVE, said)
    if kind == "cancel":
        return (CALLER, query(number) + cancel(number) + cancel(99)), (ARCHIVE, answered(C_FIND, number, 0xFE00))
    return (CALLER, store(number, patient=patient)), (ARCHIVE, store_rsp(number) if patient == "P1" else b"")


department = (
    st.integers(1, 5)
    .flatmap(lambda count: st.tuples(*(services(number) for number in range(1, count + 1))))
    .map(lambda days: tuple(said for day in days for said in day))
)


def answered_find(number: int, matches: int) -> tuple[bytes, bytes]:
    """A C-FIND-RQ and its responses."""
    pending = [response(C_FIND, number, 0xFF00, FIND_CONTEXT, data_set(match)) for match in range(matches)]
    return find(number), b"".join(pending) + response(C_FIND, number, 0, FIND_CONTEXT)


__all__ = ["MR_CONTEXT", "Said", "Turn", "answered_find", "conversations", "department", "turns"]
