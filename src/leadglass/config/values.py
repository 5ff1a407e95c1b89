"""The configuration as values: frozen, complete, paths absolute. Nothing here reads or checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from leadglass.config.paths import DataDirectory
from leadglass.model.route import Archive, Listener, Route, Settings
from leadglass.store.appstate.database import Database


@dataclass(frozen=True, slots=True)
class Site:
    """The hospital: its name for people, its IANA time zone, and where Leadglass keeps its data."""

    name: str
    timezone: str
    data: Path


@dataclass(frozen=True, slots=True)
class StateSettings:
    """A PostgreSQL database for the application state, see `store.appstate.database`. All empty: SQLite."""

    url: str = ""
    password_file: str = ""
    ca_file: str = ""


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
class LedgerSettings:
    """The signed record: months for which its bodies may not be pruned; six years, as HIPAA asks (45 CFR 164.316)."""

    retention_months: int = 72


@dataclass(frozen=True, slots=True)
class AssessmentSettings:
    """What a row of a cohort's table must have to be printed: hospitals, and hospitals in each cell not empty."""

    min_hospitals: int = 10
    min_cell: int = 3


@dataclass(frozen=True, slots=True)
class PolicyFiles:
    """Cedar policies and their tests; empty means the shipped ones."""

    files: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificates of the data plane; see `model.tls.Tls`. The client's are the server's where none are named."""

    certificate: Path
    key: Path
    client_certificate: Path
    client_key: Path
    trust: tuple[Path, ...] = ()
    revocation: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration file, checked.

    Attributes:
        file: the file it came from, absolute.
        tls: None where nothing is said over TLS.
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
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    policy: PolicyFiles = field(default_factory=PolicyFiles)
    assessment: AssessmentSettings = field(default_factory=AssessmentSettings)
    settings: Settings = field(default_factory=Settings)
    state: StateSettings = field(default_factory=StateSettings)
    tls: TlsFiles | None = None
    given: frozenset[str] = frozenset()

    @property
    def data(self) -> DataDirectory:
        """The paths under ``site.data``."""
        return DataDirectory(self.site.data)

    @property
    def application_state(self) -> Database:
        """Where users, peers and expectations are kept."""
        state = self.state
        password, authorities = (Path(name) if name else None for name in (state.password_file, state.ca_file))
        return Database(self.data.application_state, state.url, password, authorities)

    @property
    def workers(self) -> tuple[str, ...]:
        """The names of the relay workers, ``w0`` first."""
        return tuple(f"w{number}" for number in range(self.gateway.workers))

    @property
    def writers(self) -> tuple[str, ...]:
        """Every process that writes a journal."""
        return (*self.workers, "registrar", "console", "supervisor", "ledger")
