"""Every file of tests/vectors/dicom does what its header says, and every finding has a file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.vectors.vector import read_vector

import leadglass.wire.dicom
from leadglass.wire.dicom.command import MAX_COMMAND, parse_command
from leadglass.wire.dicom.finding import findings
from leadglass.wire.dicom.pdu import (
    parse_abort,
    parse_associate_ac,
    parse_associate_rj,
    parse_associate_rq,
    parse_p_data,
    parse_release,
)
from leadglass.wire.dicom.violation import CommandError, DicomProtocolError, PduError

VECTORS = Path(__file__).parents[2] / "vectors" / "dicom"
PARSERS: dict[str, Callable[[bytes], Any]] = {
    "associate-rq": parse_associate_rq,
    "associate-ac": parse_associate_ac,
    "associate-rj": parse_associate_rj,
    "abort": parse_abort,
    "release": parse_release,
    "p-data": lambda pdu: parse_p_data(pdu, MAX_COMMAND),
    "command": parse_command,
}


@dataclass(frozen=True)
class Case:
    """A vector with its parser and what it expects."""

    parser: str
    name: str
    expect: str
    tolerated: frozenset[str]
    data: bytes


def case(path: Path) -> Case:
    vector = read_vector(path)
    assert {"expect", "about"} <= set(vector.headers) <= {"expect", "about", "tolerated"}, path
    tolerated = frozenset(vector.headers.get("tolerated", "").split())
    return Case(path.parent.name, vector.name, vector.headers["expect"], tolerated, vector.data)


ALL = [case(path) for path in sorted(VECTORS.glob("*/*.hex"))]


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector.parser}/{vector.name}")
def test_vector_does_what_it_expects(vector: Case) -> None:
    parse = PARSERS[vector.parser]
    if vector.expect == "ok":
        parsed = parse(vector.data)
        tolerated = parsed if vector.parser == "release" else getattr(parsed, "tolerated", ())
        assert frozenset(tolerated) == vector.tolerated
        assert len(tolerated) == len(vector.tolerated), "each deviation is named once"
        return
    with pytest.raises(DicomProtocolError) as caught:
        parse(vector.data)
    assert caught.value.finding == vector.expect
    assert type(caught.value) is (CommandError if vector.parser == "command" else PduError)
    assert caught.value.detail.isprintable()


@pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector.parser}/{vector.name}")
def test_no_truncation_of_a_vector_escapes_as_another_error(vector: Case) -> None:
    parse = PARSERS[vector.parser]
    for end in range(min(len(vector.data), 400)):
        cut = vector.data[:end]
        if vector.parser != "command" and end >= 6:  # the header agrees, so that what is inside gets read
            cut = cut[:2] + (end - 6).to_bytes(4, "big") + cut[6:]
        try:
            parse(cut)
        except DicomProtocolError as violation:
            findings()["error", violation.finding]


def test_every_finding_has_a_vector() -> None:
    shown = {("error", vector.expect) for vector in ALL if vector.expect != "ok"}
    shown |= {("tolerated", name) for vector in ALL for name in vector.tolerated}
    assert {key for key in findings() if key[0] != "answer"} == shown


def test_every_finding_in_the_source_is_documented() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in Path(leadglass.wire.dicom.__path__[0]).glob("*.py")
        if path.name != "scanner.py"  # its findings are those of the relay's byte stream
    )
    raised = set(re.findall(r'(?:PduError|CommandError|error)\(\s*"([a-z0-9-]+)"', source))
    tolerated = set(
        re.findall(
            r'(?:tolerated\.append\(|deviation = |return |return "", |return \[|else )"([a-z0-9-]+-[a-z0-9-]+)"', source
        )
    )
    answers = {finding for effect, finding in findings() if effect == "answer"}
    assert raised == {finding for effect, finding in findings() if effect == "error"}
    assert tolerated - answers == {finding for effect, finding in findings() if effect == "tolerated"}
