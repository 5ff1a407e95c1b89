"""Made-up DICOM instances, as files to send. Every UID is new, below 2.25 (PS3.5 B.2); every name begins with DEMO."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from leadglass.demo.hospital import Device, Person
from leadglass.demo.phantom import SIDE, pixels
from leadglass.wire.dicom.uids import IMPLEMENTATION_CLASS_UID, uid_of

ISSUER = "DEMO-HOSPITAL"
_MODALITIES = {
    "CTImageStorage": "CT",
    "MRImageStorage": "MR",
    "ComputedRadiographyImageStorage": "CR",
    "UltrasoundImageStorage": "US",
    "SecondaryCaptureImageStorage": "OT",
}


def examination(device: Device, person: Person, at: datetime, accession: int, directory: Path) -> tuple[Path, ...]:
    """Write the instances of one study of ``person`` by ``device``, one file each, named in the order of sending.

    Args:
        device: makes one instance for each SOP class it sends.
        person: the patient.
        at: Study Date and Time.
        accession: number of the examination.
        directory: exists; files of the same name are replaced.
    """
    study = generate_uid(prefix=None)
    series: dict[str, str] = {}
    paths = []
    numbers: Iterator[int] = itertools.count(1)
    for keyword, number in zip(device.sends, numbers, strict=False):
        content = _instance(keyword, person, at)
        content.StudyInstanceUID = study
        content.SeriesInstanceUID = series.setdefault(keyword, generate_uid(prefix=None))
        content.SeriesNumber = len(series)
        content.InstanceNumber = number
        content.AccessionNumber = f"D{accession:07d}"
        content.StudyID = str(accession)
        content.StationName = device.title
        path = directory / f"{number:03d}.dcm"
        content.save_as(path, enforce_file_format=True)
        paths.append(path)
    return tuple(paths)


def _instance(keyword: str, person: Person, at: datetime) -> FileDataset:
    modality = _MODALITIES[keyword]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid_of(keyword)
    meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    content = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    content.SpecificCharacterSet = "ISO_IR 192"
    content.SOPClassUID = meta.MediaStorageSOPClassUID
    content.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    content.PatientName, content.PatientID, content.IssuerOfPatientID = person.name, person.id, ISSUER
    content.PatientBirthDate, content.PatientSex = person.birth, person.sex
    content.StudyDate = content.ContentDate = at.strftime("%Y%m%d")
    content.StudyTime = content.ContentTime = at.strftime("%H%M%S")
    content.StudyDescription = "Made-up examination of the Leadglass demonstration"
    content.Manufacturer = "Leadglass demonstration"
    content.ReferringPhysicianName = "DEMO^DOCTOR"
    content.Modality = modality
    if modality == "OT":
        content.ConversionType = "WSD"
    bits = 8 if modality in {"US", "OT"} else 16
    content.SamplesPerPixel, content.PhotometricInterpretation = 1, "MONOCHROME2"
    content.Rows = content.Columns = SIDE
    content.BitsAllocated, content.BitsStored = bits, 8 if bits == 8 else 12
    content.HighBit, content.PixelRepresentation = content.BitsStored - 1, 0
    content.PixelData = pixels(modality, bits)
    return content
