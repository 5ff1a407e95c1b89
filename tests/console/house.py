"""A console in this process, and browsers to visit it with."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from leadglass.config import load
from leadglass.console.app import build
from leadglass.console.context import Console
from leadglass.errors import LeadglassError
from leadglass.model.event import AdministratorAction
from leadglass.model.status import Status
from leadglass.registrar.messages import Bypassed, Reloaded
from leadglass.store.appstate.users import Role, create_first_user, create_user, set_password

PASSWORD = "correct horse battery"
SAME_ORIGIN = {"origin": "https://testserver", "sec-fetch-site": "same-origin"}


@dataclass
class Answers:
    """What the registrar says in a test, in its own words; None is silence."""

    status_now: Status | None
    reloaded: Reloaded = field(default_factory=lambda: Reloaded(8))
    reloads: list[str] = field(default_factory=list)
    bypassed: Bypassed = field(default_factory=Bypassed)
    bypasses: list[tuple[str, int, str, str]] = field(default_factory=list)

    def status(self) -> Status:
        if self.status_now is None:
            raise LeadglassError("the registrar cannot be asked: connection refused", "is Leadglass running?")
        return self.status_now

    def reload(self, who: str = "") -> Reloaded:
        self.reloads.append(who)
        return self.reloaded

    def bypass(self, route: str, minutes: int, reason: str, who: str) -> Bypassed:
        self.bypasses.append((route, minutes, reason, who))
        return self.bypassed


class Browser:
    """Keeps cookies, sends what a browser sends, follows nothing."""

    def __init__(self, house: House) -> None:
        transport = httpx.ASGITransport(build(house.console), client=("10.1.1.1", 50_000))
        self._runner = house.runner
        self._client = httpx.AsyncClient(transport=transport, base_url="https://testserver", headers=SAME_ORIGIN)
        self.headers, self.cookies = self._client.headers, self._client.cookies

    def request(self, method: str, path: str, **values: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **values))

    def get(self, path: str, **values: Any) -> httpx.Response:
        return self.request("GET", path, **values)

    def post(self, path: str, **values: Any) -> httpx.Response:
        return self.request("POST", path, **values)


@dataclass
class House:
    """A console with its data and the registrar's answers."""

    console: Console
    registrar: Answers
    data: Path
    runner: asyncio.Runner

    def tested(self, tests: str) -> None:
        """From now on the policy has these tests."""
        file, policy = self.data / "leadglass.toml", self.data / "tests.toml"
        policy.write_text(tests)
        file.write_text(file.read_text() + '[policy]\ntests = ["tests.toml"]\n')
        configuration = load(file)
        self.console = replace(self.console, configuration=lambda: configuration)

    def client(self) -> Browser:
        return Browser(self)

    def user(self, role: Role) -> Browser:
        """A browser signed in as somebody of ``role``."""
        console, name = self.console, f"the-{role}"
        encoded = console.passwords.encode(PASSWORD)
        with contextlib.suppress(LeadglassError):
            create_first_user(console.engine, "the-administrator", encoded, "")
        if role != "administrator":
            done = AdministratorAction("the-administrator", "", "user-created", name)
            create_user(console.engine, name, role, encoded, done)
            set_password(console.engine, name, encoded, done, must_change=False)
        client = self.client()
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client
