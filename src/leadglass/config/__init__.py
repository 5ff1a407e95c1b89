"""The configuration: one TOML file, checked whole before anything starts. Never changes what it read."""

from __future__ import annotations

from leadglass.config.load import load
from leadglass.config.paths import DataDirectory
from leadglass.config.values import Configuration, ConsoleAddress, Gateway, JournalSettings, PolicyFiles, Site

__all__ = [
    "Configuration",
    "ConsoleAddress",
    "DataDirectory",
    "Gateway",
    "JournalSettings",
    "PolicyFiles",
    "Site",
    "load",
]
