"""What each child may still do: the least it needs, as data. Applies nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from leadglass.config import Configuration
from leadglass.supervise import landlock
from leadglass.supervise.prctl import CAP_NET_BIND_SERVICE
from leadglass.supervise.seccomp import AF_INET, AF_INET6, AF_UNIX

PRIVILEGED_PORTS = 1_024
DNS_PORT = 53

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin/python3", "/proc/self", "/sys/devices/system/cpu", "/dev/urandom")
_RESOLVER = ("/etc", "/run/systemd/resolve")  # whole: resolv.conf is replaced, not rewritten, when networks change
_SETTINGS = ("/etc/localtime", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf", "/etc/mime.types", "/etc/hosts")


@dataclass(frozen=True, slots=True)
class Profile:
    """The rights of one child.

    Attributes:
        rights: files and TCP ports, see `landlock.Rights`.
        families: socket families that may be opened.
        descriptors: RLIMIT_NOFILE.
        capabilities: kept, by number.
        words: what it is left with, for people.
    """

    rights: landlock.Rights
    families: tuple[int, ...]
    descriptors: int
    capabilities: frozenset[int] = frozenset()
    words: tuple[str, ...] = ()


def profile(kind: str, name: str, configuration: Configuration) -> Profile:
    """The profile of a child.

    Args:
        kind: "relay", "registrar", "ledger" or "console".
        name: its name, "w0".
        configuration: the accepted one.

    Raises:
        KeyError: no such kind.
    """
    return _PROFILES[kind](name, configuration)


def interpreter_paths() -> tuple[Path, ...]:
    """Where Python and its packages, ours included, are read from."""
    entries = (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, str(Path(__file__).parents[2]))
    return tuple(dict.fromkeys(Path(entry).resolve() for entry in entries if entry and Path(entry).is_dir()))


def _read_only(configuration: Configuration) -> list[tuple[Path, int]]:
    readable = (*map(Path, _SYSTEM), *interpreter_paths(), configuration.data.accepted, configuration.file)
    null = (Path("/dev/null"), landlock.READ | landlock.WRITE_FILE)
    return [*((path, landlock.READ) for path in readable), null]


def _readable(names: tuple[str, ...]) -> list[tuple[Path, int]]:
    return [(Path(name), landlock.READ) for name in names]


def _state_ports(configuration: Configuration) -> tuple[int, ...]:
    """TCP ports of a PostgreSQL server, and of name servers where it has a name."""
    database = configuration.application_state
    return (*database.ports, *((DNS_PORT,) if database.named else ()))


def _state_files(configuration: Configuration) -> list[tuple[Path, int]]:
    database = configuration.application_state
    files = [file for file in (database.password_file, database.ca_file) if file is not None]
    return [*((file, landlock.READ) for file in files), *(_readable(_RESOLVER) if database.named else ())]


def _connects(ports: tuple[int, ...]) -> str:
    return (
        f"connects only to TCP port {', '.join(map(str, ports))} (PostgreSQL)" if ports else "connects to no TCP port"
    )


def _relay(name: str, configuration: Configuration) -> Profile:
    paths = [
        *_read_only(configuration),
        *_readable(_RESOLVER),
        (configuration.data.relay_keys, landlock.READ),
        (configuration.data.journal(name), landlock.WRITE),
    ]
    return Profile(
        landlock.Rights(tuple(paths), bind=(), connect=None),
        (AF_UNIX, AF_INET, AF_INET6),
        descriptors=4 * configuration.settings.limits.associations + configuration.settings.limits.handshakes + 512,
        words=("writes only its journal", "binds no TCP port", "connects to any TCP port (archives)"),
    )


def _registrar(name: str, configuration: Configuration) -> Profile:
    data = configuration.data
    paths = [
        *_read_only(configuration),
        *_readable(_SETTINGS),
        (data.application_state.parent, landlock.WRITE),
        (data.accepted, landlock.WRITE),
        (data.temporary, landlock.WRITE),
        (data.run, landlock.SOCKETS),
        (data.journal(name), landlock.WRITE),
        *_state_files(configuration),
    ]
    ports = _state_ports(configuration)
    return Profile(
        landlock.Rights(tuple(paths), connect=ports),
        (AF_UNIX, AF_INET, AF_INET6) if ports else (AF_UNIX,),
        descriptors=1_024,
        words=(
            "writes only application state, accepted configuration, its socket and journal",
            f"binds no TCP port, {_connects(ports)}" if ports else "no network",
        ),
    )


def _ledger(name: str, configuration: Configuration) -> Profile:
    data = configuration.data
    paths = [
        *_read_only(configuration),
        *_readable(_SETTINGS),
        (data.ledger, landlock.WRITE),
        (data.key, landlock.WRITE),
        (data.journals, landlock.DELETE),
        (data.journal(name), landlock.WRITE),
    ]
    return Profile(
        landlock.Rights(tuple(paths)),
        (AF_UNIX,),
        descriptors=1_024,
        words=("writes only the ledger, deletes merged journals", "no network"),
    )


def _console(name: str, configuration: Configuration) -> Profile:
    data = configuration.data
    port = configuration.console.port
    paths = [
        *_read_only(configuration),
        *_readable(_SETTINGS),
        (data.ledger, landlock.READ),
        (data.application_state.parent, landlock.WRITE),
        (data.projection.parent, landlock.WRITE),
        (data.tls, landlock.WRITE),
        (data.temporary, landlock.WRITE),
        (data.run, landlock.SOCKETS),
        (data.journal(name), landlock.WRITE),
        *_state_files(configuration),
    ]
    ports = _state_ports(configuration)
    return Profile(
        landlock.Rights(tuple(paths), bind=(port,), connect=ports),
        (AF_UNIX, AF_INET, AF_INET6),
        descriptors=4_096,
        capabilities=frozenset({CAP_NET_BIND_SERVICE}) if port < PRIVILEGED_PORTS else frozenset(),
        words=(
            "writes only application state, projection, its certificate and journal",
            f"binds only TCP port {port}, {_connects(ports)}",
        ),
    )


_PROFILES = {"relay": _relay, "registrar": _registrar, "ledger": _ledger, "console": _console}
