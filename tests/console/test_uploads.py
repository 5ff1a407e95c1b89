"""Files sent to the console: read to a bound, only where a page takes them, only from whom the page is open to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from tests.console.house import House

from leadglass.console import form
from leadglass.console.app import PAGES
from leadglass.console.form import MAX_FIELDS, OVERHEAD, Form, Uploads, read_form, read_uploads
from leadglass.console.page import Page
from leadglass.console.roles import PERMISSIONS
from leadglass.console.security import MAX_BODY
from leadglass.store.appstate.users import ROLES

UPLOADING = [page for page in PAGES if page.uploads]
OTHERS = [page for page in PAGES if page.post and not page.uploads and "{" not in page.path]
MULTIPART = "multipart/form-data; boundary=b"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = "" if filename is None else f'; filename="{filename}"'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def request(*pieces: bytes, kind: str = MULTIPART, wait: float = 0) -> Request:
    """A POST whose body comes in pieces."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(wait)
        return {"type": "http.request", "body": left.pop(0) if left else b"", "more_body": bool(left)}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


def uploaded(*pieces: bytes, uploads: Uploads | None = None, kind: str = MULTIPART, wait: float = 0) -> Form:
    async def read() -> Form:
        return await read_uploads(
            request(*pieces, kind=kind, wait=wait), uploads or Uploads(1_000), asyncio.Semaphore(1)
        )

    return asyncio.run(read())


def refused(*pieces: bytes, uploads: Uploads | None = None, kind: str = MULTIPART, wait: float = 0) -> int:
    with pytest.raises(HTTPException) as caught:
        uploaded(*pieces, uploads=uploads, kind=kind, wait=wait)
    return caught.value.status_code


def test_fields_and_files_are_read_as_they_were_sent() -> None:
    body = (
        part("action", "t\u00e4ke".encode()) + part("file", b"\x00\xff\r\n--", "../../etc/x\u202e.xlsx") + b"--b--\r\n"
    )
    for pieces in ((body,), tuple(body[start : start + 1] for start in range(len(body)))):
        found = uploaded(*pieces)
        assert found.fields == {"action": ["t\u00e4ke"]}
        [file] = found.files["file"]
        assert file.content == b"\x00\xff\r\n--"
        assert file.name == "../../etc/x\u202e.xlsx", "a text; nothing is ever opened by it"


def test_a_field_of_files_that_was_left_empty_holds_none() -> None:
    assert uploaded(part("file", b"", "") + b"--b--\r\n").files == {}
    [empty] = uploaded(part("file", b"", "empty.json") + b"--b--\r\n").files["file"]
    assert empty.content == b""


def test_a_form_without_files_is_read_like_any_other() -> None:
    assert uploaded(b"action=drop&x=", kind="application/x-www-form-urlencoded").fields == {
        "action": ["drop"],
        "x": [""],
    }
    assert (
        refused(b"x" * (MAX_BODY + 1), uploads=Uploads(10 * MAX_BODY), kind="application/x-www-form-urlencoded") == 413
    )


def test_a_files_bound_is_that_of_the_page() -> None:
    assert uploaded(part("file", b"x" * 1_000, "a") + b"--b--\r\n").files["file"][0].content == b"x" * 1_000
    assert refused(part("file", b"x" * 1_001, "a") + b"--b--\r\n") == 413
    assert refused(part("file", b"x" * (1_001 + OVERHEAD), "a") + b"--b--\r\n") == 413
    two = part("file", b"x" * 600, "a") + part("file", b"x" * 600, "b") + b"--b--\r\n"
    assert refused(two, uploads=Uploads(1_000, files=2)) == 413, "all files together"
    assert len(uploaded(two, uploads=Uploads(1_200, files=2)).files["file"]) == 2


def test_more_files_or_fields_than_a_page_takes_are_refused() -> None:
    two = part("file", b"x", "a") + part("other", b"x", "b") + b"--b--\r\n"
    assert refused(two) == 400
    many = b"".join(part(f"f{number}", b"") for number in range(MAX_FIELDS + 1)) + b"--b--\r\n"
    assert refused(many, uploads=Uploads(1_000_000)) == 400
    assert refused(part("note", b"x" * (MAX_BODY + 1)) + b"--b--\r\n", uploads=Uploads(1_000_000)) == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"no parts at all", MULTIPART),
        (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", MULTIPART),
        (b"--b\r\nno header\r\n\r\nx\r\n--b--\r\n", MULTIPART),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, kind: str) -> None:
    assert refused(body, kind=kind) == 400


def test_a_body_that_does_not_arrive_gives_its_place_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "UPLOAD_SECONDS", 0.05)
    assert refused(b"--b\r\n", b"--b\r\n", wait=60) == 408


def test_an_ordinary_form_is_not_read_as_files() -> None:
    body = part("file", b"x", "a") + b"--b--\r\n"
    assert "file" not in asyncio.run(read_form(request(body))).fields


def test_only_these_pages_take_files() -> None:
    assert {page.path for page in UPLOADING} == {
        "/assess/files",
        "/assess/contribute",
        "/assess/cohort",
        "/network/import",
    }
    assert all("{" not in page.path for page in UPLOADING), "the bound is found by the path as it stands"


def test_all_other_pages_keep_their_bound(house: House) -> None:
    client = house.user("administrator")
    large = {"name": "x" * MAX_BODY}
    for page in (*OTHERS, Page("/nothing", None)):
        assert client.post(page.path, data=large).status_code == 413, page.path
        assert client.post(page.path, files={"file": ("a", b"x" * MAX_BODY)}).status_code == 413, page.path


def test_a_page_that_takes_files_has_a_bound_of_its_own(house: House) -> None:
    client = house.user("administrator")
    for page in UPLOADING:
        assert page.uploads is not None
        field = {"unasked": ("a", b"x" * (2 * MAX_BODY))}
        assert client.post(page.path, files=field).status_code == 400, page.path
        answer = client.post(page.path, content=b"", headers={"content-length": str(page.uploads.body + 1)})
        assert answer.status_code == 413
        assert f"{page.uploads.body:,} bytes" not in answer.text or "too large" in answer.text
        assert client.post(page.path, data={"x": "x" * MAX_BODY}).status_code == 413, "a form without files"


def test_files_of_whom_the_page_is_not_open_to_are_not_read(house: House) -> None:
    clients = {role: house.user(role) for role in ROLES}
    headers = {"content-type": MULTIPART, "content-length": "1000"}
    asked: list[str] = []

    async def body(whose: str) -> AsyncIterator[bytes]:
        asked.append(whose)
        yield b""

    for page in UPLOADING:
        stranger = house.client().post(page.path, content=body("a stranger's"), headers=headers)
        assert (stranger.status_code, stranger.headers["location"]) == (303, "/sign-in")
        for role, client in clients.items():
            if page.needs("POST") not in PERMISSIONS[role]:
                assert client.post(page.path, content=body(role), headers=headers).status_code == 403, role
    assert asked == []
    clients["administrator"].post("/assess/files", content=body("an administrator's"), headers=headers)
    assert asked == ["an administrator's"]
