"""Has a running gateway read the files of its [tls] table again, and nothing else of its configuration."""

from __future__ import annotations

import dataclasses

from leadglass.cli.pki_place import Place
from leadglass.cli.registry_change import user
from leadglass.config import Configuration, load
from leadglass.errors import LeadglassError
from leadglass.registrar import accepted
from leadglass.registrar.client import RegistrarClient, RegistrarUnavailableError


def read_again(place: Place) -> str:
    """What became of it, in words; empty where no gateway belongs to the authority.

    Raises:
        LeadglassError: the gateway runs, and could not take the files over.
    """
    configuration = place.configuration
    if configuration is None:
        return ""
    if configuration.tls is None:
        return "the configuration has no [tls] table yet"
    client = RegistrarClient(configuration.data.registrar_socket)
    try:
        client.status()
    except RegistrarUnavailableError:
        return "in force at the next start"
    running = load(accepted.in_force(configuration.data.accepted))
    accepted.propose(dataclasses.replace(running, tls=configuration.tls))
    try:
        answer = client.reload(user())
    except LeadglassError:
        accepted.withdraw(configuration.data.accepted)
        raise
    if answer.error:
        raise LeadglassError(f"the gateway could not take the files over: {answer.error}", answer.hint)
    return f"in force (generation {answer.number})"


def unnamed_list(place: Place, configuration: Configuration) -> str:
    """What is wrong where the gateway does not read the authority's revocation list; empty when it does."""
    files = configuration.tls.revocation if configuration.tls is not None else ()
    if place.files.revocation.resolve() in {path.resolve() for path in files}:
        return ""
    return f'the gateway does not read this list: add revocation = ["{place.files.revocation}"] to [tls]'
