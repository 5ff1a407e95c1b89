"""Builds and reads what the two ends say: PDUs, messages, small data sets. Never judges them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import pack, unpack_from
from typing import Any

from tests.wire.dataset.data_sets import IMPLICIT, Element, encode

from leadglass.model.ae_title import ae_field
from leadglass.wire.dicom.command import Command, build_command, parse_command, response_to
from leadglass.wire.dicom.pdu import (
    AssociateRQ,
    build_associate_ac,
    build_associate_rq,
    p_data,
    parse_associate_rq,
    parse_p_data,
)

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
TRANSACTION = "1.2.99"
WORKLIST = "1.2.840.10008.5.1.4.31"
MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
GET = "1.2.840.10008.5.1.4.1.2.2.3"
MPPS = "1.2.840.10008.3.1.2.3.3"
EXPLICIT = "1.2.840.10008.1.2.1"

ECHO_CONTEXT, CT_CONTEXT, MR_CONTEXT, FIND_CONTEXT, COMMITMENT_CONTEXT = 1, 3, 5, 7, 9
CONTEXTS = (
    (ECHO_CONTEXT, VERIFICATION, (IMPLICIT,)),
    (CT_CONTEXT, CT, (EXPLICIT, IMPLICIT)),
    (MR_CONTEXT, MR, (IMPLICIT,)),
    (FIND_CONTEXT, FIND, (IMPLICIT,)),
    (COMMITMENT_CONTEXT, COMMITMENT, (IMPLICIT,)),
)

WORKLIST_CONTEXT, MOVE_CONTEXT, GET_CONTEXT, MPPS_CONTEXT = 11, 13, 15, 17
EVERYTHING = (
    *CONTEXTS,
    (WORKLIST_CONTEXT, WORKLIST, (IMPLICIT,)),
    (MOVE_CONTEXT, MOVE, (IMPLICIT,)),
    (GET_CONTEXT, GET, (IMPLICIT,)),
    (MPPS_CONTEXT, MPPS, (IMPLICIT,)),
)
CONTEXT_OF = {abstract: number for number, abstract, _ in EVERYTHING}

C_STORE, C_FIND, C_ECHO, N_ACTION, N_EVENT_REPORT, C_CANCEL = 0x0001, 0x0020, 0x0030, 0x0130, 0x0100, 0x0FFF
C_GET, C_MOVE, N_SET, N_CREATE = 0x0010, 0x0021, 0x0120, 0x0140


def associate_rq(
    calling: str = "CT2",
    called: str = "PACS",
    contexts: Sequence[tuple[int, str, Sequence[str]]] = CONTEXTS,
    maximum_length: int = 16_384,
    **more: Any,
) -> bytes:
    """An A-ASSOCIATE-RQ; ``more`` as for `build_associate_rq`."""
    return build_associate_rq(ae_field(called), ae_field(calling), contexts, maximum_length, **more)


def associate_ac(proposed: bytes, maximum_length: int = 32_768, refuse: Sequence[int] = (), **more: Any) -> bytes:
    """An archive's acceptance of all that was proposed, but the contexts of ``refuse``; the last syntax of each."""
    rq: AssociateRQ = parse_associate_rq(proposed)
    results = [(context.id, 3 if context.id in refuse else 0, context.transfer_syntaxes[-1]) for context in rq.contexts]
    more.setdefault("roles", rq.user_information.roles)
    return build_associate_ac(rq.called, rq.calling, results, maximum_length, **more)


def data_set(
    number: int = 1, *, patient: str = "P1", study: str = "1.2.3", sop_class: str = CT, pixels: int = 64, name: str = ""
) -> bytes:
    """An implicit little endian object with ``pixels`` bytes of pixel data."""
    elements = [
        Element(0x0008_0016, "UI", _even(sop_class)),
        Element(0x0008_0018, "UI", _even(f"1.2.9.{number}")),
        Element(0x0010_0010, "PN", _even(name, b" ")),
        Element(0x0010_0020, "LO", _even(patient, b" ")),
        Element(0x0020_000D, "UI", _even(study)),
        Element(0x0020_000E, "UI", _even(study + ".1")),
        Element(0x7FE0_0010, "OW", bytes(index * 7 & 0xFF for index in range(pixels))),
    ]
    return encode(elements, IMPLICIT)


def _even(text: str, padding: bytes = b"\0") -> bytes:
    value = text.encode("ascii")
    return value + padding * (len(value) & 1)


def command(field: int, message_id: int, **more: Any) -> Command:
    """A request's command set."""
    return Command(field, message_id=message_id, **more)


def store_command(number: int = 1, sop_class: str = CT, **more: Any) -> Command:
    """A C-STORE-RQ whose Message ID and instance go by ``number``."""
    return command(
        C_STORE, number, affected_sop_class=sop_class, affected_sop_instance=f"1.2.9.{number}",
        data_set_present=True, priority=0, **more,
    )  # fmt: skip


def store(number: int = 1, context: int = CT_CONTEXT, max_length: int = 16_384, **of_data_set: Any) -> bytes:
    """A C-STORE-RQ as PDUs."""
    sop_class = of_data_set.get("sop_class", MR if context == MR_CONTEXT else CT)
    of_data_set["sop_class"] = sop_class
    return p_data(context, build_command(store_command(number, sop_class)), data_set(number, **of_data_set), max_length)


def object_of(
    number: int = 1, originator: str = "", originator_message: int = -1, data: bytes | None = None, **of_data_set: Any
) -> bytes:
    """A C-STORE-RQ of an archive for a C-MOVE, with its Move Originator fields where one is given."""
    request = store_command(number, move_originator_title=originator, move_originator_message_id=originator_message)
    return p_data(CT_CONTEXT, build_command(request), data_set(number, **of_data_set) if data is None else data, 16_384)


def echo(number: int = 1) -> bytes:
    """A C-ECHO-RQ."""
    return p_data(ECHO_CONTEXT, build_command(command(C_ECHO, number, affected_sop_class=VERIFICATION)))


def find(number: int = 1, max_length: int = 16_384) -> bytes:
    """A C-FIND-RQ with a small identifier."""
    request = command(C_FIND, number, affected_sop_class=FIND, data_set_present=True, priority=0)
    return p_data(FIND_CONTEXT, build_command(request), data_set(number), max_length)


def elements(*pairs: tuple[int, str, str]) -> bytes:
    """An implicit little endian data set of (tag, VR, text)."""
    padding = {"UI": b"\0"}
    return encode([Element(tag, vr, _even(text, padding.get(vr, b" "))) for tag, vr, text in pairs], IMPLICIT)


def identifier(
    level: str = "STUDY", *, patient: str = "", study: str = "", series: str = "", instance: str = "", name: str = ""
) -> bytes:
    """An identifier; lists of UIDs as they stand in one, with backslashes. Without a level, a worklist's."""
    keys = [
        (0x0008_0018, "UI", instance), (0x0008_0052, "CS", level), (0x0010_0010, "PN", name),
        (0x0010_0020, "LO", patient), (0x0020_000D, "UI", study), (0x0020_000E, "UI", series),
    ]  # fmt: skip
    return elements(*(key for key in keys if key[2] or key[0] == 0x0010_0010))


STUDY_KEY = identifier(study="1.2.3")


def query(number: int = 1, data: bytes = STUDY_KEY, sop_class: str = FIND, max_length: int = 16_384) -> bytes:
    """A C-FIND-RQ."""
    request = command(C_FIND, number, affected_sop_class=sop_class, data_set_present=True, priority=0)
    return p_data(CONTEXT_OF[sop_class], build_command(request), data, max_length)


def move(number: int = 1, destination: str = "WS", data: bytes = STUDY_KEY) -> bytes:
    """A C-MOVE-RQ."""
    request = command(
        C_MOVE, number, affected_sop_class=MOVE, data_set_present=True, priority=0, move_destination=destination
    )
    return p_data(MOVE_CONTEXT, build_command(request), data, 16_384)


def get(number: int = 1, data: bytes = STUDY_KEY) -> bytes:
    """A C-GET-RQ."""
    request = command(C_GET, number, affected_sop_class=GET, data_set_present=True, priority=0)
    return p_data(GET_CONTEXT, build_command(request), data, 16_384)


def pending(field: int, number: int = 1, data: bytes | None = None, **counters: int) -> bytes:
    """A pending response of a C-FIND, C-MOVE or C-GET."""
    return answered(field, number, 0xFF00, data, **counters)


def answered(field: int, number: int = 1, status: int = 0, data: bytes | None = None, **counters: int) -> bytes:
    """A response of a C-FIND, C-MOVE or C-GET, on its own context."""
    context = {C_FIND: FIND_CONTEXT, C_MOVE: MOVE_CONTEXT, C_GET: GET_CONTEXT}[field]
    return response(field, number, status, context, data, **counters)


def commit(number: int = 1, transaction: str = TRANSACTION) -> bytes:
    """An N-ACTION-RQ that asks for storage commitment."""
    request = command(
        N_ACTION, number, requested_sop_class=COMMITMENT, requested_sop_instance=COMMITMENT_INSTANCE,
        action_type_id=1, data_set_present=True,
    )  # fmt: skip
    return p_data(COMMITMENT_CONTEXT, build_command(request), elements((0x0008_1195, "UI", transaction)))


def event_report(
    number: int = 1, transaction: str = TRANSACTION, sop_class: str = COMMITMENT, data: bytes | None = None
) -> bytes:
    """An N-EVENT-REPORT-RQ of a commitment."""
    request = command(
        N_EVENT_REPORT, number, affected_sop_class=sop_class, affected_sop_instance=COMMITMENT_INSTANCE,
        event_type_id=1, data_set_present=True,
    )  # fmt: skip
    told = elements((0x0008_1195, "UI", transaction)) if data is None else data
    return p_data(COMMITMENT_CONTEXT, build_command(request), told)


def procedure_step(
    number: int = 1, field: int = N_CREATE, instance: str = "1.2.8.1", data: bytes | None = None
) -> bytes:
    """An N-CREATE-RQ or N-SET-RQ of a modality performed procedure step."""
    which = "affected" if field == N_CREATE else "requested"
    named = {f"{which}_sop_class": MPPS, f"{which}_sop_instance": instance}
    request = command(field, number, data_set_present=True, **named)
    return p_data(
        MPPS_CONTEXT, build_command(request), identifier("", patient="P1", name="A^B") if data is None else data
    )


def cancel(number: int) -> bytes:
    """A C-CANCEL-RQ."""
    return p_data(FIND_CONTEXT, build_command(Command(C_CANCEL, message_id_being_responded_to=number)))


def response(
    field: int, number: int, status: int = 0, context: int = CT_CONTEXT, data: bytes | None = None, **more: Any
) -> bytes:
    """A response to Message ID ``number``."""
    request = command(field, number, affected_sop_class=CT, affected_sop_instance=f"1.2.9.{number}")
    return p_data(context, response_to(request, status, data_set_present=data is not None, **more), data, 16_384)


def store_rsp(number: int = 1, status: int = 0, context: int = CT_CONTEXT) -> bytes:
    """A C-STORE-RSP."""
    return response(C_STORE, number, status, context)


def echo_rsp(number: int = 1) -> bytes:
    """A C-ECHO-RSP."""
    return response(C_ECHO, number, 0, ECHO_CONTEXT)


def pdv(context: int, control: int, fragment: bytes = b"") -> bytes:
    """A presentation data value."""
    return pack(">IBB", len(fragment) + 2, context, control) + fragment


def pdu(*items: bytes, kind: int = 4) -> bytes:
    """A PDU around its items."""
    content = b"".join(items)
    return pack(">BxI", kind, len(content)) + content


def fragmented(context: int, request: Command, data: bytes, size: int, command_size: int = 1 << 16) -> bytes:
    """A message with a data set in fragments of ``size`` bytes, one PDV a PDU."""
    parts = []
    for content, control, step in ((build_command(request), 1, command_size), (data, 0, size)):
        for at in range(0, max(len(content), 1), step):
            last = 2 if at + step >= len(content) else 0
            parts.append(pdu(pdv(context, control | last, content[at : at + step])))
    return b"".join(parts)


# --- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message as the other end reads it."""

    context: int
    command: Command
    data: bytes


def pdus(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The whole PDUs in ``data`` by type; a piece of one at the end has type -1."""
    at = 0
    while at < len(data):
        end = at + 6 + unpack_from(">I", data, at + 2)[0] if len(data) - at >= 6 else len(data) + 1
        if end > len(data):
            yield -1, data[at:]
            return
        yield data[at], data[at:end]
        at = end


def kinds(data: bytes) -> list[int]:
    """The types of the PDUs in ``data``, P-DATA-TF left out."""
    return [kind for kind, _ in pdus(data) if kind != 4]


def messages(data: bytes) -> list[Message]:
    """The whole messages in ``data``; other PDUs are passed over, a message that is not whole is left out."""
    found: list[Message] = []
    request: Command | None = None
    parts: dict[bool, bytearray] = {True: bytearray(), False: bytearray()}
    for kind, whole in pdus(data):
        if kind != 4:
            continue
        for value in parse_p_data(whole, len(whole)):
            parts[value.is_command] += value.fragment
            if not value.is_last:
                continue
            if value.is_command:
                assert request is None, "a command set inside a message"
                request = parse_command(bytes(parts[True]))
            if request is not None and (not value.is_command or not request.data_set_present):
                found.append(Message(value.context_id, request, bytes(parts[False])))
                request = None
                parts = {True: bytearray(), False: bytearray()}
    return found
