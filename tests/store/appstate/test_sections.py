from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from tests.assess.data import NOW
from tests.store.appstate.outbox import actions, said

from leadglass.store.appstate import sections
from leadglass.store.appstate.engine import AppStateConflictError, reading
from leadglass.store.appstate.outbox import pending
from leadglass.store.appstate.sections import LONGEST, Share, revoke_share, share_section, shared_section, shares
from leadglass.store.appstate.tables import survey_shares

WEEK = timedelta(days=7)


def share(engine: Engine, label: str = "the firewall team", days: int = 7) -> tuple[Share, str]:
    return share_section(engine, "firewall", label, "anna", "10.0.0.1", NOW, NOW + timedelta(days=days))


def test_a_link_opens_its_section_until_its_end(engine: Engine) -> None:
    made, token = share(engine)
    assert made == Share(made.id, "firewall", "the firewall team", "anna", NOW, NOW + WEEK)
    assert shared_section(engine, token, NOW) == made
    assert shared_section(engine, token, NOW + WEEK - timedelta(seconds=1)) == made
    assert shared_section(engine, token, NOW + WEEK) is None
    assert shares(engine) == (made,)


def test_only_the_hash_of_a_token_is_stored_and_no_event_has_it(engine: Engine) -> None:
    made, token = share(engine)
    with reading(engine) as connection:
        assert token not in str(connection.execute(select(survey_shares)).all())
    (action,) = actions(engine)
    assert (action.user, action.action, action.subject) == ("anna", "section-shared", made.id)
    assert token not in str(action)
    assert len(token) >= 43  # 256 bits


def test_no_other_token_opens_anything(engine: Engine) -> None:
    share(engine)
    for token in ("", "x", "' OR 1=1 --", "é\0\u202e", "x" * 10_000):
        assert shared_section(engine, token, NOW) is None


def test_a_link_that_somebody_ended_opens_no_more(engine: Engine) -> None:
    made, token = share(engine)
    other, another = share(engine, "somebody else")
    ended = revoke_share(engine, made.id, "ben", "", NOW + WEEK / 2)
    assert ended.revoked == NOW + WEEK / 2
    assert shared_section(engine, token, NOW) is None
    assert shared_section(engine, another, NOW) == other
    assert revoke_share(engine, made.id, "anna", "", NOW + WEEK) == ended
    assert said(engine)[2:] == [("share-revoked", made.id)]


def test_there_is_nothing_to_end_where_there_is_no_link(engine: Engine) -> None:
    with pytest.raises(AppStateConflictError) as caught:
        revoke_share(engine, "nothing", "anna", "", NOW)
    assert caught.value.hint


def test_a_link_ends_and_within_a_year(engine: Engine) -> None:
    for until in (NOW, NOW - WEEK, NOW + LONGEST + WEEK):
        with pytest.raises(AppStateConflictError):
            share_section(engine, "firewall", "", "anna", "", NOW, until)
    with pytest.raises(AppStateConflictError):
        share(engine, "x" * 81)
    assert pending(engine) == 0


def test_links_are_bounded_and_the_ones_that_ended_first_go(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "MAX_OPEN", 3)
    monkeypatch.setattr(sections, "MAX_ENDED", 1)
    made = [share(engine, f"{days} days", days)[0] for days in (1, 2, 3)]
    with pytest.raises(AppStateConflictError, match="3 links"):
        share(engine)
    for one in made:
        revoke_share(engine, one.id, "anna", "", NOW)
    share(engine, "a fourth")
    assert {one.label for one in shares(engine)} == {"3 days", "a fourth"}
