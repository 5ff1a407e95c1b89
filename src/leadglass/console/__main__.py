"""The console's process: opens what the console needs and serves it over HTTPS. Decides nothing."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvicorn

from leadglass.config import Configuration, load
from leadglass.config.logs import configure
from leadglass.console.app import build
from leadglass.console.certificate import ensure_certificate
from leadglass.console.context import Console
from leadglass.console.feed import Feed
from leadglass.console.in_force import InForce
from leadglass.console.live import Live
from leadglass.errors import LeadglassError
from leadglass.registrar.client import RegistrarClient
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.setup_token import awaited_token
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.sqlite import SqliteProjection

MAX_CONNECTIONS = 200
KEEP_ALIVE = 20  # seconds
GRACE = 2  # seconds for requests under way at the end


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m leadglass.console", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    options = parser.parse_args(arguments)
    configure("console")
    try:
        serve(load(options.config))
    except LeadglassError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)  # noqa: T201 (a process's last words)
        return error.exit_code
    return 0


def serve(configuration: Configuration) -> None:
    """Run the console of ``configuration``.

    Raises:
        LeadglassError: something it needs cannot be opened.
    """
    data = configuration.data
    certificate, key = ensure_certificate(data.tls, configuration.console.address)
    engine = open_appstate(configuration.application_state)
    awaited_token(engine, data.setup_token)
    data.projection.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    projection = SqliteProjection(data.projection)
    feed = Feed(configuration, engine, projection)
    console = Console(
        configuration=InForce(configuration),
        engine=engine,
        projection=projection,
        live=Live(RegistrarClient(data.registrar_socket)),
        ledger=LedgerReader(data.ledger),
        setup_token=data.setup_token,
        feed_fault=feed.fault,
    )
    server = uvicorn.Server(
        uvicorn.Config(
            build(console),
            host=configuration.console.address,
            port=configuration.console.port,
            loop="asyncio",
            ssl_certfile=certificate,
            ssl_keyfile=key,
            access_log=False,  # addresses of pages hold patients' identities
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
    )
    feed.start()
    try:
        server.run()
    finally:
        feed.stop()
        projection.close()


if __name__ == "__main__":
    sys.exit(main())
