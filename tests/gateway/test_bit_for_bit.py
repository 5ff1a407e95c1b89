"""What DCMTK sends through the gateway arrives bit for bit, and stands on the patient's record."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian
from tests.gateway.conftest import House
from tests.gateway.running import Gateway, now
from tests.peers.caller import new_uid
from tests.peers.processes import dcmtk

from leadglass.store.projection.interface import Access, Filter

# Files pydicom ships, with the option by which DCMTK's tools propose their transfer syntax.
FILES = (
    ("CT_small.dcm", "-xe"),
    ("MR_small_implicit.dcm", "-xi"),
    ("MR_small_expb.dcm", "-xb"),
    ("image_dfl.dcm", "-xd"),
    ("MR_small_RLE.dcm", "-xr"),
    ("MR_small_jp2klossless.dcm", "-xv"),
    ("MR_small_jpeg_ls_lossless.dcm", "-xt"),
    ("SC_rgb_jpeg_gdcm.dcm", "-xs"),
    ("SC_rgb_jpeg_dcmtk.dcm", "-xy"),
    ("waveform_ecg.dcm", "-xe"),
    ("test-SR.dcm", "-xe"),
)


def prepared(name: str, directory: Path) -> tuple[Path, pydicom.FileDataset]:
    """A shipped file with an identity of its own, written as it stands."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = pydicom.dcmread(str(get_testdata_file(name)))
        data.PatientID = f"BIT-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = new_uid()
        data.StudyInstanceUID = new_uid()
        path = directory / name
        data.save_as(path)
        return path, data


def data_set_bytes(content: bytes) -> tuple[str, bytes]:
    """Transfer syntax and the bytes of the data set of a DICOM file (PS3.10 7.1)."""
    file = io.BytesIO(content)
    file.seek(132)
    meta = pydicom.filereader._read_file_meta_info(file)
    return str(meta.TransferSyntaxUID), content[file.tell() :]


def on_record(gateway: Gateway, patient: str) -> Access:
    """The one access of the patient's page, waited for until it is closed."""
    projection = gateway.projection()
    try:

        def closed() -> Access | None:
            rows, _ = projection.accesses(Filter(patient=patient))
            return rows[0] if len(rows) == 1 and rows[0].closed else None

        return gateway.wait(closed, f"patient {patient} on record")
    finally:
        projection.close()


@pytest.mark.parametrize(("name", "option"), FILES)
def test_a_file_sent_by_storescu_lies_in_orthanc_bit_for_bit_and_on_the_patients_record(
    house: House, tmp_path: Path, name: str, option: str
) -> None:
    path, data = prepared(name, tmp_path)
    said = dcmtk("storescu", option, "-R", "-aet", "STORER", "-aec", "PACS", "127.0.0.1", house.gateway.port, path)
    assert said.returncode == 0, said.stdout
    sent, kept = data_set_bytes(path.read_bytes()), data_set_bytes(house.orthanc.file(str(data.SOPInstanceUID)))
    if kept[0] == sent[0]:
        assert hashlib.sha256(kept[1]).digest() == hashlib.sha256(sent[1]).digest()
    else:  # DCMTK's sender writes anew what it reads; both then hold the same elements
        pytest.fail(f"sent as {sent[0]}, kept as {kept[0]}")
    access = on_record(house.gateway, str(data.PatientID))
    assert (access.calling, access.archive, access.mode) == ("STORER", "orthanc", "enforce")
    assert (access.outcomes, access.closed) == ({"success": 1}, "released")
    assert access.study == str(data.StudyInstanceUID)
    assert access.bytes == len(sent[1])


@pytest.mark.parametrize(("name", "option"), FILES)
def test_storescp_writes_the_bytes_it_would_have_got_directly(
    house: House, tmp_path: Path, name: str, option: str
) -> None:
    path, data = prepared(name, tmp_path)
    said = dcmtk("storescu", option, "-R", "-aet", "STORER", "-aec", "KEEPER", "127.0.0.1", house.gateway.port, path)
    assert said.returncode == 0, said.stdout
    (kept,) = [file for file in house.keeper.iterdir() if file.name.endswith(str(data.SOPInstanceUID))]
    through = kept.read_bytes()
    assert data_set_bytes(through) == data_set_bytes(path.read_bytes())
    kept.unlink()


def test_many_files_over_one_association_are_one_access_a_study(house: House, tmp_path: Path) -> None:
    study, patient = new_uid(), f"MANY-{new_uid()[-6:]}"
    instances = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(20):
            data = pydicom.dcmread(str(get_testdata_file("CT_small.dcm")))
            data.PatientID, data.StudyInstanceUID = patient, study
            data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = new_uid()
            data.save_as(tmp_path / f"{number}.dcm")
            instances.append(str(data.SOPInstanceUID))
    port = house.gateway.port
    said = dcmtk("storescu", "+sd", "-R", "-aet", "STORER", "-aec", "PACS", "127.0.0.1", port, tmp_path)
    assert said.returncode == 0, said.stdout
    assert all(len(house.orthanc.find(instance)) == 1 for instance in instances)
    access = on_record(house.gateway, patient)
    assert access.outcomes == {"success": 20}


def test_the_command_line_and_the_ledger_prove_who_touched_a_patient(house: House, tmp_path: Path) -> None:
    path, data = prepared("CT_small.dcm", tmp_path)
    data.PatientID = patient = f"CLI-{new_uid()[-8:]}"
    data.save_as(path)
    port = house.gateway.port
    assert dcmtk("storescu", "-R", "-aet", "STORER", "-aec", "PACS", "127.0.0.1", port, path).returncode == 0
    on_record(house.gateway, patient)
    said = house.gateway.cli("--json", "audit", "patient", patient)
    assert said.returncode == 0, said.stderr
    assert str(data.StudyInstanceUID) in said.stdout
    assert "STORER" in said.stdout
    json.loads(said.stdout)
    verified = house.gateway.cli("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
