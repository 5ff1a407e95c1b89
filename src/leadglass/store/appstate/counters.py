"""Numbers that only rise and survive restarts: one row each. Never reused, gapless within committed transactions."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from leadglass.store.appstate.tables import counters


def next_number(connection: Connection, name: str, count: int = 1) -> int:
    """The next number of ``name``, 1 at first, or the last of the next ``count``; taken on commit."""
    risen = connection.execute(
        update(counters).where(counters.c.name == name).values(value=counters.c.value + count)
    ).rowcount
    if not risen:
        connection.execute(insert(counters).values(name=name, value=count))
    return int(connection.execute(select(counters.c.value).where(counters.c.name == name)).scalar_one())
