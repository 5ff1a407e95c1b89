"""Claims about a transport over TLS: it carries the same bytes as a plain one, and hides nothing from epoll."""

from __future__ import annotations

import os
import select
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.io.tls_pair import Pair, device_context, hospital
from tests.peers.authority import make

from leadglass.io.tls_transport import MAX_HANDSHAKE, HandshakeError
from leadglass.io.transport import READ

VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@pytest.fixture(params=VERSIONS, ids=lambda version: version.name)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    authority, contexts = hospital(tmp_path)
    context = device_context(tmp_path, make("ct1", issuer=authority))
    context.minimum_version = context.maximum_version = request.param
    return Pair(contexts, context)


def readable(pair: Pair) -> bool:
    return bool(select.select([pair.transport.sock], [], [], 0)[0])


def test_bytes_of_any_length_arrive_as_they_were_sent(pair: Pair) -> None:
    with pair:
        pair.shake()
        for size in (1, 2, 16_383, 16_384, 16_385, 65_536, 100_000, 262_144):
            data = os.urandom(size)
            sent, got = 0, b""
            while len(got) < size:
                if sent < size:
                    sent += pair.device.send(data[sent:])
                got += pair.read()
            assert got == data


def test_nothing_decrypted_or_received_waits_where_epoll_cannot_see_it(pair: Pair) -> None:
    with pair:
        pair.shake()
        pair.read()
        total, got = 0, 0
        try:
            while total < 2_000_000:
                total += pair.device.send(os.urandom(50_000))
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            pass
        assert total > len(pair.view) // 2
        while readable(pair):
            got += len(pair.read())
        assert got >= total  # a record that was cut off by a full socket may follow


def test_what_came_with_the_end_of_the_handshake_is_read_first(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    with Pair(contexts, device_context(tmp_path, make("ct1", issuer=authority))) as pair:
        with pytest.raises(ssl.SSLWantReadError):
            pair.device.do_handshake()
        assert not pair.transport.handshake(0.0)
        pair.device.do_handshake()  # TLS 1.3: the device is done, and speaks at once
        assert pair.device.send(b"first") == 5
        assert pair.transport.handshake(0.0)
        assert pair.read() == b"first"
        assert pair.read() == b""
        assert pair.device.send(b"second") == 6
        assert pair.read() == b"second"


def test_what_is_written_arrives_though_the_socket_takes_it_in_pieces(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    with Pair(contexts, device_context(tmp_path, make("ct1", issuer=authority)), room=8_192) as pair:
        pair.shake()
        data = os.urandom(300_000)
        pair.transport.write(data[:200_000], 1.0)
        assert pair.transport.out
        assert pair.transport.blocked_since == 1.0
        pair.transport.write(memoryview(data)[200_000:], 2.0)
        assert pair.heard(len(data)) == data
        assert not pair.transport.out


def test_the_end_is_told_after_the_last_byte(pair: Pair) -> None:
    with pair:
        pair.shake()
        pair.read()
        pair.device.send(b"last")
        with pytest.raises(ssl.SSLWantReadError):
            pair.device.unwrap()
        assert pair.read() == b"last"
        early = pair.transport.ended
        assert not early
        assert readable(pair)
        assert pair.read() == b""
        assert pair.transport.ended
        assert not pair.transport.broken


def test_a_connection_that_breaks_off_has_ended(pair: Pair) -> None:
    with pair:
        pair.shake()
        pair.read()
        pair.device.send(b"some")
        pair.device.close()
        assert pair.read() == b"some"
        assert pair.read() == b""
        assert pair.transport.ended


def test_bytes_that_are_no_tls_break_it_and_are_told(pair: Pair) -> None:
    with pair:
        pair.shake()
        pair.read()
        os.write(pair.device.fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))
        assert pair.read() == b""
        assert pair.transport.ended
        assert pair.transport.broken


def test_closing_says_that_nothing_is_missing(pair: Pair) -> None:
    with pair:
        pair.shake()
        pair.transport.write(b"bye", 0.0)
        pair.transport.end_output()
        assert pair.heard(3) == b"bye"
        assert pair.device.recv(10) == b""  # close_notify: without it `ssl` raises


def test_a_handshake_is_bounded_in_bytes(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    with Pair(contexts, device_context(tmp_path, make("ct1", issuer=authority))) as pair:
        hello = b"\x16\x03\x01\x40\x00" + b"\x01\x00\xff\xff" + bytes(16_380)

        def flood() -> None:
            for _ in range(1_000):
                os.write(pair.device.fileno(), hello)
                pair.transport.handshake(0.0)

        with pytest.raises(HandshakeError):
            flood()
        assert 0 < pair.transport.heard <= MAX_HANDSHAKE


def test_new_keys_are_taken_and_given_in_the_midst_of_it(tmp_path: Path) -> None:
    authority, contexts = hospital(tmp_path)
    certificate, key = make("ct1", issuer=authority).write(tmp_path, "ct1")
    view = memoryview(bytearray(READ))
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        command = ("openssl", "s_client", "-tls1_3", "-connect", place, "-cert", str(certificate), "-key", str(key))
        device = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert device.stdin is not None
        assert device.stdout is not None
        with device, server.accept()[0] as sock:
            sock.setblocking(False)
            transport = contexts.accept(sock)
            received = b""

            def wait(step: Callable[[], bool]) -> None:
                for _ in range(1_000):
                    if step():
                        return
                    select.select([sock], [], [], 0.05)
                raise AssertionError("it does not come")

            def read(until: bytes) -> Callable[[], bool]:
                def step() -> bool:
                    nonlocal received
                    received += bytes(view[: transport.read(view)])
                    assert not transport.ended, transport.broken
                    return received.endswith(until)

                return step

            wait(lambda: transport.handshake(0.0))
            for number in range(3):
                device.stdin.write(b"K\n")  # asks for new keys both ways
                device.stdin.flush()
                wait(lambda: bool(select.select([sock], [], [], 0.05)[0]))
                assert transport.read(view) == 0
                line = b"line %d\n" % number
                device.stdin.write(line)
                device.stdin.flush()
                wait(read(line))
                transport.write(b"heard " + line, 0.0)
            device.stdin.write(b"Q\n")
            device.stdin.flush()
            said = device.stdout.read()
            assert b"heard line 2" in said
            assert b"alert" not in said
