"""The registrar's status for pages: asked at most twice a second, however many look. Never stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from leadglass.errors import LeadglassError
from leadglass.model.status import Status
from leadglass.registrar.messages import Bypassed, Reloaded

FRESH = 0.5  # seconds an answer is used again


class Registrar(Protocol):
    """What the console asks (`registrar.client.RegistrarClient`)."""

    def status(self) -> Status:
        """Everything the registrar knows now."""

    def reload(self, who: str = "") -> Reloaded:
        """Put configuration and registry into force."""

    def bypass(self, route: str, minutes: int, reason: str, who: str) -> Bypassed:
        """Relay a route without policy; 0 minutes end it."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One look at the running system: ``status``, or None and the ``fault`` that kept it away."""

    status: Status | None
    fault: str = ""


class Live:
    """Shares one answer among all pages of half a second."""

    def __init__(self, registrar: Registrar, clock: Callable[[], float] = time.monotonic) -> None:
        self._registrar = registrar
        self._clock = clock
        self._lock = threading.Lock()
        self._last: tuple[float, Glimpse] | None = None

    def look(self) -> Glimpse:
        """The status now, at most `FRESH` seconds old; never raises for a silent registrar."""
        with self._lock:
            if self._last is None or self._clock() - self._last[0] > FRESH:
                try:
                    glimpse = Glimpse(self._registrar.status())
                except LeadglassError as error:
                    glimpse = Glimpse(None, error.message)
                self._last = (self._clock(), glimpse)
            return self._last[1]

    def reload(self, who: str) -> Reloaded:
        """Ask for a new generation; a silent registrar is an answer with its error."""
        try:
            answer = self._registrar.reload(who)
        except LeadglassError as error:
            answer = Reloaded(0, error.message, error.hint)
        with self._lock:
            self._last = None
        return answer

    def bypass(self, route: str, minutes: int, reason: str, who: str) -> Bypassed:
        """Relay a route without policy, 0 minutes end it; a silent registrar is an answer with its error."""
        try:
            answer = self._registrar.bypass(route, minutes, reason, who)
        except LeadglassError as error:
            answer = Bypassed(error.message, error.hint)
        with self._lock:
            self._last = None
        return answer
