"""The form of a POST: fields, and files where a page takes them, read to a bound. Knows no page and no user."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from leadglass.console.security import MAX_BODY

MAX_FIELDS = 1_000
MAX_NAME = 200  # characters of a file's name that are kept
UPLOAD_SECONDS = 120.0  # a body with files arrives within these, or its place is given to another
PLACES = 2  # bodies with files that are in memory at one time
OVERHEAD = 65_536  # bytes of a body beside its files: fields, names, boundaries


@dataclass(frozen=True, slots=True)
class Uploads:
    """What files the POST of a page takes, as multipart/form-data.

    Attributes:
        bytes: of all files together. files: how many.
    """

    bytes: int
    files: int = 1

    @property
    def body(self) -> int:
        """Bytes of the whole body."""
        return self.bytes + OVERHEAD


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent.

    Attributes:
        name: as the browser says it: hostile text, and never a path to anything.
        content: the bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """What a POST brought, by the names of its fields."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[Upload]] = field(default_factory=dict)


async def read_form(request: Request) -> Form:
    """The fields of a form without files.

    Raises:
        HTTPException: 413 for more than `MAX_BODY` bytes, 400 for more than `MAX_FIELDS` fields or what is no text.
    """
    body = b"".join([chunk async for chunk in _bounded(request, MAX_BODY)])
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=False, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return Form(fields)


async def read_uploads(request: Request, uploads: Uploads, places: asyncio.Semaphore) -> Form:
    """The fields and files of a form; one without files is read like any other.

    Args:
        request: its body is read here.
        uploads: what the page takes.
        places: how many such bodies are read at one time.

    Raises:
        HTTPException: 413 for more bytes than the page takes, 400 for more files or fields or what is no form, 408 when
            the body does not arrive within `UPLOAD_SECONDS`.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return await read_form(request)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS), places:
            return await _parts(request, uploads)
    except TimeoutError:
        raise HTTPException(408) from None
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None


class _InMemory(MultiPartParser):
    """Keeps files in memory: the body is bounded, and what a hospital uploads does not belong on a disk beside."""

    def __init__(self, request: Request, uploads: Uploads) -> None:
        self.spool_max_size = uploads.body
        stream = _bounded(request, uploads.body)
        super().__init__(
            request.headers, stream, max_files=uploads.files, max_fields=MAX_FIELDS, max_part_size=MAX_BODY
        )


async def _parts(request: Request, uploads: Uploads) -> Form:
    fields: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    for name, value in (await _InMemory(request, uploads).parse()).multi_items():
        if not isinstance(value, UploadFile):
            fields.setdefault(name, []).append(value)
            continue
        if value.filename:  # a field of files that was left empty comes as one without a name
            files.setdefault(name, []).append(Upload(value.filename[:MAX_NAME], await value.read()))
        await value.close()
    if sum(len(one.content) for found in files.values() for one in found) > uploads.bytes:
        raise HTTPException(413)
    return Form(fields, files)


async def _bounded(request: Request, bound: int) -> AsyncGenerator[bytes, None]:
    """The body's chunks, up to ``bound`` bytes in all."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bound:
            raise HTTPException(413)
        yield chunk
