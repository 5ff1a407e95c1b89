"""Whether a change of the registry could come into force, asked before it is stored. Never stores or commits one."""

from __future__ import annotations

from leadglass.config import Configuration
from leadglass.errors import ConfigurationError
from leadglass.model.peer import Peer
from leadglass.registrar.generations import build
from leadglass.store.appstate.engine import AppStateConflictError
from leadglass.store.appstate.peers import Judge


def judge(*configurations: Configuration) -> Judge:
    """A judge of changes: with each of the configurations, a generation must still be built.

    Where none could be built before the change either, it passes: it may be one step of the repair.

    Args:
        configurations: the one in force, and the one of the next start where that differs.
    """

    def possible(before: tuple[Peer, ...], after: tuple[Peer, ...]) -> None:
        for configuration in configurations:
            fault = _fault(configuration, after)
            if fault is not None and _fault(configuration, before) is None:
                raise AppStateConflictError(f"this could not come into force: {fault}", fault.hint)

    return possible


def _fault(configuration: Configuration, peers: tuple[Peer, ...]) -> ConfigurationError | None:
    """Why no generation can be built of these; None when one can."""
    try:
        build(configuration, peers, 0)
    except ConfigurationError as fault:
        return fault
    return None
