"""Hostile text in an audit message: never invalid XML, never markup, nothing lost that XML can carry."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own

from leadglass.audit.message import SourceInfo, audit_messages
from leadglass.audit.xml import date_time, to_xml
from leadglass.model.event import Association, Event, EventId, Refusal, TransferBegun
from leadglass.model.patient import Patient

GRAMMAR = etree.RelaxNG(etree.parse(Path(__file__).parent.parent / "vectors" / "audit" / "audit-message.rng"))
TEXT = st.text(max_size=40)  # controls and non-characters included


@given(TEXT, TEXT, TEXT, TEXT, st.binary(max_size=20), st.integers(-(2**63), 2**63 - 1))
def test_any_text_gives_a_valid_message(
    calling: str, name: str, number: str, detail: str, raw: bytes, time: int
) -> None:
    caller = Association(1, calling, 1, calling, name, detail, number, name)
    patient = Patient(number, "issuer", name, raw, raw)
    bodies = (
        TransferBegun(caller, 1, patient, number, detail, accession=name),
        Refusal(caller, "operation", "operation", calling, False, patient=patient, study=number, detail=detail),
    )
    for body in bodies:
        (message,) = audit_messages(Event(EventId("w0", 1, 1), time, "", body), SourceInfo(name, calling, detail))
        tree = etree.fromstring(to_xml(message))
        GRAMMAR.assertValid(tree)
        assert tree.find("ActiveParticipant") is not None


@pytest.mark.parametrize(
    "name", ["</AuditMessage>", "<!ENTITY x SYSTEM 'file:///'>", "&amp;", "]]>", "Müller^Jörg=山田", "'\""]
)
def test_text_xml_can_carry_comes_back_as_it_was(name: str) -> None:
    begun = TransferBegun(Association(1, "::1", 1, "CT", "PACS"), 1, Patient("1", "", name), "1.2", "1.3")
    (message,) = audit_messages(Event(EventId("w0", 1, 1), 0, "", begun), SourceInfo("H"))
    tree = etree.fromstring(to_xml(message))
    assert tree.xpath("//ParticipantObjectIdentification[2]/ParticipantObjectName/text()") == [name]


def test_characters_xml_forbids_are_marked_not_dropped() -> None:
    begun = TransferBegun(Association(1, "::1", 1, "C\x00T\x1b", "PACS"), 1, Patient("1", "", "\ufffe"), "1.2", "1.3")
    (message,) = audit_messages(Event(EventId("w0", 1, 1), 0, "", begun), SourceInfo("H"))
    tree = etree.fromstring(to_xml(message))
    assert tree.find("ActiveParticipant").get("AlternativeUserID") == "AETITLES=C\ufffdT\ufffd"
    assert tree.xpath("//ParticipantObjectIdentification[2]/ParticipantObjectName/text()") == ["\ufffd"]


def test_times_carry_milliseconds_and_utc() -> None:
    assert date_time(1_795_521_600_123_456_789) == "2026-11-24T12:00:00.123Z"
    assert date_time(-5) == "1970-01-01T00:00:00.000Z"
    assert date_time(2**63 - 1).endswith("Z")
