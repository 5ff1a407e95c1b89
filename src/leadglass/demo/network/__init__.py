"""The network the demonstration hospital begins with: ``network.toml`` and real configurations. Replaces nothing."""

from __future__ import annotations

from datetime import datetime
from importlib import resources

from sqlalchemy import Engine

from leadglass.network.importers import recognise
from leadglass.network.masking import mask
from leadglass.store.appstate.network import HOSPITAL, Text, network_files, save_network

OWN = "network.toml"


def texts() -> tuple[Text, ...]:
    """The shipped ones, masked like any other."""
    found = []
    for file in sorted(resources.files("leadglass.demo.network").iterdir(), key=lambda one: one.name):
        if file.name.endswith((".py", ".pyc")) or not file.is_file():
            continue
        text = file.read_text("utf-8")
        kind = HOSPITAL if file.name == OWN else recognise(text)
        assert kind is not None, file.name
        found.append(Text(file.name, kind, mask(text, kind)))
    return tuple(found)


def describe(engine: Engine, at: datetime) -> bool:
    """Describe the network where nobody did; whether nobody had.

    Args:
        engine: the application state.
        at: now, aware.

    Raises:
        LeadglassError: the files cannot be stored.
    """
    if network_files(engine):
        return False
    save_network(engine, texts(), basis=0, by="demonstration", address="local", at=at, what="network-imported")
    return True
