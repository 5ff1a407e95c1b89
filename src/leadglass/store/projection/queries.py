"""SQL for the SQLite projection's lists: a Filter becomes a statement and its parameters. Never touches a database.

Every statement walks one named index in the order of the answer and stops at the page's last row, so that its time does
not grow with the table; conditions without an index of their own are tested on the way.
"""

# ruff: noqa: S608 -- statements are put together from constants of this file; values are always parameters

from __future__ import annotations

from dataclasses import dataclass, field

from leadglass.store.projection.interface import Filter
from leadglass.store.projection.subject import LISTED_KINDS, TRANSFER_KINDS, search_text

TRIGRAM = 3
RARE = 1_000  # hits of a text search up to which they are fetched and sorted


@dataclass(slots=True)
class Conditions:
    """A WHERE clause under construction; ``parameters`` in the order of its question marks."""

    clauses: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def add(self, clause: str, *parameters: object) -> None:
        """One more condition, joined by AND."""
        self.clauses.append(clause)
        self.parameters.extend(parameters)

    def given(self, *pairs: tuple[str, object]) -> None:
        """One more condition for each value that is given; an empty one, or 0, narrows nothing."""
        for clause, value in pairs:
            if value:
                self.add(clause, value)

    def sql(self) -> str:
        """The clause, true where there is no condition."""
        return " AND ".join(self.clauses) or "1"


Statement = tuple[str, list[object]]


def trigrams(text: str) -> str:
    """The FTS query for rows that hold every trigram of ``text``; empty when it is too short to have one."""
    found = dict.fromkeys(text[i : i + TRIGRAM] for i in range(len(text) - TRIGRAM + 1))
    return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in found)


def text_hits(text: str, kinds: tuple[str, ...]) -> Statement:
    """Leaves of events of ``kinds`` that hold ``text``, one more than `RARE` at most."""
    marks = ",".join("?" * len(kinds))
    sql = (
        "SELECT e.id FROM event_text AS t CROSS JOIN events AS e ON e.id = t.rowid"
        f" WHERE t.event_text MATCH ? AND e.kind IN ({marks}) AND instr(e.text, ?) > 0 LIMIT ?"
    )
    return sql, [trigrams(text), *kinds, text, RARE + 1]


_EVENT_COLUMNS = "e.id, e.time, e.digest, e.event"


def _event_conditions(where: Filter) -> Conditions:
    found = Conditions()
    found.given(
        ("e.issuer = ?", where.issuer),
        ("e.time >= ?", where.since),
        ("e.time < ?", where.until),
        ("instr(e.text, ?) > 0", search_text(where.text)),
    )
    for column, value in (
        ("patient", where.patient),
        ("cause", where.cause),
        ("peer", where.peer),
        ("archive", where.archive),
    ):
        if value:
            found.add(f"e.{column} = ?", value)
            found.add(f"e.{column} <> ''")  # names the partial index's condition
    if where.would:
        found.add("e.would = ?", int(where.would == "yes"))
    if where.unidentified:
        found.add("e.patient = ''")
    return found


def kinds_of(where: Filter) -> tuple[str, ...]:
    """The kinds of event that can meet ``where``, none where nothing can."""
    kinds = tuple(dict.fromkeys(kind for kind in where.kinds if kind in LISTED_KINDS)) if where.kinds else LISTED_KINDS
    if where.cause or where.would:
        kinds = tuple(kind for kind in kinds if kind == "refusal")
    if where.unidentified:
        kinds = tuple(kind for kind in kinds if kind in TRANSFER_KINDS)
    return kinds


def events(where: Filter, after: tuple[int, int] | None, limit: int, hits: list[int] | None) -> Statement:
    """Events newest first.

    Args:
        where: what to narrow to.
        after: (time, leaf) of the last row of the page before.
        limit: rows.
        hits: leaves that hold ``where.text``, where they are few.
    """
    conditions = _event_conditions(where)
    if after is not None:
        conditions.add("(e.time, e.id) < (?, ?)", *after)
    kinds = kinds_of(where)
    if not kinds:
        return f"SELECT {_EVENT_COLUMNS} FROM events AS e WHERE 0", []
    all_kinds = len(kinds) == len(LISTED_KINDS)
    order = "ORDER BY e.time DESC, e.id DESC LIMIT ?"

    def one(index: str) -> Statement:
        if not all_kinds:
            conditions.add(f"e.kind IN ({','.join('?' * len(kinds))})", *kinds)
        sql = f"SELECT {_EVENT_COLUMNS} FROM events AS e {index} WHERE {conditions.sql()} {order}"
        return sql, [*conditions.parameters, limit]

    if where.study:
        conditions.add("e.id IN (SELECT event FROM event_studies WHERE study = ?)", where.study)
        return one("NOT INDEXED")
    if hits is not None:
        conditions.add(f"e.id IN ({','.join(str(int(hit)) for hit in hits)})")
        return one("NOT INDEXED")
    if where.patient:
        return one("INDEXED BY events_patient")
    by = "events_peer" if where.peer else "events_archive" if where.archive else ""
    if not by:
        for index, value in (("events_cause", where.cause), ("events_would", where.would), ("events_time", all_kinds)):
            if value:
                return one(f"INDEXED BY {index}")
        by = "events_kind"
    part = (
        f"SELECT * FROM (SELECT {_EVENT_COLUMNS} FROM events AS e INDEXED BY {by}"
        f" WHERE e.kind = ? AND {conditions.sql()} {order})"
    )
    parameters = [value for kind in kinds for value in (kind, *conditions.parameters, limit)]
    sql = " UNION ALL ".join([part] * len(kinds))
    return f"SELECT * FROM ({sql}) ORDER BY 2 DESC, 1 DESC LIMIT ?", [*parameters, limit]


def mentions(where: Filter, after: tuple[int, int] | None, limit: int) -> Statement:
    """Events that named a patient without a transfer, newest first.

    Queries and their responses seldom name an issuer: such an event is about each patient of that ID.
    """
    conditions = Conditions()
    conditions.add("m.patient = ?", where.patient)
    conditions.given(("m.issuer IN (?, '')", where.issuer), ("m.time >= ?", where.since), ("m.time < ?", where.until))
    if after is not None:
        conditions.add("(m.time, m.event) < (?, ?)", *after)
    sql = (
        f"SELECT DISTINCT {_EVENT_COLUMNS} FROM event_patients AS m CROSS JOIN events AS e ON e.id = m.event"
        f" WHERE {conditions.sql()} ORDER BY m.time DESC, m.event DESC LIMIT ?"
    )
    return sql, [*conditions.parameters, limit]


def patients(where: Filter, after: tuple[int, int] | None, limit: int) -> Statement:
    """Patients, last seen first."""
    conditions = Conditions()
    if where.unidentified:
        conditions.add("p.patient = ''")
    flow = "EXISTS (SELECT 1 FROM accesses AS a JOIN flow_keys AS f ON f.id = a.flow WHERE a.patient = p.id AND"
    conditions.given(
        ("p.patient = ?", where.patient),
        ("p.issuer = ?", where.issuer),
        ("p.last_seen >= ?", where.since),
        ("p.last_seen < ?", where.until),
        ("p.id IN (SELECT a.patient FROM accesses AS a WHERE a.study = ?)", where.study),
        (f"{flow} f.peer = ?)", where.peer),
        (f"{flow} f.archive = ?)", where.archive),
        ("instr(p.text, ?) > 0", search_text(where.text)),
    )
    if after is not None:
        conditions.add("(p.last_seen, p.id) < (?, ?)", *after)
    sql = (
        "SELECT p.id, p.patient, p.issuer, p.name, p.studies, p.instances, p.last_seen FROM patients AS p"
        f" WHERE {conditions.sql()} ORDER BY p.last_seen DESC, p.id DESC LIMIT ?"
    )
    return sql, [*conditions.parameters, limit]


def accesses(where: Filter, after: tuple[int, int] | None, limit: int, hits: list[int] | None = None) -> Statement:
    """Accesses, newest first, each with its identity and the leaves that prove it; ``hits`` of their begins."""
    conditions = Conditions()
    if hits is not None:
        leaves = ",".join(str(int(hit)) for hit in hits)
        late = f"SELECT id FROM accesses WHERE begin_leaf IN ({leaves}) AND begin_leaf <> id"
        conditions.add(f"a.id IN (SELECT id FROM accesses WHERE id IN ({leaves}) UNION ALL {late})")
    if where.unidentified:
        conditions.add("a.patient IN (SELECT id FROM patients WHERE patient = '')")
    conditions.given(
        ("a.patient IN (SELECT id FROM patients WHERE patient = ?)", where.patient),
        ("p.issuer = ?", where.issuer),
        ("a.study = ?", where.study),
        ("f.peer = ?", where.peer),
        ("f.archive = ?", where.archive),
        ("a.began >= ?", where.since),
        ("a.began < ?", where.until),
        ("instr(b.text, ?) > 0", search_text(where.text)),
    )
    if after is not None:
        conditions.add("(a.began, a.id) < (?, ?)", *after)
    narrow = where.patient or where.unidentified or where.study or hits is not None
    index = "" if narrow else "INDEXED BY accesses_began"
    sql = f"""
        SELECT a.id, a.writer, a.boot, a.association, a.transfer,
            a.began, a.ended, p.patient, p.issuer, p.name, a.study,
            a.accession, a.modality, a.operation, f.peer, f.calling, f.address, f.archive, a.mode, a.rule,
            a.begun, a.success, a.warning, a.failure, a.cut_off, a.unknown, a.bytes, a.closed,
            a.begin_leaf, b.digest, a.close_leaf, c.digest, a.requester
        FROM accesses AS a {index}
        CROSS JOIN patients AS p ON p.id = a.patient
        CROSS JOIN flow_keys AS f ON f.id = a.flow
        LEFT JOIN events AS b ON b.id = a.begin_leaf
        LEFT JOIN events AS c ON c.id = a.close_leaf
        WHERE {conditions.sql()} ORDER BY a.began DESC, a.id DESC LIMIT ?"""
    return sql, [*conditions.parameters, limit]


INSTANCES = """
    SELECT i.number, coalesce(k.uid, ''), i.sop_instance, coalesce(s.uid, ''), i.status, i.outcome, i.bytes,
        i.begin_leaf, i.outcome_leaf
    FROM accesses AS a
    JOIN instances AS i ON i.access = a.id
    LEFT JOIN uids AS k ON k.id = i.sop_class
    LEFT JOIN uids AS s ON s.id = i.series
    WHERE a.writer = ? AND a.boot = ? AND a.association = ? AND a.transfer = ? AND i.number > ?
    ORDER BY i.number LIMIT ?"""
