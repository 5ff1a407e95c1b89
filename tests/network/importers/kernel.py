"""The kernel's verdict on rules and packets, from `router.py` in namespaces, held against ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from leadglass.network.address import number
from leadglass.network.device import Device
from leadglass.network.flight import Flight
from leadglass.network.headers import PORTS, Box, Headers, Packet, headers, within
from leadglass.network.intervals import one
from leadglass.network.transit import through

SYN = 2


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet that begins a connection, and the interface that it comes in by."""

    ingress: str
    source: str
    destination: str
    protocol: int = 6
    destination_port: int = 104
    source_port: int = 40_000
    flags: int = SYN


def apart(sent: Sent) -> tuple[object, ...]:
    """What tells connections apart, whoever began: no two of one batch may be one to the kernel."""
    ported = sent.protocol in {6, 17}
    ends = ((sent.source, sent.source_port * ported), (sent.destination, sent.destination_port * ported))
    return (sent.protocol, *sorted(ends))


@dataclass(frozen=True, slots=True)
class Came:
    """What became of it: the way out ("" for none), its header there, and whether the answer came back."""

    egress: str
    packet: dict[str, Any] | None
    answered: bool


class Kernel:
    """The router. ``addresses`` and ``routes`` are what `ip -j` prints there."""

    def __init__(self) -> None:
        users = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        router = Path(__file__).with_name("router.py")
        self._process = subprocess.Popen(
            ("unshare", *users, "--mount", "--net", "--kill-child", "--fork", sys.executable, str(router)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        told = self._read()
        self.addresses, self.routes = str(told["addresses"]), str(told["routes"])

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the router ended"
        found: dict[str, Any] = json.loads(line)
        assert "fault" not in found, found["fault"]
        return found

    def try_(self, packets: list[Sent], **rules: str) -> tuple[dict[str, str], list[Came]]:
        """Load rules ("nft", "nft_json", "iptables", "ip6tables"), pass packets: what tools print, what came out."""
        assert self._process.stdin is not None
        fields = [{key: getattr(each, key) for key in Sent.__slots__} for each in packets]
        self._process.stdin.write(json.dumps({**rules, "packets": fields}) + "\n")
        self._process.stdin.flush()
        found = self._read()
        return found, [Came(each["egress"], each["packet"], each["answered"]) for each in found["seen"]]


@dataclass(frozen=True, slots=True)
class Ours:
    """Our bounds for one packet: ways out with the header there that it may take, and those that it surely takes."""

    may: dict[str, Headers]
    must: dict[str, Headers]


def ours(device: Device, sent: Sent) -> Ours:
    """What the core makes of one packet in a device."""
    interface = device.interface(sent.ingress)
    assert interface is not None
    ported = sent.protocol in {6, 17}
    (box,) = headers(
        one(number(sent.source)),
        one(number(sent.destination)),
        one(sent.protocol),
        one(sent.source_port) if ported else PORTS,
        one(sent.destination_port) if sent.protocol in {1, 6, 17, 58} else PORTS,
    )
    left = through(device, interface, (Flight(box),), (Flight(box),))
    may: dict[str, Headers] = {}
    must: dict[str, Headers] = {}
    for each in left:
        may[each.hop.interface] = (*may.get(each.hop.interface, ()), *(flight.box for flight in each.may))
        must[each.hop.interface] = (*must.get(each.hop.interface, ()), *(flight.box for flight in each.must))
    whole = {egress: found for egress, found in must.items() if _whole(found, box)}
    return Ours({egress: found for egress, found in may.items() if found}, whole)


def _whole(found: Headers, box: Box) -> bool:
    """Whether all of a packet that has no ports is among them, whatever stands where its ports would be."""
    return within((box,), tuple(each._replace(source=box.source, destination=box.destination,
                                              destination_port=box.destination_port,
                                              source_port=PORTS if each.source_port == PORTS else each.source_port)
                                for each in found))  # fmt: skip


def agree(device: Device, packets: list[Sent], came: list[Came], *, exact: bool) -> None:
    """The kernel's verdict lies between our bounds; where all was understood both are its verdict."""
    for sent, seen in zip(packets, came, strict=True):
        if seen.egress == sent.ingress:
            continue  # turned back by a translation: the core takes hosts of one side to reach each other anyway
        bounds = ours(device, sent)
        told = f"{sent} came out as {seen}; may {bounds.may}, must {bounds.must}"
        if seen.packet is not None:
            ported = sent.protocol in {6, 17}
            there = Packet(
                number(seen.packet["source"]),
                number(seen.packet["destination"]),
                seen.packet["protocol"],
                seen.packet["source_port"] if ported else 0,
                seen.packet["destination_port"],
            )
            assert any(box.has(there) for box in bounds.may.get(seen.egress, ())), told
        for egress in bounds.must:
            assert seen.egress == egress, told
            assert seen.answered, told
        if exact:
            assert set(bounds.may) == ({seen.egress} if seen.egress else set()), told
            if sent.protocol not in {1, 58}:  # what answers an echo request is not a reply to its port
                assert set(bounds.must) == ({seen.egress} if seen.egress and seen.answered else set()), told
