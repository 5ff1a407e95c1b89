"""The gateway's own sums as flows: both legs where the archive accepted, the first alone where it did not."""

from __future__ import annotations

from tests.network.flows.flow_logs import BEGIN, CT, PACS, rows

from leadglass.network.flows import gateway
from leadglass.network.flows.gateway import Relayed
from leadglass.network.flows.vantage import capture, vantage

GATEWAY = "10.9.0.1"
SUM = Relayed(CT, (GATEWAY, 11_112), (GATEWAY, PACS, 104), BEGIN, BEGIN + 3_600, 5, 4, 1_000)


def test_both_legs_are_seen() -> None:
    found = gateway.read([SUM], "gateway")
    assert {(row.source, row.destination, row.destination_port) for row in rows(found)} == {
        (CT, GATEWAY, 11_112),
        (GATEWAY, PACS, 104),
    }
    assert sorted(found.table["flows"].to_list()) == [4, 5]
    assert all(row.answered and row.sure for row in rows(found))


def test_what_the_archive_never_accepted_went_nowhere() -> None:
    assert len(rows(gateway.read([SUM._replace(accepted=0), SUM._replace(onward=None)], "gateway"))) == 2


def test_sums_that_are_none_are_counted_and_leave_nothing() -> None:
    wrong = [
        SUM._replace(caller="=1"), SUM._replace(gateway=(GATEWAY, 0)), SUM._replace(onward=(GATEWAY, PACS, 70_000)),
        SUM._replace(first=float("nan")), SUM._replace(last=BEGIN - 1), SUM._replace(associations=-1, accepted=-1),
        SUM._replace(accepted=6), SUM._replace(bytes=-1),
    ]  # fmt: skip
    found = gateway.read(wrong, "gateway")
    assert (found.table.height, found.read) == (0, 8)
    assert [one.lines for one in found.skipped] == [8]


def test_its_silence_proves_nothing_unless_somebody_says_that_it_does() -> None:
    assert not capture(gateway.read([SUM], "gateway"), vantage("zone:ct")).proves_silence
