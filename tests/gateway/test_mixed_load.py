"""Many associations at once: every instance is where its sender was told, and the ledger accounts for all."""

from __future__ import annotations

from tests.gateway.accounts import assert_accounts
from tests.gateway.running import Gateway, now
from tests.peers.caller import Caller, rejection
from tests.peers.load import Load
from tests.peers.scripted import ScriptedArchive, Served


def test_forty_devices_at_once_are_accounted_for(gateway: Gateway, script: ScriptedArchive) -> None:
    since = now()

    def moody(served: Served) -> None:
        served.accept()
        served.pdus.append(served.serve(lambda message: 0xB000 if message.message_id % 5 == 2 else 0))

    with script.playing(moody), Load(gateway.port, "STORER", "SCRIPT", devices=40, instances=12) as load:
        for _ in range(20):
            with Caller(gateway.port, "NOBODY", "SCRIPT") as stranger:
                assert rejection(stranger.request()) == "1/1/3"
        load.join()
    assert not load.lost
    assert len(load.told) == 40 * 12
    assert len(load.delivered()) > 350
    assert_accounts(gateway, script, load)
    gateway.wait_recorded("refusal", since, 20, calling="NOBODY")
    gateway.wait(lambda: all(worker.open == 0 for worker in gateway.workers()))

    def closed() -> bool:
        sums: dict[str, int] = {}
        for event in gateway.recorded("transfer-closed", since, calling="STORER"):
            for outcome, count in event.body.outcomes.items():
                sums[outcome] = sums.get(outcome, 0) + count
        told = list(load.told.values())
        return sums.get("success", 0) == told.count("0000") and sums.get("warning", 0) == told.count("B000")

    gateway.wait(closed, "the closings count what was told")
