"""Invented flows read back: what the generator made is what is seen, whichever tool's log it was written as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import pytest
from bench.peers import flows as invented

from leadglass.network.address import number
from leadglass.network.flows import SOURCES, Read
from leadglass.network.flows.observe import observe
from leadglass.network.flows.vantage import capture, vantage
from leadglass.network.observed import CellKey
from leadglass.network.service import Service
from leadglass.network.zones import partition

COUNT, ZONES = 3_000, 40
SERVICE = Service(id="imaging", title="Imaging", protocols=("tcp",), ports=("104", "11112", "2762"))


def expected(flows: Iterable[invented.Flow]) -> tuple[Counter[CellKey], Counter[CellKey]]:
    """Row by row, with what the partition says of each address."""
    zones = partition(invented.hospital(ZONES))
    seen: Counter[CellKey] = Counter()
    attempts: Counter[CellKey] = Counter()
    for flow in flows:
        ends = [zones.of(number(end)).name for end in (flow.source, flow.destination)]
        service = "imaging" if flow.port in {104, 11_112, 2_762} else "other"
        if ends[0] != ends[1]:
            (seen if flow.answered else attempts)[ends[0], ends[1], service] += 1
    return seen, attempts


@pytest.mark.parametrize(("kind", "write"), [("zeek", invented.zeek), ("netflow-csv", invented.netflow)])
def test_what_was_invented_is_what_is_seen(kind: str, write: Callable[[int, int], Iterator[bytes]]) -> None:
    read: Read = SOURCES[kind]
    flows = read(write(COUNT, ZONES), "log")
    found = observe(flows, capture(flows, vantage("zone:zone-0")), partition(invented.hospital(ZONES)), (SERVICE,))
    seen, attempts = expected(invented.flows(COUNT, ZONES) if kind == "zeek" else _of_records(COUNT))
    assert {key: one.flows for key, one in found.seen.items()} == seen
    assert {key: one.flows for key, one in found.attempts.items()} == attempts


def _of_records(records: int) -> Iterator[invented.Flow]:
    """Conversations of so many records: an answered one is two, and the last may have lost its answer."""
    for flow in invented.flows(records, ZONES):
        if records <= 0:
            break
        yield flow if records > 1 else flow._replace(answered=False)
        records -= 2 if flow.answered else 1


def test_one_seed_invents_the_same() -> None:
    assert list(invented.zeek(50)) == list(invented.zeek(50))
    assert list(invented.zeek(50)) != list(invented.zeek(50, seed=2))
