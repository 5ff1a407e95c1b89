"""Frames over an asyncio stream. Never looks inside a frame, never takes memory before the length is checked."""

from __future__ import annotations

import asyncio

from leadglass.io.frames import FrameError

_LENGTH = 4


async def read_frame(reader: asyncio.StreamReader, limit: int) -> bytes | None:
    """The next payload, None at the end of the stream.

    Raises:
        FrameError: longer than ``limit`` bytes, or the stream ended inside a frame.
    """
    try:
        head = await reader.readexactly(_LENGTH)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        if isinstance(error, asyncio.IncompleteReadError) and error.partial:
            raise FrameError("the stream ended inside a frame") from None
        return None
    length = int.from_bytes(head, "big")
    if length > limit:
        raise FrameError(f"a frame of {length} bytes is announced, at most {limit} are taken")
    try:
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        raise FrameError("the stream ended inside a frame") from None
