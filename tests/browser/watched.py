"""A browser window that keeps what must never happen: requests elsewhere, console errors, broken pages."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watched:
    """One window on ``origin``."""

    def __init__(self, browser: Browser, origin: str, script: bool) -> None:
        self.origin, self.script = origin, script
        self.faults: list[str] = []
        self._context = browser.new_context(
            ignore_https_errors=True, java_script_enabled=script, viewport={"width": 1280, "height": 900}
        )
        self.page: Page = self._context.new_page()
        self.page.on("request", self._request)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))

    def close(self) -> None:
        self._context.close()

    def visit(self, path: str, status: int = 200) -> None:
        """Open a page of ours and look at it."""
        answer = self.page.goto(self.origin + path)
        assert answer is not None, path
        assert answer.status == status, path
        self.look()

    def look(self) -> None:
        """Nothing wrong with the page as it stands."""
        assert self.page.locator("main").count() == 1, self.page.url
        if self.script:
            violations = self._violations()
            assert not violations, f"{self.page.url}:\n" + json.dumps(violations, indent=1)
        assert not self.faults, self.faults

    def _violations(self) -> list[dict[str, Any]]:
        """axe-core's findings. The policy of the page forbids eval, so axe comes in by the debugger, as a tool may."""
        self.page.evaluate(_AXE)
        found = self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", _RULES
        )
        return [
            {"id": v["id"], "help": v["help"], "nodes": [node["html"][:200] for node in v["nodes"][:3]]}
            for v in found["violations"]
        ]

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "data:")):
            self.faults.append(f"request elsewhere: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        expected = "status of 4" in message.text  # the pages whose answer is 404 or 400 on purpose
        if message.type in {"error", "warning"} and not expected:
            self.faults.append(f"console {message.type}: {message.text}")
