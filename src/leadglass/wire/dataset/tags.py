"""The elements that say whose an instance is, and those that give a data set its structure (PS3.6). Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SPECIFIC_CHARACTER_SET = 0x0008_0005
SOP_CLASS_UID = 0x0008_0016
SOP_INSTANCE_UID = 0x0008_0018
ACCESSION_NUMBER = 0x0008_0050
QUERY_RETRIEVE_LEVEL = 0x0008_0052
MODALITY = 0x0008_0060
TRANSACTION_UID = 0x0008_1195
PATIENT_NAME = 0x0010_0010
PATIENT_ID = 0x0010_0020
ISSUER_OF_PATIENT_ID = 0x0010_0021
STUDY_INSTANCE_UID = 0x0020_000D
SERIES_INSTANCE_UID = 0x0020_000E

IDENTITY_VRS = {
    SPECIFIC_CHARACTER_SET: "CS",
    SOP_CLASS_UID: "UI",
    SOP_INSTANCE_UID: "UI",
    ACCESSION_NUMBER: "SH",
    MODALITY: "CS",
    PATIENT_NAME: "PN",
    PATIENT_ID: "LO",
    ISSUER_OF_PATIENT_ID: "LO",
    STUDY_INSTANCE_UID: "UI",
    SERIES_INSTANCE_UID: "UI",
}

# VRs a wanted element may wrongly have: its value is read alike by all (PS3.5 6.2; UN by 6.2.2).
TEXT_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UN", "UT"))

GROUP_LENGTHS = frozenset(group << 16 for group in (0x0008, 0x0010, 0x0012, 0x0018, 0x0020))

LAST = SERIES_INSTANCE_UID
"""Tags ascend (PS3.5 7.1): what is greater comes after all identity."""

COMPLETE = frozenset((PATIENT_ID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID))
"""With these there (empty or not), what is greater than `LAST` ends the head; without, only pixel data does."""

KEYS = {
    SOP_CLASS_UID: "SOPClassUID",
    SOP_INSTANCE_UID: "SOPInstanceUID",
    0x0008_0020: "StudyDate",
    0x0008_0030: "StudyTime",
    ACCESSION_NUMBER: "AccessionNumber",
    MODALITY: "Modality",
    0x0008_0061: "ModalitiesInStudy",
    0x0008_0090: "ReferringPhysicianName",
    0x0008_1030: "StudyDescription",
    PATIENT_NAME: "PatientName",
    PATIENT_ID: "PatientID",
    0x0010_0030: "PatientBirthDate",
    0x0010_0040: "PatientSex",
    STUDY_INSTANCE_UID: "StudyInstanceUID",
    SERIES_INSTANCE_UID: "SeriesInstanceUID",
    0x0020_0010: "StudyID",
}
"""Matching keys of queries and retrieves at the top level (PS3.4 C.6, K.6), by keyword."""

_KEY_VRS = {0x0008_0020: "DA", 0x0008_0030: "TM", 0x0008_0061: "CS", 0x0008_0090: "PN", 0x0008_1030: "LO"} | {
    0x0010_0030: "DA", 0x0010_0040: "CS", 0x0020_0010: "SH",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which top-level elements a walk keeps.

    Attributes:
        vrs: their value representations, by tag.
        last: tags ascend, so that what is greater comes after all of them.
        complete: with these there, empty or not, what is greater ends the walk; without, only pixel data does.
        longest: bytes of one value.
        kept: what the walk looks at: these, and group lengths.
    """

    vrs: Mapping[int, str]
    last: int
    complete: frozenset[int]
    longest: int
    kept: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", frozenset(self.vrs) | GROUP_LENGTHS)


IDENTITY = Wanted(IDENTITY_VRS, LAST, COMPLETE, 4_096)  # a name has at most 3 × 64 characters (PS3.5 6.2)
IDENTIFIER = Wanted(
    IDENTITY_VRS | {QUERY_RETRIEVE_LEVEL: "CS"} | _KEY_VRS, 0x0020_0010, COMPLETE, 65_536
)  # a list of UIDs may hold a thousand
TRANSACTION = Wanted({TRANSACTION_UID: "UI"}, TRANSACTION_UID, frozenset((TRANSACTION_UID,)), 4_096)

PIXEL_DATA_GROUP = 0x7FE0
"""Of pixel data (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25)."""

FIRST_GROUP = 0x0004_0000
"""Lower tags are command and file meta elements (PS3.7 6.3, PS3.10 7.1), never of a data set."""

DELIMITER_GROUP = 0xFFFE
ITEM = 0xFFFE_E000
ITEM_DELIMITATION = 0xFFFE_E00D
SEQUENCE_DELIMITATION = 0xFFFE_E0DD
