"""The children of a configuration, as commands. Starts nothing."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from leadglass.config import Configuration
from leadglass.supervise.children import ChildSpec


def specs(
    configuration: Configuration, file: Path, sockets: tuple[tuple[socket.socket, ...], ...]
) -> tuple[ChildSpec, ...]:
    """Registrar first, so that workers find it; then ledger, workers and console.

    Args:
        configuration: in force.
        file: the accepted configuration file, for the children to load.
        sockets: for each worker its listening sockets.
    """

    def child(kind: str, name: str, *arguments: str, descriptors: tuple[int, ...] = ()) -> ChildSpec:
        launch = (sys.executable, "-P", "-m", "leadglass.supervise.launch", kind, name, str(file))
        module = (f"leadglass.{kind}", "--config", str(file), *arguments)
        return ChildSpec(name, kind, (*launch, *module), descriptors)

    workers = []
    for name, ends in zip(configuration.workers, sockets, strict=True):
        descriptors = tuple(end.fileno() for end in ends)
        listen = ",".join(map(str, descriptors))
        workers.append(child("relay", name, "--worker", name, "--listen", listen, descriptors=descriptors))
    return (child("registrar", "registrar"), child("ledger", "ledger"), *workers, child("console", "console"))
