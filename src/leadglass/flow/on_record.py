"""The events of operations and refusals, made from what is known of a message. It keeps and sends nothing."""

from __future__ import annotations

from leadglass.flow.judge import Ruling
from leadglass.flow.subject import Subject
from leadglass.flow.under_way import Asked
from leadglass.model.decision import Decision
from leadglass.model.event import MAX_UIDS, Association, Judgement, Operation, Refusal
from leadglass.wire.dicom.command import Command

UNJUDGED = Judgement()


def judgement_of(decision: Decision) -> Judgement:
    """A decision as recorded."""
    return Judgement(decision.rule, decision.nearest, decision.failed, decision.error)


def operation_event(who: Association, asked: Asked, said: Command, judgement: Judgement = UNJUDGED) -> Operation:
    """A request that goes on, or its final response (``said``), with all that both tell."""
    subject, request = asked.subject, asked.command
    assert request is not None, "what is neither C-STORE nor C-ECHO has its command"
    return Operation(
        who, asked.operation, asked.sop_class, said.sop_instance or request.sop_instance, request.message_id,
        said.status, judgement, subject.patient, subject.study, subject.level, request.move_destination,
        subject.identifier.keys, subject.identifier.uids[:MAX_UIDS], subject.transaction,
        said.completed_suboperations, said.failed_suboperations, said.warning_suboperations,
        said.remaining_suboperations,
    )  # fmt: skip


def refusal_event(who: Association, command: Command, ruling: Ruling, subject: Subject, said: str) -> Refusal:
    """A request that is refused with what is ``said``, or goes on nevertheless: then it is empty."""
    assert ruling.cause is not None
    return Refusal(
        who, "operation", ruling.cause.value, said, not said, judgement_of(ruling.decision), command.operation,
        command.sop_class, command.sop_instance, subject.patient, subject.study, subject.finding,
        level=subject.level, destination=command.move_destination, keys=subject.identifier.keys,
        requester=ruling.requester,
    )  # fmt: skip
