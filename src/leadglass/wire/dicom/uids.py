"""Unique identifiers by name (PS3.6 annex A). Never a list of what is permitted: any UID may be relayed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"

COMPUTED_RADIOGRAPHY_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.1"
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"
ULTRASOUND_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.6.1"
SECONDARY_CAPTURE_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.7"
STORAGE_COMMITMENT_PUSH_MODEL = "1.2.840.10008.1.20.1"
MODALITY_WORKLIST_INFORMATION_MODEL_FIND = "1.2.840.10008.5.1.4.31"
STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_QUERY_RETRIEVE_INFORMATION_MODEL_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"

IMPLEMENTATION_CLASS_UID = "2.25.292062978604472405605811657617164757015"  # made once from a random UUID (PS3.5 B.2)
IMPLEMENTATION_VERSION_NAME = "LEADGLASS_0_1"


def name_of(uid: str) -> str:
    """The name of a SOP class or transfer syntax ("CT Image Storage"), or the UID itself where none is known."""
    found = _table().get(uid)
    return found[1] if found else uid


def keyword_of(uid: str) -> str:
    """Its keyword ("CTImageStorage"), or an empty string where none is known."""
    found = _table().get(uid)
    return found[0] if found else ""


def uid_of(keyword: str) -> str:
    """The UID of a keyword ("CTImageStorage"), or an empty string where none is known."""
    return _keywords().get(keyword, "")


@cache
def _table() -> dict[str, tuple[str, str]]:
    text = files("leadglass.wire.dicom").joinpath("sop_classes.tsv").read_text(encoding="ascii")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {uid: (keyword, name) for uid, keyword, name in rows}


@cache
def _keywords() -> dict[str, str]:
    return {keyword: uid for uid, (keyword, _) in _table().items()}
