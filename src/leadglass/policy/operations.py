"""Which DIMSE operations a SOP class defines, and the service it belongs to (PS3.4). Never what is permitted."""

from __future__ import annotations

from leadglass.policy.shipped import text_of

C_ECHO = "C-ECHO"
C_STORE = "C-STORE"

OPERATIONS = (
    C_ECHO,
    C_STORE,
    "C-FIND",
    "C-MOVE",
    "C-GET",
    "N-EVENT-REPORT",
    "N-GET",
    "N-SET",
    "N-ACTION",
    "N-CREATE",
    "N-DELETE",
)
"""Every operation a policy may name (PS3.7 7.5); C-CANCEL belongs to the operation it cancels."""

STORAGE = "storage"

_ROWS = tuple(line.split("\t") for line in text_of("operations.tsv").splitlines() if not line.startswith("#"))
_SERVICE = {uid: service for uid, service, _, _ in _ROWS}
_OPERATIONS = {uid: tuple(operations.split()) for uid, _, operations, _ in _ROWS}


def operations_of(sop_class: str) -> tuple[str, ...]:
    """The operations a SOP class defines; C-STORE for each one without a service of its own, private ones included."""
    return _OPERATIONS.get(sop_class, (C_STORE,))


def service_of(sop_class: str) -> str:
    """The service a SOP class belongs to, as policies name it; "storage" for every class that is in no other."""
    return _SERVICE.get(sop_class, STORAGE)
