"""Where the application state is: a SQLite file, or a PostgreSQL database by URL. Parses; never opens a database."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

DEFAULT_PORT = 5_432
MAX_HOSTS = 8
MAX_URL = 2_048  # characters
_SCHEMES = ("postgresql", "postgresql+psycopg")
_OPTIONS = ("host", "target_session_attrs")


@dataclass(frozen=True, slots=True)
class Database:
    """One application state.

    Attributes:
        file: of SQLite; used where ``url`` is empty.
        url: ``postgresql://user@host:port/name``, without a password; see `check_url`.
        password_file: holds the password in its first line; read at each connection.
        ca_file: PEM of the authorities that may vouch for the server; then it is spoken to over TLS and must have the
            name it was called by.
    """

    file: Path
    url: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None

    def __str__(self) -> str:
        return self.url or str(self.file)

    @property
    def hosts(self) -> tuple[tuple[str, int], ...]:
        """The servers' names or addresses with their ports; a directory of Unix sockets begins with a slash."""
        return _hosts(self.url) if self.url else ()

    @property
    def gateway_file(self) -> Path:
        """Holds this gateway's name among those that share the database."""
        return self.file.with_name("gateway-id")

    @property
    def user(self) -> str:
        """Who signs in there."""
        return unquote(urlsplit(self.url).username or "")

    @property
    def name(self) -> str:
        """The database's name."""
        return unquote(urlsplit(self.url).path[1:])

    @property
    def session(self) -> str:
        """Which of several servers is taken: libpq's ``target_session_attrs``, "read-write" where none is named."""
        return dict(parse_qsl(urlsplit(self.url).query)).get("target_session_attrs", "read-write")

    @property
    def network(self) -> bool:
        """Whether a server is on another machine."""
        return any(not _is_local(host) for host, _ in self.hosts)

    @property
    def ports(self) -> tuple[int, ...]:
        """TCP ports it is reached by."""
        return tuple(dict.fromkeys(port for host, port in self.hosts if not host.startswith("/")))

    @property
    def named(self) -> bool:
        """Whether a server is called by a name that must be looked up."""
        return any(not host.startswith("/") and not _is_address(host) for host, _ in self.hosts)


def check_url(url: str) -> str:
    """``url`` as it stands, when it can be used.

    Raises:
        ValueError: it cannot: another scheme, a password, no user, no server, no database, an option not known.
    """
    if len(url) > MAX_URL or not url.isprintable() or " " in url:
        raise ValueError("not a URL")
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise ValueError("it begins with postgresql://")
    if parts.password is not None:
        raise ValueError("a password does not stand here: put it into the file that password_file names")
    if not parts.username:
        raise ValueError("it names no user: postgresql://user@host/database")
    if len(parts.path) < 2 or "/" in parts.path[1:]:
        raise ValueError("it names no database: postgresql://user@host/database")
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if name not in _OPTIONS:
            raise ValueError(f"the option {name!r} cannot stand here; {', '.join(_OPTIONS)} can")
    if not 1 <= len(_hosts(url)) <= MAX_HOSTS:
        raise ValueError(f"it names no server, or more than {MAX_HOSTS}: postgresql://user@host/database")
    return url


def _hosts(url: str) -> tuple[tuple[str, int], ...]:
    """The server before the path, then each ``host=`` of the query: a name with or without port, or a directory."""
    parts = urlsplit(url)
    values = [parts.netloc.rpartition("@")[2], *(value for name, value in parse_qsl(parts.query) if name == "host")]
    return tuple(_host(value) for value in values if value)


def _host(value: str) -> tuple[str, int]:
    if value.startswith("/"):  # a directory; the port is part of the socket's name in it
        directory, colon, port = value.rpartition(":")
        if not colon:
            return value, DEFAULT_PORT
        if not (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65_536):
            raise ValueError(f"not a port: {port!r}")
        return directory, int(port)
    parts = urlsplit(f"//{value}")
    if not parts.hostname:
        raise ValueError(f"not a server: {value!r}")
    return unquote(parts.hostname), parts.port or DEFAULT_PORT


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_local(host: str) -> bool:
    return host.startswith("/") or host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
