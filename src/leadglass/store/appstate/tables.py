"""The tables of the application state, in SQLAlchemy Core and in SQL that every engine speaks. No queries here."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# All times are UTC nanoseconds.
users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),  # argon2 encoded
    Column("must_change", Boolean, nullable=False),  # the password was made by somebody else
    Column("disabled", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("last_login", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256 of the cookie, hex
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("address", String(64), nullable=False),
)

peers = Table(
    "peers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("title", String(64), nullable=False),
    Column("networks", JSON, nullable=False),
    Column("status", String(16), nullable=False),
    Column("operations", JSON, nullable=False),
    Column("sop_classes", JSON, nullable=False),
    Column("archives", JSON, nullable=False),
    Column("hours", JSON, nullable=False),  # [[days, start, end], …]
    Column("max_associations", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("certificates", JSON, nullable=False),
    Column("plain", Boolean, nullable=False),
    Column("host", String(255), nullable=False),
    Column("port", Integer, nullable=False),
    Column("destinations", JSON, nullable=False),
    Column("levels", JSON, nullable=False),
)

certificates = Table(  # what is known of certificates that are pinned or ours, so that their end can be told in time
    "certificates",
    metadata,
    Column("fingerprint", String(71), primary_key=True),
    Column("subject", String(256), nullable=False),
    Column("issuer", String(256), nullable=False),
    Column("not_after", BigInteger, nullable=False),  # UTC seconds, unlike all other times here
    Column("alarmed", Integer, nullable=False),  # the lowest threshold that was alarmed, in days; see `certificates`
)

unknown_peers = Table(
    "unknown_peers",
    metadata,
    Column("address", String(64), primary_key=True),
    Column("title", String(64), primary_key=True),
    Column("fingerprint", String(71), primary_key=True),  # of the certificate it showed, empty where it showed none
    Column("called", String(64), nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("sop_classes", JSON, nullable=False),
    Column("implementation_uid", String(64), nullable=False),
    Column("implementation_version", String(64), nullable=False),
    Column("tls", Boolean, nullable=False),
    Column("error", String(256), nullable=False),  # what TLS said
    Column("certificate", JSON, nullable=False),  # `model.certificate`, null where it showed none
    Index("ix_unknown_peers_last_seen", "last_seen"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("counter", BigInteger, primary_key=True, autoincrement=False),  # their order
    Column("event", LargeBinary, nullable=False),  # encoded, its id still to be given
    Column("boot", BigInteger, nullable=False),  # of the journal it was numbered for, 0 before
    Column("number", BigInteger, nullable=False),  # within that boot, 0 before
    Column("gateway", String(32), nullable=False),  # whose journal it belongs to, see `dialects`; "" in a file
)

expectations = Table(
    "expectations",
    metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of what names it, hex
    Column("number", BigInteger, nullable=False, unique=True),  # rises with each change: what is new since
    Column("kind", String(8), nullable=False),  # "move" or "report"
    Column("until", BigInteger, nullable=False, index=True),
    Column("value", LargeBinary, nullable=False),  # msgpack of `model.expectation`
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

# The assessment. What people decided is added and never changed: the row with the highest number is in force.
survey_answers = Table(
    "survey_answers",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("version", String(20), nullable=False),  # of the instrument
    Column("question", String(40), nullable=False),
    Column("value", JSON, nullable=False),  # a code or a number; null: withdrawn
    Column("who", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("beside", Boolean, nullable=False),  # to a question that no version here has: kept, and never in force
    Index("ix_survey_answers_question", "question", "number"),
)

survey_shares = Table(
    "survey_shares",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("token", String(64), nullable=False, unique=True),  # SHA-256, hex
    Column("section", String(40), nullable=False),
    Column("label", String(80), nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("revoked", BigInteger, nullable=False),  # 0: it is not
)

exemptions = Table(
    "exemptions",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("control", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("approver", String(200), nullable=False),
    Column("decided", String(10), nullable=False),  # day, ISO 8601
    Column("review", String(10), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Index("ix_exemptions_control", "control", "number"),
)

settlements = Table(
    "settlements",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("evidence", String(300), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String(300), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("control", String(40), nullable=False),
    Column("bearing", String(16), nullable=False),
    Column("source", String(200), nullable=False),
    Column("place", Text, nullable=False),  # title and page
    Column("seen", BigInteger, nullable=False),
    Column("scope", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
)

risks = Table(
    "risks",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # version of the record, from 1
    Column("risk", JSON, nullable=False),  # `assess.risk.Risk` without id and number
    Column("who", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)

contribution_identity = Table(  # one row
    "contribution_identity", metadata, Column("id", String(32), primary_key=True)
)

contributions = Table(
    "contributions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("version", String(20), nullable=False),  # of the instrument
    Column("codes", LargeBinary, nullable=False),  # see `cohort_words`
    Column("at", BigInteger, nullable=False),
)

cohort_words = Table(  # question ids and answer codes, each once
    "cohort_words",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("word", String(40), nullable=False, unique=True),
)

cohort_rosters = Table(  # the hospitals of a printing, shared by its items
    "cohort_rosters",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("names", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the names
)

cohort_editions = Table(  # every table of which a row was ever printed, see `assess.disclosure`
    "cohort_editions",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("question", String(40), nullable=False, index=True),
    Column("digest", String(64), nullable=False),  # of the table
    Column("roster", String(64), ForeignKey("cohort_rosters.digest"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the content
    Column("printed", JSON, nullable=False),  # [[size, band], …]
    Column("at", BigInteger, nullable=False),  # when it was printed last
)

cohort_file = Table(  # one row: the printed cohort that its keeper handed out, see `assess.cohort_file`
    "cohort_file",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)

assessment_reports = Table(
    "assessment_reports",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("who", String(200), nullable=False),
    Column("digest", String(64), nullable=False),  # SHA-256 of the report
    Column("title", String(200), nullable=False),
    Column("content", LargeBinary, nullable=False),  # zlib
    Column("size", Integer, nullable=False),  # bytes of the content
)

# The network. One row a file, its latest text; changes are events.
network_files = Table(
    "network_files",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),  # rises with each change: what is new since
    Column("kind", String(20), nullable=False),  # "hospital", or a syntax of `network.importers`
    Column("digest", String(64), nullable=False),  # SHA-256 of the text, secrets masked
    Column("content", LargeBinary, nullable=False),  # zlib of the text, secrets masked
    Column("size", Integer, nullable=False),  # bytes of the text
    Column("lines", Integer, nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", BigInteger, nullable=False),
)

network_outcomes = Table(  # one row: the last
    "network_outcomes",
    metadata,
    Column("fingerprint", String(64), primary_key=True),  # of the files it comes from
    Column("at", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),  # zlib of JSON, `network.outcome`
    Column("size", Integer, nullable=False),  # bytes of the JSON
)
