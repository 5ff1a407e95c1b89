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
EXPLICIT = "1.2.840.10008.1.2.1"

ECHO_CONTEXT, CT_CONTEXT, MR_CONTEXT, FIND_CONTEXT, COMMITMENT_CONTEXT = 1, 3, 5, 7, 9
CONTEXTS = (
    (ECHO_CONTEXT, VERIFICATION, (IMPLICIT,)),
    (CT_CONTEXT, CT, (EXPLICIT, IMPLICIT)),
    (MR_CONTEXT, MR, (IMPLICIT,)),
    (FIND_CONTEXT, FIND, (IMPLICIT,)),
    (COMMITMENT_CONTEXT, COMMITMENT, (IMPLICIT,)),
)

C_STORE, C_FIND, C_ECHO, N_ACTION, N_EVENT_REPORT, C_CANCEL = 0x0001, 0x0020, 0x0030, 0x0130, 0x0100, 0x0FFF


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


def store_command(number: int = 1, sop_class: str = CT) -> Command:
    """A C-STORE-RQ whose Message ID and instance go by ``number``."""
    return command(
        C_STORE, number, affected_sop_class=sop_class, affected_sop_instance=f"1.2.9.{number}",
        data_set_present=True, priority=0,
    )  # fmt: skip


def store(number: int = 1, context: int = CT_CONTEXT, max_length: int = 16_384, **of_data_set: Any) -> bytes:
    """A C-STORE-RQ as PDUs."""
    sop_class = of_data_set.get("sop_class", MR if context == MR_CONTEXT else CT)
    of_data_set["sop_class"] = sop_class
    return p_data(context, build_command(store_command(number, sop_class)), data_set(number, **of_data_set), max_length)


def echo(number: int = 1) -> bytes:
    """A C-ECHO-RQ."""
    return p_data(ECHO_CONTEXT, build_command(command(C_ECHO, number, affected_sop_class=VERIFICATION)))


def find(number: int = 1, max_length: int = 16_384) -> bytes:
    """A C-FIND-RQ with a small identifier."""
    request = command(C_FIND, number, affected_sop_class=FIND, data_set_present=True, priority=0)
    return p_data(FIND_CONTEXT, build_command(request), data_set(number), max_length)


def event_report(number: int = 1) -> bytes:
    """An N-EVENT-REPORT-RQ of a commitment, with an identifier."""
    request = command(
        N_EVENT_REPORT, number, affected_sop_class=COMMITMENT, affected_sop_instance="1.2.840.10008.1.20.1.1",
        event_type_id=1, data_set_present=True,
    )  # fmt: skip
    return p_data(COMMITMENT_CONTEXT, build_command(request), data_set(number))


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
