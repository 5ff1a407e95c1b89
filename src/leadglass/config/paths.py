"""Where everything lies in the data directory. Names only; never creates, reads or deletes anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The paths under ``site.data``; who writes and reads each stands in ARCHITECTURE.md."""

    root: Path

    def journal(self, writer: str) -> Path:
        """The journal directory of one writer."""
        return self.root / "journal" / writer

    @property
    def journals(self) -> Path:
        """The directory of all journals."""
        return self.root / "journal"

    @property
    def ledger(self) -> Path:
        """The signed logs, one directory a month."""
        return self.root / "ledger"

    @property
    def key(self) -> Path:
        """The directory of the ledger's signing key: apart from the logs, which the console may read."""
        return self.root / "key"

    @property
    def application_state(self) -> Path:
        """The SQLite file of users, peers and unknown callers."""
        return self.root / "app" / "leadglass.sqlite"

    @property
    def gateway_id(self) -> Path:
        """This gateway's name among those that share a PostgreSQL database."""
        return self.root / "app" / "gateway-id"

    @property
    def setup_token(self) -> Path:
        """The one-time token for the first person to sign up; there only while nobody has."""
        return self.root / "app" / "setup-token"

    @property
    def projection(self) -> Path:
        """The file of queries; can be deleted while nothing runs."""
        return self.root / "projection" / "projection.sqlite"

    @property
    def tls(self) -> Path:
        """The console's certificate and key."""
        return self.root / "tls"

    @property
    def relay_keys(self) -> Path:
        """Private keys of the data plane, as accepted: read by workers alone."""
        return self.root / "relay-keys"

    @property
    def run(self) -> Path:
        """Sockets and the lock."""
        return self.root / "run"

    @property
    def registrar_socket(self) -> Path:
        """The Unix socket of the registrar."""
        return self.run / "registrar.sock"

    @property
    def lock(self) -> Path:
        """Held by the one running supervisor; contains its process id."""
        return self.run / "supervisor.pid"

    @property
    def accepted(self) -> Path:
        """The configuration in force: children restart from it, whatever has been edited since."""
        return self.root / "accepted"

    @property
    def temporary(self) -> Path:
        """Where confined children may spill (SQLite sorts, form uploads); emptied at each start."""
        return self.root / "tmp"

    def directories(self, writers: tuple[str, ...]) -> tuple[Path, ...]:
        """All directories that must exist before anything starts, parents first."""
        names = ("journal", "ledger", "key", "app", "projection", "tls", "relay-keys", "run", "accepted", "tmp")
        return (
            self.root,
            *(self.root / name for name in names),
            *(self.journal(writer) for writer in writers),
        )
