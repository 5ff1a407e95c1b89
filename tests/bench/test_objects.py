"""The generator's objects and PDUs, read by pydicom and pynetdicom."""

from __future__ import annotations

from io import BytesIO

import pytest
from bench.peers import pdus
from bench.peers.objects import INSTANCE, STUDY, StoreMessage, data_set, uid
from pydicom import dcmread
from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ, P_DATA_TF


def split(data: bytes) -> list[bytes]:
    found = []
    while data:
        length = 6 + int.from_bytes(data[2:6], "big")
        found.append(data[:length])
        data = data[length:]
    return found


@pytest.mark.parametrize("size", [4096, 65_536, 524_288])
def test_a_data_set_has_exactly_the_size_asked_for_and_pydicom_reads_it(size: int) -> None:
    raw = data_set(size, pdus.CT_IMAGE, b"CT")
    read = dcmread(BytesIO(pydicom_file(raw)))
    assert len(raw) == size
    assert read.Modality == "CT"
    assert read.PatientID.startswith("BP")
    assert len(read.ReferencedImageSequence) == 1
    assert read.get_item(0x7FE00010).length == len(read.PixelData)


def pydicom_file(raw: bytes) -> bytes:
    meta = b"\2\0\x10\0UI\x14\0" + pdus.EXPLICIT_LITTLE + b"\0"
    return bytes(128) + b"DICM" + b"\2\0\0\0UL\4\0" + len(meta).to_bytes(4, "little") + meta + raw


@pytest.mark.parametrize("size", [4095, 2048])
def test_rejects_a_size_no_object_can_have(size: int) -> None:
    with pytest.raises(ValueError, match="even"):
        data_set(size, pdus.CT_IMAGE, b"CT")


@pytest.mark.parametrize("max_pdu", [16_384, 131_072])
def test_no_pdu_is_longer_than_the_maximum_and_the_data_set_is_whole(max_pdu: int) -> None:
    message = StoreMessage(300_000, max_pdu, 1, pdus.CT_IMAGE)
    parts = split(bytes(message.name(7, 3, 2, 5, 1)))
    assert all(len(part) - 6 <= max_pdu for part in parts)
    values = []
    for part in parts:
        pdu = P_DATA_TF()
        pdu.decode(part)
        values += [item.presentation_data_value for item in pdu.presentation_data_value_items]
    assert [value[0] for value in values] == [3] + [0] * (len(values) - 2) + [2]
    assert b"".join(value[1:] for value in values[1:]) == message.data_set
    elements = pdus.command_elements(values[0][1:])
    assert elements[0x0110] == b"\7\0"
    assert elements[0x1000] == uid(INSTANCE, 3, 2, 5)


def test_each_instance_bears_its_own_identity() -> None:
    message = StoreMessage(8192, 16_384, 1, pdus.CT_IMAGE)
    seen = []
    for number in range(3):
        message.name(1, 3, 2, number, number // 2)
        read = dcmread(BytesIO(pydicom_file(message.data_set)))
        seen.append((read.SOPInstanceUID, read.StudyInstanceUID, message.digest()))
    assert [instance for instance, _, _ in seen] == [uid(INSTANCE, 3, 2, number).decode() for number in range(3)]
    assert [study for _, study, _ in seen] == [uid(STUDY, 3, 2, number).decode() for number in (0, 0, 1)]
    assert len({digest for _, _, digest in seen}) == 3


def test_association_pdus_are_what_pynetdicom_takes_them_for() -> None:
    contexts = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE), (pdus.VERIFICATION, pdus.IMPLICIT_LITTLE))
    request = pdus.associate_rq("BENCH", "ARCHIVE", contexts, 32_768)
    read = A_ASSOCIATE_RQ()
    read.decode(request)
    assert read.calling_ae_title == "BENCH"
    assert [item.abstract_syntax for item in read.presentation_context] == [c[0].decode() for c in contexts]
    assert read.user_information.maximum_length == 32_768
    answer = pdus.associate_ac(request, 65_536)
    accepted = A_ASSOCIATE_AC()
    accepted.decode(answer)
    assert [item.result for item in accepted.presentation_context] == [0, 0]
    assert pdus.accepted_contexts(answer) == {1, 3}
    assert pdus.announced_pdu(answer) == 65_536
