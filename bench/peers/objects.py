"""CT-like objects as whole C-STORE-RQ messages, PDU headers in place. Never real pixels: filler of one kind.

A message is built once; for each instance only UIDs, Patient ID and Message ID are written into it, so that the
generator costs next to nothing beside the kernel's copying.
"""

from __future__ import annotations

import hashlib
from struct import pack

from bench.peers.pdus import LAST, P_DATA_TF, PDU_HEADER, PDV_HEADER, c_store_rq

_LONG = {"OB", "OW", "SQ", "UN"}  # VRs with a 32-bit length in explicit VR (PS3.5 7.1.2)

STUDY, SERIES, INSTANCE = 1, 2, 3


def uid(kind: int, run: int, association: int, number: int) -> bytes:
    """A UID of 32 characters under 2.25 (PS3.5 B.2): ``kind`` is STUDY, SERIES or INSTANCE."""
    return b"2.25.%d%014d%05d%07d" % (kind, run, association, number)


def patient_id(run: int, association: int, number: int) -> bytes:
    """A Patient ID of 16 characters."""
    return b"BP%04d%04d%06d" % (run % 10_000, association % 10_000, number)


def element(tag: int, vr: str, value: bytes) -> bytes:
    """One data element in explicit VR little endian, padded to even length."""
    value += (b"\0" if vr in {"UI", "OB", "UN"} else b" ") * (len(value) & 1)
    head = pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (pack("<HI", 0, len(value)) if vr in _LONG else pack("<H", len(value))) + value


def head(sop_class: bytes, modality: bytes) -> bytes:
    """The elements of a CT image before its pixel data, with place holders of `uid` and `patient_id` length."""
    reference = element(0x00081150, "UI", sop_class) + element(0x00081155, "UI", uid(INSTANCE, 9, 9, 9))
    sequence_item = pack("<HHI", 0xFFFE, 0xE000, len(reference)) + reference
    elements = (
        (0x00080005, "CS", b"ISO_IR 100"),
        (0x00080008, "CS", b"ORIGINAL\\PRIMARY\\AXIAL"),
        (0x00080016, "UI", sop_class),
        (0x00080018, "UI", uid(INSTANCE, 0, 0, 0)),
        (0x00080020, "DA", b"20261105"),
        (0x00080022, "DA", b"20261105"),
        (0x00080030, "TM", b"101500.000"),
        (0x00080032, "TM", b"101502.120"),
        (0x00080050, "SH", b"ACC0000001"),
        (0x00080060, "CS", modality),
        (0x00080070, "LO", b"Bench Imaging"),
        (0x00080080, "LO", b"St. Elsewhere"),
        (0x00080090, "PN", b"Referrer^Ruth"),
        (0x00081010, "SH", b"CT2"),
        (0x00081030, "LO", b"Thorax with contrast"),
        (0x0008103E, "LO", b"Axial 1.0 B70f"),
        (0x00081140, "SQ", sequence_item),
        (0x00090010, "LO", b"BENCH PRIVATE 01"),
        (0x00091001, "UN", bytes(64)),
        (0x00100010, "PN", b"Bench^Patient^^^"),
        (0x00100020, "LO", patient_id(0, 0, 0)),
        (0x00100021, "LO", b"BENCH"),
        (0x00100030, "DA", b"19500101"),
        (0x00100040, "CS", b"F"),
        (0x00101010, "AS", b"076Y"),
        (0x00180015, "CS", b"CHEST"),
        (0x00180050, "DS", b"1.0"),
        (0x00180060, "DS", b"120"),
        (0x00181152, "IS", b"180"),
        (0x0020000D, "UI", uid(STUDY, 0, 0, 0)),
        (0x0020000E, "UI", uid(SERIES, 0, 0, 0)),
        (0x00200010, "SH", b"1"),
        (0x00200011, "IS", b"2"),
        (0x00200013, "IS", b"1"),
        (0x00200032, "DS", b"-158.135803\\-179.035797\\-75.699997"),
        (0x00200037, "DS", b"1.000000\\0.000000\\0.000000\\0.000000\\1.000000\\0.000000"),
        (0x00280002, "US", pack("<H", 1)),
        (0x00280004, "CS", b"MONOCHROME2"),
        (0x00280010, "US", pack("<H", 512)),
        (0x00280011, "US", pack("<H", 512)),
        (0x00280100, "US", pack("<H", 16)),
        (0x00280101, "US", pack("<H", 12)),
        (0x00280102, "US", pack("<H", 11)),
        (0x00280103, "US", pack("<H", 0)),
        (0x00281050, "DS", b"40"),
        (0x00281051, "DS", b"400"),
        (0x00281052, "DS", b"-1024"),
        (0x00281053, "DS", b"1"),
    )
    return b"".join(element(tag, vr, value) for tag, vr, value in elements)


def data_set(size: int, sop_class: bytes, modality: bytes) -> bytes:
    """A data set of exactly ``size`` bytes (even, at least 4 KiB) in explicit VR little endian."""
    if size < 4096 or size % 2:
        raise ValueError(f"an object has an even number of bytes, 4096 at least: {size}")
    front = head(sop_class, modality)
    length = size - len(front) - 12
    return front + element(0x7FE00010, "OW", (bytes(range(256)) * (length // 256 + 1))[:length])


class StoreMessage:
    """A C-STORE-RQ ready to be sent, its data set cut into PDVs that fill PDUs of ``max_pdu`` (the field's length)."""

    def __init__(self, size: int, max_pdu: int, context: int, sop_class: bytes, modality: bytes = b"CT") -> None:
        self.size = size
        raw = data_set(size, sop_class, modality)
        parts = [c_store_rq(context, 0, sop_class, uid(INSTANCE, 0, 0, 0))]
        self._bodies: list[slice] = []
        position, step = len(parts[0]), max_pdu - 6
        for start in range(0, size, step):
            body = raw[start : start + step]
            last = LAST if start + step >= size else 0
            parts.append(PDU_HEADER.pack(P_DATA_TF, len(body) + 6) + PDV_HEADER.pack(len(body) + 2, context, last))
            parts.append(body)
            self._bodies.append(slice(position + 12, position + 12 + len(body)))
            position += 12 + len(body)
        self._message = bytearray(b"".join(parts))
        self.view = memoryview(self._message)
        at = self._message.index
        command_end = self._bodies[0].start
        self._message_id = at(pack("<HHI", 0, 0x0110, 2)) + 8
        self._instance = at(uid(INSTANCE, 0, 0, 0)), at(uid(INSTANCE, 0, 0, 0), command_end)
        self._study = at(uid(STUDY, 0, 0, 0))
        self._series = at(uid(SERIES, 0, 0, 0))
        self._patient = at(patient_id(0, 0, 0))
        if self._series > command_end + step:
            raise ValueError(f"max_pdu {max_pdu} cuts the head in two")

    def name(self, message_id: int, run: int, association: int, number: int, study: int) -> memoryview:
        """Writes the identity of an instance into the message and returns its bytes, valid until the next call."""
        message = self._message
        message[self._message_id : self._message_id + 2] = pack("<H", message_id)
        instance = uid(INSTANCE, run, association, number)
        for start in self._instance:
            message[start : start + 32] = instance
        message[self._study : self._study + 32] = uid(STUDY, run, association, study)
        message[self._series : self._series + 32] = uid(SERIES, run, association, study)
        message[self._patient : self._patient + 16] = patient_id(run, association, study)
        return self.view

    def digest(self) -> str:
        """SHA-256 (hex) of the data set as it stands."""
        digest = hashlib.sha256()
        for body in self._bodies:
            digest.update(self.view[body])
        return digest.hexdigest()

    def boundary(self, at: int) -> int:
        """The first end of a PDU at or after byte ``at`` of the message."""
        ends: list[int] = [body.stop for body in self._bodies]
        return next(end for end in ends if end >= at)

    @property
    def data_set(self) -> bytes:
        """The data set as it stands, without PDU headers."""
        return b"".join(self.view[body] for body in self._bodies)
