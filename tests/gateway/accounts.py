"""Sender, archive and ledger compared, instance by instance."""

from __future__ import annotations

from bench.accounting import read_ledger
from tests.gateway.running import Gateway
from tests.peers.load import CUT, Load
from tests.peers.scripted import ScriptedArchive

KNOWN = ({"success"}, {"warning"})


def assert_accounts(gateway: Gateway, archive: ScriptedArchive, load: Load) -> None:
    """Every instance is where its sender was told, once, unchanged, and the ledger says what is known of it."""
    delivered, kept = load.delivered(), set(archive.kept)
    assert delivered <= kept, "told Success and not in the archive"
    assert not {uid for uid in load.sent if uid in kept and archive.kept[uid] != load.sent[uid]}, "changed on the way"

    def settled() -> bool:
        outcomes = read_ledger(gateway.data.ledger).outcomes
        return set(load.sent) & kept <= set(outcomes) and not any(
            outcome == "open" for uid in load.told for outcome, _ in outcomes.get(uid, ())
        )

    gateway.wait(settled, "every instance begun has an outcome")
    recorded = read_ledger(gateway.data.ledger).outcomes
    for uid, fate in load.told.items():
        entries = recorded.get(uid, [])
        assert len(entries) <= 1, f"{uid} went on twice: {entries}"
        words = {outcome for outcome, _ in entries}
        if uid in delivered:
            assert words in KNOWN, f"{uid} was told {fate}, on record {words}"
        elif uid in kept:  # the outcome is written before the response goes back: known, or unknown, never guessed
            assert words in ({"unknown"}, *KNOWN), f"{uid} lies in the archive, on record {words}"
        elif fate == CUT:
            assert words <= {"cut-off", "unknown"}, f"{uid} was cut off, on record {words}"
        else:
            assert words <= {"cut-off", "unknown", "failure", "refused"}, f"{uid} is in no archive, on record {words}"
