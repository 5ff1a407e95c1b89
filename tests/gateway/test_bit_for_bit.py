"""What DCMTK sends through the gateway arrives bit for bit, and stands on the patient's record."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file
from tests.gateway.conftest import House
from tests.gateway.running import Gateway
from tests.peers.caller import new_uid
from tests.peers.processes import dcmtk, free_port, storescp

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


def on_record(gateway: Gateway, patient: str, count: int = 1) -> tuple[Access, ...]:
    """The accesses of the patient's page, waited for until so many are closed."""
    projection = gateway.projection()
    try:

        def closed() -> tuple[Access, ...] | None:
            rows, _ = projection.accesses(Filter(patient=patient))
            return rows if len(rows) == count and all(row.closed for row in rows) else None

        return gateway.wait(closed, f"patient {patient} on record")
    finally:
        projection.close()


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A storescp without a gateway in front: what it writes is what DCMTK's sender sends (it encodes anew)."""
    port = free_port()
    with storescp(tmp_path_factory.mktemp("direct"), port) as kept:
        yield kept, port


def sent_directly(direct: tuple[Path, int], option: str, path: Path, instance: str) -> tuple[str, bytes]:
    """Transfer syntax and data set as storescu puts them on the wire."""
    kept, port = direct
    said = dcmtk("storescu", option, "-R", "-aet", "STORER", "-aec", "DIRECT", "127.0.0.1", port, path)
    assert said.returncode == 0, said.stdout
    return written(kept, instance)


def written(directory: Path, instance: str) -> tuple[str, bytes]:
    (file,) = [file for file in directory.iterdir() if file.name.endswith(instance)]
    return data_set_bytes(file.read_bytes())


@pytest.mark.parametrize(("name", "option"), FILES)
def test_what_storescu_sends_arrives_bit_for_bit_and_stands_on_the_patients_record(
    house: House, direct: tuple[Path, int], tmp_path: Path, name: str, option: str
) -> None:
    path, data = prepared(name, tmp_path)
    instance = str(data.SOPInstanceUID)
    syntax, sent = sent_directly(direct, option, path, instance)
    said = dcmtk("storescu", option, "-R", "-aet", "STORER", "-aec", "PACS", "127.0.0.1", house.orthanc.port, path)
    assert said.returncode == 0, said.stdout
    kept = house.orthanc.file(instance)  # Orthanc deflates anew; all else it keeps as it came
    house.orthanc.delete(instance)
    assert syntax == data.file_meta.TransferSyntaxUID, "the file's own syntax must be what is tested"
    for called in ("PACS", "KEEPER"):
        address = ("127.0.0.1", house.gateway.port)
        said = dcmtk("storescu", option, "-R", "-aet", "STORER", "-aec", called, *address, path)
        assert said.returncode == 0, said.stdout
    assert data_set_bytes(house.orthanc.file(instance)) == data_set_bytes(kept)
    assert data_set_bytes(kept) == (syntax, sent) or option == "-xd"
    assert written(house.keeper, instance) == (syntax, sent)
    for access in on_record(house.gateway, str(data.PatientID), 2):
        assert (access.calling, access.mode) == ("STORER", "enforce")
        assert (access.outcomes, access.closed) == ({"success": 1}, "released")
        assert access.study == str(data.StudyInstanceUID)
        assert access.bytes == len(sent)


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
    (access,) = on_record(house.gateway, patient)
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
    verified = house.gateway.cli("audit", "verify", "--data", str(house.gateway.data.root))
    assert verified.returncode == 0, verified.stdout + verified.stderr
