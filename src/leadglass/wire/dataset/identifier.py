"""From the keys of a query, a retrieve or a commitment to what it is about. Never matches anything itself."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from leadglass.model.patient import UNKNOWN_PATIENT, Patient
from leadglass.wire.dataset import tags
from leadglass.wire.dataset.identity import patient_of, uids_of

_WILD = frozenset("*?")
_NOTHING = b"\0 *?\\"  # wildcards alone, and lists of empty values, match anything (PS3.4 C.2.2.2)


class Identifier(msgspec.Struct, frozen=True):
    """What the identifier of a C-FIND, C-MOVE or C-GET names (PS3.4 C.4, K.4).

    Attributes:
        level: Query/Retrieve Level (0008,0052), in capitals whatever was sent: some archives read it so; empty in a
            worklist query.
        patient: the one patient it names by ID; unknown when it names none, or by wildcards.
        studies, series, instances: unique keys, lists resolved.
        keys: keywords of the matching keys that hold a value other than wildcards alone, in rising order of their tags.
    """

    level: str = ""
    patient: Patient = UNKNOWN_PATIENT
    studies: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def uids(self) -> tuple[str, ...]:
        """All unique keys it names."""
        return (*self.studies, *self.series, *self.instances)


EMPTY = Identifier()


def identifier_of(values: Mapping[int, bytes], tolerated: dict[str, None]) -> Identifier:
    """The identifier in the ``values`` that `tags.IDENTIFIER` wants.

    Args:
        values: element values as sent, by tag.
        tolerated: gets the deviations passed over.

    Raises:
        UnclearIdentityError: two readers could take a value in two ways, or it is hostile.
    """
    patient = patient_of(values, tolerated)
    if not patient.id or _WILD & set(patient.id):
        patient = UNKNOWN_PATIENT
    level = values.get(tags.QUERY_RETRIEVE_LEVEL, b"").strip(b"\0 ")[:16].upper().decode("ascii", "backslashreplace")
    return Identifier(
        level,
        patient,
        uids_of(values.get(tags.STUDY_INSTANCE_UID, b""), tolerated),
        uids_of(values.get(tags.SERIES_INSTANCE_UID, b""), tolerated),
        uids_of(values.get(tags.SOP_INSTANCE_UID, b""), tolerated),
        tuple(keyword for tag, keyword in sorted(tags.KEYS.items()) if values.get(tag, b"").strip(_NOTHING)),
    )


def transaction_of(values: Mapping[int, bytes], tolerated: dict[str, None]) -> str:
    """The Transaction UID (0008,1195) of a storage commitment; empty when it has none, or several.

    Raises:
        UnclearIdentityError: it is hostile.
    """
    uids = uids_of(values.get(tags.TRANSACTION_UID, b""), tolerated)
    return uids[0] if len(uids) == 1 else ""
