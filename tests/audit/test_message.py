"""Every kind of event, rendered as DICOM audit messages and held against the standard's grammar."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path
from typing import Any, get_args

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own

from leadglass.audit.mapping import MAPPINGS, UNTOLD
from leadglass.audit.message import SourceInfo, audit_messages
from leadglass.audit.xml import to_xml
from leadglass.model.decision import Cause
from leadglass.model.event import (
    AdministratorAction,
    Alarm,
    ApplicationStarted,
    ApplicationStopped,
    Association,
    AssociationClosed,
    AssociationOpened,
    AuditLogUsed,
    Body,
    BypassChanged,
    CertificateRefused,
    ChildDied,
    ConfigurationChanged,
    Event,
    EventId,
    InstanceBegun,
    InstanceOutcome,
    Judgement,
    LedgerContinued,
    Operation,
    PatientsListed,
    ProtocolError,
    RecordGap,
    RecordingImpaired,
    Refusal,
    TransferBegun,
    TransferClosed,
    UpstreamChanged,
    UserAuthentication,
    kind,
)
from leadglass.model.patient import UNKNOWN_PATIENT, Patient

VECTORS = Path(__file__).parent.parent / "vectors" / "audit"
GRAMMAR = etree.RelaxNG(etree.parse(VECTORS / "audit-message.rng"))
SITE = SourceInfo("St. Elsewhere", "leadglass", "10.0.0.2")
TIME = 1_795_521_600_123_456_789
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
CALLER = Association(7, "10.0.0.7", 40_000, "CT2", "PACS", "ct-2", "pacs", "observe", 3)
JANE = Patient("4711", "HOSP", "Doe^Jane", b"4711", b"HOSP")


def event(body: Body) -> Event:
    return Event(EventId("w0", 100, 1), TIME, "PACS", body)


def rendered(body: Body) -> list[Any]:
    """The messages as trees; each must follow the grammar."""
    trees = [etree.fromstring(to_xml(message)) for message in audit_messages(event(body), SITE)]
    for tree in trees:
        GRAMMAR.assertValid(tree)
        assert len(tree.xpath("//ActiveParticipant[@UserIsRequestor='true']")) <= 1  # A.5.2
        assert len(tree.xpath("//ParticipantObjectIdentification[@ParticipantObjectTypeCode='1']")) <= 1
    return trees


def one(body: Body) -> Any:
    (tree,) = rendered(body)
    return tree


def closed(outcomes: dict[str, int], classes: dict[str, int], studies: tuple[str, ...] = ("1.2.3",)) -> TransferClosed:
    return TransferClosed(CALLER, (1,), JANE, studies, classes, outcomes, "released", 99)


def codes(tree: Any) -> tuple[str, list[str], str, str]:
    identification = tree.find("EventIdentification")
    return (
        identification.find("EventID").get("csd-code"),
        [code.get("csd-code") for code in identification.findall("EventTypeCode")],
        identification.get("EventActionCode"),
        identification.get("EventOutcomeIndicator"),
    )


def refusal(would: bool = False, cause: Cause = Cause.OPERATION, scope: str = "operation", **more: Any) -> Refusal:
    return Refusal(CALLER, scope, cause, "status 0124H", would, **more)


EXAMPLES: list[tuple[Body, list[tuple[str, list[str], str, str]]]] = [
    (ApplicationStarted("w0", "0.1", 12), [("110100", ["110120"], "E", "0")]),
    (ApplicationStopped("w0", "SIGTERM"), [("110100", ["110121"], "E", "0")]),
    (ChildDied("w0", "signal 9", 1), [("110100", ["110121"], "E", "8")]),
    (TransferBegun(CALLER, 1, JANE, "1.2.3", CT), [("110102", [], "E", "0")]),
    (closed({"success": 3}, {CT: 3}), [("110104", [], "C", "0")]),
    (closed({"warning": 3}, {CT: 3}), [("110104", [], "C", "0")]),
    (closed({"failure": 1, "cut-off": 1}, {CT: 2}), [("110104", [], "C", "8")]),
    (closed({"unknown": 1}, {CT: 1}), [("110104", [], "C", "4")]),
    (
        closed({"success": 3, "failure": 1, "unknown": 2}, {CT: 6}),
        [("110104", [], "C", "0"), ("110104", [], "C", "8"), ("110104", [], "C", "4")],
    ),
    (closed({}, {}), [("110104", [], "C", "0")]),
    (TransferClosed(CALLER, (1,), JANE, ("1",), {}, {}, "connection-lost"), [("110104", [], "C", "8")]),
    (refusal(), [("110113", ["110132"], "E", "4")]),
    (refusal(scope="context"), [("110113", ["110132"], "E", "4")]),
    (refusal(would=True), [("110113", ["110132"], "E", "0")]),
    (refusal(cause=Cause.UNKNOWN_CALLER, scope="association"), [("110113", ["110126"], "E", "4")]),
    (refusal(cause=Cause.BLOCKED_PEER, scope="connection"), [("110113", ["110126"], "E", "8")]),
    (refusal(would=True, cause=Cause.UNKNOWN_CALLER, scope="association"), [("110113", ["110126"], "E", "0")]),
    (refusal(cause=Cause.POLICY_ERROR), [("110113", ["110132"], "E", "8")]),
    (Operation(CALLER, "C-FIND", "1.2.840.10008.5.1.4.1.2.2.1", "", 5), [("110112", [], "E", "0")]),
    (Operation(CALLER, "N-ACTION", "1.2.840.10008.1.20.1", "1.2", 5), []),
    (Operation(CALLER, "C-MOVE", "1.2.840.10008.5.1.4.1.2.2.2", "", 5, 0), []),
    (PatientsListed(CALLER, "C-FIND", "1.2.840.10008.5.1.4.1.2.2.1", 5, ((JANE, ("1.2.3",)),), 1), []),
    (refusal(cause=Cause.CERTIFICATE), [("110113", ["110126"], "E", "4")]),
    (refusal(cause=Cause.UNEXPECTED_MOVE), [("110113", ["110132"], "E", "4")]),
    (CertificateRefused("10.0.0.9", 5000, "unknown ca"), [("110113", ["110126"], "E", "4")]),
    (BypassChanged("PACS", TIME + 1, "the registry is lost", "ada"), [("110113", ["110127"], "E", "12")]),
    (BypassChanged("PACS", 0, "time is over", ""), [("110113", ["110138"], "E", "0")]),
    (ProtocolError(CALLER, "caller", "pdu-too-long", "4 GiB"), [("110113", ["protocol-error"], "E", "4")]),
    (
        RecordingImpaired("disk full", TIME - 1, 2, 0),
        [("110113", ["110133"], "E", "12"), ("110113", ["110134"], "E", "0")],
    ),
    (
        RecordingImpaired("disk full", TIME - 1, 0, 2),
        [("110113", ["110133"], "E", "8"), ("110113", ["110134"], "E", "0")],
    ),
    (ConfigurationChanged(4, "ab", "peers", "admin"), [("110113", ["110129"], "E", "0")]),
    (ConfigurationChanged(4, "ab", "peers", "", False), [("110113", ["110129"], "E", "4")]),
    (UserAuthentication("ada", "10.9.0.1", "login"), [("110114", ["110122"], "E", "0")]),
    (UserAuthentication("ada", "10.9.0.1", "login", False, "wrong"), [("110114", ["110122"], "E", "4")]),
    (UserAuthentication("ada", "10.9.0.1", "logout"), [("110114", ["110123"], "E", "0")]),
    (AdministratorAction("ada", "10.9.0.1", "peer-approved", "ct-2"), [("110113", ["110129"], "E", "0")]),
    (AdministratorAction("ada", "10.9.0.1", "user-created", "bob"), [("110113", ["110137"], "E", "0")]),
    (AdministratorAction("ada", "10.9.0.1", "role-changed", "bob"), [("110113", ["110136"], "E", "0")]),
    (AuditLogUsed("ada", "10.9.0.1", "patient", "4711"), [("110101", [], "R", "0")]),
    (Alarm("critical", "gap", "a gap"), [("110113", ["alarm"], "E", "8")]),
    (Alarm("warning", "late", "late"), [("110113", ["alarm"], "E", "4")]),
    (RecordGap("w0", 1, 5, 9), [("110113", ["record-gap"], "E", "12")]),
    (AssociationOpened(CALLER), []),
    (AssociationClosed(CALLER, TIME, "released"), []),
    (InstanceBegun(7, 1, 1, CT, "1.2.3.1"), []),
    (InstanceOutcome(7, 1, 1, 0, "success"), []),
    (UpstreamChanged("pacs", False, "refused"), []),
    (LedgerContinued("2026-10", "note"), []),
]


@pytest.mark.parametrize(("body", "expected"), EXAMPLES)
def test_an_event_is_told_by_the_standards_codes(body: Body, expected: list[tuple[str, list[str], str, str]]) -> None:
    assert [codes(tree) for tree in rendered(body)] == expected


def test_every_kind_of_event_is_told_or_named_as_untold() -> None:
    assert {type(body) for body, _ in EXAMPLES} == set(get_args(Body))
    told = {kind(body) for body, expected in EXAMPLES if expected}
    assert told == {name for name, _ in MAPPINGS}
    assert {kind(body) for body, _ in EXAMPLES} - told == UNTOLD


def test_a_transfer_names_both_ends_the_gateway_the_study_and_the_patient() -> None:
    tree = one(TransferBegun(CALLER, 1, JANE, "1.2.3", CT, accession="A1"))
    source, destination, gateway = tree.findall("ActiveParticipant")
    assert [p.find("RoleIDCode").get("csd-code") for p in (source, destination, gateway)] == [
        "110153",
        "110152",
        "110150",
    ]
    assert dict(source.attrib) == {
        "UserID": "ct-2",
        "AlternativeUserID": "AETITLES=CT2",
        "UserIsRequestor": "true",
        "NetworkAccessPointID": "10.0.0.7",
        "NetworkAccessPointTypeCode": "2",
    }
    assert (destination.get("UserID"), destination.get("AlternativeUserID")) == ("pacs", "AETITLES=PACS")
    assert (gateway.get("UserID"), gateway.get("NetworkAccessPointID")) == ("leadglass/w0", "10.0.0.2")
    study, patient = tree.findall("ParticipantObjectIdentification")
    assert (study.get("ParticipantObjectID"), study.get("ParticipantObjectTypeCode")) == ("1.2.3", "2")
    assert study.get("ParticipantObjectTypeCodeRole") == "3"
    assert study.find("ParticipantObjectIDTypeCode").get("csd-code") == "110180"
    assert study.find("ParticipantObjectDescription/Accession").get("Number") == "A1"
    assert study.find("ParticipantObjectDescription/SOPClass").get("UID") == CT
    assert (patient.get("ParticipantObjectID"), patient.get("ParticipantObjectTypeCode")) == ("4711", "1")
    assert patient.get("ParticipantObjectTypeCodeRole") == "1"
    assert dict(patient.find("ParticipantObjectIDTypeCode").attrib) == {
        "csd-code": "2",
        "codeSystemName": "RFC-3881",
        "originalText": "Patient Number",
    }
    assert patient.findtext("ParticipantObjectName") == "Doe^Jane"
    source_of_message = tree.find("AuditSourceIdentification")
    assert source_of_message.get("AuditEnterpriseSiteID") == "St. Elsewhere"
    assert source_of_message.get("AuditSourceID") == "leadglass"
    assert tree.find("EventIdentification").get("EventDateTime") == "2026-11-24T12:00:00.123Z"


def instances(tree: Any) -> list[tuple[str | None, str]]:
    return [(each.get("UID"), each.get("NumberOfInstances")) for each in tree.iter("SOPClass")]


def details(tree: Any) -> dict[str, bytes]:
    return {each.get("type"): b64decode(each.get("value")) for each in tree.iter("ParticipantObjectDetail")}


def test_a_transfer_of_one_outcome_counts_each_sop_class() -> None:
    assert instances(one(closed({"success": 5}, {CT: 2, MR: 3}))) == [(CT, "2"), (MR, "3")]


def test_a_transfer_of_mixed_outcomes_counts_what_each_message_tells_of() -> None:
    good, bad = rendered(closed({"success": 4, "failure": 2}, {CT: 6}))
    assert (instances(good), instances(bad)) == ([(CT, "4")], [(CT, "2")])


def test_counts_nobody_can_divide_are_told_whole_and_not_guessed() -> None:
    good, bad = rendered(closed({"success": 4, "failure": 1}, {CT: 2, MR: 3}))
    assert (instances(good), instances(bad)) == ([(None, "4")], [(None, "1")])
    several = one(closed({"success": 5}, {CT: 5}, ("1.2.3", "1.2.4")))
    assert instances(several) == []
    assert details(several)["InstancesOfAllStudies"] == f"{CT}: 5".encode()
    assert [o.get("ParticipantObjectID") for o in several.findall("ParticipantObjectIdentification")] == [
        "1.2.3",
        "1.2.4",
        "4711",
    ]


def test_a_patient_nobody_could_identify_is_said_to_be_unknown() -> None:
    tree = one(TransferBegun(CALLER, 1, UNKNOWN_PATIENT, "", CT))
    patient = tree.findall("ParticipantObjectIdentification")[-1]
    assert patient.get("ParticipantObjectID") == ""
    assert details(tree)["PatientIdentity"].startswith(b"unknown")


def test_an_identity_that_decoding_changed_is_told_as_sent_too() -> None:
    tree = one(TransferBegun(CALLER, 1, Patient("M\ufffd", "", "", b"M\xfc "), "1.2", CT))
    assert details(tree)["PatientIDAsSent"] == b"M\xfc "
    assert "PatientIDAsSent" not in details(one(TransferBegun(CALLER, 1, JANE, "1.2", CT)))


def test_a_refusal_names_its_rule_what_was_said_and_the_patient() -> None:
    judged = Judgement("night-rule", failed="hours: 03:00 is outside")
    tree = one(refusal(judgement=judged, operation="C-STORE", patient=JANE, study="1.2.3"))
    text = details(tree)["Alert Description"].decode()
    assert text == "refused: operation; status 0124H; C-STORE; rule night-rule; hours: 03:00 is outside"
    assert tree.findtext("EventIdentification/EventOutcomeDescription") == text
    ids = [each.get("ParticipantObjectID") for each in tree.findall("ParticipantObjectIdentification")]
    assert ids == ["ct-2", "1.2.3", "4711"]


def test_what_would_have_been_refused_says_so_in_words() -> None:
    text = details(one(refusal(would=True)))["Alert Description"].decode()
    assert text.startswith("would have been refused, forwarded in mode observe: operation")


def test_impaired_recording_stopped_when_it_did() -> None:
    stopped, started = rendered(RecordingImpaired("disk full", TIME - 60_000_000_000, 2, 0))
    assert stopped.find("EventIdentification").get("EventDateTime") == "2026-11-24T11:59:00.123Z"
    assert started.find("EventIdentification").get("EventDateTime") == "2026-11-24T12:00:00.123Z"


def test_reading_the_log_names_the_log_as_a_uri() -> None:
    tree = one(AuditLogUsed("ada", "10.9.0.1", "patient", "4711"))
    log = tree.find("ParticipantObjectIdentification")
    assert (log.get("ParticipantObjectTypeCodeRole"), log.findtext("ParticipantObjectName")) == (
        "13",
        "Security Audit Log",
    )
    assert details(tree) == {"What": b"patient", "Subject": b"4711"}


def shape(tree: Any) -> set[tuple[str, str]]:
    """(parent, child or @attribute) pairs."""
    found = {(element.tag, child.tag) for element in tree.iter() for child in element}
    return found | {(element.tag, "@" + name) for element in tree.iter() for name in element.attrib}


def test_an_application_start_has_the_shape_of_another_makers() -> None:
    theirs = etree.parse(VECTORS / "application-start.xml").getroot()
    ours = one(ApplicationStarted("w0", "0.1", 12))
    # Theirs puts a code system on the source type; the schema lets a bare digit stand.
    optional = {("AuditSourceTypeCode", "@originalText"), ("AuditSourceTypeCode", "@codeSystemName")}
    assert shape(theirs) - shape(ours) == optional
    assert codes(ours) == codes(theirs)
    roles = [[r.get("csd-code") for r in tree.iter("RoleIDCode")] for tree in (ours, theirs)]
    assert roles[0] == roles[1]


def test_instances_transferred_has_the_elements_of_another_makers() -> None:
    theirs = etree.parse(VECTORS / "instances-transferred.xml").getroot()
    ours = shape(one(closed({"success": 5}, {CT: 2, MR: 3}))) | shape(
        one(TransferBegun(CALLER, 1, JANE, "1", CT, accession="A"))
    )
    elements = {pair for pair in shape(theirs) if not pair[1].startswith("@")}
    assert elements - ours == {("ParticipantObjectDescription", "MPPS")}  # no MPPS passes yet


def roles(tree: Any) -> dict[str, list[str]]:
    return {
        participant.get("UserID"): [code.get("csd-code") for code in participant.findall("RoleIDCode")]
        for participant in tree.findall("ActiveParticipant")
    }


def test_objects_of_a_get_go_from_the_archive_to_the_caller() -> None:
    tree = one(TransferBegun(CALLER, 1, JANE, "1.2.3", CT, "C-GET", requester="ct-2"))
    assert roles(tree)["pacs"] == ["110153"]
    assert roles(tree)["ct-2"] == ["110152"]


def test_who_asked_for_a_move_is_the_requestor() -> None:
    archive = Association(8, "10.20.0.5", 40_000, "PACS", "WS1", "", "peer:ws1", "enforce", 3)
    tree = one(TransferBegun(archive, 1, JANE, "1.2.3", CT, "C-MOVE", requester="ws9"))
    (requestor,) = tree.xpath("//ActiveParticipant[@UserIsRequestor='true']")
    assert requestor.get("UserID") == "ws9"
    assert roles(tree)["peer:ws1"] == ["110152"]


def test_a_retrieve_names_its_level_keys_and_destination() -> None:
    asked = Operation(
        CALLER, "C-MOVE", "1.2.840.10008.5.1.4.1.2.2.2", "", 5, level="STUDY", destination="WS1",
        keys=("StudyInstanceUID",), uids=("1.2.3",),
    )  # fmt: skip
    details = {
        detail.get("type"): b64decode(detail.get("value")).decode()
        for detail in one(asked).iter("ParticipantObjectDetail")
    }
    assert details == {
        "QueryRetrieveLevel": "STUDY", "MoveDestination": "WS1", "MatchingKeys": "StudyInstanceUID",
        "UniqueKeys": "1.2.3",
    }  # fmt: skip
