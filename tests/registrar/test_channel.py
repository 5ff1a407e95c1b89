"""Claims about the line between worker and registrar."""

from __future__ import annotations

import select
import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadglass.io.frames import FrameBuffer, FrameError, pack_frame
from leadglass.registrar.codec import decode, encode
from leadglass.registrar.messages import MAX_FRAME, Answer, Ask, Commit, Ended, Frame, Hello
from leadglass.registrar.worker_channel import WorkerChannel


@pytest.fixture
def server(tmp_path: Path) -> socket.socket:
    end = socket.socket(socket.AF_UNIX)
    end.bind(str(tmp_path / "registrar.sock"))
    end.listen(4)
    end.settimeout(10)
    return end


def channel(tmp_path: Path) -> WorkerChannel:
    return WorkerChannel(tmp_path / "registrar.sock", "w0", 7, 9)


def frames_of(end: socket.socket, count: int) -> list[Frame]:
    buffer = FrameBuffer(MAX_FRAME)
    found: list[Frame] = []
    while len(found) < count:
        buffer.feed(end.recv(65_536))
        found += [decode(payload) for payload in buffer.frames()]
    return found


@given(st.lists(st.binary(max_size=50), max_size=8), st.integers(1, 7))
def test_frames_come_out_as_they_went_in_however_they_are_cut(payloads: list[bytes], step: int) -> None:
    stream = b"".join(pack_frame(payload, 64) for payload in payloads)
    buffer, found = FrameBuffer(64), []
    for start in range(0, len(stream), step):
        buffer.feed(stream[start : start + step])
        found += list(buffer.frames())
    assert found == payloads
    assert buffer.pending == 0


def test_a_frame_too_long_is_refused_at_its_length() -> None:
    buffer = FrameBuffer(64)
    buffer.feed(struct.pack(">I", 65))
    with pytest.raises(FrameError, match="at most 64"):
        list(buffer.frames())
    with pytest.raises(FrameError):
        pack_frame(bytes(65), 64)


@given(st.binary(max_size=200))
def test_any_payload_is_a_frame_or_a_told_fault(payload: bytes) -> None:
    try:
        frame = decode(payload)
    except FrameError:
        return
    assert decode(encode(frame)) == frame


def test_hello_goes_first_and_answers_arrive(tmp_path: Path, server: socket.socket) -> None:
    line = channel(tmp_path)
    assert line.closed
    assert line.connect()
    end, _ = server.accept()
    line.send(Ask(1, 2, "10.0.0.1", "CT", "PACS"))
    assert frames_of(end, 2) == [Hello("w0", 7, 9), Ask(1, 2, "10.0.0.1", "CT", "PACS")]
    end.sendall(pack_frame(encode(Answer(1)), MAX_FRAME) + pack_frame(encode(Commit(3)), MAX_FRAME)[:5])
    assert select.select([line], [], [], 10)[0]
    assert line.receive() == [Answer(1)]
    end.sendall(pack_frame(encode(Commit(3)), MAX_FRAME)[5:])
    assert select.select([line], [], [], 10)[0]
    assert line.receive() == [Commit(3)]
    assert line.receive() == []
    assert not line.closed


def test_nobody_listening_is_no_error(tmp_path: Path) -> None:
    line = channel(tmp_path)
    assert not line.connect()
    line.send(Ended(1))
    assert line.receive() == []
    assert (line.closed, line.fileno()) == (True, -1)


@pytest.mark.parametrize("farewell", [b"", b"\xff\xff\xff\xff", b"\0\0\0\1\xc1"])
def test_end_and_nonsense_close_the_line_and_leave_epoll_its_descriptor(
    tmp_path: Path, server: socket.socket, farewell: bytes
) -> None:
    line = channel(tmp_path)
    line.connect()
    with select.epoll() as loop:
        loop.register(line.fileno(), select.EPOLLIN)
        descriptor = line.fileno()
        end, _ = server.accept()
        frames_of(end, 1)
        end.sendall(farewell)
        end.close()
        while not line.closed:
            assert loop.poll(10)
            assert line.receive() == []
        loop.unregister(descriptor)
    assert line.connect()
    assert not line.closed


def test_a_registrar_that_takes_nothing_is_given_up_within_a_bound(tmp_path: Path, server: socket.socket) -> None:
    line = channel(tmp_path)
    line.connect()
    frame = Ask(1, 1, "a", "b", "c", tuple("1.2.3" for _ in range(10_000)))
    sent = 0
    while not line.closed:
        line.send(frame)
        sent += len(encode(frame))
        assert sent < 64 * 1024 * 1024
    assert not line.wants_write
