"""Folds leaves of the ledger into the SQLite projection's tables. Inside the caller's transaction; never commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from sqlite3 import Connection
from typing import Final

from leadglass.model.event import (
    AssociationClosed,
    Event,
    InstanceBegun,
    InstanceOutcome,
    Operation,
    PatientsListed,
    Refusal,
    TransferBegun,
    TransferClosed,
    encode,
)
from leadglass.model.patient import Patient
from leadglass.store.projection.decisions import DecisionSums
from leadglass.store.projection.flows import SPANS
from leadglass.store.projection.identities import Identities
from leadglass.store.projection.subject import Subject, subject
from leadglass.store.projection.unproved import Unproved

OUTCOMES: Final = ("open", "success", "warning", "failure", "cut-off", "unknown")
_OUTCOME = {name: place for place, name in enumerate(OUTCOMES) if place}
_UNKNOWN_OUTCOME = _OUTCOME["unknown"]  # also for a name that a later version writes

_SECOND = 1_000_000_000


_INSERT_EVENT = "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_TEXT = "INSERT INTO event_text (rowid, text) VALUES (?,?)"
_INSERT_STUDY = "INSERT OR IGNORE INTO event_studies VALUES (?,?)"
_FIND_PATIENT = "SELECT 1 FROM patients WHERE patient = ? LIMIT 1"
_INSERT_MENTION = "INSERT OR IGNORE INTO event_patients VALUES (?,?,?,?)"
_INSERT_STEP = "INSERT OR REPLACE INTO procedure_steps VALUES (?,?,?)"
_FIND_STEP = "SELECT patient, issuer FROM procedure_steps WHERE sop_instance = ?"
_FIND_STUDY = """
    SELECT p.patient, p.issuer FROM patient_studies AS s JOIN patients AS p ON p.id = s.patient
    WHERE s.study = ? AND p.patient <> ''"""
_INSERT_INSTANCE = """
    INSERT INTO instances (access, number, sop_class, series, sop_instance, status, outcome, bytes,
        begin_leaf, outcome_leaf) VALUES (?,?,?,?,?,?,?,?,?,?)
    ON CONFLICT (access, number) DO UPDATE SET sop_class = excluded.sop_class, series = excluded.series,
        sop_instance = excluded.sop_instance, begin_leaf = excluded.begin_leaf"""
_UPDATE_INSTANCE = """
    INSERT INTO instances (status, outcome, bytes, outcome_leaf, access, number, sop_class, series, sop_instance,
        begin_leaf) VALUES (?,?,?,?,?,?,0,0,'',0)
    ON CONFLICT (access, number) DO UPDATE SET status = excluded.status, outcome = excluded.outcome,
        bytes = excluded.bytes, outcome_leaf = excluded.outcome_leaf"""
_COUNT_ACCESS = """
    UPDATE accesses SET begun = begun + ?, success = success + ?, warning = warning + ?, failure = failure + ?,
        cut_off = cut_off + ?, unknown = unknown + ?, bytes = bytes + ? WHERE id = ?"""
_FIND_SHELL = """
    SELECT id FROM accesses WHERE writer = ? AND boot = ? AND association = ? AND transfer = ? AND begin_leaf = 0"""
_BEGIN_ACCESS = """
    INSERT INTO accesses (id, writer, boot, association, transfer, began, patient, study, accession, modality,
        operation, flow, mode, rule, begin_leaf, requester) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
    ON CONFLICT (id) DO UPDATE SET began = excluded.began, patient = excluded.patient, study = excluded.study,
        accession = excluded.accession, modality = excluded.modality, operation = excluded.operation,
        flow = excluded.flow, mode = excluded.mode, rule = excluded.rule, begin_leaf = excluded.begin_leaf,
        requester = excluded.requester"""
_CLOSE_ACCESS = """
    UPDATE accesses SET ended = ?, closed = ?, close_leaf = ?
    WHERE writer = ? AND boot = ? AND association = ? AND transfer = ? AND closed = ''"""
_ADD_FLOW = """
    INSERT INTO flows VALUES (?,?,?,?,?,?,?,?)
    ON CONFLICT (span, bucket, flow) DO UPDATE SET instances = instances + excluded.instances,
        bytes = bytes + excluded.bytes, associations = associations + excluded.associations,
        refusals = refusals + excluded.refusals, last = max(last, excluded.last)"""


class Ingest:
    """Takes in leaves. Caches row ids between calls; `forget` them when a transaction was rolled back."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._ids = Identities(connection)
        self._decisions = DecisionSums(connection, self._ids)
        self._unproved = Unproved(connection, self._ids)
        self._clear()

    def _clear(self) -> None:
        """Empty what one call gathers."""
        self._events: list[tuple[object, ...]] = []
        self._texts: list[tuple[int, str]] = []
        self._studies: list[tuple[str, int]] = []
        self._mentions: list[tuple[object, ...]] = []  # patient, time, leaf, issuer
        self._begun: dict[tuple[int, int], list[object]] = {}
        self._answered: list[tuple[object, ...]] = []
        self._counts: dict[int, list[int]] = {}
        self._patients: Counter[int] = Counter()
        self._flows: dict[tuple[int, int], list[int]] = {}  # (minute, flow): instances, bytes, assocs, refusals, last

    def forget(self) -> None:
        """Drop caches that may name rows which were rolled back."""
        self._ids.forget()
        self._decisions.forget()
        self._unproved.forget()
        self._clear()

    def take(self, first_leaf: int, leaves: Sequence[tuple[str, Event | None]]) -> None:
        """Fold ``leaves`` in; ``first_leaf`` is the number of the first, the others follow."""
        for leaf, (digest, event) in enumerate(leaves, first_leaf):
            if event is None:
                continue
            body = event.body
            if isinstance(body, InstanceBegun):
                self._begin_instance(leaf, event, body)
                self._decisions.begun(leaf, event, body)
            elif isinstance(body, InstanceOutcome):
                self._answer_instance(leaf, event, body)
            else:
                self._list(leaf, digest, event)
                self._decisions.take(leaf, event)
                self._unproved.take(leaf, event)
        self._write()

    def _begin_instance(self, leaf: int, event: Event, body: InstanceBegun) -> None:
        key = (event.id.writer, event.id.boot, body.association, body.transfer)
        access, _, patient = self._ids.access(key, leaf, event.time)
        self._begun[access, body.instance] = [
            access,
            body.instance,
            self._ids.uid(body.sop_class),
            self._ids.uid(body.series),
            body.sop_instance,
            -1,
            0,
            0,
            leaf,
            0,
        ]
        self._count(access)[0] += 1
        self._patients[patient] += 1

    def _answer_instance(self, leaf: int, event: Event, body: InstanceOutcome) -> None:
        # Written by another process after a crash, it names the writer whose instance it was.
        writer, boot = body.origin or (event.id.writer, event.id.boot)
        key = (writer, boot, body.association, body.transfer)
        access, flow, _ = self._ids.access(key, leaf, event.time)
        outcome = _OUTCOME.get(body.outcome, _UNKNOWN_OUTCOME)
        row = self._begun.get((access, body.instance))
        if row is not None:
            row[5:8] = body.status, outcome, body.bytes
            row[9] = leaf
        else:
            self._answered.append((body.status, outcome, body.bytes, leaf, access, body.instance))
        counts = self._count(access)
        counts[outcome] += 1
        counts[6] += body.bytes
        sums = self._flow_sums(event.time, flow)
        sums[0] += 1
        sums[1] += body.bytes

    def _list(self, leaf: int, digest: str, event: Event) -> None:
        found = subject(event)
        patient = found.patient
        self._events.append(
            (
                leaf,
                event.time,
                found.kind,
                found.peer,
                found.archive,
                patient.id,
                patient.issuer,
                found.cause,
                found.would,
                found.text,
                bytes.fromhex(digest),
                encode(event),
            )
        )
        if found.text:
            self._texts.append((leaf, found.text))
        self._studies.extend((study, leaf) for study in found.studies)
        self._fold(leaf, event, found)

    def _fold(self, leaf: int, event: Event, found: Subject) -> None:
        """What a listed event says beyond its line: accesses, patients, flows."""
        body = event.body
        if isinstance(body, TransferBegun):
            self._begin_access(leaf, event, body)
        elif isinstance(body, TransferClosed):
            self._close_accesses(leaf, event, body)
        elif isinstance(body, AssociationClosed):
            self._flow_sums(event.time, self._ids.flow(body.association))[2] += 1
        elif isinstance(body, Refusal):
            self._flow_sums(event.time, self._ids.flow(body.association))[3] += 1
            if found.patient.known and found.patient.id:
                self._ids.see(found.patient, event.time)
        elif isinstance(body, PatientsListed):
            for patient, studies in body.patients:
                self._mention(leaf, event.time, patient)
                self._studies.extend((study, leaf) for study in studies)
        elif isinstance(body, Operation):
            self._operation(leaf, event, body)

    def _operation(self, leaf: int, event: Event, body: Operation) -> None:
        """Whom a request or its answer is about: as it says itself, else whose study or procedure step it names."""
        if body.patient.known:
            self._mention(leaf, event.time, body.patient)
            if body.operation == "N-CREATE" and body.sop_instance:
                self._db.execute(_INSERT_STEP, (body.sop_instance, body.patient.id, body.patient.issuer))
            return
        known = self._db.execute(_FIND_STEP, (body.sop_instance,)).fetchall() if body.sop_instance else []
        for study in body.uids:
            known += self._db.execute(_FIND_STUDY, (study,)).fetchall()
        self._mentions.extend((patient, event.time, leaf, issuer) for patient, issuer in dict.fromkeys(known))

    def _mention(self, leaf: int, time: int, patient: Patient) -> None:
        if patient.known and patient.id:
            if patient.issuer or self._db.execute(_FIND_PATIENT, (patient.id,)).fetchone() is None:
                self._ids.see(patient, time)  # without an issuer, it is none beside those that are known by this ID
            self._mentions.append((patient.id, time, leaf, patient.issuer))

    def _begin_access(self, leaf: int, event: Event, body: TransferBegun) -> None:
        association = body.association
        key = (event.id.writer, event.id.boot, association.number, body.transfer)
        patient, flow = self._ids.see(body.patient, event.time), self._ids.flow(association)
        # One that instances made before their begin was seen is completed; any other begin is an access of its own.
        shell = self._db.execute(_FIND_SHELL, key).fetchone()
        access = leaf if shell is None else int(shell[0])
        columns = (event.time, patient, body.study, body.accession, body.modality, body.operation)
        more = (flow, association.mode, body.judgement.rule, leaf, body.requester)
        self._db.execute(_BEGIN_ACCESS, (access, *key, *columns, *more))
        self._ids.remember(key, (access, flow, patient))
        if body.study:
            new = self._db.execute("INSERT OR IGNORE INTO patient_studies VALUES (?,?)", (patient, body.study))
            self._db.execute("UPDATE patients SET studies = studies + ? WHERE id = ?", (new.rowcount, patient))

    def _close_accesses(self, leaf: int, event: Event, body: TransferClosed) -> None:
        writer, boot = body.origin or (event.id.writer, event.id.boot)
        self._ids.see(body.patient, event.time)
        self._db.executemany(
            _CLOSE_ACCESS,
            [
                (event.time, body.how, leaf, writer, boot, body.association.number, transfer)
                for transfer in body.transfers
            ],
        )

    def _count(self, access: int) -> list[int]:
        counts = self._counts.get(access)
        if counts is None:
            counts = self._counts[access] = [0] * 7  # begun, then as OUTCOMES, then bytes
        return counts

    def _flow_sums(self, time: int, flow: int) -> list[int]:
        key = (time // (SPANS[0] * _SECOND), flow)
        sums = self._flows.get(key)
        if sums is None:
            sums = self._flows[key] = [0, 0, 0, 0, 0]
        sums[4] = max(sums[4], time)
        return sums

    def _write(self) -> None:
        db = self._db
        self._decisions.write()
        self._unproved.write()
        db.executemany(_INSERT_EVENT, self._events)
        db.executemany(_INSERT_TEXT, self._texts)
        db.executemany(_INSERT_STUDY, self._studies)
        db.executemany(_INSERT_MENTION, self._mentions)
        db.executemany(_INSERT_INSTANCE, self._begun.values())
        db.executemany(_UPDATE_INSTANCE, self._answered)
        db.executemany(_COUNT_ACCESS, [(*counts, access) for access, counts in self._counts.items()])
        db.executemany(
            "UPDATE patients SET instances = instances + ? WHERE id = ?",
            [(count, patient) for patient, count in self._patients.items()],
        )
        db.executemany(
            _ADD_FLOW,
            [
                (span, minute * SPANS[0] // span, flow, *sums)
                for (minute, flow), sums in self._flows.items()
                for span in SPANS
            ],
        )
        self._clear()
