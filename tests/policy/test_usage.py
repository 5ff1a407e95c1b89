"""Rules and entries nobody needed, and would-refuses judged again."""

from __future__ import annotations

import pytest
from tests.policy.hospital import CT, CT2, MR, TUESDAY_MORNING, VERIFICATION, WORKSTATION, generation, local, replace

from leadglass.model.decision import Cause
from leadglass.model.event import Association, Event, EventId, Judgement, Refusal
from leadglass.policy.engine import Engine
from leadglass.policy.preview import Today, today
from leadglass.policy.usage import Use, usage

ENGINE = Engine.build(generation())
STORED = Use("ct2", "pacs", "C-STORE", CT, True, "store-permitted", 5, 7)
WHO = Association(1, "10.2.0.1", 1, "CT2", "PACS", "ct2", "pacs", "observe")


def test_a_rule_is_used_by_what_it_decides() -> None:
    refused = Use("ct2", "pacs", "C-STORE", MR, False, "forbid-outside-hours", 3, 9)
    nearest = Use("ct2", "pacs", "C-FIND", MR, False, "query-permitted", 2, 9)
    found = usage(ENGINE, (STORED, refused, nearest), TUESDAY_MORNING)
    used = {use.rule.policy.id: (use.permitted, use.refused, use.last) for use in found.rules if not use.unused}
    assert used == {"store-permitted": (5, 0, 7), "forbid-outside-hours": (0, 3, 9)}, "to be nearest is no use"
    assert len(found.rules) == len(ENGINE.rules)


def test_echoes_count_for_the_rule_that_permits_them_today() -> None:
    echo = Use("ct2", "pacs", "C-ECHO", VERIFICATION, True, "", 4, 1)
    found = usage(ENGINE, (echo, replace_peer(echo, "stranger")), TUESDAY_MORNING)
    assert {use.rule.policy.id for use in found.rules if use.permitted} == {"echo-permitted"}


def replace_peer(use: Use, peer: str) -> Use:
    return use._replace(peer=peer)


def test_entries_are_measured_by_what_was_forwarded() -> None:
    refused = Use("ct2", "pacs", "C-FIND", MR, False, "", 3, 9)
    found = usage(ENGINE, (STORED, refused), TUESDAY_MORNING)
    ct2, ws = found.peers
    assert (ct2.peer.id, ct2.messages, ct2.never) == ("ct2", 5, {"operations": ("C-ECHO",)})
    assert (ws.peer.id, ws.unused, ws.never) == ("ws", True, {}), "an entry of * is not taken apart"
    assert "rogue" not in {use.peer.id for use in found.peers}, "a blocked one is not meant to be of use"


def test_rules_that_are_gone_are_named() -> None:
    assert usage(ENGINE, (STORED._replace(rule="old-rule"),), TUESDAY_MORNING).gone == {"old-rule": 5}


def refusal(cause: Cause, scope: str = "operation", **values: object) -> Event:
    body = Refusal(WHO, scope, cause, "", True, Judgement(), "C-STORE", MR)
    at = int(local("2026-11-24T10:00").timestamp()) * 1_000_000_000
    return Event(EventId("w0", 1, 1), at, "PACS", replace(body, **values))


@pytest.mark.parametrize(
    ("event", "expected", "why"),
    [
        (refusal(Cause.OPERATION), Today.REFUSED, "store-permitted: SOP class MR Image Storage is not among CT"),
        (refusal(Cause.OPERATION, sop_class=CT), Today.PERMITTED, "store-permitted"),
        (refusal(Cause.CONTEXT, "context", tried=(MR, CT)), Today.REFUSED, "no operation on it would be permitted"),
        (refusal(Cause.UNKNOWN_CALLER, "association"), Today.PERMITTED, "it is ct2"),
        (
            refusal(Cause.UNKNOWN_CALLER, "association", association=replace(WHO, calling="X", peer="")),
            Today.REFUSED,
            "title X is not CT2 of ct2",
        ),
        (refusal(Cause.UNEXPECTED_MOVE), Today.UNTOLD, "it hangs on"),
        (refusal(Cause.OPERATION, association=replace(WHO, peer="gone")), Today.REFUSED, "the peer or the archive"),
        (refusal(Cause.OPERATION, association=replace(WHO, peer="")), Today.UNTOLD, "its peer"),
    ],
)
def test_a_would_refuse_is_judged_again(event: Event, expected: Today, why: str) -> None:
    verdict, words = today(event, ENGINE)
    assert (verdict, words[: len(why)]) == (expected, why)


def test_of_several_contexts_the_one_that_is_meant_is_judged() -> None:
    event = refusal(Cause.CONTEXT, "context", tried=(MR, CT))
    assert today(event, ENGINE, CT)[0] is Today.PERMITTED
    assert today(event, ENGINE, MR)[0] is Today.REFUSED


def test_it_is_judged_at_its_own_hour() -> None:
    night = refusal(Cause.OPERATION, sop_class=CT)
    night = replace(night, time=int(local("2026-11-24T03:00").timestamp()) * 1_000_000_000)
    assert today(night, ENGINE)[0] is Today.REFUSED
    assert today(night, Engine.build(generation(replace(CT2, hours=()), WORKSTATION)))[0] is Today.PERMITTED
