"""Builds everything a start would build, for `config check`, a start and a reload. Never writes or starts anything."""

from __future__ import annotations

import ssl
from pathlib import Path

from leadglass.config import Configuration
from leadglass.errors import ConfigurationError, Place
from leadglass.io.tls_contexts import TlsContexts
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.registrar.generations import build
from leadglass.store.appstate.engine import AppStateError
from leadglass.store.appstate.preview import stored_peers


def check(configuration: Configuration) -> Generation:
    """The generation this configuration makes with the registry as it stands (empty before the first start).

    Raises:
        ConfigurationError: policy, tests, registry or a certificate cannot be used.
    """
    check_certificate(configuration.data.tls)
    generation = build(configuration, registry(configuration), 0)
    if generation.tls is not None:
        TlsContexts(generation.tls)
    return generation


def registry(configuration: Configuration) -> tuple[Peer, ...]:
    """The peers stored, read without changing anything; none before the first start.

    Raises:
        ConfigurationError: the application state cannot be read.
    """
    try:
        return stored_peers(configuration.application_state)
    except AppStateError as error:
        raise ConfigurationError(error.message, error.hint, Place(str(configuration.application_state))) from None


def check_certificate(directory: Path) -> None:
    """That the console's certificate and key belong together; both may be missing, the console then makes them.

    Raises:
        ConfigurationError: one of two is missing, or they cannot be used.
    """
    certificate, key = directory / "console.crt", directory / "console.key"
    if not certificate.exists() and not key.exists():
        return
    for path in (certificate, key):
        if not path.exists():
            raise ConfigurationError(
                "missing, but its other half is there", "give both, or remove both", Place(str(path))
            )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: b"")
    except (ssl.SSLError, OSError) as error:
        raise ConfigurationError(
            f"certificate and key cannot be used: {error}",
            "PEM files, the key without a pass phrase and of this certificate",
            Place(str(certificate)),
        ) from None
