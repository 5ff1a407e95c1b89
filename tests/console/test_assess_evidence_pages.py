"""What the gateway notes leads to a page of the console that is there and shows it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.console import hospital
from tests.console.house import House

from leadglass.assess.control import Kind
from leadglass.assessor.gateway import gather
from leadglass.assessor.noted import Noted
from leadglass.model.peer import Peer
from leadglass.store.appstate.peers import save_peer
from leadglass.store.appstate.unknown_peers import record_unknown


@pytest.fixture
def noted(house: House) -> tuple[Noted, ...]:
    """Of a real ledger, through its projection."""
    console = house.console
    save_peer(console.engine, Peer("ct2", "CT2", ("10.20.0.17/32",), plain=True), "admin", "local")
    now = console.clock()
    for caller in hospital.unknown(now):
        record_unknown(console.engine, caller)
    at = datetime.fromtimestamp(now / 1e9, UTC)
    return gather(console.engine, console.configuration(), console.projection, at)


def test_every_link_leads_to_a_page(house: House, noted: tuple[Noted, ...]) -> None:
    browser = house.user("administrator")
    links = {one.link for one in noted}
    assert len(links) > 5
    for link in links:
        assert browser.get(link).status_code == 200, link


def test_a_sighting_leads_to_its_association_and_names_its_leaf(house: House, noted: tuple[Noted, ...]) -> None:
    browser = house.user("administrator")
    seen = [one for one in noted if one.evidence.kind is Kind.TRAFFIC and one.evidence.control == "exch-dicom-tls"]
    assert {"peer ct2", "peer mr1", "peer us-er"} <= {name for one in seen for name in one.evidence.scope}
    (ct,) = [one for one in seen if one.evidence.scope == {"peer ct2"}]
    page = browser.get(ct.link).text
    assert "CT2" in page
    log, position = ct.evidence.where.removeprefix("log ").split(", entry ")
    assert f"/proof?log={log}&amp;position={position}" in page
    leaf = browser.get(f"/proof?log={log}&position={position}").text
    assert ct.evidence.digest in leaf
