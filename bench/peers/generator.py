"""The generator (SCU): loads what stands at a port and prints what it saw as JSON. Never does more than its counts.

`python -m bench.peers.generator store|echo|ping|idle|mixed --port P …` (each with --help)
"""

from __future__ import annotations

import argparse
import json
import os
import select
import ssl
import sys
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

from bench.peers import pdus
from bench.peers.loop import Conversation, Link, run
from bench.peers.objects import StoreMessage

_STORE_CONTEXTS = ((pdus.CT_IMAGE, pdus.EXPLICIT_LITTLE), (pdus.VERIFICATION, pdus.IMPLICIT_LITTLE))
_ECHO_CONTEXTS = ((pdus.VERIFICATION, pdus.IMPLICIT_LITTLE),)


class RefusedError(Exception):
    """The association was not accepted; the message is the PDU's last three bytes, "1/1/3"."""


def associate(link: Link, request: bytes, context: int) -> Generator[int, None, bytes]:
    """Sends ``request`` on a fresh link and returns the A-ASSOCIATE-AC.

    Raises:
        RefusedError: anything but an acceptance of ``context`` came back.
    """
    yield from link.connect()
    yield from link.send(request)
    answer = yield from link.receive()
    if answer[0] != pdus.ASSOCIATE_AC:
        raise RefusedError("/".join(map(str, answer[7:10])))
    if context not in pdus.accepted_contexts(answer):
        raise RefusedError("context")
    return answer


def release(link: Link) -> Conversation:
    """Releases in order and closes.

    Raises:
        ConnectionError: no A-RELEASE-RP came.
    """
    yield from link.send(pdus.RELEASE_RQ_PDU)
    answer = yield from link.receive()
    if answer[0] != pdus.RELEASE_RP:
        raise ConnectionError(f"PDU type {answer[0]} instead of A-RELEASE-RP")
    link.close()


def client_context(directory: str) -> ssl.SSLContext:
    """TLS 1.3 with ``client.pem`` (key and chain) of ``directory``, which trusts its ``ca.pem``; never resumes."""
    context = ssl.create_default_context(cafile=f"{directory}/ca.pem")
    context.load_cert_chain(f"{directory}/client.pem")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3
    return context


def quantiles(values: list[float]) -> dict[str, float]:
    """Median, 99th percentile and the number of samples; the values stand in any unit."""
    if not values:
        return {"samples": 0}
    ordered, count = sorted(values), len(values)
    return {"samples": count, "p50": ordered[count // 2], "p99": ordered[min(count - 1, count * 99 // 100)]}


def store(arguments: argparse.Namespace) -> dict[str, Any]:
    """Stores ``--count`` instances over ``--associations`` at a time, each waiting for its response (no window)."""
    request = pdus.associate_rq(arguments.calling, arguments.called, _STORE_CONTEXTS, arguments.pdu)
    statuses: Counter[str] = Counter()
    later: list[float] = []
    first: list[float] = []
    moment = time.perf_counter
    spans: list[tuple[float, float]] = []
    each = arguments.count // arguments.associations

    def talk(epoll: select.epoll, number: int) -> Conversation:
        link = Link(epoll, (arguments.host, arguments.port), arguments.tls)
        answer = yield from associate(link, request, 1)
        limit = pdus.announced_pdu(answer) or arguments.pdu
        message = StoreMessage(arguments.size, min(arguments.pdu, limit), 1, pdus.CT_IMAGE)
        began = moment()
        for instance in range(each):
            view = message.name(instance % 65_535 + 1, arguments.run, number, instance, instance // arguments.study)
            start = moment()
            yield from link.send(view)
            response = yield from link.receive()
            took = moment() - start
            (later if instance % arguments.study else first).append(took * 1e6)
            statuses[f"{pdus.status_of(response):04X}H"] += 1
        spans.append((began, moment()))
        yield from release(link)

    run(talk, arguments.associations, arguments.associations, arguments.seconds)
    seconds = max(end for _, end in spans) - min(start for start, _ in spans)
    instances = sum(statuses.values())
    return {
        "instances": instances,
        "bytes": instances * arguments.size,
        "seconds": seconds,
        "instances_per_second": instances / seconds,
        "statuses": statuses,
        "latency_us": quantiles(later),
        "first_of_study_us": quantiles(first),
        "first_samples_us": first if arguments.samples else [],
    }


def handshake(arguments: argparse.Namespace) -> dict[str, Any]:
    """``--count`` TLS handshakes, each closed in order by both sides, ``--concurrent`` at a time."""

    def talk(epoll: select.epoll, number: int) -> Conversation:
        del number
        link = Link(epoll, (arguments.host, arguments.port), arguments.tls)
        yield from link.connect()
        yield from link.say_goodbye()

    began = time.perf_counter()
    run(talk, arguments.count, arguments.concurrent, arguments.seconds)
    seconds = time.perf_counter() - began
    return {"handshakes": arguments.count, "seconds": seconds, "handshakes_per_second": arguments.count / seconds}


def echo(arguments: argparse.Namespace) -> dict[str, Any]:
    """``--count`` associations of one C-ECHO each (set-up, echo, release), ``--concurrent`` at a time."""
    request = pdus.associate_rq(arguments.calling, arguments.called, _ECHO_CONTEXTS, arguments.pdu)
    question = pdus.c_echo_rq(1, 1)
    whole: list[float] = []
    echoes: list[float] = []
    moment = time.perf_counter

    def talk(epoll: select.epoll, number: int) -> Conversation:
        del number
        start = moment()
        link = Link(epoll, (arguments.host, arguments.port), arguments.tls)
        yield from associate(link, request, 1)
        asked = moment()
        yield from link.send(question)
        response = yield from link.receive()
        echoes.append((moment() - asked) * 1e6)
        if pdus.status_of(response):
            raise ConnectionError("C-ECHO was not answered with Success")
        yield from release(link)
        whole.append((moment() - start) * 1e6)

    began = moment()
    run(talk, arguments.count, arguments.concurrent, arguments.seconds)
    seconds = moment() - began
    return {
        "associations": arguments.count,
        "seconds": seconds,
        "associations_per_second": arguments.count / seconds,
        "association_us": quantiles(whole),
        "echo_us": quantiles(echoes),
    }


def ping(arguments: argparse.Namespace) -> dict[str, Any]:
    """``--count`` C-ECHOs one after another on one open association."""
    request = pdus.associate_rq(arguments.calling, arguments.called, _ECHO_CONTEXTS, arguments.pdu)
    samples: list[float] = []
    moment = time.perf_counter

    def talk(epoll: select.epoll, number: int) -> Conversation:
        del number
        link = Link(epoll, (arguments.host, arguments.port), arguments.tls)
        yield from associate(link, request, 1)
        for i in range(arguments.count):
            question = pdus.c_echo_rq(1, i % 65_535 + 1)
            start = moment()
            yield from link.send(question)
            response = yield from link.receive()
            samples.append((moment() - start) * 1e6)
            if pdus.status_of(response):
                raise ConnectionError("C-ECHO was not answered with Success")
        yield from release(link)

    run(talk, 1, 1, arguments.seconds)
    return {"echo_us": quantiles(samples)}


def idle(arguments: argparse.Namespace) -> dict[str, Any]:
    """Opens ``--count`` associations, says so in one line, and releases them when standard input ends."""
    request = pdus.associate_rq(arguments.calling, arguments.called, _STORE_CONTEXTS, arguments.pdu)
    links: list[Link] = []

    def open_one(epoll: select.epoll, number: int) -> Conversation:
        del number
        link = Link(epoll, (arguments.host, arguments.port), arguments.tls)
        yield from associate(link, request, 1)
        links.append(link)

    run(open_one, arguments.count, 32, arguments.seconds)
    print(json.dumps({"open": len(links)}), flush=True)
    select.select([sys.stdin], [], [], arguments.seconds)
    for link in links:
        link.sock.setblocking(True)
        link.sock.settimeout(arguments.seconds)
        for _ in release(link):
            raise ConnectionError("a blocking socket does not wait")
    return {"associations": len(links)}


def main() -> None:
    """Reads the arguments, runs one load and prints what it saw."""
    from bench.peers.mixed import mixed  # noqa: PLC0415 - it builds on this module

    parser = argparse.ArgumentParser(description=__doc__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--host", default="127.0.0.1")
    shared.add_argument("--port", type=int, required=True)
    shared.add_argument("--calling", default="BENCH")
    shared.add_argument("--called", default="ARCHIVE")
    shared.add_argument("--pdu", type=int, default=16_384, help="maximum length announced, and sent at most")
    shared.add_argument("--seconds", type=float, default=120.0, help="give up after this long")
    shared.add_argument("--count", type=int, default=1_000)
    shared.add_argument("--run", type=int, default=time.time_ns() // 1_000_000, help="makes UIDs new")
    shared.add_argument("--tls", type=client_context, help="over TLS: a directory with ca.pem and client.pem")
    loads = parser.add_subparsers(dest="load", required=True)
    stores = loads.add_parser("store", parents=[shared], help="C-STORE")
    stores.add_argument("--size", type=int, default=524_288, help="bytes of a data set")
    stores.add_argument("--associations", type=int, default=1, help="at a time, sharing the count")
    stores.add_argument("--study", type=int, default=200, help="instances of a study")
    stores.add_argument("--samples", action="store_true", help="print the latency of each first instance of a study")
    echoes = loads.add_parser("echo", parents=[shared], help="associations of one C-ECHO")
    echoes.add_argument("--concurrent", type=int, default=32)
    handshakes = loads.add_parser("handshake", parents=[shared], help="TLS handshakes and nothing more")
    handshakes.add_argument("--concurrent", type=int, default=32)
    loads.add_parser("ping", parents=[shared], help="C-ECHO on an open association")
    loads.add_parser("idle", parents=[shared], help="associations held open")
    mixes = loads.add_parser("mixed", parents=[shared], help="stores, echoes, refusals, warnings, cuts")
    mixes.add_argument("--concurrent", type=int, default=200)
    mixes.add_argument("--told", type=Path, required=True, help="write 'uid status sha256' for each instance")
    arguments = parser.parse_args()
    known = {"store": store, "handshake": handshake, "echo": echo, "ping": ping, "idle": idle, "mixed": mixed}
    used = os.times()
    seen = known[arguments.load](arguments)
    now = os.times()
    print(json.dumps(seen | {"cpu_seconds": now.user + now.system - used.user - used.system}))


if __name__ == "__main__":
    main()
