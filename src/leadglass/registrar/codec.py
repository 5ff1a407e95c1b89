"""Frames of `registrar.messages` as bytes and back. Never touches a socket."""

from __future__ import annotations

import msgspec

from leadglass.io.frames import FrameError
from leadglass.registrar.messages import Frame

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


def encode(frame: Frame) -> bytes:
    """The payload of a frame."""
    return _encoder.encode(frame)


def decode(payload: bytes) -> Frame:
    """The frame in ``payload``.

    Raises:
        FrameError: not one of ours.
    """
    try:
        return _decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise FrameError(f"not a frame of the registrar: {error}") from None
