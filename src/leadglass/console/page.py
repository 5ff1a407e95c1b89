"""A page: its address, who may open it, and its functions; and a visit to one. Knows no particular page.

A page whose POST takes files says so: ``Page("/assess/contribute", "decide", …, uploads=Uploads(MAX_FILE, files=20))``,
with `Uploads` of `console/form.py`; its form has ``enctype="multipart/form-data"``, and its function finds the files by
``visit.uploaded("file")``. Every other page keeps the bound of `security.MAX_BODY`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from leadglass.console.context import Console, Notice
from leadglass.console.form import Upload, Uploads
from leadglass.console.roles import PERMISSIONS, Permission
from leadglass.store.appstate.sessions import token_hash
from leadglass.store.appstate.users import User

COOKIE = "__Host-leadglass"
MAX_QUERY = 256  # characters of one field of an address


@dataclass(frozen=True, slots=True)
class Visit:
    """One request by one person (or by nobody yet).

    Attributes:
        form: the fields of a POST, empty otherwise. files: its files, on a page that takes some.
    """

    console: Console
    request: Request
    user: User | None
    form: Mapping[str, Sequence[str]]
    files: Mapping[str, Sequence[Upload]] = field(default_factory=dict)

    def query(self, name: str) -> str:
        """A field of the address, without outer spaces, cut at `MAX_QUERY`."""
        return self.request.query_params.get(name, "").strip()[:MAX_QUERY]

    def field(self, name: str) -> str:
        """A field of the form, without outer spaces."""
        return self.secret(name).strip()

    def secret(self, name: str) -> str:
        """A field of the form exactly as typed: passwords."""
        values = self.form.get(name, ())
        return values[0] if values else ""

    def fields(self, name: str) -> tuple[str, ...]:
        """All values of a repeated field (check boxes)."""
        return tuple(value.strip() for value in self.form.get(name, ()))

    def uploaded(self, name: str) -> tuple[Upload, ...]:
        """The files of a field, in the order they were sent; none where none was chosen."""
        return tuple(self.files.get(name, ()))

    @property
    def name(self) -> str:
        """The signed-in user's name."""
        assert self.user is not None  # pages with a permission are never reached without one
        return self.user.name

    @property
    def address(self) -> str:
        """Where the browser is."""
        return self.request.client.host if self.request.client else ""

    @property
    def token(self) -> str:
        """The session's token as sent."""
        return self.request.cookies.get(COOKIE, "")

    @property
    def session(self) -> str:
        """The session's token hash: its name in memory and in the store."""
        return token_hash(self.token)

    def may(self, permission: Permission) -> bool:
        """Whether the user's role holds ``permission``."""
        return self.user is not None and permission in PERMISSIONS[self.user.role]

    def render(self, template: str, status: int = 200, /, **values: object) -> Response:
        """The page from ``template``."""
        html = self.request.app.state.renderer.render(self, template, values)
        return HTMLResponse(html, status)

    def go(self, path: str, tone: str = "", text: str = "", **query: str) -> Response:
        """To another page of ours after a POST, with a notice."""
        if text:
            self.console.notices.put(self.session, Notice(tone, text))
        return RedirectResponse(path + ("?" + urlencode(query) if query else ""), 303)


Handler = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Page:
    """One address.

    Attributes:
        permission: who may open it; None is open to everyone.
        post_permission: for the POST, where it takes more.
        refreshes: a fragment that refreshes itself: no sign of a person, so it keeps no session alive.
        uploads: the files that its POST takes; the path has no parameters then.
    """

    path: str
    permission: Permission | None
    get: Handler | None = None
    post: Handler | None = None
    post_permission: Permission | None = None
    refreshes: bool = False
    uploads: Uploads | None = None

    def needs(self, method: str) -> Permission | None:
        """The permission for ``method``."""
        return self.post_permission or self.permission if method == "POST" else self.permission
