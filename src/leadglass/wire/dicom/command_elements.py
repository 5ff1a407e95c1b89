"""The elements of a command set (PS3.7 annex E) and the operations (table E.1-1) as tables. Never reads bytes."""

from __future__ import annotations

from enum import IntEnum

C_STORE_RQ = 0x0001
C_GET_RQ = 0x0010
C_FIND_RQ = 0x0020
C_MOVE_RQ = 0x0021
C_ECHO_RQ = 0x0030
N_EVENT_REPORT_RQ = 0x0100
N_GET_RQ = 0x0110
N_SET_RQ = 0x0120
N_ACTION_RQ = 0x0130
N_CREATE_RQ = 0x0140
N_DELETE_RQ = 0x0150
C_CANCEL_RQ = 0x0FFF
RESPONSE = 0x8000  # set in the Command Field of a response

NO_DATA_SET = 0x0101  # Command Data Set Type; any other value announces one
DATA_SET = 0x0001

OPERATIONS = {
    C_STORE_RQ: "C-STORE",
    C_GET_RQ: "C-GET",
    C_FIND_RQ: "C-FIND",
    C_MOVE_RQ: "C-MOVE",
    C_ECHO_RQ: "C-ECHO",
    N_EVENT_REPORT_RQ: "N-EVENT-REPORT",
    N_GET_RQ: "N-GET",
    N_SET_RQ: "N-SET",
    N_ACTION_RQ: "N-ACTION",
    N_CREATE_RQ: "N-CREATE",
    N_DELETE_RQ: "N-DELETE",
    C_CANCEL_RQ: "C-CANCEL",
}

COMMAND_FIELDS = frozenset(OPERATIONS) | frozenset(field | RESPONSE for field in OPERATIONS if field != C_CANCEL_RQ)

REQUESTED = frozenset((N_GET_RQ, N_SET_RQ, N_ACTION_RQ, N_DELETE_RQ))
"""Operations that name their SOP class and instance as Requested ones; all others as Affected ones."""


class Kind(IntEnum):
    """How an element's value is read."""

    NUMBER = 0  # US
    CLASS_UID = 1  # UI, of a few thousand that exist
    INSTANCE_UID = 2  # UI, ever new
    TITLE = 3  # AE
    TEXT = 4  # LO


GROUP_LENGTH = 0x0000
COMMAND_FIELD = 0x0100
DATA_SET_TYPE = 0x0800

ELEMENTS = {
    0x0002: ("affected_sop_class", Kind.CLASS_UID),
    0x0003: ("requested_sop_class", Kind.CLASS_UID),
    0x0100: ("command_field", Kind.NUMBER),
    0x0110: ("message_id", Kind.NUMBER),
    0x0120: ("message_id_being_responded_to", Kind.NUMBER),
    0x0600: ("move_destination", Kind.TITLE),
    0x0700: ("priority", Kind.NUMBER),
    0x0800: ("data_set_type", Kind.NUMBER),
    0x0900: ("status", Kind.NUMBER),
    0x0902: ("error_comment", Kind.TEXT),
    0x0903: ("error_id", Kind.NUMBER),
    0x1000: ("affected_sop_instance", Kind.INSTANCE_UID),
    0x1001: ("requested_sop_instance", Kind.INSTANCE_UID),
    0x1002: ("event_type_id", Kind.NUMBER),
    0x1008: ("action_type_id", Kind.NUMBER),
    0x1020: ("remaining_suboperations", Kind.NUMBER),
    0x1021: ("completed_suboperations", Kind.NUMBER),
    0x1022: ("failed_suboperations", Kind.NUMBER),
    0x1023: ("warning_suboperations", Kind.NUMBER),
    0x1030: ("move_originator_title", Kind.TITLE),
    0x1031: ("move_originator_message_id", Kind.NUMBER),
}
