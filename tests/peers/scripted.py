"""An archive (SCP) that follows a script, connection by connection. Without one it keeps objects and says Success."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.peers import pdus
from tests.peers.link import DEADLINE, Link, Message

Script = Callable[["Served"], None]


@dataclass
class Served:
    """One connection to the archive. ``seen`` is set by scripts to let the test go on, ``go`` by the test."""

    archive: ScriptedArchive
    link: Link
    request: bytes
    pdus: list[bytes] = field(default_factory=list)
    seen: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    fault: BaseException | None = None

    @property
    def calling(self) -> str:
        return self.request[26:42].decode("latin-1").strip()

    @property
    def called(self) -> str:
        return self.request[10:26].decode("latin-1").strip()

    def accept(self, max_pdu: int = 65_536) -> None:
        self.link.send(pdus.associate_ac(self.request, max_pdu))

    def message(self) -> Message | bytes:
        """The next message, kept if it is a whole object; or the PDU that came instead."""
        message = self.link.message()
        if isinstance(message, Message) and message.data is not None:
            self.archive.kept[message.sop_instance] = message.data
        return message

    def respond(self, message: Message, status: int = 0) -> None:
        self.link.send(pdus.response(message.context, message.command, status))

    def serve(self, status: Callable[[Message], int] = lambda _: 0) -> bytes:
        """Answer every request until something that is no message comes; that."""
        while True:
            message = self.message()
            if isinstance(message, bytes):
                if message[:1] == bytes((pdus.RELEASE_RQ,)):
                    self.link.send(pdus.RELEASE_RP_PDU)
                return message
            self.respond(message, status(message))

    def wait(self) -> None:
        """Until the test says go."""
        assert self.go.wait(DEADLINE), "the test never said go"


def obliging(served: Served) -> None:
    """Accept, keep, answer Success, release."""
    served.accept()
    served.pdus.append(served.serve())


class ScriptedArchive:
    """Listens on a port of its own.

    Attributes:
        kept: data sets received whole, by SOP Instance UID.
        served: every association asked for, in order.
    """

    def __init__(self, port: int = 0) -> None:
        self.kept: dict[str, bytes] = {}
        self.served: list[Served] = []
        self.script: Script = obliging
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="scripted-archive", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(Link(sock),), daemon=True).start()

    def _serve(self, link: Link) -> None:
        script = self.script
        served = Served(self, link, link.pdu())
        if not served.request:
            link.close()
            return
        with self._changed:
            self.served.append(served)
            self._changed.notify_all()
        try:
            script(served)
        except BaseException as fault:  # noqa: BLE001 (kept for the test, which asks)
            served.fault = fault
        finally:
            served.over.set()
            link.close()

    @contextmanager
    def playing(self, script: Script) -> Iterator[ScriptedArchive]:
        """Connections made meanwhile follow ``script``."""
        self.script = script
        try:
            yield self
        finally:
            self.script = obliging

    def next(self, before: int) -> Served:
        """The connection after the first ``before`` ones, waited for."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.served) > before, DEADLINE), "nobody called the archive"
            return self.served[before]

    def close(self) -> None:
        self._listener.close()
