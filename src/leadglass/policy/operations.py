"""Which DIMSE operations a SOP class defines, and the service it belongs to (PS3.4). Never what is permitted."""

from __future__ import annotations

from leadglass.model.decision import Request
from leadglass.policy.shipped import text_of
from leadglass.wire.dicom.uids import keyword_of

C_ECHO = "C-ECHO"
C_STORE = "C-STORE"
C_FIND = "C-FIND"
C_MOVE = "C-MOVE"
C_GET = "C-GET"

OPERATIONS = (
    C_ECHO,
    C_STORE,
    C_FIND,
    C_MOVE,
    C_GET,
    "N-EVENT-REPORT",
    "N-GET",
    "N-SET",
    "N-ACTION",
    "N-CREATE",
    "N-DELETE",
)
"""Every operation a policy may name (PS3.7 7.5); C-CANCEL belongs to the operation it cancels."""

LEVELS = ("PATIENT", "STUDY", "SERIES", "IMAGE", "FRAME", "WORKLIST")
"""Query/Retrieve Levels (PS3.4 C.3, Y.3), and the one of a worklist, which has none of its own."""

STORAGE = "storage"
_STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."  # also of classes that are newer than our table of names

_ROWS = tuple(line.split("\t") for line in text_of("operations.tsv").splitlines() if not line.startswith("#"))
_SERVICE = {uid: service for uid, service, _, _ in _ROWS}
_OPERATIONS = {uid: tuple(operations.split()) for uid, _, operations, _ in _ROWS}
_UNKNOWN_OPERATIONS = OPERATIONS[1:]
_UNKNOWN_SERVICE = {C_FIND: "query", C_MOVE: "retrieve", C_GET: "retrieve"}


def operations_of(sop_class: str) -> tuple[str, ...]:
    """The operations a SOP class defines, the likeliest first.

    C-STORE for a class of the standard without a service of its own; for one that PS3.6 does not know (private, or
    a new kind of service) every operation but C-ECHO.
    """
    return _OPERATIONS.get(sop_class) or ((C_STORE,) if _stores(sop_class) else _UNKNOWN_OPERATIONS)


def carried_by(sop_class: str) -> tuple[tuple[str, bool], ...]:
    """What a requester's presentation context of this abstract syntax may carry, as (operation, object) of a request.

    A context for storage also carries the objects of a C-GET (PS3.4 C.4.3); those of a C-MOVE come on another
    association.
    """
    operations = tuple((operation, False) for operation in operations_of(sop_class))
    return (*operations, (C_GET, True)) if service_of(sop_class, C_STORE) == STORAGE else operations


def service_of(sop_class: str, operation: str = C_STORE) -> str:
    """The service a SOP class belongs to, as policies name it; "storage" for every class that is in no other.

    A class that PS3.6 does not know belongs to the service that ``operation`` makes of it.
    """
    service = _SERVICE.get(sop_class)
    if service is not None:
        return service
    if operation == C_STORE or _stores(sop_class):
        return STORAGE
    return _UNKNOWN_SERVICE.get(operation, "other")


def service_asked(request: Request) -> str:
    """The service of a request; an object sent for an earlier one is storage, whatever asked for it."""
    return service_of(request.sop_class, C_STORE if request.object else request.operation)


def _stores(sop_class: str) -> bool:
    """Whether a class without a service of its own is known to store."""
    return bool(keyword_of(sop_class)) or sop_class.startswith(_STORAGE_ROOT)
