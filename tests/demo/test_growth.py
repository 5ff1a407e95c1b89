"""A demonstration's record ends at a bound, and the next one begins without it."""

from __future__ import annotations

from pathlib import Path

from tests.ledger.small_ledger import events, merge, record, transfer

from leadglass.config import DataDirectory
from leadglass.demo.growth import begin_anew, recorded
from leadglass.store.appstate.engine import open_appstate


def test_a_record_below_its_bound_is_kept_and_one_at_it_is_begun_anew(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    assert recorded(data) == 0
    record(tmp_path, transfer(20))
    merge(tmp_path)
    open_appstate(data.application_state).dispose()
    size = recorded(data)
    assert size > 20 * 100
    assert not begin_anew(data, size + 1)
    assert len(events(tmp_path)) > 40
    assert begin_anew(data, size)
    assert recorded(data) == 0
    assert data.application_state.exists(), "accounts and peers stay"
    record(tmp_path, transfer(1))
    merge(tmp_path)  # a ledger with a new key begins
    assert 0 < recorded(data) < size
