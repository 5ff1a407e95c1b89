"""A DIMSE command set as a value (PS3.7 9.3, 10.3). Never reads or writes bytes."""

from __future__ import annotations

import msgspec

from leadglass.wire.dicom.command_elements import OPERATIONS, REQUESTED, RESPONSE

ABSENT = -1  # a number the command set does not hold


class Command(msgspec.Struct, frozen=True):
    """A command set. Absent numbers are -1, absent texts empty.

    Attributes:
        command_field: the operation and direction (PS3.7 table E.1-1).
        message_id: of a request but C-CANCEL.
        message_id_being_responded_to: of a response, and of C-CANCEL.
        affected_sop_class, requested_sop_class, affected_sop_instance, requested_sop_instance: UIDs; see
            `sop_class` and `sop_instance` for those the operation defines.
        data_set_present: a data set follows.
        status: of a response.
        priority: 0 medium, 1 high, 2 low.
        move_destination: AE title of a C-MOVE-RQ.
        move_originator_title, move_originator_message_id: of the C-MOVE that made this C-STORE.
        remaining_suboperations, completed_suboperations, failed_suboperations, warning_suboperations: of C-GET, C-MOVE.
        error_comment: printable ASCII, other characters escaped; the first 256 bytes of it.
        error_id, event_type_id, action_type_id: of N-services.
        other: (element, value) of group 0000 that stand in none of the above, in their order.
        tolerated: names of deviations, each once.
    """

    command_field: int
    message_id: int = ABSENT
    message_id_being_responded_to: int = ABSENT
    affected_sop_class: str = ""
    requested_sop_class: str = ""
    affected_sop_instance: str = ""
    requested_sop_instance: str = ""
    data_set_present: bool = False
    status: int = ABSENT
    priority: int = ABSENT
    move_destination: str = ""
    move_originator_title: str = ""
    move_originator_message_id: int = ABSENT
    remaining_suboperations: int = ABSENT
    completed_suboperations: int = ABSENT
    failed_suboperations: int = ABSENT
    warning_suboperations: int = ABSENT
    error_comment: str = ""
    error_id: int = ABSENT
    event_type_id: int = ABSENT
    action_type_id: int = ABSENT
    other: tuple[tuple[int, bytes], ...] = ()
    tolerated: tuple[str, ...] = ()

    @property
    def operation(self) -> str:
        """The DIMSE name, "C-STORE", of a request and of its response."""
        return OPERATIONS[self.command_field & ~RESPONSE]

    @property
    def is_request(self) -> bool:
        """Whether it is a request (C-CANCEL is one)."""
        return self.command_field < RESPONSE

    @property
    def sop_class(self) -> str:
        """The SOP Class UID this operation is about: of the two, the one PS3.7 defines for it."""
        return self.requested_sop_class if self.command_field in REQUESTED else self.affected_sop_class

    @property
    def sop_instance(self) -> str:
        """The SOP Instance UID this operation is about: of the two, the one PS3.7 defines for it."""
        return self.requested_sop_instance if self.command_field in REQUESTED else self.affected_sop_instance
