"""What a message is about, as its data set says: which elements to read, and what they mean. It judges nothing."""

from __future__ import annotations

import msgspec

from leadglass.model.patient import Head, Patient
from leadglass.policy.operations import LEVELS, service_of
from leadglass.wire.dataset.head import HeadReader
from leadglass.wire.dataset.identifier import EMPTY, Identifier, identifier_of, transaction_of
from leadglass.wire.dataset.identity import UnclearIdentityError
from leadglass.wire.dataset.tags import IDENTIFIER, IDENTITY, TRANSACTION, Wanted
from leadglass.wire.dicom.command import Command
from leadglass.wire.dicom.uids import STORAGE_COMMITMENT_PUSH_MODEL

WORKLIST = "WORKLIST"  # the level of a modality worklist query, which has none of its own (PS3.4 K.4)

_INFORMATION_MODELS = "1.2.840.10008.5.1.4.1.2."  # of patients, whose identifiers have a level (PS3.4 C.6, Y.6, Z.6)
_RETRIEVES = frozenset(("C-FIND", "C-MOVE", "C-GET"))
_COMMITS = frozenset(("N-ACTION", "N-EVENT-REPORT"))
_BY_OPERATION = {
    "C-STORE": IDENTITY,
    "C-FIND": IDENTIFIER,
    "C-MOVE": IDENTIFIER,
    "C-GET": IDENTIFIER,
    "N-CREATE": IDENTITY,
    "N-SET": IDENTITY,
}

READ = frozenset((*_BY_OPERATION, *_COMMITS))
"""Operations of which some data set is read before they are judged."""


class Subject(msgspec.Struct, frozen=True):
    """What one message is about.

    Attributes:
        head: of an object or of an N-service's data set.
        identifier: of a query or retrieve.
        level: as policies see it.
        transaction: Transaction UID of a storage commitment.
        finding: why the data set could not be read; empty when it could, or when there is none.
    """

    head: Head = Head()
    identifier: Identifier = EMPTY
    level: str = ""
    transaction: str = ""
    finding: str = ""

    @property
    def patient(self) -> Patient:
        """Whom it is about."""
        return self.head.patient if self.head.patient.known else self.identifier.patient

    @property
    def study(self) -> str:
        """Which study, where it is one."""
        studies = self.identifier.studies
        return self.head.study or (studies[0] if len(studies) == 1 else "")


NOTHING = Subject()


def is_commitment(command: Command, abstract: str) -> bool:
    """Whether it is a request of storage commitment, or its report (PS3.4 J.3), by message or context."""
    return command.operation in _COMMITS and (STORAGE_COMMITMENT_PUSH_MODEL in {command.sop_class, abstract})


def not_understood(command: Command, abstract: str, subject: Subject) -> str:
    """Why what a query or retrieve asks for cannot be told from its identifier, in words; empty where it can.

    An archive may take a level that is none, or missing, for any.
    """
    if command.operation not in _RETRIEVES:
        return ""
    if subject.finding:
        return subject.finding
    levelled = command.sop_class.startswith(_INFORMATION_MODELS) or abstract.startswith(_INFORMATION_MODELS)
    return f"level {subject.level!r}" if levelled and subject.level not in LEVELS else ""


def wanted_of(command: Command, abstract: str) -> Wanted | None:
    """What to read of a request's data set; None where its command set says all that is judged."""
    if not command.data_set_present:
        return None
    return TRANSACTION if is_commitment(command, abstract) else _BY_OPERATION.get(command.operation)


def subject_of(
    command: Command, abstract: str, wanted: Wanted, reader: HeadReader, tolerated: dict[str, None]
) -> Subject:
    """What a decided reader of what is ``wanted`` found. Deviations passed over go into ``tolerated``.

    A worklist is asked for only where message and context agree: an archive may go by either.
    """
    worklist = service_of(command.sop_class) == service_of(abstract) == "worklist"
    level = WORKLIST if worklist else ""
    if reader.finding:
        return Subject(level=level, finding=reader.finding)
    try:
        if wanted is IDENTIFIER:
            identifier = identifier_of(reader.values, tolerated)
            named = "" if identifier.level == WORKLIST else identifier.level  # there it is no level at all
            return Subject(identifier=identifier, level=level or named)
        if wanted is TRANSACTION:
            return Subject(transaction=transaction_of(reader.values, tolerated))
    except UnclearIdentityError as unclear:
        return Subject(level=level, finding=unclear.finding.value)
    assert reader.head is not None, "a reader without a finding has a head"
    return Subject(reader.head)
