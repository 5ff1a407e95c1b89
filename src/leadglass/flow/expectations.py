"""Which C-MOVE an object was sent for, and what a C-MOVE lets come (PS3.4 C.4.2). Pure; the registrar keeps them."""

from __future__ import annotations

from leadglass.flow.subject import Subject
from leadglass.flow.surroundings import Surroundings
from leadglass.model.event import Association
from leadglass.model.expectation import Expectation, ExpectedMove, ExpectedReport
from leadglass.model.patient import Head
from leadglass.wire.dicom.command import Command

SECOND = 1_000_000_000


def expected_move(
    who: Association, writer: str, command: Command, subject: Subject, utc: int, seconds: float
) -> ExpectedMove:
    """What a forwarded C-MOVE-RQ lets come for ``seconds`` from ``utc`` (ns). ``writer`` makes its id unique."""
    identifier = subject.identifier
    patients = (identifier.patient.id,) if identifier.patient.known else ()
    return ExpectedMove(
        f"{writer}-{who.number}-{command.message_id}-{utc:x}", who.archive, command.move_destination, who.peer,
        who.address, who.calling, command.message_id, subject.level, patients, identifier.studies, identifier.series,
        identifier.instances, utc + int(seconds * SECOND),
    )  # fmt: skip


def expectation_of(
    who: Association, command: Command, subject: Subject, surroundings: Surroundings
) -> Expectation | None:
    """What a caller's permitted request lets come on another association, through us."""
    timers = surroundings.rules.settings.timers
    if command.operation == "C-MOVE" and command.move_destination in surroundings.rules.routes:
        return expected_move(who, surroundings.writer, command, subject, surroundings.utc, timers.move_expected)
    if command.operation == "N-ACTION" and subject.transaction:
        until = surroundings.utc + int(timers.commitment_expected * SECOND)
        return ExpectedReport(subject.transaction, who.archive, who.peer, who.address, who.calling, until)
    return None


def covers(move: ExpectedMove, head: Head, sop_instance: str) -> bool:
    """Whether the move named this object, by the unique key of its level (PS3.4 C.4.2.1.4); keys below it do not count.

    Without that key it is the most specific one; a move without any named nothing. ``sop_instance`` is of the command
    set; what the object says of itself counts before it.
    """
    if move.level == "PATIENT" and move.patients:
        return head.patient.known and head.patient.id in move.patients
    if move.level == "STUDY" and move.studies:
        return head.study in move.studies
    if move.level == "SERIES" and move.series:
        return head.series in move.series
    if move.instances:
        return (head.sop_instance or sop_instance) in move.instances
    if move.series:
        return head.series in move.series
    if move.studies:
        return head.study in move.studies
    return head.patient.known and head.patient.id in move.patients


def names_of(head: Head, sop_instance: str) -> tuple[str, ...]:
    """What a move may have named an object by."""
    names = (head.patient.id, head.study, head.series, head.sop_instance or sop_instance)
    return tuple(name for name in names if name)


def move_of(moves: tuple[ExpectedMove, ...], command: Command, head: Head, utc: int) -> ExpectedMove | None:
    """The move an object belongs to: of those that named it, the one its Move Originator fields name, else the latest.

    The fields (PS3.7 9.1.1.1) are a hint only: many archives leave them out, and anyone can write them.
    """
    open_now = [move for move in moves if move.until > utc and covers(move, head, command.sop_instance)]
    for move in open_now:
        if move.message_id == command.move_originator_message_id and move.calling == command.move_originator_title:
            return move
    return open_now[0] if open_now else None
