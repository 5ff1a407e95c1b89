"""Every DICOM file that ships with pydicom is read as pydicom reads it, or is listed as refused, with why."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.filereader import _read_file_meta_info, read_preamble

from leadglass.wire.dataset import read_head

ROOT = Path(pydicom.__file__).parent / "data"

NOT_DICOM = {".py", ".json", ".txt", ".md", ".icc", ".gz", ".dump", ".pyc"}

REFUSED = {
    "test_files/SC_rgb_jpeg.dcm": "encoding-mismatch",  # implicit VR under a JPEG transfer syntax
    "test_files/dicomdirtests/DICOMDIR-nooffset": "element-overrun",  # an item ends past its sequence
    "test_files/meta_missing_tsyntax.dcm": "group-reserved",  # group 0001
    "test_files/no_meta.dcm": "head-too-long",  # a stray first byte; pydicom reads one element of 38,863 bytes
    "test_files/nested_priv_SQ.dcm": "group-reserved",  # group 0001
}

ATTRIBUTES = (
    *("PatientID", "IssuerOfPatientID", "PatientName", "StudyInstanceUID", "SeriesInstanceUID"),
    *("SOPInstanceUID", "SOPClassUID", "AccessionNumber", "Modality"),
)

FILES = sorted(
    path for path in ROOT.rglob("*") if path.is_file() and path.suffix not in NOT_DICOM and path.name != "README"
)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _split(path: Path) -> tuple[str, bytes, tuple[str, ...]]:
    """Transfer syntax, data set, and what pydicom reads of it."""
    whole = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom says what is odd of its own files
        dataset = pydicom.dcmread(BytesIO(whole), force=True)
        source = BytesIO(whole)
        read_preamble(source, force=True)
        meta = _read_file_meta_info(source)
        texts = tuple(str(dataset.get(keyword) or "") for keyword in ATTRIBUTES)
    syntax = meta.get("TransferSyntaxUID")
    if syntax is None:
        implicit, little = dataset.original_encoding
        syntax = "1.2.840.10008.1.2" if implicit else "1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2"
    return str(syntax), whole[source.tell() :], texts


def _same(text: str) -> str:
    return text.strip(" \0").rstrip("=^")  # pydicom leaves out empty components at the end of a name


def test_there_are_files_in_every_encoding() -> None:
    syntaxes = {_split(path)[0] for path in FILES}
    assert len(FILES) > 150
    assert {f"1.2.840.10008.1.2{tail}" for tail in ("", ".1", ".2", ".1.99", ".4.50", ".4.90", ".5")} <= syntaxes


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_reads_identity_as_pydicom_does(path: Path) -> None:
    syntax, data, expected = _split(path)
    reader = read_head(syntax, data)
    assert reader.finding == REFUSED.get(_name(path), "")
    if reader.head is None:
        return
    head, patient = reader.head, reader.head.patient
    read = (
        *(patient.id, patient.issuer, patient.name, head.study, head.series),
        *(head.sop_instance, head.sop_class, head.accession, head.modality),
    )
    assert tuple(map(_same, read)) == tuple(map(_same, expected))
