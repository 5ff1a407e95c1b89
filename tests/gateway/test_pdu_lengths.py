"""Maximum lengths through a whole gateway: what each side is told, 0 as no limit, and what is longer than was told."""

from __future__ import annotations

import pytest
from bench.peers import pdus
from tests.gateway.running import Gateway
from tests.gateway.test_bad_archives import OURS
from tests.peers.caller import CONTEXTS, CT, Caller, abort_of, ct_image, new_uid
from tests.peers.link import DEADLINE, Message, data_pdus
from tests.peers.scripted import ScriptedArchive, Served

from leadglass.model.route import Limits

CAP = Limits().max_pdu


@pytest.mark.parametrize(
    ("caller_takes", "archive_takes", "caller_is_told", "archive_is_told"),
    [
        (0, 0, CAP, CAP),
        (0, 16_384, 16_384, CAP),
        (16_384, 0, CAP, 16_384),
        (4 * CAP, 2 * CAP, CAP, CAP),
        (28_672, 65_536, 65_536, 28_672),
    ],
)
def test_each_side_is_told_what_the_other_takes_and_at_most_the_cap(
    gateway: Gateway,
    script: ScriptedArchive,
    caller_takes: int,
    archive_takes: int,
    caller_is_told: int,
    archive_is_told: int,
) -> None:
    def limited(served: Served) -> None:
        served.accept(archive_takes)
        served.serve()

    instance, before = new_uid(), len(script.served)
    with script.playing(limited), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        answer = caller.request(CONTEXTS, caller_takes)
        assert pdus.announced_pdu(answer) == caller_is_told
        assert pdus.announced_pdu(script.next(before).request) == archive_is_told
        data = ct_image(instance, size=3 * CAP)
        caller.link.send(pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode()), data_pdus(CT, data, caller_is_told))
        assert caller.answer().status == 0
        caller.release()
    assert script.kept[instance] == data


@pytest.mark.parametrize("longer", [1, CAP - 16_384], ids=["one-byte", "up-to-the-cap"])
def test_a_callers_pdu_longer_than_it_was_told_goes_no_further_though_the_cap_has_room(
    gateway: Gateway, script: ScriptedArchive, longer: int
) -> None:
    heard: list[Message | bytes] = []

    def small(served: Served) -> None:
        served.accept(16_384)
        heard.append(served.link.message())

    instance, before = new_uid(), len(script.served)
    with script.playing(small), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        assert pdus.announced_pdu(caller.request()) == 16_384
        stream = data_pdus(CT, ct_image(instance, size=2 * CAP), 16_384 + longer)
        caller.link.send(pdus.c_store_rq(CT, 1, pdus.CT_IMAGE, instance.encode()), stream)
        assert abort_of(caller.link.pdu()) == OURS
        assert script.next(before).over.wait(DEADLINE)
    (said,) = heard
    assert isinstance(said, bytes)
    assert abort_of(said) == OURS, "not a message, and not a part of one"
    assert instance not in script.kept
    (found,) = gateway.wait_recorded("protocol-error", port=caller.port)
    assert (found.body.side, found.body.finding) == ("caller", "pdu-too-long")


def test_an_archives_pdu_longer_than_it_was_told_is_not_passed_to_the_caller(
    gateway: Gateway, script: ScriptedArchive
) -> None:
    def talkative(served: Served) -> None:
        served.accept()
        message = served.message()
        assert isinstance(message, Message)
        served.link.send(data_pdus(CT, bytes(2 * CAP), 16_385))
        served.pdus.append(served.link.pdu())

    before = len(script.served)
    with script.playing(talkative), Caller(gateway.port, "STORER", "SCRIPT") as caller:
        caller.associate()
        instance = new_uid()
        caller.send_store(instance, ct_image(instance))
        assert abort_of(caller.link.pdu()) == OURS
        served = script.next(before)
        assert served.over.wait(DEADLINE)
    assert abort_of(served.pdus[0]) == OURS
    (found,) = gateway.wait_recorded("protocol-error", port=caller.port)
    assert (found.body.side, found.body.finding) == ("archive", "pdu-too-long")
    gateway.wait(lambda: gateway.instance_outcomes(instance) == [("unknown", -1)])
