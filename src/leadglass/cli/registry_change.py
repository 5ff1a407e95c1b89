"""How a command changes the registry: who did it, what has the last word, and that it comes into force. No command."""

from __future__ import annotations

import getpass

from sqlalchemy import Engine

from leadglass.cli.context import EXIT_CLEAN, Context
from leadglass.config import load
from leadglass.errors import LeadglassError
from leadglass.registrar import accepted
from leadglass.registrar.client import RegistrarClient, RegistrarUnavailableError
from leadglass.registrar.dry_run import judge
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import Judge

LOCAL = "local"  # where the user of the command line sits, on record


def user() -> str:
    """Who types, on record."""
    return f"command-line:{getpass.getuser()}"


def engine_of(context: Context) -> Engine:
    """The application state."""
    return open_appstate(context.configuration().application_state)


def judge_of(context: Context) -> Judge:
    """Nothing is stored that would keep a generation from being built: now, or from the file at the next start."""
    named = context.configuration()
    in_force = accepted.in_force(named.data.accepted)
    try:
        return judge(named, load(in_force))
    except LeadglassError:  # never started yet, or by another version
        return judge(named)


def put_in_force(context: Context, devices: list[str], done: str) -> int:
    """Have the running gateway take the change over.

    Raises:
        LeadglassError: it is stored, and could not be put in force.
    """
    client = RegistrarClient(context.configuration().data.registrar_socket)
    said = f"{', '.join(devices)}: {done}"
    try:
        answer = client.reload(user())
    except RegistrarUnavailableError:
        context.show({"peers": devices, "done": done, "in_force": False}, f"{said}; in force at the next start")
        return EXIT_CLEAN
    if answer.error:
        raise LeadglassError(f"{said}, but it is not in force: {answer.error}", answer.hint)
    context.show(
        {"peers": devices, "done": done, "in_force": True, "generation": answer.number},
        f"{said}; in force as generation {answer.number}",
    )
    return EXIT_CLEAN
