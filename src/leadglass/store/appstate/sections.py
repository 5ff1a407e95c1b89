"""Links by which people without an account answer one section of the survey. Stores a token's hash, never the token."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, update

from leadglass.assess.answers import MAX_NAME
from leadglass.model.event import AdministratorAction
from leadglass.store.appstate.engine import AppStateConflictError, reading, writing
from leadglass.store.appstate.fields import moment, nanoseconds, text
from leadglass.store.appstate.outbox import put
from leadglass.store.appstate.sessions import token_hash
from leadglass.store.appstate.tables import survey_shares

MAX_OPEN = 500
MAX_ENDED = 500  # shown a while; the ones that ended first go
MAX_LABEL = 80  # characters
LONGEST = timedelta(days=366)
_ID_BYTES = 6

_rows = survey_shares.c


@dataclass(frozen=True, slots=True)
class Share:
    """A link to one section.

    Attributes:
        id: names it where the token must not stand.
        section: of the instrument, by id.
        label: for whom it is, as somebody typed it.
        by, at: who made it, when (aware).
        until: the first moment at which it no longer opens.
        revoked: when somebody ended it; None while nobody did.
    """

    id: str
    section: str
    label: str
    by: str
    at: datetime
    until: datetime
    revoked: datetime | None = None

    def open(self, at: datetime) -> bool:
        """Whether it can be used at a time."""
        return self.revoked is None and at < self.until


def share_section(
    engine: Engine, section: str, label: str, by: str, address: str, at: datetime, until: datetime
) -> tuple[Share, str]:
    """A new link; returns it with its token, 256 random bits, which nobody can read again.

    Args:
        engine: the application state.
        section: id of a section; whether the instrument has it is the caller's to say.
        label: for whom.
        by: who shares.
        address: where they sit.
        at: now.
        until: see `Share`.

    Raises:
        AppStateConflictError: it ends before it begins or after `LONGEST`, a label too long, or `MAX_OPEN` are open.
    """
    if not at < until <= at + LONGEST:
        raise AppStateConflictError("a link ends after today, and within a year", "choose another day")
    token = secrets.token_urlsafe(32)
    row: dict[str, Any] = {
        "id": secrets.token_hex(_ID_BYTES),
        "token": token_hash(token),
        "section": text("the section", section, 40, least=1),
        "label": text("the label", label, MAX_LABEL),
        "who": text("the name", by, MAX_NAME, least=1),
        "at": nanoseconds(at),
        "until": nanoseconds(until),
        "revoked": 0,
    }
    with writing(engine) as connection:
        _make_room(connection, row["at"])
        connection.execute(insert(survey_shares).values(**row))
        detail = f"{section}; until {until.isoformat(timespec='minutes')}; {label}"
        put(connection, AdministratorAction(by, address, "section-shared", row["id"], detail))
        made = connection.execute(select(survey_shares).where(_rows.id == row["id"])).one()
    return _share(made), token


def shared_section(engine: Engine, token: str, at: datetime) -> Share | None:
    """The link of a token; None where there is none, or it is over at that time."""
    given = token_hash(token)
    with reading(engine) as connection:
        row = connection.execute(select(survey_shares).where(_rows.token == given)).one_or_none()
    if row is None or not hmac.compare_digest(row.token, given):
        return None
    share = _share(row)
    return share if share.open(at) else None


def shares(engine: Engine) -> tuple[Share, ...]:
    """All links that are kept, newest first."""
    with reading(engine) as connection:
        return tuple(
            _share(row) for row in connection.execute(select(survey_shares).order_by(_rows.at.desc(), _rows.id))
        )


def revoke_share(engine: Engine, share_id: str, by: str, address: str, at: datetime) -> Share:
    """End a link now; one that was ended before stays as it was.

    Raises:
        AppStateConflictError: there is no such link.
    """
    with writing(engine) as connection:
        mine = _rows.id == share_id
        row = connection.execute(select(survey_shares).where(mine)).one_or_none()
        if row is None:
            raise AppStateConflictError("there is no such link", "it may have been removed long after its end")
        if not row.revoked:
            connection.execute(update(survey_shares).where(mine).values(revoked=nanoseconds(at)))
            put(connection, AdministratorAction(by, address, "share-revoked", share_id, f"{row.section}; {row.label}"))
        return _share(connection.execute(select(survey_shares).where(mine)).one())


def _make_room(connection: Connection, now: int) -> None:
    ended = or_(_rows.revoked != 0, _rows.until <= now)
    count = select(func.count()).select_from(survey_shares)
    if connection.execute(count.where(~ended)).scalar_one() >= MAX_OPEN:
        raise AppStateConflictError(f"{MAX_OPEN} links are open", "end those that are not needed any more")
    oldest = select(_rows.id).where(ended).order_by(_rows.until.desc(), _rows.id).offset(MAX_ENDED).limit(MAX_OPEN)
    over = connection.execute(oldest).scalars().all()
    connection.execute(delete(survey_shares).where(_rows.id.in_(over)))


def _share(row: Row[Any]) -> Share:
    revoked = moment(row.revoked) if row.revoked else None
    return Share(row.id, row.section, row.label, row.who, moment(row.at), moment(row.until), revoked)
