"""Keeps the children running until told to stop, then drains them in order. Never touches a DICOM byte."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from leadglass.io.frames_socket import FramedSocket
from leadglass.model.event import Body, ChildDied
from leadglass.registrar.codec import encode
from leadglass.registrar.messages import MAX_FRAME, Children
from leadglass.supervise.children import Child, ChildSpec
from leadglass.supervise.notify import Notifier

TICK = 1.0  # seconds between two reports to the registrar
MARGIN = 5.0  # seconds beyond timers.drain until a worker is killed
DELIBERATE = 1.0  # seconds after which a second SIGTERM means "at once"; timeout(1) and others send two together
STOP_TIMEOUT = 15.0  # seconds for each of the others to end
STAGES = ("relay", "console", "registrar", "ledger")
"""Order of the end: the ledger is last, so that it merges what all others recorded."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_log = structlog.get_logger()


class Supervisor:
    """The loop.

    Args:
        specs: children, in the order of their start.
        registrar: path of the registrar's socket, told about the children.
        drain: seconds that workers have to finish at the end.
        record: writes an event; must not raise.
        reload: called in a thread of its own at SIGHUP; must not raise.
        notifier: systemd.
        ready: called once when all children are confined and the registrar answers.
        ending: called once when the end begins, before the workers drain: nobody new is let in.
    """

    def __init__(
        self,
        specs: tuple[ChildSpec, ...],
        *,
        registrar: Path,
        drain: float,
        record: Callable[[Body], None],
        reload: Callable[[], None],
        notifier: Notifier,
        ready: Callable[[], None],
        ending: Callable[[], None] = lambda: None,
    ) -> None:
        self.children = tuple(Child(spec) for spec in specs)
        self._drain = drain
        self._record = record
        self._reload = reload
        self._notifier = notifier
        self._ready = ready
        self._ending = ending
        self._is_ready = False
        self._channel = FramedSocket(registrar, MAX_FRAME)
        self._selector = selectors.EpollSelector()
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stop = False
        self._stop_since = 0.0
        self._hurry = False
        self._hang_up = False
        self._reloading: threading.Thread | None = None
        self._next_tick = 0.0
        self._next_alive = 0.0

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; 0 when all ended in order, 1 when one had to be killed."""
        former = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        former_wake = signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        try:
            for child in self.children:
                self._start(child)
            while not self._stop:
                self._turn(restart=True)
            self._notifier.stopping()
            self._ending()
            return self._end()
        finally:
            for child in self.children:
                child.signal(signal.SIGKILL)  # only after a fault of our own: _end leaves none
            signal.set_wakeup_fd(former_wake)
            for number, handler in former.items():
                signal.signal(number, handler)
            self._channel.close()
            self._selector.close()
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _on_signal(self, number: int, _frame: object) -> None:
        if number in {signal.SIGTERM, signal.SIGINT}:
            now = time.monotonic()
            self._hurry = self._hurry or (self._stop and now - self._stop_since >= DELIBERATE)
            self._stop_since = self._stop_since if self._stop else now
            self._stop = True
        elif number == signal.SIGHUP:
            self._hang_up = True

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            child.last_exit = f"not started: {error.strerror}"
            child.restart_at = time.monotonic() + TICK
            _log.error("child cannot be started", child=child.spec.name, reason=error.strerror)
            return
        self._selector.register(child.pidfd, selectors.EVENT_READ)
        self._selector.register(child.report, selectors.EVENT_READ)
        _log.info("child started", child=child.spec.name, pid=child.pid)

    def _turn(self, *, restart: bool) -> None:
        """Wait for something to happen, at most until the next thing is due, and do what is due."""
        now = time.monotonic()
        due = [self._next_tick, *([self._next_alive] if self._notifier.watchdog else [])]
        if restart:
            due += [child.restart_at for child in self.children if not child.running]
        for key, _ in self._selector.select(max(min(due) - now, 0.0)):
            if key.fd == self._wake_read:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4_096)
        self._look_after_children(restart=restart)
        if self._hang_up and (self._reloading is None or not self._reloading.is_alive()):
            self._hang_up = False
            self._reloading = threading.Thread(target=self._reload, name="reload", daemon=True)
            self._reloading.start()
        now = time.monotonic()
        if now >= self._next_tick:
            self._next_tick = now + TICK
            self._tell_registrar()
        if self._notifier.watchdog and now >= self._next_alive:
            self._next_alive = now + self._notifier.watchdog
            self._notifier.alive()

    def _look_after_children(self, *, restart: bool) -> None:
        changed = False
        for child in self.children:
            report, pidfd = child.report, child.pidfd
            if report >= 0 and child.read_report():
                self._selector.unregister(report)
                _log.info("child confined", child=child.spec.name, confinement=child.confinement)
                changed = True
            report = child.report
            if child.reap():
                self._selector.unregister(pidfd)
                if report >= 0:
                    self._selector.unregister(report)
                changed = True
                if restart:
                    self._died(child)
            if restart and not child.running and time.monotonic() >= child.restart_at:
                self._start(child)
                changed = True
        if changed:
            self._tell_registrar()
        if not self._is_ready and not self._channel.closed and all(c.running and c.report < 0 for c in self.children):
            self._is_ready = True
            self._ready()

    def _died(self, child: Child) -> None:
        child.restarts += 1
        _log.error("child died", child=child.spec.name, status=child.last_exit, restarts=child.restarts)
        self._record(ChildDied(child.spec.name, child.last_exit, child.restarts))

    def _tell_registrar(self) -> None:
        if self._channel.closed and not self._channel.connect():
            return
        self._channel.send_payload(encode(Children(tuple(child.status() for child in self.children))))
        self._channel.receive_payloads()  # it says nothing; this notices when it has gone

    def _end(self) -> int:
        """Ask each stage to end and wait for it; kill what does not."""
        killed = 0
        for stage in STAGES:
            staged = [child for child in self.children if child.spec.kind == stage]
            for child in staged:
                child.signal(signal.SIGTERM)
            wait = self._drain + MARGIN if stage == "relay" else STOP_TIMEOUT
            deadline = time.monotonic() + wait
            while any(child.running for child in staged) and time.monotonic() < deadline and not self._hurry:
                self._next_tick = min(self._next_tick, deadline)
                self._turn(restart=False)
            for child in staged:
                if child.running:
                    killed += 1
                    _log.error("child killed: it did not end in time", child=child.spec.name)
                    child.signal(signal.SIGKILL)
            while any(child.running for child in staged):
                self._turn(restart=False)
        return 1 if killed else 0
