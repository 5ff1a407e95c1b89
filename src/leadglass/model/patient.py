"""Who and what an instance is about, as read from the head of its data set. Raw bytes are kept beside what they say."""

from __future__ import annotations

import msgspec


class Patient(msgspec.Struct, frozen=True, array_like=True):
    """Patient identity as sent.

    Attributes:
        id: Patient ID (0010,0020), decoded, outer spaces removed; empty when absent.
        issuer: Issuer of Patient ID (0010,0021), likewise.
        name: Patient's Name (0010,0010), decoded.
        raw_id, raw_issuer: the element values as sent, byte for byte.
        known: False when no identity could be read ("patient unknown").
    """

    id: str = ""
    issuer: str = ""
    name: str = ""
    raw_id: bytes = b""
    raw_issuer: bytes = b""
    known: bool = True


UNKNOWN_PATIENT = Patient(known=False)


class Head(msgspec.Struct, frozen=True, array_like=True):
    """Identity of one instance; UIDs without padding, empty when absent."""

    patient: Patient = UNKNOWN_PATIENT
    study: str = ""
    series: str = ""
    sop_instance: str = ""
    sop_class: str = ""
    accession: str = ""
    modality: str = ""
