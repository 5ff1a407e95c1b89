"""The patients a query returned, gathered until they are told as one event. It reads and records nothing itself."""

from __future__ import annotations

from leadglass.model.event import MAX_LISTED, Association, PatientsListed
from leadglass.model.patient import Head, Patient

UTF_8 = 4  # bytes of a character at most
LISTED_WITHIN = 0.05  # seconds from the first patient to the event
MAX_STUDIES = 2_000  # named in one event
MAX_BYTES = 262_144  # of one event, about: names and UIDs may be long, and an event must fit into the journal


class Listing:
    """Patients of the responses to one C-FIND that are not told of yet."""

    __slots__ = ("_bytes", "_patients", "_responses", "_since", "_studies")

    def __init__(self) -> None:
        self._patients: dict[Patient, dict[str, None]] = {}
        self._responses = 0
        self._studies = 0
        self._bytes = 0
        self._since = 0.0

    def add(self, head: Head, now: float) -> None:
        """One pending response."""
        if not self._responses:
            self._since = now
        self._responses += 1
        patient = head.patient
        if patient.known:
            studies = self._patients.get(patient)
            if studies is None:
                studies = self._patients[patient] = {}
                texts = len(patient.id) + len(patient.issuer) + len(patient.name)
                self._bytes += len(patient.raw_id) + len(patient.raw_issuer) + UTF_8 * texts
            if head.study and head.study not in studies:
                studies[head.study] = None
                self._studies += 1
                self._bytes += len(head.study)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._responses

    def due(self, now: float) -> bool:
        """Whether it is time to tell, or more would not fit into one event."""
        if not self._responses:
            return False
        full = len(self._patients) >= MAX_LISTED or self._studies >= MAX_STUDIES or self._bytes >= MAX_BYTES
        return full or now - self._since >= LISTED_WITHIN

    def take(self, who: Association, sop_class: str, message_id: int) -> PatientsListed | None:
        """The event, after which the listing is empty; None when there is nothing to tell."""
        if not self._responses:
            return None
        patients = tuple((patient, tuple(studies)) for patient, studies in self._patients.items())
        event = PatientsListed(who, "C-FIND", sop_class, message_id, patients, self._responses)
        self._patients.clear()
        self._responses = self._studies = self._bytes = 0
        return event
