"""Runs migrations on the connection that `engine` hands over, or prints their SQL. Never opens a database itself."""

from __future__ import annotations

from alembic import context

from leadglass.store.appstate.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(
        dialect_name=context.config.get_main_option("dialect"), target_metadata=metadata, literal_binds=True
    )
else:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
