"""Every file of tests/vectors/association ends as its header says: A-ABORT, a finding on record, nothing passed on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.flow.messages import associate_rq, messages, pdus, store
from tests.flow.playbook import ARCHIVE, CALLER, Playbook
from tests.vectors.vector import read_vector

import leadglass.flow
from leadglass.flow.answers import findings
from leadglass.flow.association import Phase
from leadglass.flow.effects import Side
from leadglass.model.event import ProtocolError
from leadglass.wire.dicom.finding import findings as pdu_findings
from leadglass.wire.dicom.pdu import RELEASE_RQ, abort

VECTORS = Path(__file__).parents[1] / "vectors" / "association"
SIDES = {"caller": CALLER, "archive": ARCHIVE}
OURS = abort(2, 0)


@dataclass(frozen=True)
class Case:
    """A vector and what it expects."""

    name: str
    state: str
    side: Side
    expect: str
    data: bytes


def case(path: Path) -> Case:
    vector = read_vector(path)
    assert set(vector.headers) == {"state", "side", "expect", "about"}, path
    return Case(
        vector.name, vector.headers["state"], SIDES[vector.headers["side"]], vector.headers["expect"], vector.data
    )


ALL = [case(path) for path in sorted(VECTORS.glob("*.hex"))]


def connected() -> Playbook:
    return Playbook()


def requested() -> Playbook:
    book = Playbook()
    book.caller(associate_rq("WS"))
    book.connected()
    book.forget()
    return book


def storing() -> Playbook:
    book = Playbook.opened()
    book.caller(store(pixels=50_000)[:30_000])
    book.caller(store(pixels=50_000)[30_000 : _second_pdu()])
    return book


def _second_pdu() -> int:
    return sum(len(whole) for _, whole in list(pdus(store(pixels=50_000)))[:3])


def stored() -> Playbook:
    book = Playbook.opened()
    book.caller(store())
    return book


def releasing() -> Playbook:
    book = Playbook.opened()
    book.caller(RELEASE_RQ)
    return book


STATES = {
    "connected": connected,
    "requested": requested,
    "open": Playbook.opened,
    "open-ct2": lambda: Playbook.opened("CT2"),
    "storing": storing,
    "stored": stored,
    "releasing": releasing,
}


@pytest.mark.parametrize("cut", [0, 1], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("vector", ALL, ids=lambda vector: vector.name)
def test_vector_ends_the_association_as_it_expects(vector: Case, cut: int) -> None:
    book = STATES[vector.state]()
    before = bytes(book.sent[vector.side.other])
    book.says(vector.side, vector.data, cut if len(vector.data) < 20_000 else cut * 997)
    error = book.only(ProtocolError)
    assert (error.finding, SIDES[error.side]) == (vector.expect, vector.side)
    assert error.detail.isprintable()
    assert book.phase is Phase.OVER
    assert book.closed == {CALLER, ARCHIVE}
    if vector.state == "connected":
        assert book.to_caller == OURS
        assert not book.to_archive
        assert not book.connects
    else:
        assert book.to_caller.endswith(OURS)
        assert book.to_archive.endswith(OURS)
        if vector.name != "archive-response-twice":
            assert bytes(book.sent[vector.side.other]) == before + OURS
    assert book.most_held <= len(vector.data) + 100_000
    book.accounts()


def test_what_a_vector_says_after_good_messages_leaves_them_whole() -> None:
    for vector in ALL:
        if vector.state == "open" and vector.side is CALLER:
            book = Playbook.opened()
            book.caller(store(20) + vector.data)
            assert messages(book.to_archive)[0] == messages(store(20))[0]
            assert len(messages(book.to_archive)) == 1


def test_every_finding_of_flow_is_in_its_table_and_has_a_vector() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(leadglass.flow.__path__[0]).glob("*.py"))
    raised = set(re.findall(r'(?:_dead\(|return )\(?\s*"([a-z]+-[a-z0-9-]+)",', source))
    raised |= set(re.findall(r'violation\([a-z_]+, "([a-z-]+)"', source))
    of_pdus = {finding for effect, finding in pdu_findings() if effect == "error"}
    assert raised - of_pdus == set(findings())
    elsewhere = {"too-many-requests"}  # a thousand requests: tests/flow/test_dialogue.py
    assert raised - elsewhere <= {vector.expect for vector in ALL}
