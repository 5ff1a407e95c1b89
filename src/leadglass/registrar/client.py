"""Asks the registrar one question and waits for its answer, for command line, console and supervisor. Never retries."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from leadglass.errors import LeadglassError
from leadglass.io.frames import FrameBuffer, FrameError, pack_frame
from leadglass.model.status import Status
from leadglass.registrar.codec import decode, encode
from leadglass.registrar.messages import MAX_FRAME, AskStatus, Bypass, Bypassed, Everything, Frame, Reload, Reloaded

RELOAD_TIMEOUT = 30.0  # seconds: building, 5 s for the workers, and room for a slow machine


class RegistrarUnavailableError(LeadglassError):
    """Nobody listens, or no answer came in time."""


class RegistrarClient:
    """Connects anew for each question.

    Args:
        path: of ``run/registrar.sock``.
        timeout: seconds for a whole question and answer.
    """

    def __init__(self, path: Path, timeout: float = 2.0) -> None:
        self._path = path
        self._timeout = timeout

    def status(self) -> Status:
        """Everything the registrar knows now.

        Raises:
            RegistrarUnavailableError: no answer.
        """
        answer = self._ask(AskStatus(), self._timeout)
        if not isinstance(answer, Everything):
            raise self._unavailable("it answered something else")
        return answer.status

    def reload(self, who: str = "") -> Reloaded:
        """Read configuration and registry again; the answer says whether they are in force.

        Raises:
            RegistrarUnavailableError: no answer within `RELOAD_TIMEOUT`.
        """
        answer = self._ask(Reload(who), max(self._timeout, RELOAD_TIMEOUT))
        if not isinstance(answer, Reloaded):
            raise self._unavailable("it answered something else")
        return answer

    def bypass(self, route: str, minutes: int, reason: str, who: str) -> Bypassed:
        """Relay ``route`` without policy for so many minutes; 0 ends it.

        Raises:
            RegistrarUnavailableError: no answer within `RELOAD_TIMEOUT`.
        """
        answer = self._ask(Bypass(route, minutes, reason, who), max(self._timeout, RELOAD_TIMEOUT))
        if not isinstance(answer, Bypassed):
            raise self._unavailable("it answered something else")
        return answer

    def _ask(self, question: Frame, timeout: float) -> Frame:
        deadline = time.monotonic() + timeout
        buffer = FrameBuffer(MAX_FRAME)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
            try:
                end.settimeout(timeout)
                end.connect(str(self._path))
                end.sendall(pack_frame(encode(question), MAX_FRAME))
                while True:
                    end.settimeout(max(deadline - time.monotonic(), 0.001))
                    data = end.recv(65_536)
                    if not data:
                        raise self._unavailable("it closed the connection")
                    buffer.feed(data)
                    for payload in buffer.frames():
                        return decode(payload)
            except TimeoutError:
                raise self._unavailable(f"no answer within {timeout:g} s") from None
            except OSError as error:
                raise self._unavailable(error.strerror or str(error)) from None
            except FrameError as error:
                raise self._unavailable(str(error)) from None

    def _unavailable(self, why: str) -> RegistrarUnavailableError:
        return RegistrarUnavailableError(
            f"the registrar at {self._path} cannot be asked: {why}",
            "is Leadglass running? start it with 'leadglass up'",
        )
