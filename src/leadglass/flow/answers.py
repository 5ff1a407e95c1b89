"""What is said when: operation × cause → PDU or status (PS3.7 Annex C, PS3.8 9.3.4). It decides nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType

from leadglass.model.decision import Cause

# A-ASSOCIATE-RJ result, source, reason (PS3.8 Table 9-21)
REJECTIONS = MappingProxyType(
    {
        Cause.UNKNOWN_CALLER: (1, 1, 3),  # permanent, service user, calling AE title not recognised
        Cause.BLOCKED_PEER: (1, 1, 3),
        Cause.UNKNOWN_CALLED: (1, 1, 7),  # permanent, service user, called AE title not recognised
        Cause.CERTIFICATE: (1, 1, 3),
        Cause.PLAIN: (1, 1, 3),
        Cause.UNEXPECTED_MOVE: (1, 1, 1),
        Cause.NO_CONTEXT: (1, 1, 1),  # permanent, service user, no reason given
        Cause.POLICY_ERROR: (1, 1, 1),
        Cause.UPSTREAM_DOWN: (2, 3, 1),  # transient, presentation provider, temporary congestion
        Cause.LIMIT: (2, 3, 2),  # transient, presentation provider, local limit exceeded
        Cause.REGISTRAR: (2, 3, 2),
        Cause.RECORD: (2, 3, 2),
    }
)

CONTEXT_REFUSED = 1  # user-rejection (PS3.8 Table 9-18)
ABORT_SOURCE = 2  # service-provider (PS3.8 Table 9-26): every A-ABORT that is ours

UNKNOWN_DESTINATION = 0xA801  # C-MOVE: move destination unknown (PS3.4 C.4.2.1.5)
NOT_AUTHORISED = 0x0124  # PS3.7 C.4.1
UNREADABLE = 0xC000  # C-STORE: cannot understand (PS3.4 B.2.3)
OUT_OF_RESOURCES = 0xA700
UNABLE_TO_PERFORM_SUBOPERATIONS = 0xA702
RESOURCE_LIMITATION = 0x0213
UNABLE_TO_PROCESS = 0xC001
PROCESSING_FAILURE = 0x0110

_REFUSED = MappingProxyType(
    {"C-FIND": UNABLE_TO_PROCESS, "N-EVENT-REPORT": PROCESSING_FAILURE}
)  # every other operation: NOT_AUTHORISED
_RECORD = MappingProxyType(
    {
        "C-STORE": OUT_OF_RESOURCES,
        "C-FIND": OUT_OF_RESOURCES,
        "C-MOVE": UNABLE_TO_PERFORM_SUBOPERATIONS,
        "C-GET": UNABLE_TO_PERFORM_SUBOPERATIONS,
    }
)  # N-services: RESOURCE_LIMITATION


def status(operation: str, cause: Cause) -> int | None:
    """The status that answers a refused request; None where only an A-ABORT can say it.

    C-ECHO knows only Success (PS3.7 9.3.5.2) and C-CANCEL has no response.
    """
    if operation in {"C-ECHO", "C-CANCEL"}:
        return None
    if cause is Cause.UNREADABLE_HEAD:
        return PROCESSING_FAILURE if operation.startswith("N-") else UNREADABLE
    if cause is Cause.UNKNOWN_DESTINATION:
        return UNKNOWN_DESTINATION
    if cause in {Cause.RECORD, Cause.REGISTRAR}:
        return _RECORD.get(operation, RESOURCE_LIMITATION)
    return _REFUSED.get(operation, NOT_AUTHORISED)


def outcome(response: int) -> str:
    """What a C-STORE-RSP status means: "success", "warning" or "failure" (PS3.7 C, PS3.4 B.2.3)."""
    if response == 0:
        return "success"
    if response in {0x0001, 0x0107, 0x0116} or response & 0xF000 == 0xB000:
        return "warning"
    return "failure"


def pending(response: int) -> bool:
    """True for a status after which more responses follow (PS3.7 C.1.3)."""
    return response in {0xFF00, 0xFF01}


@cache
def findings() -> MappingProxyType[str, str]:
    """Ways to break the protocol that show in a byte stream or a conversation, by stable id, with their meaning."""
    text = files("leadglass.flow").joinpath("findings.tsv").read_text(encoding="ascii")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType(dict(rows))
