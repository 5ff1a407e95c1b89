"""Builds everything a start would build, for `config check`, a start and a reload. Never writes or starts anything."""

from __future__ import annotations

import ssl
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.config import Configuration
from leadglass.errors import ConfigurationError, Place
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.registrar.generations import build
from leadglass.store.appstate.peers import load_peers


def check(configuration: Configuration) -> Generation:
    """The generation this configuration makes with the registry as it stands (empty before the first start).

    Raises:
        ConfigurationError: policy, tests, registry or the console's certificate cannot be used.
    """
    check_certificate(configuration.data.tls)
    return build(configuration, registry(configuration), 0)


def registry(configuration: Configuration) -> tuple[Peer, ...]:
    """The peers stored, read without changing anything; none before the first start.

    Raises:
        ConfigurationError: the application state cannot be read.
    """
    path = configuration.data.application_state
    if not path.exists():
        return ()
    engine = create_engine(f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true")
    try:
        return load_peers(engine)
    except SQLAlchemyError as error:
        raise ConfigurationError(
            f"the application state cannot be read: {error}",
            "is it of this version? 'leadglass up' migrates it",
            Place(str(path)),
        ) from None
    finally:
        engine.dispose()


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
