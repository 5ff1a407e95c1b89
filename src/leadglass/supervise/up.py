"""`leadglass up`: everything is validated, bound and made before the first child starts. Returns the exit code."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import structlog

from leadglass import __version__
from leadglass.config import Configuration, load
from leadglass.config.logs import configure
from leadglass.config.record import ProcessRecord
from leadglass.errors import LeadglassError
from leadglass.model.event import ApplicationStarted, ApplicationStopped, ConfigurationChanged
from leadglass.registrar import accepted
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.setup_token import awaited_token
from leadglass.supervise import listeners
from leadglass.supervise.check import check
from leadglass.supervise.directory import prepare
from leadglass.supervise.notify import Notifier
from leadglass.supervise.reload import reload
from leadglass.supervise.specs import specs
from leadglass.supervise.supervisor import Supervisor

_log = structlog.get_logger()


def up(file: Path, tell: Callable[[str], None]) -> int:
    """Run Leadglass with configuration ``file`` until SIGTERM.

    Args:
        file: the configuration.
        tell: says to a person at a terminal, and to no log, how to sign up while nobody has.

    Raises:
        LeadglassError: something cannot be used; then nothing was started.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload asked for before it is served, or after, must not end us
    configure("supervisor")
    configuration = load(file)
    check(configuration)
    lock = prepare(configuration)
    sockets: listeners.Sockets = ()
    try:
        sockets = listeners.bind(configuration.listeners, configuration.gateway.workers)
        token = _prepared_state(configuration)
        accepted.propose(configuration)
        accepted.accept(configuration.data.accepted)
        return _supervise(configuration, sockets, _Welcome(configuration, token, tell))
    except OSError as error:
        raise LeadglassError(f"cannot start: {error}", "check free space and mode of the data directory") from None
    finally:
        listeners.close(sockets)
        os.close(lock)


def _prepared_state(configuration: Configuration) -> str:
    """Migrate the application state once, before children share it; the token to sign up with, if nobody has."""
    engine = open_appstate(configuration.application_state)
    try:
        return awaited_token(engine, configuration.data.setup_token)
    finally:
        engine.dispose()


def console_address(configuration: Configuration) -> str:
    """Where a browser finds the console."""
    address, port = configuration.console.address, configuration.console.port
    if address in {"::", "0.0.0.0"}:  # noqa: S104 (compared with, never bound)
        address = socket.gethostname()
    return f"https://[{address}]:{port}" if ":" in address else f"https://{address}:{port}"


class _Welcome:
    """What is said when all runs. The token goes to a terminal; a log learns only where it lies."""

    def __init__(self, configuration: Configuration, token: str, tell: Callable[[str], None]) -> None:
        self._configuration = configuration
        self._token = token
        self._tell = tell
        self.console = console_address(configuration)

    def __call__(self) -> None:
        _log.info("Leadglass is ready", console=self.console, listeners=len(self._configuration.listeners))
        if self._token:
            file = str(self._configuration.data.setup_token)
            _log.info("nobody has an account yet: the console asks for the one-time token in this file", file=file)
            self._tell(
                f"\n  console   {self.console}   (its certificate is its own: the browser will ask)\n"
                f"  sign in   make the first account with this token:  {self._token}\n"
            )


def _supervise(configuration: Configuration, sockets: listeners.Sockets, welcome: _Welcome) -> int:
    own = ProcessRecord(configuration, "supervisor")
    record = own.record
    notifier = Notifier()
    in_force = [configuration]

    def ready() -> None:
        welcome()
        notifier.ready(f"console {welcome.console}")

    def reload_now() -> None:
        notifier.reloading()
        try:
            in_force[0], number = reload(configuration.file, in_force[0])
            _log.info("configuration reloaded", generation=number)
        except LeadglassError as error:
            record(ConfigurationChanged(0, "", str(error), "SIGHUP", accepted=False))
            _log.error("configuration not reloaded, the former one stays", error=str(error), hint=error.hint)
        notifier.ready(f"console {welcome.console}")

    supervisor = Supervisor(
        specs(configuration, accepted.in_force(configuration.data.accepted), sockets),
        registrar=configuration.data.registrar_socket,
        drain=configuration.settings.timers.drain,
        record=record,
        reload=reload_now,
        notifier=notifier,
        ready=ready,
        ending=lambda: listeners.close(sockets),
    )
    try:
        record(ApplicationStarted("supervisor", __version__, os.getpid()))
        code = supervisor.run()
        record(ApplicationStopped("supervisor", "SIGTERM"))
        return code
    finally:
        own.journal.close()
