"""A real router in a network namespace: rules go in, packets too, and what comes out is told. A program of its own.

It speaks JSON, a line each way. Started by `kernel.py` within fresh namespaces; every interface leads to a namespace of
which it sees all frames. Not a test, and nothing of the product is in it.
"""

from __future__ import annotations

import ctypes
import ipaddress
import json
import os
import select
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

Header = dict[str, Any]

SIDES = {"eth0": ("10.1.0.0/16", "fd00:1::/32"), "eth1": ("10.2.0.0/16", "fd00:2::/32"),
         "dmz0": ("10.3.0.0/16", "fd00:3::/32")}  # fmt: skip
_NET = 0x40000000  # CLONE_NEWNET
_LIBC = ctypes.CDLL(None, use_errno=True)


def run(*words: str, text: str = "") -> str:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words}: {done.stderr}")
    return done.stdout


def build() -> None:
    run("mount", "-t", "tmpfs", "none", "/run")
    run("mount", "-t", "sysfs", "none", "/sys")
    Path("/run/netns").mkdir()
    run("ip", "link", "set", "lo", "up")
    for at, (name, networks) in enumerate(SIDES.items(), 1):
        run("ip", "netns", "add", name)
        run("ip", "link", "add", name, "address", f"02:00:00:00:0{at}:01", "type", "veth", "peer", "name", "far",
            "address", f"02:00:00:00:0{at}:02", "netns", name)  # fmt: skip
        run("ip", "-n", name, "link", "set", "far", "up")
        run("ip", "link", "set", name, "up")
        for network, own, gateway in zip(
            networks,
            (f"10.200.{at}.1/24", f"fd00:200:{at}::1/64"),
            (f"10.200.{at}.2", f"fd00:200:{at}::2"),
            strict=True,
        ):
            run("ip", "addr", "add", own, "dev", name, *(["nodad"] if ":" in own else []))
            run("ip", "neigh", "add", gateway, "lladdr", f"02:00:00:00:0{at}:02", "dev", name, "nud", "permanent")
            run("ip", "route", "add", network, "via", gateway)
    settings = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1", "ipv4/conf/all/rp_filter": "0",
                "ipv4/conf/default/rp_filter": "0", "ipv4/conf/all/send_redirects": "0"}  # fmt: skip
    for name in SIDES:
        settings[f"ipv4/conf/{name}/rp_filter"] = "0"
    for name, value in settings.items():
        Path(f"/proc/sys/net/{name}").write_text(value, "ascii")


def far(name: str) -> socket.socket:
    """All frames at the far end of an interface."""
    with Path(f"/run/netns/{name}").open("rb") as there, Path("/proc/self/ns/net").open("rb") as here:
        if _LIBC.setns(there.fileno(), _NET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            found = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            found.bind(("far", 0))
        finally:
            if _LIBC.setns(here.fileno(), _NET):
                raise OSError(ctypes.get_errno(), "setns")
    found.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
    return found


def forget() -> None:
    """Flush connection tracking: IPCTNL_MSG_CT_DELETE without a tuple."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netlink:
        netlink.send(struct.pack("=IHHII", 20, 1 << 8 | 2, 5, 1, 0) + b"\0\0\0\0")
        netlink.recv(4096)


def checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(at: int, packet: Header, number: int) -> bytes:
    """A packet as a frame to the router."""
    source, destination = ipaddress.ip_address(packet["source"]), ipaddress.ip_address(packet["destination"])
    protocol, sport, dport = packet["protocol"], packet["source_port"], packet["destination_port"]
    mark = struct.pack("!I", number)
    if protocol == 6:
        body = struct.pack("!HHIIBBHHH", sport, dport, number, packet.get("ack", 0), 0x50, packet["flags"], 8192, 0, 0)
        where = 16
    elif protocol == 17:
        body = struct.pack("!HHHH", sport, dport, 12, 0) + mark
        where = 6
    elif protocol in {1, 58}:
        body = struct.pack("!BBHHH", dport >> 8, dport & 255, 0, number & 0xFFFF, 0) + mark + bytes(12)
        where = 2
    else:
        body = mark + mark
        where = -1
    pseudo = source.packed + destination.packed + struct.pack("!IHBB", len(body), 0, 0, protocol)
    if where >= 0:
        ports = checksum((b"" if protocol == 1 else pseudo) + body)
        body = body[:where] + struct.pack("!H", ports) + body[where + 2 :]
    if source.version == 4:
        head = (
            struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0)
            + source.packed
            + destination.packed
        )
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        kind = 0x0800
    else:
        head = struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + source.packed + destination.packed
        kind = 0x86DD
    return bytes.fromhex(f"02000000{at:02x}01 02000000{at:02x}02") + struct.pack("!H", kind) + head + body


def _number(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")


def read(data: bytes) -> tuple[int, Header] | None:
    """A frame's number and header."""
    kind = struct.unpack_from("!H", data, 12)[0]
    if kind == 0x0800:
        source, destination, protocol, body = data[26:30], data[30:34], data[23], data[34:]
    elif kind == 0x86DD:
        source, destination, protocol, body = data[22:38], data[38:54], data[20], data[54:]
    else:
        return None
    found = {"source": str(ipaddress.ip_address(source)), "destination": str(ipaddress.ip_address(destination)),
             "protocol": protocol, "source_port": 0, "destination_port": 0, "flags": 0}  # fmt: skip
    if protocol in {6, 17}:
        found["source_port"], found["destination_port"] = struct.unpack_from("!HH", body)
    if protocol == 6:
        found["flags"] = body[13]
        return _number(body, 4), found
    if protocol == 17:
        return _number(body, 8), found
    if protocol in {1, 58}:
        found["destination_port"] = body[0] * 256 + body[1]
        return _number(body, 8), found
    return _number(body, 0), found


def answer(packet: Header) -> Header | None:
    """What the receiver would send back; None where the protocol has no answer."""
    back = {**packet, "source": packet["destination"], "destination": packet["source"],
            "source_port": packet["destination_port"], "destination_port": packet["source_port"]}  # fmt: skip
    if packet["protocol"] in {1, 58}:
        kinds = {8: 0, 13: 14, 128: 129}
        back["destination_port"] = kinds[packet["destination_port"] >> 8] << 8
    return back


class Router:
    """The sockets at the far ends."""

    def __init__(self) -> None:
        self.sides = {name: far(name) for name in SIDES}
        self.order = list(SIDES)
        self.number = 1000

    def send(self, sent: list[tuple[str, Header, int]]) -> dict[int, tuple[str, Header]]:
        """What arrives where of these packets, by their numbers."""
        for name, packet, number in sent:
            self.sides[name].send(frame(self.order.index(name) + 1, packet, number))
        # Frames are handled in order: an answered request for an address says that all before it are through.
        for at, side in enumerate(self.sides.values(), 1):
            mac = bytes.fromhex(f"02000000{at:02x}02")
            own, asked = socket.inet_aton(f"10.200.{at}.2"), socket.inet_aton(f"10.200.{at}.1")
            side.send(b"\xff" * 6 + mac + bytes.fromhex("0806 0001 0800 0604 0001") + mac + own + bytes(6) + asked)
        seen: dict[int, tuple[str, Header]] = {}
        waiting = set(self.sides)
        while waiting:
            ready, _, _ = select.select([self.sides[name] for name in self.sides], [], [], 10)
            if not ready:
                raise RuntimeError(f"nothing from {waiting}")
            for name in list(self.sides):
                if self.sides[name] not in ready:
                    continue
                data, where = self.sides[name].recvfrom(2048)
                if where[2] == 4:  # PACKET_OUTGOING: our own
                    continue
                if data[12:14] == b"\x08\x06":
                    if data[20:22] == b"\0\2":
                        waiting.discard(name)
                    continue
                found = read(data)
                if found is not None and found[0] >= 1000 and not found[1]["flags"] & 4:
                    seen[found[0]] = (name, found[1])
        return seen

    def pass_all(self, packets: list[Header]) -> list[Header]:
        """For each packet where and how it came out, and whether its answer came back."""
        forget()
        first = []
        for packet in packets:
            self.number += 1
            first.append((packet["ingress"], packet, self.number))
        seen = self.send(first)
        back = []
        for _, _, number in first:
            if number in seen:
                out, arrived = seen[number]
                reply = answer(arrived)
                if reply is not None:
                    back.append((out, {**reply, "flags": 0x12, "ack": number + 1}, number))
        answered = self.send(back)
        found = []
        for name, packet, number in first:
            out, arrived = seen.get(number, ("", {}))
            back_at, reply_ = answered.get(number, ("", {}))
            came_back = back_at == name and reply_["destination"] == packet["source"]
            came_back = came_back and reply_["source"] == packet["destination"]
            found.append({"egress": out, "packet": arrived or None, "answered": came_back})
        return found


def say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    build()
    router = Router()
    told = {
        "addresses": run("ip", "-j", "address"),
        "routes": run("ip", "-j", "route") + run("ip", "-j", "-6", "route"),
    }
    say(told)
    for line in sys.stdin:
        asked = json.loads(line)
        said: dict[str, Any] = {}
        try:
            run("nft", "flush", "ruleset")
            if "nft" in asked:
                run("nft", "-f", "-", text=asked["nft"])
            if "nft_json" in asked:
                run("nft", "-j", "-f", "-", text=asked["nft_json"])
            for tool in ("iptables", "ip6tables"):
                if tool in asked:
                    run(f"{tool}-restore", text=asked[tool])
                    said[tool] = run(f"{tool}-save")
            said["ruleset"] = run("nft", "-j", "list", "ruleset")
            said["seen"] = router.pass_all(asked["packets"])
        except (RuntimeError, OSError) as fault:
            said["fault"] = str(fault)
        say(said)


if __name__ == "__main__":
    main()
