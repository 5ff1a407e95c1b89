"""Peers are proved by certificates, and have a place of their own; unknown callers show theirs.

Peers from before were accepted without TLS: they still may.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OLD_CALLER = (
    "address",
    "title",
    "called",
    "first_seen",
    "last_seen",
    "attempts",
    "sop_classes",
    "implementation_uid",
    "implementation_version",
)


def upgrade() -> None:
    """To 0003."""
    with op.batch_alter_table("peers") as table:
        for column in (
            sa.Column("certificates", sa.JSON, nullable=False, server_default="[]"),
            sa.Column("plain", sa.Boolean, nullable=False, server_default=sa.true()),
            sa.Column("host", sa.String(255), nullable=False, server_default=""),
            sa.Column("port", sa.Integer, nullable=False, server_default="0"),
            sa.Column("destinations", sa.JSON, nullable=False, server_default='["*"]'),
            sa.Column("levels", sa.JSON, nullable=False, server_default='["*"]'),
        ):
            table.add_column(column)
    with op.batch_alter_table("peers") as table:  # from now on nothing is assumed
        for name in ("certificates", "plain", "host", "port", "destinations", "levels"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "certificates",
        sa.Column("fingerprint", sa.String(71), primary_key=True),
        sa.Column("subject", sa.String(256), nullable=False),
        sa.Column("issuer", sa.String(256), nullable=False),
        sa.Column("not_after", sa.BigInteger, nullable=False),
        sa.Column("alarmed", sa.Integer, nullable=False),
    )
    _unknown_peers()


def _unknown_peers() -> None:
    """A new primary key: the rows go over into a new table."""
    op.drop_index("ix_unknown_peers_last_seen", "unknown_peers")
    op.create_table(
        "unknown_peers_new",
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("title", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(71), nullable=False),
        sa.Column("called", sa.String(64), nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("last_seen", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("sop_classes", sa.JSON, nullable=False),
        sa.Column("implementation_uid", sa.String(64), nullable=False),
        sa.Column("implementation_version", sa.String(64), nullable=False),
        sa.Column("tls", sa.Boolean, nullable=False),
        sa.Column("error", sa.String(256), nullable=False),
        sa.Column("certificate", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("address", "title", "fingerprint", name="pk_unknown_peers_2"),
    )
    names = ", ".join(_OLD_CALLER)
    op.execute(
        f"INSERT INTO unknown_peers_new ({names}, fingerprint, tls, error, certificate) "  # noqa: S608 (names above)
        f"SELECT {names}, '', false, '', 'null' FROM unknown_peers"
    )
    op.drop_table("unknown_peers")
    op.rename_table("unknown_peers_new", "unknown_peers")
    op.create_index("ix_unknown_peers_last_seen", "unknown_peers", ["last_seen"])
