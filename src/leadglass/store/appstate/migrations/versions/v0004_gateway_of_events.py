"""Events that wait belong to a gateway: several may share a database, and each has its own journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To 0004."""
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("gateway", sa.String(32), nullable=False, server_default=""))
    with op.batch_alter_table("outbox") as table:
        table.alter_column("gateway", server_default=None)
