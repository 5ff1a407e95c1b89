"""Claims about the made-up instances."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydicom import dcmread

from leadglass.demo.hospital import hospital
from leadglass.demo.objects import ISSUER, examination
from leadglass.wire.dicom.uids import uid_of

AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def test_an_examination_is_one_study_of_one_made_up_patient(tmp_path: Path) -> None:
    made_up = hospital()
    seen: set[str] = set()
    for device in made_up.device:
        if not device.sends:
            continue
        files = examination(device, made_up.patients[5], AT, 17, tmp_path)
        contents = [dcmread(file) for file in files]
        assert [content.SOPClassUID for content in contents] == [uid_of(keyword) for keyword in device.sends]
        assert len({content.StudyInstanceUID for content in contents}) == 1
        for content in contents:
            assert (str(content.PatientName), content.PatientID) == ("DEMO^FRANÇOIS", "DEMO-1006")
            assert content.IssuerOfPatientID == ISSUER
            assert content.SOPInstanceUID.startswith("2.25.")
            assert content.SOPInstanceUID == content.file_meta.MediaStorageSOPInstanceUID
            assert len(content.PixelData) == content.Rows * content.Columns * content.BitsAllocated // 8
            seen.add(content.SOPInstanceUID)
    assert len(seen) == sum(len(device.sends) for device in made_up.device)
