"""Numbers of rows by what they stand for: accesses, patients, flows, UIDs. Makes missing rows; never commits."""

from __future__ import annotations

from collections import OrderedDict
from sqlite3 import Connection

from leadglass.model.event import Association
from leadglass.model.patient import UNKNOWN_PATIENT, Patient
from leadglass.store.projection.subject import searchable

CACHED_ACCESSES = 20_000
CACHED_UIDS = 50_000
CACHED_FLOWS = 10_000

AccessKey = tuple[str, int, int, int]  # writer, boot, association, transfer

_NOBODY = Association(0, "", 0, "", "")
_SEE_PATIENT = """
    INSERT INTO patients (patient, issuer, name, last_seen, text) VALUES (?,?,?,?,?)
    ON CONFLICT (patient, issuer) DO UPDATE SET last_seen = max(last_seen, excluded.last_seen),
        name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE name END,
        text = CASE WHEN excluded.name <> '' THEN excluded.text ELSE text END
    RETURNING id"""


class Identities:
    """Looks rows up, and keeps the numbers of the latest; `forget` them when a transaction was rolled back."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._accesses: OrderedDict[AccessKey, tuple[int, int, int]] = OrderedDict()
        self._uids: OrderedDict[str, int] = OrderedDict()
        self._flows: OrderedDict[tuple[str, str, str, str], int] = OrderedDict()

    def forget(self) -> None:
        """Drop numbers that may name rows which were rolled back."""
        self._accesses.clear()
        self._uids.clear()
        self._flows.clear()

    def access(self, key: AccessKey, leaf: int, time: int) -> tuple[int, int, int]:
        """The (id, flow, patient) of an access; one whose begin is not here is made, of a patient unknown."""
        known = self._accesses.get(key)
        if known is not None:
            return known
        row = self._db.execute(
            """SELECT id, flow, patient FROM accesses
               WHERE writer = ? AND boot = ? AND association = ? AND transfer = ? ORDER BY id DESC LIMIT 1""",
            key,
        ).fetchone()
        if row is None:
            patient, flow = self.see(UNKNOWN_PATIENT, time), self.flow(_NOBODY)
            self._db.execute(
                """INSERT INTO accesses (id, writer, boot, association, transfer, began, patient, flow)
                   VALUES (?,?,?,?,?,?,?,?)""",
                (leaf, *key, time, patient, flow),
            )
            row = (leaf, flow, patient)
        return self.remember(key, (row[0], row[1], row[2]))

    def remember(self, key: AccessKey, value: tuple[int, int, int]) -> tuple[int, int, int]:
        """Keep ``value`` as what `access` answers for ``key``."""
        self._accesses[key] = value
        if len(self._accesses) > CACHED_ACCESSES:
            self._accesses.popitem(last=False)
        return value

    def see(self, patient: Patient, time: int) -> int:
        """The number of a patient, seen at ``time`` under this name."""
        row = self._db.execute(
            _SEE_PATIENT, (patient.id, patient.issuer, patient.name, time, searchable(patient.id, patient.name))
        ).fetchone()
        return int(row[0])

    def uid(self, uid: str) -> int:
        """The number of a UID; the empty one is 0."""
        if not uid:
            return 0
        found = self._uids.get(uid)
        if found is None:
            self._db.execute("INSERT OR IGNORE INTO uids (uid) VALUES (?)", (uid,))
            found = int(self._db.execute("SELECT id FROM uids WHERE uid = ?", (uid,)).fetchone()[0])
            self._uids[uid] = found
            if len(self._uids) > CACHED_UIDS:
                self._uids.popitem(last=False)
        return found

    def flow(self, association: Association) -> int:
        """The number of (calling, address, peer, archive)."""
        key = (association.calling, association.address, association.peer, association.archive)
        found = self._flows.get(key)
        if found is not None:
            return found
        self._db.execute("INSERT OR IGNORE INTO flow_keys (calling, address, peer, archive) VALUES (?,?,?,?)", key)
        row = self._db.execute(
            "SELECT id FROM flow_keys WHERE calling = ? AND address = ? AND peer = ? AND archive = ?", key
        ).fetchone()
        self._flows[key] = number = int(row[0])
        if len(self._flows) > CACHED_FLOWS:
            self._flows.popitem(last=False)
        return number
