"""What the department makes: images as files, worklist entries, MPPS and commitment data sets. Never patients' data."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian
from tests.department.script import Device, Script, Study

_MODALITIES = {
    "CT": "CT",
    "MR": "MR",
    "US": "US",
    "DX": "DX",
    "MG": "MG",
    "XA": "XA",
    "NM": "NM",
    "PR": "CT",
    "AB": "CT",
}
_DATE, _TIME = "20261105", "081500"
MODALITY_WORKLIST = "1.2.840.10008.5.1.4.31"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"  # well known (PS3.4 J.3.5)
PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"


def sop_class(study: Study) -> str:
    """UID of the study's SOP Class."""
    return str(getattr(pydicom.uid, study.sop_class))


def modality(study: Study) -> str:
    """Modality (0008,0060)."""
    return _MODALITIES[study.name[:2]]


def image(study: Study, number: int) -> Any:
    """Instance ``number`` of a study."""
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = sop_class(study), study.instance(number)
    data.StudyDate = data.SeriesDate = data.ContentDate = _DATE
    data.StudyTime = _TIME
    data.AccessionNumber, data.Modality = study.accession, modality(study)
    data.PatientName, data.PatientID, data.PatientBirthDate, data.PatientSex = study.person, study.patient, "", "O"
    data.StudyInstanceUID, data.SeriesInstanceUID = study.uid, study.series
    data.StudyID, data.SeriesNumber, data.InstanceNumber = study.name, 1, number
    side = 64
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = study.pixels // side, side
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.add_new(
        0x7FE00010, "OB", bytes((number * 7 + i) % 251 for i in range(256)) * (study.pixels // 256) or bytes(16)
    )
    return data


def write(path: Path, data: Any, storage_class: str, instance: str) -> Path:
    """``data`` as a file (PS3.10 7.1)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = storage_class, instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta = meta
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path


def write_studies(script: Script, directory: Path) -> dict[str, list[Path]]:
    """The files of every study that is made, by its name."""
    return {
        study.name: [
            write(
                directory / study.name / f"{number:03d}.dcm",
                image(study, number),
                sop_class(study),
                study.instance(number),
            )
            for number in range(1, study.instances + 1)
        ]
        for study in script.studies.values()
        if study.name != "ABSENT"
    }


def write_worklist(script: Script, directory: Path) -> Path:
    """One scheduled procedure step for each modality (PS3.4 K.6.1)."""
    for device in script.devices.values():
        if device.title in script.studies:
            entry = _scheduled(script.studies[device.title], device)
            instance = f"{script.studies[device.title].procedure_step}.9"
            write(directory / f"{device.title}.wl", entry, MODALITY_WORKLIST, instance)
    return directory


def _scheduled(study: Study, device: Device) -> Any:
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle = modality(study), device.title
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = _DATE, _TIME
    step.ScheduledPerformingPhysicianName, step.ScheduledProcedureStepDescription = "Röntgen^Wilhelm", study.name
    step.ScheduledProcedureStepID = f"S{study.number}"
    entry = Dataset()
    entry.SpecificCharacterSet = "ISO_IR 192"
    entry.AccessionNumber, entry.PatientName, entry.PatientID = study.accession, study.person, study.patient
    entry.StudyInstanceUID, entry.RequestedProcedureID = study.uid, f"R{study.number}"
    entry.ScheduledProcedureStepSequence = Sequence([step])
    return entry


def procedure_step(study: Study, title: str) -> Any:
    """The attributes of an MPPS N-CREATE (PS3.4 F.7.2)."""
    reference = Dataset()
    reference.StudyInstanceUID, reference.AccessionNumber = study.uid, study.accession
    reference.ScheduledProcedureStepID, reference.RequestedProcedureID = f"S{study.number}", f"R{study.number}"
    step = Dataset()
    step.SpecificCharacterSet = "ISO_IR 192"
    step.ScheduledStepAttributesSequence = Sequence([reference])
    step.PatientName, step.PatientID, step.Modality = study.person, study.patient, modality(study)
    step.PerformedProcedureStepID, step.PerformedStationAETitle = f"S{study.number}", title
    step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime = _DATE, _TIME
    step.PerformedProcedureStepStatus = "IN PROGRESS"
    step.PerformedSeriesSequence = Sequence()
    return step


def performed(study: Study, status: str) -> Any:
    """The attributes of an MPPS N-SET."""
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = study.series, Sequence(references(study))
    step = Dataset()
    step.PerformedProcedureStepStatus = status
    step.PerformedProcedureStepEndDate, step.PerformedProcedureStepEndTime = _DATE, "083000"
    step.PerformedSeriesSequence = Sequence([series])
    return step


def references(study: Study) -> list[Any]:
    """Items of a Referenced SOP Sequence: every instance of the study."""
    items = []
    for number in range(1, study.instances + 1):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class(study), study.instance(number)
        items.append(item)
    return items


def commitment(study: Study, transaction: str) -> Any:
    """The Action Information of a Storage Commitment Request (PS3.4 J.3.2)."""
    request = Dataset()
    request.TransactionUID, request.ReferencedSOPSequence = transaction, Sequence(references(study))
    return request


def identifier(keys: dict[str, Any]) -> Any:
    """A data set of keys; lists are sequences."""
    data = Dataset()
    for keyword, value in keys.items():
        setattr(data, keyword, Sequence(map(identifier, value)) if isinstance(value, list) else value)
    return data


def text(data: Any) -> str:
    """A data set as text that is equal where data sets are (PS3.18 F)."""
    return json.dumps(data.to_json_dict(), sort_keys=True, ensure_ascii=False)


def digest(data_set: bytes) -> str:
    """SHA-256 of the bytes of a data set."""
    return hashlib.sha256(data_set).hexdigest()


def data_set_of(file: bytes) -> tuple[str, bytes]:
    """SOP Instance UID and the bytes of the data set in a file (PS3.10 7.1): what is behind the meta information."""
    length = int.from_bytes(file[140:144], "little")
    meta = file[144 : 144 + length]
    place = meta.index(b"\x02\x00\x03\x00UI") + 6
    size = int.from_bytes(meta[place : place + 2], "little")
    return meta[place + 2 : place + 2 + size].rstrip(b"\0").decode("ascii"), file[144 + length :]
