"""What waits in the outbox, for tests of what puts it there."""

from __future__ import annotations

from sqlalchemy import Engine, select

from leadglass.model.event import AdministratorAction, decode
from leadglass.store.appstate.engine import reading
from leadglass.store.appstate.tables import outbox


def actions(engine: Engine) -> list[AdministratorAction]:
    """Every action that waits, oldest first."""
    with reading(engine) as connection:
        bodies = [decode(row.event).body for row in connection.execute(select(outbox).order_by(outbox.c.counter))]
    return [body for body in bodies if isinstance(body, AdministratorAction)]


def said(engine: Engine) -> list[tuple[str, str]]:
    """Action and subject of each."""
    return [(one.action, one.subject) for one in actions(engine)]
