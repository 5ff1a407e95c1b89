"""A route relays without policy in an outage: through a real gateway, begun and ended on the command line."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gateway.conftest import ENFORCE
from tests.gateway.running import Gateway, now, peer
from tests.peers.caller import CT, Caller, context_results
from tests.peers.scripted import ScriptedArchive

from leadglass.model.bypass import ActiveBypass
from leadglass.store import bypasses
from leadglass.store.bypasses import Kept

SECOND = 1_000_000_000
REASON = "the registry was lost in the migration"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    archive = ScriptedArchive()
    gateway = Gateway(
        tmp_path_factory.mktemp("own"),
        {"script": archive.port},
        {"PACS": 'archive = "script"\n' + ENFORCE, "OTHER": 'archive = "script"\n' + ENFORCE},
        peers=(peer("ECHOER", "C-ECHO"), peer("STORER")),
    )
    try:
        yield gateway.wait_ready()
    finally:
        gateway.destroy()
        archive.close()


def stores(gateway: Gateway, title: str, called: str = "PACS") -> bool:
    """Whether an image gets through."""
    with Caller(gateway.port, title, called) as caller:
        answer = caller.request()
        if answer[:1] != b"\x02" or context_results(answer)[CT] != 0:
            return False
        return caller.store() == 0


def test_what_policy_refuses_passes_while_it_lasts_and_is_recorded(own: Gateway) -> None:
    since = now()
    assert not stores(own, "STRANGER")
    begun = own.cli("bypass", "PACS", "--minutes", "5", "--reason", REASON, "--json")
    assert begun.returncode == 0, begun.stderr
    until = json.loads(begun.stdout)["until"]
    assert stores(own, "STRANGER")
    assert not stores(own, "STRANGER", "OTHER")
    listed = own.cli("bypass", "list")
    assert listed.returncode == 1
    assert REASON in listed.stdout
    own.wait(lambda: own.unhealthy().get("route-bypassed"), "the console says so")
    (changed,) = own.wait_recorded("bypass-changed", since, route="PACS")
    assert (changed.body.until, changed.body.reason) == (until, REASON)
    assert changed.body.who.startswith("command-line:")
    own.wait_recorded("alarm", since, code="bypass", severity="critical")
    own.wait_recorded("refusal", since, would=True, cause="unknown-caller")
    (begun_transfer,) = own.wait_recorded("transfer-begun", since)
    assert begun_transfer.body.judgement.rule == "bypass"
    ended = own.cli("bypass", "end", "PACS")
    assert (ended.returncode, ended.stdout) == (0, "PACS: policy is in force again\n")
    assert not stores(own, "STRANGER")
    assert own.cli("bypass", "list").stdout == "0 routes bypassed\n"
    own.wait_recorded("bypass-changed", since, route="PACS", until=0)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("PACS", "--minutes", "241", "--reason", REASON), 2, "241 is not in the range"),
        (("PACS", "--minutes", "0", "--reason", REASON), 2, "0 is not in the range"),
        (("PACS", "--minutes", "5", "--reason", "because"), 4, "10 to 500 characters"),
        (("PACS", "--minutes", "5"), 2, "--reason"),
        (("NOWHERE", "--minutes", "5", "--reason", REASON), 4, "routes are: PACS, OTHER"),
        (("end", "PACS"), 4, "no bypass of 'PACS'"),
    ],
)
def test_what_cannot_be_is_told_in_two_lines(own: Gateway, arguments: tuple[str, ...], code: int, words: str) -> None:
    said = own.cli("bypass", *arguments)
    assert said.returncode == code
    assert words in said.stderr
    assert [line.partition(":")[0] for line in said.stderr.splitlines()] == ["error", "hint"]


def test_it_ends_at_its_time_in_every_worker_though_the_registrar_is_silent(tmp_path: Path) -> None:
    archive = ScriptedArchive()
    gateway = Gateway(
        tmp_path,
        {"script": archive.port},
        {"PACS": 'archive = "script"\n' + ENFORCE},
        peers=(peer("ECHOER", "C-ECHO"),),
    )
    try:
        gateway.wait_ready()
        gateway.stop()
        until = now() + 30 * SECOND
        row = ActiveBypass("PACS", now(), until, REASON, "ada")
        bypasses.write(gateway.data.accepted, Kept((row,)))
        gateway.start()
        gateway.wait_ready()
        registrar = gateway.children()["registrar"]
        os.kill(registrar, signal.SIGSTOP)
        try:
            passed = stores(gateway, "ECHOER")
            assert passed or now() > until, "it was not in force after a restart of everything"
            while now() <= until:
                time.sleep(0.2)
            assert not stores(gateway, "ECHOER")
        finally:
            os.kill(registrar, signal.SIGCONT)
        gateway.wait_recorded("bypass-changed", 0, route="PACS", until=0, reason="its time is over")
    finally:
        gateway.destroy()
        archive.close()
