"""Writes an audit message as XML by the schema of DICOM PS3.15 A.5.1. Hostile text goes in as text or not at all.

Characters XML cannot carry (PS3.15 takes XML 1.0) become U+FFFD; bytes of any kind travel in base 64 only.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime

from lxml import etree  # type: ignore[import-untyped]  # lxml has no types of its own

from leadglass.audit.terms import (
    ActiveParticipant,
    AuditMessage,
    Code,
    EventIdentification,
    ObjectDescription,
    ParticipantObject,
)

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_MILLISECOND = 1_000_000
_LATEST = 253_402_300_799_999  # ms, the end of year 9999, after which there is no xsd:dateTime of four digits


def to_xml(message: AuditMessage) -> bytes:
    """The message as UTF-8 with an XML declaration."""
    root = etree.Element("AuditMessage")
    _event(root, message.event)
    for participant in message.participants:
        _participant(root, participant)
    source = _element(
        root,
        "AuditSourceIdentification",
        AuditEnterpriseSiteID=message.source.site or None,
        AuditSourceID=message.source.id,
    )
    _element(source, "AuditSourceTypeCode", **{"csd-code": message.source.type_code})
    for about in message.objects:
        _object(root, about)
    encoded: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return encoded


def date_time(time: int) -> str:
    """UTC ns as xsd:dateTime with milliseconds and zone (A.5.2.5), held within the years 1970 to 9999."""
    milliseconds = min(max(time // _MILLISECOND, 0), _LATEST)
    whole = datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{milliseconds % 1000:03}Z"


def _safe(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _element(parent: etree._Element, name: str, text: str | None = None, **attributes: str | None) -> etree._Element:
    """A child; attributes of None are left out."""
    child = etree.SubElement(parent, name)
    for attribute, value in attributes.items():
        if value is not None:
            child.set(attribute, _safe(value))
    if text is not None:
        child.text = _safe(text)
    return child


def _code(parent: etree._Element, name: str, code: Code) -> None:
    _element(parent, name, **{"csd-code": code.code, "codeSystemName": code.system, "originalText": code.text})


def _event(root: etree._Element, event: EventIdentification) -> None:
    element = _element(
        root,
        "EventIdentification",
        EventActionCode=event.action,
        EventDateTime=date_time(event.time),
        EventOutcomeIndicator=str(int(event.outcome)),
    )
    _code(element, "EventID", event.id)
    for code in event.types:
        _code(element, "EventTypeCode", code)
    if event.description:
        _element(element, "EventOutcomeDescription", event.description)


def _participant(root: etree._Element, participant: ActiveParticipant) -> None:
    element = _element(
        root,
        "ActiveParticipant",
        UserID=participant.user_id,
        AlternativeUserID=participant.alternative_user_id or None,
        UserName=participant.user_name or None,
        UserIsRequestor="true" if participant.requestor else "false",
        NetworkAccessPointID=participant.network_id or None,
        NetworkAccessPointTypeCode=participant.network_type or None,
    )
    for role in participant.roles:
        _code(element, "RoleIDCode", role)


def _object(root: etree._Element, about: ParticipantObject) -> None:
    element = _element(
        root,
        "ParticipantObjectIdentification",
        ParticipantObjectID=about.id,
        ParticipantObjectTypeCode=about.type_code,
        ParticipantObjectTypeCodeRole=about.role,
    )
    _code(element, "ParticipantObjectIDTypeCode", about.id_type)
    if about.query is None:
        _element(element, "ParticipantObjectName", about.name)
    else:
        _element(element, "ParticipantObjectQuery", b64encode(about.query).decode())
    for name, value in about.details:
        _element(element, "ParticipantObjectDetail", type=name, value=b64encode(value).decode())
    if about.description is not None:
        _description(element, about.description)


def _description(parent: etree._Element, description: ObjectDescription) -> None:
    element = _element(parent, "ParticipantObjectDescription")
    for uid in description.mpps:
        _element(element, "MPPS", UID=uid)
    for number in description.accessions:
        _element(element, "Accession", Number=number)
    for each in description.sop_classes:
        _element(element, "SOPClass", UID=each.uid or None, NumberOfInstances=str(each.instances))
