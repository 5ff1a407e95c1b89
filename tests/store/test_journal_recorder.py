from __future__ import annotations

from pathlib import Path

import pytest

from leadglass.model.event import Alarm, decode
from leadglass.store.journal import Journal, JournalUnavailable
from leadglass.store.journal_reader import JournalReader
from leadglass.store.recorder import Recorder


def test_counters_have_no_gap_where_an_append_failed(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w0", segment_bytes=4096, reserve=1)
    recorder = Recorder(journal, "w0", clock_ns=lambda: 7)
    first = recorder.record(Alarm("warning", "a", "first"), "PACS")
    with pytest.raises(JournalUnavailable):
        recorder.record(Alarm("warning", "b", "x" * 5000))
    second = recorder.record(Alarm("warning", "c", "second"), cause=first)
    recorder.ticket()
    journal.close()
    events = [decode(payload) for payload in JournalReader(tmp_path / "w0").read()]
    assert [event.id for event in events] == [first, second]
    assert [(event.id.writer, event.id.boot, event.id.counter) for event in events] == [
        ("w0", journal.boot, 1),
        ("w0", journal.boot, 2),
    ]
    assert (events[0].time, events[0].flow, events[1].cause) == (7, "PACS", first)
