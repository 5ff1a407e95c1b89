"""All journals as one stream of leaves: order, gaps, what a crash left open. Reads journals; never writes a log."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

import msgspec

from leadglass.ledger.open_transfers import OpenTransfers
from leadglass.ledger.state import WriterState
from leadglass.model.event import Alarm, Body, EventId, RecordGap, decode
from leadglass.store.journal_reader import JournalReader

READ_EVENTS = 4096  # of one writer in one go: bounds a batch's memory
_LOOK_SECONDS = 0.25  # between looks for new writers and for writers that died

Own = tuple[str, Body, EventId | None]
"""(flow, body, cause) of an event of the ledger itself, numbered when it is appended."""

Item = tuple[int, EventId, bytes] | tuple[int, None, Own]
"""(time, id, event bytes), or (time, None, Own)."""


class _Writer:
    """One journal directory."""

    def __init__(self, directory: Path, state: WriterState) -> None:
        self.name = directory.name
        self.reader = JournalReader(directory, state.position)
        self.next_counter = state.next_counter
        self.boot = state.position.boot
        self.dead = False  # its process is gone; there may be more to read
        self.over = False  # and all is read


class Merge:
    """Reads on where the state says.

    Attributes:
        open: what is begun and not closed.
    """

    def __init__(self, journals: Path, writers: dict[str, WriterState], opened: OpenTransfers) -> None:
        self.open = opened
        self._journals = journals
        self._writers = {name: _Writer(journals / name, state) for name, state in writers.items()}
        self._looked = float("-inf")

    def read(self, now_ns: int, *, look: bool = False) -> list[Item]:
        """What came since the last call, each writer's events in its order, writers mixed by time.

        Args:
            now_ns: UTC ns, the time of what the ledger itself has to say.
            look: look for new and for dead writers even if that was done a moment ago.
        """
        look = look or time.monotonic() - self._looked >= _LOOK_SECONDS
        if look:
            self._look()
        streams = [stream for writer in self._writers.values() if (stream := self._read_writer(writer, now_ns, look))]
        if len(streams) == 1:
            return streams[0]
        return list(heapq.merge(*streams, key=itemgetter(0)))

    def _look(self) -> None:
        self._looked = time.monotonic()
        if not self._journals.is_dir():
            return
        for directory in self._journals.iterdir():
            if directory.name not in self._writers and directory.is_dir():
                self._writers[directory.name] = _Writer(directory, WriterState())

    def _read_writer(self, writer: _Writer, now_ns: int, look: bool) -> list[Item]:
        if look and not writer.over and not writer.dead:
            writer.dead = not writer.reader.writer_alive()  # before reading: what is read up to nothing is all there is
        payloads = writer.reader.read(READ_EVENTS)
        items: list[Item] = []
        boot = writer.reader.position.boot
        if boot != writer.boot:
            items.extend(self._boot_over(writer, now_ns))
            writer.boot, writer.next_counter, writer.over = boot, 1, False
            writer.dead = not writer.reader.writer_alive()  # holds for the reads to come
            self._events(writer, payloads, items, now_ns)
        elif payloads:
            self._events(writer, payloads, items, now_ns)
        elif writer.dead and not writer.over:
            items.extend(self._boot_over(writer, now_ns))
        return items

    def _boot_over(self, writer: _Writer, now_ns: int) -> Iterator[Item]:
        writer.over = True
        for own in self.open.close((writer.name, writer.boot)):
            yield now_ns, None, own

    def _events(self, writer: _Writer, payloads: list[bytes], items: list[Item], now_ns: int) -> None:
        name, boot, expected = writer.name, writer.boot, writer.next_counter
        apply = self.open.apply
        for payload in payloads:
            try:
                event = decode(payload)
            except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
                items.append((now_ns, None, _alarm("journal-unreadable-event", f"{name}-{boot:x}: {fault}")))
                continue
            event_id = event.id
            counter = event_id.counter
            if event_id.writer != name or event_id.boot != boot:
                items.append(
                    (now_ns, None, _alarm("journal-foreign-event", f"{event_id} in the journal of {name}-{boot:x}"))
                )
                continue
            if counter != expected:
                if counter < expected:
                    continue  # written again after a failed sync: it is in already
                items.append((now_ns, None, ("", RecordGap(name, boot, expected, counter - 1), None)))
            expected = counter + 1
            apply(event)
            items.append((event.time, event_id, payload))
        writer.next_counter = expected

    def states(self) -> dict[str, WriterState]:
        """How far everything that `read` returned goes."""
        return {w.name: WriterState(w.reader.position, w.next_counter) for w in self._writers.values()}

    def delete_merged(self) -> None:
        """Delete the segments that were read to their end. Call it when what `read` returned is committed."""
        for writer in self._writers.values():
            writer.reader.delete_before(writer.reader.position, inclusive=writer.over)

    def lag(self) -> int:
        """Upper estimate of the journal bytes not read yet."""
        return sum(writer.reader.unread() for writer in self._writers.values())

    def close(self) -> None:
        """Release the descriptors."""
        for writer in self._writers.values():
            writer.reader.close()


def _alarm(code: str, text: str) -> Own:
    return "", Alarm("critical", code, text[:500]), None
