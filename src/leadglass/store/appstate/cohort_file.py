"""The printed cohort that its keeper handed to this hospital: one file, the newest. Never read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, delete, insert, select

from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.tables import cohort_file


@dataclass(frozen=True, slots=True)
class Handed:
    """The file, who took it in, and when."""

    content: bytes
    by: str
    at: datetime


def handed(engine: Engine) -> Handed | None:
    """The file; None where there is none."""
    with reading(engine) as connection:
        row = connection.execute(select(cohort_file)).one_or_none()
    return None if row is None else Handed(row.content, row.who, moment(row.at))


def keep_handed(engine: Engine, content: bytes, *, by: str, address: str, at: datetime) -> None:
    """Take a file in place of the one there is."""
    with writing(engine) as connection:
        connection.execute(delete(cohort_file))
        connection.execute(insert(cohort_file).values(id=1, content=content, who=by, at=nanoseconds(at)))
        put(connection, AdministratorAction(by, address, "cohort-taken", "cohort", f"{len(content)} bytes"))


def forget_handed(engine: Engine, *, by: str, address: str) -> None:
    """Be without one again."""
    with writing(engine) as connection:
        connection.execute(delete(cohort_file))
        put(connection, AdministratorAction(by, address, "cohort-forgotten", "cohort"))
