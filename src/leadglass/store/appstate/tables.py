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
