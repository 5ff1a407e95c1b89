"""SIGHUP, SIGTERM and addresses: what an administrator changes while images flow."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator

import pytest
from tests.gateway.conftest import ENFORCE
from tests.gateway.running import PATIENT_TIMERS, Gateway, now, peer
from tests.peers.caller import Caller, abort_of, ct_image, new_uid, rejection
from tests.peers.link import DEADLINE, Message
from tests.peers.processes import dcmtk
from tests.peers.scripted import ScriptedArchive, Served

REFUSED = "configuration not reloaded, the former one stays"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, ScriptedArchive]]:
    """A gateway that tests may reload and, the last of them, end."""
    archive = ScriptedArchive()
    gateway = Gateway(
        tmp_path_factory.mktemp("own"),
        {"script": archive.port},
        {"PACS": 'archive = "script"\n' + ENFORCE},
        peers=(peer("STORER"), peer("ECHOER", "C-ECHO")),
        timers=PATIENT_TIMERS | {"drain": 2},
    )
    try:
        yield gateway.wait_ready(), archive
    finally:
        gateway.destroy()
        archive.close()


def hang_up(gateway: Gateway, words: str, count: int) -> None:
    gateway.process.send_signal(signal.SIGHUP)
    gateway.wait(lambda: len(gateway.logged(words)) >= count, words)


def test_a_reload_meets_the_next_operation_closes_nothing_and_is_all_or_nothing(
    own: tuple[Gateway, ScriptedArchive],
) -> None:
    gateway, _ = own
    since = now()
    with Caller(gateway.port, "STORER", "PACS") as caller, Caller(gateway.port, "ECHOER", "PACS") as weak:
        caller.associate()
        assert weak.request()[:1] == b"\x02"
        assert caller.store() == 0
        generation = gateway.wait(gateway.settled).generation

        good = gateway.text()
        gateway.file.write_text(good.replace('archive = "script"\n' + ENFORCE, 'archive = "scripts"\n'))
        hang_up(gateway, REFUSED, 1)
        assert gateway.wait(gateway.settled).generation == generation
        assert caller.store() == 0

        gateway.routes = {"PACS": 'archive = "script"\nmode = "observe"\n', "LATER": 'archive = "script"\n'}
        gateway.write()
        hang_up(gateway, "configuration reloaded", 1)
        assert gateway.wait(gateway.settled).generation > generation
        assert caller.store() == 0, "the association is still open"
        with Caller(gateway.port, "STORER", "LATER") as later:
            assert later.associate().echo() == 0
            later.release()

        gateway.routes = {"LATER": 'archive = "script"\n' + ENFORCE}
        gateway.write()
        hang_up(gateway, "configuration reloaded", 2)
        with Caller(gateway.port, "STORER", "PACS") as gone:
            assert rejection(gone.request()) == "1/1/7"
        assert caller.store() == 0, "an open association keeps its archive"
        caller.release()
    accepted = [event.body.accepted for event in gateway.wait_recorded("configuration-changed", since, 3)]
    assert accepted == [False, True, True]


def test_sigterm_lets_associations_finish_until_the_deadline_and_aborts_the_rest(
    own: tuple[Gateway, ScriptedArchive],
) -> None:
    gateway, archive = own
    gateway.routes = {"PACS": 'archive = "script"\n' + ENFORCE}
    gateway.write()
    hang_up(gateway, "configuration reloaded", len(gateway.logged("configuration reloaded")) + 1)
    before = len(archive.served)

    def slow(served: Served) -> None:
        served.accept()
        message = served.message()
        assert isinstance(message, Message)
        served.seen.set()
        served.wait()
        served.respond(message)
        served.pdus.append(served.serve())

    with (
        archive.playing(slow),
        Caller(gateway.port, "STORER", "PACS") as timely,
        Caller(gateway.port, "STORER", "PACS") as idle,
    ):
        finished, left = new_uid(), new_uid()
        timely.associate().send_store(finished, ct_image(finished))
        first = archive.next(before)
        assert first.seen.wait(DEADLINE)
        idle.associate().send_store(left, ct_image(left))
        second = archive.next(before + 1)
        second.go.set()
        assert idle.answer().status == 0
        gateway.process.send_signal(signal.SIGTERM)
        gateway.process.send_signal(signal.SIGTERM)  # timeout(1) and others send two together
        _until_refused(gateway)
        first.go.set()
        assert timely.answer().status == 0
        timely.release()
        assert abort_of(idle.link.pdu()) == (2, 0)
        assert idle.link.pdu() == b""
    assert second.over.wait(DEADLINE)
    assert abort_of(second.pdus[0]) == (2, 0)
    assert gateway.process.wait(DEADLINE) == 0
    assert {finished, left} <= set(archive.kept)
    assert gateway.instance_outcomes(finished) == gateway.instance_outcomes(left) == [("success", 0)]
    (closed,) = gateway.recorded("association-closed", port=timely.port)
    assert closed.body.how == "released"
    (closed,) = gateway.recorded("association-closed", port=idle.port)
    assert closed.body.how == "aborted-by-leadglass"
    (transfer,) = gateway.recorded("transfer-closed", port=idle.port)
    assert (transfer.body.how, transfer.body.outcomes) == ("aborted", {"success": 1})


def _until_refused(gateway: Gateway) -> None:
    """Until nobody listens any more: a new caller is told at once instead of waiting for the end."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", gateway.port), timeout=1).close()
        except ConnectionRefusedError:
            return
        except OSError:
            continue
        time.sleep(0.05)
    raise AssertionError("a new caller is still let in during the drain")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_callers_over_ipv4_and_ipv6_meet_the_same_listener(gateway: Gateway, host: str) -> None:
    """The listener stands on ``::``: IPv4 callers come as ::ffff:127.0.0.1 and are known by their IPv4 address."""
    since = now()
    with Caller(gateway.port, "STORER", "SCRIPT", host=host) as caller:
        caller.associate()
        assert caller.store() == 0
        caller.release()
    (event,) = gateway.wait_recorded("association-closed", since, calling="STORER")
    assert event.body.association.address == host
    assert event.body.association.port == caller.port


def test_a_peer_bound_to_ipv4_only_is_a_stranger_over_ipv6(gateway: Gateway) -> None:
    gateway.save(peer("FOURONLY", networks=("127.0.0.1/32",)))
    with Caller(gateway.port, "FOURONLY", "SCRIPT") as caller:
        assert caller.associate().echo() == 0
        caller.release()
    with Caller(gateway.port, "FOURONLY", "SCRIPT", host="::1") as caller:
        assert rejection(caller.request()) == "1/1/3"
    said = dcmtk("echoscu", "-aet", "FOURONLY", "-aec", "SCRIPT", "localhost", gateway.port)
    assert said.returncode == 0, said.stdout
