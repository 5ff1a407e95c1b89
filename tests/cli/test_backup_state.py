from __future__ import annotations

from pathlib import Path

from tests.assess.data import INSTRUMENT, NOW

from leadglass.assess.contribution import FORMAT, Contribution
from leadglass.assess.disclosure import Edition
from leadglass.assess.strata import TOTAL, Standing
from leadglass.cli.backup import copy_state
from leadglass.store.appstate.cohort import contribution_id, editions, keep_editions, receive, responses
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.reports import keep_report, last_report
from leadglass.store.appstate.survey import answer_set, record_answer


def test_a_copy_of_the_state_in_use_holds_the_assessment(tmp_path: Path) -> None:
    engine = open_appstate(tmp_path / "app" / "a.sqlite")
    record_answer(engine, INSTRUMENT, "sso", "yes", by="anna", address="", at=NOW, basis=0)
    given = Contribution(format=FORMAT, id=contribution_id(engine), instrument="2026.1", codes={"sso": "yes"})
    receive(engine, given, by="anna", address="", at=NOW)
    edition = Edition({given.id: Standing("yes")}, frozenset({TOTAL}), NOW)
    keep_editions(engine, {"sso": edition}, NOW)
    keep_report(engine, b'{"title":"a"}', NOW, "anna", "")
    copy_state(tmp_path / "app" / "a.sqlite", tmp_path / "copy" / "a.sqlite")
    record_answer(engine, INSTRUMENT, "sso", None, by="anna", address="", at=NOW, basis=1)
    engine.dispose()
    copy = open_appstate(tmp_path / "copy" / "a.sqlite")
    assert answer_set(copy, INSTRUMENT).values() == {"sso": "yes"}
    assert responses(copy) == {contribution_id(copy): {"sso": "yes"}}
    assert editions(copy, "sso") == (edition,)
    assert last_report(copy) == b'{"title":"a"}'
    copy.dispose()
