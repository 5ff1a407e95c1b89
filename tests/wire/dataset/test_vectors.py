"""Every data set vector yields what its header expects, whole and byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.vectors.vector import Vector, read_vector

from leadglass.wire.dataset import Finding, HeadReader, read_head
from leadglass.wire.dataset.finding import Deviation

VECTORS = [read_vector(path) for path in sorted((Path(__file__).parents[2] / "vectors" / "dataset").glob("*.hex"))]


def _check(reader: HeadReader, vector: Vector) -> None:
    expect = vector.headers["expect"]
    if not expect.startswith("patient="):
        assert (reader.finding, reader.head) == (expect, None)
        return
    assert reader.finding == ""
    assert reader.head is not None
    patient = reader.head.patient
    assert patient.id == expect.removeprefix("patient=")
    assert patient.known == bool(patient.id or patient.name)
    if "name" in vector.headers or not patient.id:
        assert patient.name == vector.headers.get("name", "")
    assert patient.issuer == vector.headers.get("issuer", "")
    assert sorted(reader.tolerated) == sorted(filter(None, vector.headers.get("tolerated", "").split(", ")))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_yields_what_it_expects(vector: Vector) -> None:
    _check(read_head(vector.headers["transfer-syntax"], vector.data), vector)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_yields_the_same_byte_by_byte(vector: Vector) -> None:
    reader = HeadReader(vector.headers["transfer-syntax"])
    data = memoryview(vector.data)
    if not any(reader.feed(data[at : at + 1]) for at in range(len(data))):
        reader.finish()
    _check(reader, vector)


@pytest.mark.parametrize("finding", Finding)
def test_every_finding_has_a_vector(finding: Finding) -> None:
    assert finding.value in {vector.headers["expect"] for vector in VECTORS}


@pytest.mark.parametrize("deviation", Deviation)
def test_every_deviation_has_a_vector(deviation: Deviation) -> None:
    assert any(deviation.value in vector.headers.get("tolerated", "").split(", ") for vector in VECTORS)
