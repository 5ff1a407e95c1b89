"""What every response carries and every changing request must show. Knows no page and no user."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 65_536  # bytes of a form
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = frozenset({"GET", "HEAD"})


class Shield:
    """Adds the headers, and refuses requests that another site's page could have sent, or that are too large.

    Args:
        app: what is shielded.
        bounds: bytes of a body, for the paths that take more than `MAX_BODY`.
    """

    def __init__(self, app: ASGIApp, bounds: Mapping[str, int]) -> None:
        self._app = app
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in _SAFE and not same_origin(headers):
            answer = PlainTextResponse("This request came from another site and was not carried out.\n", 403)
            await answer(scope, receive, shielded)
        elif (fault := _too_large(headers, self._bounds.get(scope["path"], MAX_BODY))) is not None:
            await PlainTextResponse(f"{fault}\n", 413)(scope, receive, shielded)
        else:
            await self._app(scope, receive, shielded)


def _too_large(headers: Headers, bound: int) -> str | None:
    if "chunked" in headers.get("transfer-encoding", ""):
        return "What was sent does not say how large it is."
    size = int(headers.get("content-length", "0") or "0")
    return f"What was sent is too large: {size:,} bytes, and {bound:,} are taken here." if size > bound else None


def same_origin(headers: Headers) -> bool:
    """Whether a page of ours sent this, by Sec-Fetch-Site and Origin; a request with neither is refused.

    Origin is ``null`` on our own forms where the browser follows our no-referrer policy (Fetch 3.2), which only
    Sec-Fetch-Site can then confirm.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None and origin != "null":
        return origin == f"https://{headers.get('host', '')}"
    return site == "same-origin"
