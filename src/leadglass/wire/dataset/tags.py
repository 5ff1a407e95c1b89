"""The elements that say whose an instance is, and those that give a data set its structure (PS3.6). Data only."""

from __future__ import annotations

SPECIFIC_CHARACTER_SET = 0x0008_0005
SOP_CLASS_UID = 0x0008_0016
SOP_INSTANCE_UID = 0x0008_0018
ACCESSION_NUMBER = 0x0008_0050
MODALITY = 0x0008_0060
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

# VRs an identity element may wrongly have: its value is read alike by all (PS3.5 6.2; UN by 6.2.2).
TEXT_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UN", "UT"))

GROUP_LENGTHS = frozenset(group << 16 for group in (0x0008, 0x0010, 0x0012, 0x0018, 0x0020))

LAST = SERIES_INSTANCE_UID
"""Tags ascend (PS3.5 7.1): what is greater comes after all identity."""

COMPLETE = frozenset((PATIENT_ID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID))
"""With these there (empty or not), what is greater than `LAST` ends the head; without, only pixel data does."""

PIXEL_DATA_GROUP = 0x7FE0
"""Of pixel data (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25)."""

FIRST_GROUP = 0x0004_0000
"""Lower tags are command and file meta elements (PS3.7 6.3, PS3.10 7.1), never of a data set."""

DELIMITER_GROUP = 0xFFFE
ITEM = 0xFFFE_E000
ITEM_DELIMITATION = 0xFFFE_E00D
SEQUENCE_DELIMITATION = 0xFFFE_E0DD
