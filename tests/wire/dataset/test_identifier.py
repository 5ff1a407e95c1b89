"""What a query, retrieve or commitment names is read as it was written, however it is cut, or not claimed at all."""

from __future__ import annotations

import tracemalloc
import warnings
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filewriter import write_dataset
from tests.vectors.vector import Vector, read_vector
from tests.wire.dataset.data_sets import BIG, EXPLICIT, IMPLICIT, SYNTAXES, Element, encode

from leadglass.wire.dataset import HeadReader
from leadglass.wire.dataset.identifier import EMPTY, Identifier, identifier_of, transaction_of
from leadglass.wire.dataset.identity import UnclearIdentityError
from leadglass.wire.dataset.tags import IDENTIFIER, KEYS, TRANSACTION, Wanted

FOLDER = Path(__file__).parents[2] / "vectors" / "identifier"
VECTORS = [read_vector(path) for path in sorted(FOLDER.glob("*.hex"))]
MIB = 1 << 20

Read = tuple[Identifier | str | None, str, tuple[str, ...]]
"""What was read, why nothing was, and the deviations."""


def read(syntax: str, pieces: list[bytes], wanted: Wanted = IDENTIFIER) -> Read:
    reader = HeadReader(syntax, wanted=wanted)
    if not any(reader.feed(piece) for piece in pieces):
        reader.finish()
    assert reader.head is None
    if reader.finding:
        return None, reader.finding, ()
    tolerated: dict[str, None] = {}
    try:
        named = (identifier_of if wanted is IDENTIFIER else transaction_of)(reader.values, tolerated)
    except UnclearIdentityError as unclear:
        return None, unclear.finding.value, ()
    return named, "", tuple(sorted({*reader.tolerated, *map(str, tolerated)}))


def listed(text: str) -> tuple[str, ...]:
    times, _, uid = text.partition(" * ")
    return (uid,) * int(times) if uid else tuple(filter(None, text.split(", ")))


def expectation(vector: Vector) -> Read:
    headers = vector.headers
    kind, equals, value = headers["expect"].partition("=")
    if not equals:
        return None, kind, ()
    tolerated = tuple(sorted(listed(headers.get("tolerated", ""))))
    if kind == "transaction":
        return value, "", tolerated
    named = (
        value.replace("\\n", "\n"), headers.get("patient", ""), headers.get("issuer", ""),
        *(listed(headers.get(name, "")) for name in ("studies", "series", "instances", "keys")),
    )  # fmt: skip
    return named, "", tolerated  # type: ignore[return-value]  # compared with `flat`


def flat(outcome: Read) -> object:
    """The same in plain values; a patient by ID and issuer."""
    named, finding, tolerated = outcome
    if not isinstance(named, Identifier):
        return outcome
    patient = named.patient
    assert patient.known == bool(patient.id)
    plain = (
        named.level, patient.id, patient.issuer, named.studies, named.series, named.instances, named.keys,
    )  # fmt: skip
    return plain, finding, tolerated


@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_yields_what_it_expects(vector: Vector, cut: int) -> None:
    wanted = {"identifier": IDENTIFIER, "transaction": TRANSACTION}[vector.headers["reads"]]
    data = vector.data
    step = cut if len(data) < 10_000 else cut * 997
    pieces = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
    outcome = read(vector.headers["transfer-syntax"], pieces, wanted)
    assert flat(outcome) == expectation(vector)


def test_every_vector_says_what_it_is() -> None:
    assert len(VECTORS) > 50
    for vector in VECTORS:
        assert {"expect", "reads", "transfer-syntax", "about"} <= set(vector.headers), vector.name


# --- what is written is read ---------------------------------------------------------------------------------------

_text = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789^-", min_size=1, max_size=12)
_uid = st.integers(0, 10**20).map(lambda number: f"1.2.{number}")
_uids = st.lists(_uid, max_size=4)
_values = st.fixed_dictionaries(
    {},
    optional={
        "QueryRetrieveLevel": st.sampled_from(["PATIENT", "STUDY", "SERIES", "IMAGE"]),
        "PatientID": _text, "IssuerOfPatientID": _text, "PatientName": _text, "AccessionNumber": _text,
        "StudyDescription": _text, "StudyID": _text, "PatientSex": st.sampled_from(["F", "M", "O", ""]),
        "Modality": st.sampled_from(["CT", "MR", ""]), "StudyInstanceUID": _uids, "SeriesInstanceUID": _uids,
        "SOPInstanceUID": _uids,
    },
)  # fmt: skip


def written(values: dict[str, str | list[str]], syntax: str) -> bytes:
    """As pydicom writes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are no UIDs
        dataset = Dataset()
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        dataset.ScheduledProcedureStepSequence = [Dataset()]
        dataset.ScheduledProcedureStepSequence[0].PatientID = "IN SEQUENCE"
        out = pydicom.filebase.DicomBytesIO()
        out.is_little_endian, out.is_implicit_VR = syntax != BIG, syntax == IMPLICIT
        write_dataset(out, dataset)
        return bytes(out.getvalue())


def as_pydicom_reads(data: bytes, syntax: str) -> tuple[object, ...]:
    """Level, patient, unique keys and keys that hold a value."""
    dataset = pydicom.filereader.read_dataset(BytesIO(data), syntax == IMPLICIT, syntax != BIG)

    def uids(keyword: str) -> tuple[str, ...]:
        value = dataset.get(keyword) or ()
        return tuple(map(str, [value] if isinstance(value, str) else value))

    keywords = tuple(keyword for _, keyword in sorted(KEYS.items()) if str(dataset.get(keyword) or "").strip())
    keywords = tuple(keyword for keyword in keywords if keyword not in UNIQUE or uids(keyword))
    return (
        str(dataset.get("QueryRetrieveLevel") or ""), str(dataset.get("PatientID") or ""),
        *(uids(keyword) for keyword in UNIQUE), keywords,
    )  # fmt: skip


UNIQUE = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
@given(_values, st.lists(st.integers(1, 60), min_size=1, max_size=4))
def test_an_identifier_is_read_as_pydicom_reads_it(
    syntax: str, values: dict[str, str | list[str]], cuts: list[int]
) -> None:
    data = written(values, syntax)
    whole = read(syntax, [data])
    identifier, finding, _ = whole
    assert finding == ""
    assert isinstance(identifier, Identifier)
    assert (
        identifier.level, identifier.patient.id, identifier.studies, identifier.series, identifier.instances,
        identifier.keys,
    ) == as_pydicom_reads(data, syntax)  # fmt: skip
    at, pieces = 0, list[bytes]()
    while at < len(data):
        step = cuts[len(pieces) % len(cuts)]
        pieces.append(data[at : at + step])
        at += step
    assert read(syntax, pieces) == whole


@pytest.mark.parametrize("wanted", [IDENTIFIER, TRANSACTION], ids=["identifier", "transaction"])
@pytest.mark.parametrize("syntax", [*SYNTAXES, "1.2.3"])
@given(st.binary(max_size=600), st.integers(0, 600))
def test_any_bytes_are_decided_alike_in_one_piece_or_two(wanted: Wanted, syntax: str, data: bytes, cut: int) -> None:
    whole, cut_up = read(syntax, [data], wanted), read(syntax, [data[:cut], data[cut:]], wanted)
    if "deflate-corrupt" not in (whole[1], cut_up[1]):  # larger pieces find it out sooner
        assert whole == cut_up


@given(_values, st.data())
def test_mutated_identifiers_are_decided_alike_in_one_piece_or_many(
    values: dict[str, str | list[str]], data: st.DataObject
) -> None:
    said = bytearray(written(values, IMPLICIT))
    for _ in range(data.draw(st.integers(1, 3))):
        said[data.draw(st.integers(0, len(said) - 1))] = data.draw(st.sampled_from([0, 1, 8, 0x20, 0x5C, 0xFE, 0xFF]))
    whole = bytes(said)
    step = data.draw(st.integers(1, 40))
    pieces = [whole[at : at + step] for at in range(0, len(whole), step)]
    assert read(IMPLICIT, pieces) == read(IMPLICIT, [whole])


def test_a_transaction_is_decided_before_what_it_is_about_has_come() -> None:
    sequence = Element(0x0008_1199, "SQ", items=((Element(0x0008_1150, "UI", b"1.2\0"),),) * 5_000)
    data = encode([Element(0x0008_1195, "UI", b"1.2.99"), sequence], IMPLICIT)
    reader = HeadReader(IMPLICIT, wanted=TRANSACTION)
    assert reader.feed(data[:40])
    assert transaction_of(reader.values, {}) == "1.2.99"


def test_nothing_is_named_by_nothing() -> None:
    assert read(IMPLICIT, [b""]) == (EMPTY, "", ())
    assert EMPTY.uids == ()


def test_an_identifier_of_100_mb_is_given_up_without_being_held() -> None:
    reader = HeadReader(IMPLICIT, wanted=IDENTIFIER)
    tracemalloc.start()
    try:
        piece = encode([Element(0x0008_0016, "UI", b"1.2\0")], IMPLICIT) + b"\x08\0\x08\0\0\0\x40\x06"
        assert not reader.feed(piece)
        fed = 0
        while not reader.feed(bytes(MIB // 16)):
            fed += MIB // 16
            assert fed < MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reader.finding == "head-too-long"
    assert peak < MIB
