"""Invented flows read back: what the generator made is what is seen, whichever tool's log it was written as."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
def test_what_was_invented_is_what_is_seen(kind: str, write: object) -> None:
    read: Read = SOURCES[kind]
    made = list(invented.flows(COUNT, ZONES))
    lines = COUNT if kind == "zeek" else sum(2 if flow.answered else 1 for flow in made)
    if kind == "netflow-csv":  # as many records as its conversations need
        made = list(invented.flows(lines, ZONES))[:COUNT]
        lines = sum(2 if flow.answered else 1 for flow in made)
        chunks = [chunk for chunk in invented.netflow(lines, ZONES)]
        made = _of_records(lines)
    else:
        chunks = list(invented.zeek(COUNT, ZONES))
    flows = read(chunks, "log")
    found = observe(flows, capture(flows, vantage("zone:zone-0")), partition(invented.hospital(ZONES)), (SERVICE,))
    seen, attempts = expected(made)
    assert {key: one.flows for key, one in found.seen.items()} == seen
    assert {key: one.flows for key, one in found.attempts.items()} == attempts


def _of_records(records: int) -> list[invented.Flow]:
    """Conversations that so many records hold whole."""
    found = []
    for flow in invented.flows(records, ZONES):
        records -= 2 if flow.answered else 1
        if records < 0:
            break
        found.append(flow)
    return found


def test_one_seed_invents_the_same() -> None:
    assert list(invented.zeek(50)) == list(invented.zeek(50))
    assert list(invented.zeek(50)) != list(invented.zeek(50, seed=2))
