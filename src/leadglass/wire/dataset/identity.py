"""From the values of identity elements to a `Head`. Never guesses: what readers take in two ways is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from leadglass.model.patient import Head, Patient
from leadglass.wire.dataset import tags
from leadglass.wire.dataset.character_set import CharacterSet
from leadglass.wire.dataset.finding import Deviation, Finding

MAX_UID = 64
"""PS3.5 9.1."""

_PADDING = b"\0 "
_PLAIN = re.compile(rb"[ -\[\]-~]*").fullmatch  # the same in all character sets, and one value
_UID = re.compile(rb"[0-9][0-9.]{0,63}").fullmatch
_UID_CHARACTERS = re.compile(rb"[0-9.]*").fullmatch
_UID_HOSTILE = re.compile(rb"[\x00-\x1f\x7f/\\]|^\.+$").search
_CONTROL = re.compile(rb"[\x00-\x1a\x1c-\x1f\x7f]").search  # ESC switches character sets
_DEFAULT_SETS = CharacterSet()
_sets = lru_cache(maxsize=64)(CharacterSet)  # a device sends the same terms with each instance


class UnclearIdentityError(Exception):
    """A value cannot be claimed; caught by `HeadReader`."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.value)
        self.finding = finding


def head_of(values: Mapping[int, bytes], tolerated: dict[str, None]) -> Head:
    """The identity that ``values`` state.

    Args:
        values: element values as sent, by tag; absent ones are empty in the result.
        tolerated: gets the deviations passed over.

    Raises:
        UnclearIdentityError: two readers could take a value in two ways, or it is hostile.
    """
    get = values.get
    terms = get(tags.SPECIFIC_CHARACTER_SET)
    raw_id = get(tags.PATIENT_ID, b"")
    patient, deviations = _patient(terms, raw_id, get(tags.ISSUER_OF_PATIENT_ID, b""), get(tags.PATIENT_NAME, b""))
    if deviations:
        tolerated.update(dict.fromkeys(deviations))
    accession, modality = get(tags.ACCESSION_NUMBER, b""), get(tags.MODALITY, b"")
    sets = _sets(terms) if terms else _DEFAULT_SETS
    return Head(
        patient,
        _uid(get(tags.STUDY_INSTANCE_UID, b""), tolerated),
        _uid(get(tags.SERIES_INSTANCE_UID, b""), tolerated),
        _uid(get(tags.SOP_INSTANCE_UID, b""), tolerated),
        _uid(get(tags.SOP_CLASS_UID, b""), tolerated),
        _text(accession, sets, tolerated) if accession else "",
        _text(modality, sets, tolerated) if modality else "",
    )


def patient_of(values: Mapping[int, bytes], tolerated: dict[str, None]) -> Patient:
    """The patient that ``values`` state; arguments and errors as of `head_of`."""
    get = values.get
    patient, deviations = _patient(
        get(tags.SPECIFIC_CHARACTER_SET),
        get(tags.PATIENT_ID, b""),
        get(tags.ISSUER_OF_PATIENT_ID, b""),
        get(tags.PATIENT_NAME, b""),
    )
    tolerated.update(dict.fromkeys(deviations))
    return patient


def uids_of(value: bytes, tolerated: dict[str, None]) -> tuple[str, ...]:
    """The UIDs of a value that may hold a list of them (PS3.4 C.2.2.2.2).

    Raises:
        UnclearIdentityError: one is hostile.
    """
    return tuple(filter(None, (_uid(uid, tolerated) for uid in value.split(b"\\"))))


@lru_cache(maxsize=64)  # instance after instance is of one patient
def _patient(terms: bytes | None, raw_id: bytes, raw_issuer: bytes, raw_name: bytes) -> tuple[Patient, tuple[str, ...]]:
    """The patient, and the deviations passed over."""
    tolerated: dict[str, None] = {}
    sets = _DEFAULT_SETS
    if terms:
        sets = _sets(terms)
        if not sets.known:
            tolerated[Deviation.CHARACTER_SET] = None
    patient_id = _text(raw_id, sets, tolerated, is_key=True)
    issuer = _text(raw_issuer, sets, tolerated, is_key=True)
    name = _text(raw_name, sets, tolerated)
    return Patient(patient_id, issuer, name, raw_id, raw_issuer, bool(patient_id or name)), tuple(tolerated)


def _text(raw: bytes, sets: CharacterSet, tolerated: dict[str, None], *, is_key: bool = False) -> str:
    """A decoded value. ``is_key``: what an archive finds the patient by must read alike everywhere."""
    value = raw.rstrip(_PADDING)
    if _PLAIN(value):
        return value.decode("ascii").strip(" ")
    if _CONTROL(value):
        if is_key and b"\0" in value:
            raise UnclearIdentityError(Finding.IDENTITY_AMBIGUOUS)  # to some readers a string ends at NUL
        tolerated[Deviation.CONTROL_CHARACTERS] = None
    text, whole = sets.decode(value)
    if not whole:
        tolerated[Deviation.UNDECODABLE] = None
    if b"\\" in value and whole and "\\" in text:
        if is_key:
            raise UnclearIdentityError(Finding.IDENTITY_AMBIGUOUS)  # several values: the first, or all of it
        tolerated[Deviation.MULTIPLE_VALUES] = None
    return text.strip(" ")


def _uid(raw: bytes, tolerated: dict[str, None]) -> str:
    value = raw.rstrip(_PADDING)
    if not value or _UID(value):
        return value.decode("ascii")
    if _UID_HOSTILE(value):
        raise UnclearIdentityError(Finding.UID_HOSTILE)
    if len(value) > MAX_UID or not _UID_CHARACTERS(value):
        tolerated[Deviation.UID_LENGTH if len(value) > MAX_UID else Deviation.UID_CHARACTERS] = None
    return value.decode("ascii", "backslashreplace")
