"""The table from our kinds of event to DICOM audit events (PS3.15 A.5.3, codes of PS3.16). Data only."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from leadglass.audit.terms import ActionCode, Code, Outcome
from leadglass.model.decision import Cause

PRIVATE: Final = "99LEADGLASS"  # coding scheme of the types DICOM has no term for (PS3.16 8.2)


def _dcm(code: str, text: str) -> Code:
    return Code(code, "DCM", text)


APPLICATION_ACTIVITY = _dcm("110100", "Application Activity")
AUDIT_LOG_USED = _dcm("110101", "Audit Log Used")
BEGIN_TRANSFERRING = _dcm("110102", "Begin Transferring DICOM Instances")
INSTANCES_TRANSFERRED = _dcm("110104", "DICOM Instances Transferred")
QUERY = _dcm("110112", "Query")
SECURITY_ALERT = _dcm("110113", "Security Alert")
USER_AUTHENTICATION = _dcm("110114", "User Authentication")

APPLICATION_START = _dcm("110120", "Application Start")
APPLICATION_STOP = _dcm("110121", "Application Stop")
LOGIN = _dcm("110122", "Login")
LOGOUT = _dcm("110123", "Logout")
NODE_AUTHENTICATION = _dcm("110126", "Node Authentication")
OVERRIDE_STARTED = _dcm("110127", "Emergency Override Started")
SECURITY_CONFIGURATION = _dcm("110129", "Security Configuration")
RESTRICTED_FUNCTION = _dcm("110132", "Use of Restricted Function")
RECORDING_STOPPED = _dcm("110133", "Audit Recording Stopped")
RECORDING_STARTED = _dcm("110134", "Audit Recording Started")
ROLES_CHANGED = _dcm("110136", "Security Roles Changed")
USER_ATTRIBUTES_CHANGED = _dcm("110137", "User security Attributes Changed")
OVERRIDE_STOPPED = _dcm("110138", "Emergency Override Stopped")

APPLICATION = _dcm("110150", "Application")
LAUNCHER = _dcm("110151", "Application Launcher")
DESTINATION = _dcm("110152", "Destination Role ID")
SOURCE = _dcm("110153", "Source Role ID")

STUDY_UID = _dcm("110180", "Study Instance UID")
SOP_CLASS_UID = _dcm("110181", "SOP Class UID")
NODE_ID = _dcm("110182", "Node ID")
PATIENT_NUMBER = Code("2", "RFC-3881", "Patient Number")
URI = Code("12", "RFC-3881", "URI")


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one kind of event is told: EventID, EventTypeCode and EventActionCode."""

    id: Code
    types: tuple[Code, ...]
    action: ActionCode = "E"


# Kind, then the variant the body decides ("" where there is one only).
MAPPINGS: Final = MappingProxyType(
    {
        ("application-started", ""): Mapping(APPLICATION_ACTIVITY, (APPLICATION_START,)),
        ("application-stopped", ""): Mapping(APPLICATION_ACTIVITY, (APPLICATION_STOP,)),
        ("child-died", ""): Mapping(APPLICATION_ACTIVITY, (APPLICATION_STOP,)),
        ("transfer-begun", ""): Mapping(BEGIN_TRANSFERRING, ()),
        ("transfer-closed", ""): Mapping(INSTANCES_TRANSFERRED, (), "C"),
        ("operation", ""): Mapping(QUERY, ()),
        ("refusal", "connection"): Mapping(SECURITY_ALERT, (NODE_AUTHENTICATION,)),
        ("refusal", "association"): Mapping(SECURITY_ALERT, (NODE_AUTHENTICATION,)),
        ("refusal", "context"): Mapping(SECURITY_ALERT, (RESTRICTED_FUNCTION,)),
        ("refusal", "operation"): Mapping(SECURITY_ALERT, (RESTRICTED_FUNCTION,)),
        ("refusal", "identity"): Mapping(SECURITY_ALERT, (NODE_AUTHENTICATION,)),
        ("bypass-changed", "started"): Mapping(SECURITY_ALERT, (OVERRIDE_STARTED,)),
        ("bypass-changed", "stopped"): Mapping(SECURITY_ALERT, (OVERRIDE_STOPPED,)),
        ("certificate-refused", ""): Mapping(SECURITY_ALERT, (NODE_AUTHENTICATION,)),
        ("protocol-error", ""): Mapping(SECURITY_ALERT, (Code("protocol-error", PRIVATE, "DICOM Protocol Error"),)),
        ("recording-impaired", "stopped"): Mapping(SECURITY_ALERT, (RECORDING_STOPPED,)),
        ("recording-impaired", "started"): Mapping(SECURITY_ALERT, (RECORDING_STARTED,)),
        ("record-gap", ""): Mapping(SECURITY_ALERT, (Code("record-gap", PRIVATE, "Gap in the Record"),)),
        ("alarm", ""): Mapping(SECURITY_ALERT, (Code("alarm", PRIVATE, "Alarm"),)),
        ("configuration-changed", ""): Mapping(SECURITY_ALERT, (SECURITY_CONFIGURATION,)),
        ("administrator-action", ""): Mapping(SECURITY_ALERT, (SECURITY_CONFIGURATION,)),
        ("administrator-action", "user"): Mapping(SECURITY_ALERT, (USER_ATTRIBUTES_CHANGED,)),
        ("administrator-action", "role"): Mapping(SECURITY_ALERT, (ROLES_CHANGED,)),
        ("user-authentication", "login"): Mapping(USER_AUTHENTICATION, (LOGIN,)),
        ("user-authentication", "logout"): Mapping(USER_AUTHENTICATION, (LOGOUT,)),
        ("audit-log-used", ""): Mapping(AUDIT_LOG_USED, (), "R"),
    }
)

# Not audit events of DICOM: a peer's connection (its transfers, operations and refusals are told), single instances
# (the study's message counts them, PS3.15 A.5.2 note), the patients a query returned (the query is told), whether an
# archive answers, and a new month's log.
UNTOLD: Final = frozenset(
    {
        "association-opened",
        "association-closed",
        "instance-begun",
        "instance-outcome",
        "ledger-continued",
        "patients-listed",
        "upstream-changed",
    }
)

# Operations told as a Query: their identifier is one (PS3.4 C.4). Others are told by what they lead to.
QUERIES: Final = frozenset({"C-FIND", "C-GET", "C-MOVE"})

# Severity of a refusal that was carried out. What only would have been refused is an informative alert, outcome 0:
# nothing was prevented, and nothing failed that was meant to work.
SEVERITY: Final[ReadOnly[str, Outcome]] = MappingProxyType(
    {
        Cause.BLOCKED_PEER: Outcome.SERIOUS_FAILURE,
        Cause.POLICY_ERROR: Outcome.SERIOUS_FAILURE,
        Cause.RECORD: Outcome.SERIOUS_FAILURE,
        Cause.REGISTRAR: Outcome.SERIOUS_FAILURE,
        Cause.UPSTREAM_DOWN: Outcome.SERIOUS_FAILURE,
    }
)
