"""The configuration as values: frozen, complete, paths absolute. Nothing here reads or checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from leadglass.config.paths import DataDirectory
from leadglass.model.route import Archive, Listener, Route, Settings


@dataclass(frozen=True, slots=True)
class Site:
    """The hospital: its name for people, its IANA time zone, and where Leadglass keeps its data."""

    name: str
    timezone: str
    data: Path


@dataclass(frozen=True, slots=True)
class Gateway:
    """The data plane: how many relay workers run."""

    workers: int


@dataclass(frozen=True, slots=True)
class ConsoleAddress:
    """Where the console listens (HTTPS). ``address`` is an IP address."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """Bounds of each writer's journal.

    Attributes:
        segment_bytes: size of one preallocated segment file.
        reserve: segments kept preallocated ahead.
        limit_bytes: all segments of one writer together; what is not merged yet counts.
    """

    segment_bytes: int = 8 * 1024 * 1024
    reserve: int = 4
    limit_bytes: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """Cedar policies and their tests; empty means the shipped ones."""

    files: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration file, checked.

    Attributes:
        file: the file it came from, absolute.
        given: dotted names that the file sets ("site.name", "route.0.mode"); all others are defaults.
    """

    file: Path
    site: Site
    gateway: Gateway
    listeners: tuple[Listener, ...]
    archives: tuple[Archive, ...]
    routes: tuple[Route, ...]
    console: ConsoleAddress
    journal: JournalSettings = field(default_factory=JournalSettings)
    policy: PolicyFiles = field(default_factory=PolicyFiles)
    settings: Settings = field(default_factory=Settings)
    given: frozenset[str] = frozenset()

    @property
    def data(self) -> DataDirectory:
        """The paths under ``site.data``."""
        return DataDirectory(self.site.data)

    @property
    def workers(self) -> tuple[str, ...]:
        """The names of the relay workers, ``w0`` first."""
        return tuple(f"w{number}" for number in range(self.gateway.workers))

    @property
    def writers(self) -> tuple[str, ...]:
        """Every process that writes a journal."""
        return (*self.workers, "registrar", "console", "supervisor", "ledger")
