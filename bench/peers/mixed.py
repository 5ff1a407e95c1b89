"""The mixed load: stores of several sizes, echoes, refusals, cuts; and what senders were told. Never retries."""

from __future__ import annotations

import argparse
import os
import select
from collections import Counter
from typing import Any

from bench.peers import pdus
from bench.peers.generator import RefusedError, associate, release
from bench.peers.loop import Conversation, Link, run
from bench.peers.objects import INSTANCE, StoreMessage, uid

SIZES = (4_096, 65_536, 524_288, 2_097_152)
INSTANCES = 6  # of a storing association
STORE, ECHO, REFUSED, UNKNOWN, CUT, ABORT = "store", "echo", "refused", "unknown", "cut", "abort"
CAST = (STORE, STORE, STORE, ECHO, STORE, REFUSED, STORE, CUT, STORE, STORE, ECHO, ABORT, STORE, UNKNOWN, STORE, STORE)
"""What association n does, by n modulo its length."""

_CONTEXTS = (
    (pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE),
    (pdus.VERIFICATION, pdus.IMPLICIT_LITTLE),
    (pdus.ULTRASOUND_IMAGE, pdus.EXPLICIT_LITTLE),
)
_CT, _ECHO, _ULTRASOUND = 1, 3, 5


def mixed(arguments: argparse.Namespace) -> dict[str, Any]:
    """``--count`` associations, ``--concurrent`` at a time; every instance's fate goes to ``--told``.

    A line is "uid fate sha256"; a fate is a status in decimal, "untold" when the connection ended before the response,
    "cut" when the sender cut the object off. Which association does what follows from its number alone.
    """
    fates: Counter[str] = Counter()
    told = os.open(arguments.told, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)

    def note(instance: bytes, fate: str, digest: str) -> None:
        fates[fate] += 1
        os.write(told, f"{instance.decode()} {fate} {digest}\n".encode())

    def talk(epoll: select.epoll, number: int) -> Conversation:
        role = CAST[number % len(CAST)]
        calling = "NOBODY" if role == UNKNOWN else arguments.calling
        request = pdus.associate_rq(calling, arguments.called, _CONTEXTS, arguments.pdu)
        link = Link(epoll, (arguments.host, arguments.port), arguments.tls)
        try:
            answer = yield from associate(link, request, _CT)
        except RefusedError as refused:
            fates[f"association {refused}"] += 1
            link.close()
            return
        except ConnectionError:  # reset before it was answered
            fates["association lost"] += 1
            link.close()
            return
        if _ULTRASOUND not in pdus.accepted_contexts(answer):
            fates["context refused"] += 1
        limit = min(arguments.pdu, pdus.announced_pdu(answer) or arguments.pdu)
        try:
            if role == ECHO:
                yield from echoes(link)
            elif role in {CUT, ABORT}:
                yield from cut(link, number, limit, abort=role == ABORT)
                return
            elif role != REFUSED or _ULTRASOUND in pdus.accepted_contexts(answer):
                sop_class, context = (pdus.ULTRASOUND_IMAGE, _ULTRASOUND) if role == REFUSED else (pdus.CT_IMAGE, _CT)
                message = StoreMessage(SIZES[number % len(SIZES)], limit, context, sop_class)
                yield from stores(link, number, message)
            yield from release(link)
        except ConnectionError:
            fates["association lost"] += 1
            link.close()

    def echoes(link: Link) -> Conversation:
        for i in range(INSTANCES):
            yield from link.send(pdus.c_echo_rq(_ECHO, i + 1))
            response = yield from link.receive()
            if response[0] != pdus.P_DATA_TF:
                raise ConnectionError("aborted")
            fates["echo"] += 1

    def stores(link: Link, number: int, message: StoreMessage) -> Conversation:
        for i in range(INSTANCES):
            instance = uid(INSTANCE, arguments.run, number, number * INSTANCES + i)
            view = message.name(i + 1, arguments.run, number, number * INSTANCES + i, i // 3)
            fate = "untold"
            try:
                yield from link.send(view)
                response = yield from link.receive()
                if response[0] == pdus.P_DATA_TF:
                    fate = str(pdus.status_of(response))
            finally:
                note(instance, fate, message.digest())
            if fate == "untold":
                raise ConnectionError("aborted")

    def cut(link: Link, number: int, limit: int, *, abort: bool) -> Conversation:
        message = StoreMessage(SIZES[2], limit, _CT, pdus.CT_IMAGE)
        view = message.name(1, arguments.run, number, number * INSTANCES, 0)
        # Between two PDUs an A-ABORT is orderly; a plain close also cuts a PDU in two.
        end = len(view) // 2
        if abort:
            end = message.boundary(len(view) // 2)
        yield from link.send(view[:end])
        if abort:
            yield from link.send(pdus.ABORT_PDU)
        note(uid(INSTANCE, arguments.run, number, number * INSTANCES), "cut", message.digest())
        link.close()

    try:
        run(talk, arguments.count, min(arguments.concurrent, arguments.count), arguments.seconds)
    finally:
        os.close(told)
    return {"associations": arguments.count, "fates": fates}
