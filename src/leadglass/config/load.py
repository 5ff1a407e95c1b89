"""Reads a configuration file and says exactly what is wrong with it. Never guesses, never starts anything."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leadglass.config.lines import Location, line_of
from leadglass.config.schema import TABLES, File
from leadglass.config.values import (
    AssessmentSettings,
    Configuration,
    ConsoleAddress,
    Gateway,
    JournalSettings,
    LedgerSettings,
    PolicyFiles,
    Site,
    StateSettings,
    TlsFiles,
)
from leadglass.errors import ConfigurationError, Place
from leadglass.model.route import Archive, Limits, Listener, Route, Settings, Timers
from leadglass.store.appstate.database import Database

MAX_FILE = 1_048_576
MAX_UNIX_PATH = 107  # bytes of sun_path without its NUL, unix(7)

_UNSPECIFIED = frozenset({"::", "0.0.0.0"})  # noqa: S104 (compared with, never bound)
_LONGEST_SOCKET = "/run/registrar.sock"
_PASSWORD = re.compile(r"(//[^/@:]*:).*@")  # within a URL


@dataclass(frozen=True, slots=True)
class _Source:
    """The text at hand, to say where something stands."""

    file: Path
    text: str

    def fault(self, message: str, hint: str, location: Location = ()) -> ConfigurationError:
        return ConfigurationError(message, hint, Place(str(self.file), line_of(self.text, location)))


def load(path: Path) -> Configuration:
    """The configuration in ``path``.

    Raises:
        ConfigurationError: the file is missing, is no TOML, has unknown or wrong keys, or contradicts itself;
            with the file, the line, and what to do.
    """
    path = path.absolute()
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise ConfigurationError(
            "no configuration file",
            "write one (docs/reference/configuration.md) or name it with --config",
            Place(str(path)),
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read: {error.strerror}", "check its owner and mode", Place(str(path))
        ) from None
    if len(raw) > MAX_FILE:
        raise ConfigurationError(f"larger than {MAX_FILE} bytes", "is this the right file?", Place(str(path)))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("not UTF-8", "save the file as UTF-8", Place(str(path), line)) from None
    return parse(text, path)


def parse(text: str, path: Path) -> Configuration:
    """The configuration in ``text``, as if it stood in ``path``; raises like `load`."""
    source = _Source(path, text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax(source, error) from None
    except RecursionError:
        raise source.fault("not TOML: nested too deeply", "flatten it") from None
    try:
        file = File.model_validate(document)
    except ValidationError as error:
        raise _first(source, error) from None
    _cross_check(source, file)
    return _values(source, file, _given(document))


def _syntax(source: _Source, error: tomllib.TOMLDecodeError) -> ConfigurationError:
    message = str(error)
    at = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(at[1]) if at else len(source.text.splitlines())
    what = message.partition(" (at ")[0]
    return ConfigurationError(f"not TOML: {what}", "strings stand in double quotes", Place(str(source.file), line))


def _first(source: _Source, error: ValidationError) -> ConfigurationError:
    """The fault that stands first in the file; the others are counted."""
    faults = sorted(error.errors(include_url=False), key=lambda fault: line_of(source.text, fault["loc"]) or MAX_FILE)
    message, hint = _words(faults[0])
    if len(faults) > 1:
        message = f"{message} (first of {len(faults)} faults)"
    return source.fault(message, hint, faults[0]["loc"])


def _words(fault: ErrorDetails) -> tuple[str, str]:
    location = fault["loc"]
    name = ".".join(str(part) for part in location if not isinstance(part, int))
    if fault["type"] == "extra_forbidden":
        known = _known(location)
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        return f"unknown key {name!r}", hint
    if fault["type"] == "missing":
        if len(location) == 1:
            return f"no [[{name}]]", f"add a [[{name}]] table (docs/reference/configuration.md)"
        return f"{name} is missing", f"add {location[-1]} to this table"
    context = fault.get("ctx", {})
    words = str(context["error"]) if "error" in context else fault["msg"].removeprefix("Input ")
    shown = fault["input"] if isinstance(fault["input"], str | int | float) else type(fault["input"]).__name__
    if isinstance(shown, str):
        shown = _PASSWORD.sub(r"\1…@", shown)  # errors go to screens and logs
    return f"{name} = {shown!r}: {words}", "see docs/reference/configuration.md"


def _known(location: Location) -> list[str]:
    tables = {name: schema for name, schema, _ in TABLES}
    return sorted(tables) if len(location) == 1 else sorted(tables[str(location[0])].model_fields)


def _cross_check(source: _Source, file: File) -> None:
    """What no single key can show: names that must exist, names that must not stand twice, loops."""
    archives: set[str] = set()
    for index, archive in enumerate(file.archive):
        if archive.id in archives:
            raise source.fault(
                f"archive {archive.id!r} stands twice", "give each archive its own id", ("archive", index, "id")
            )
        archives.add(archive.id)
    called: set[str] = set()
    for index, route in enumerate(file.route):
        if route.archive not in archives:
            near = difflib.get_close_matches(route.archive, archives, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"archives here: {', '.join(sorted(archives))}"
            raise source.fault(f"no archive {route.archive!r}", hint, ("route", index, "archive"))
        if route.called in called:
            raise source.fault(
                f"two routes for called title {route.called!r}",
                "one title leads to one archive",
                ("route", index, "called"),
            )
        called.add(route.called)
    sockets: set[tuple[str, int]] = set()
    for index, listener in enumerate(file.listener):
        if any(port == listener.port and _overlap(address, listener.address) for address, port in sockets):
            raise source.fault(
                f"two listeners on port {listener.port} of the same address",
                "'::' takes IPv4 too: keep one of them",
                ("listener", index, "port"),
            )
        sockets.add((listener.address, listener.port))
    if any(port == file.console.port and _overlap(address, file.console.address) for address, port in sockets):
        raise source.fault(
            f"console and listener both want port {file.console.port}",
            "give the console another port",
            ("console", "port"),
        )
    for index, archive in enumerate(file.archive):
        if any(port == archive.port and _is_self(address, archive.host) for address, port in sockets):
            raise source.fault(
                f"archive {archive.id!r} is Leadglass itself: it would call its own listener",
                "name the archive's own host and port",
                ("archive", index, "port"),
            )
    _cross_check_tls(source, file)
    if file.limits.inflate < file.limits.head:
        raise source.fault("limits.inflate is below limits.head", "set it at least as high", ("limits", "inflate"))
    if file.journal.limit_bytes < file.journal.segment_bytes * (file.journal.reserve + 1):
        raise source.fault(
            "journal.limit_bytes is below its reserve",
            "at least segment_bytes × (reserve + 1)",
            ("journal", "limit_bytes"),
        )


def _cross_check_tls(source: _Source, file: File) -> None:
    for name, rows in (
        ("listener", [row.tls for row in file.listener]),
        ("archive", [row.tls for row in file.archive]),
    ):
        for index, wanted in enumerate(rows):
            if wanted and file.tls is None:
                raise source.fault(
                    f"{name} with tls = true, and no [tls]",
                    "add [tls] with certificate, key and trust ('leadglass pki' makes them)",
                    (name, index, "tls"),
                )
    for index, archive in enumerate(file.archive):
        if archive.certificates and not archive.tls:
            raise source.fault(
                f"archive {archive.id!r} has certificates without tls = true",
                "set tls = true, or leave them out",
                ("archive", index, "certificates"),
            )
    if file.tls is not None and bool(file.tls.client_certificate) is not bool(file.tls.client_key):
        raise source.fault(
            "tls.client_certificate and tls.client_key belong together", "give both, or neither", ("tls",)
        )


def _overlap(listener: str, other: str) -> bool:
    return listener == other or bool({listener, other} & _UNSPECIFIED)


def _is_self(listener: str, host: str) -> bool:
    if host == "localhost":
        host = "127.0.0.1"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return host == listener or (address.is_loopback and listener in _UNSPECIFIED)


def _given(document: dict[str, Any]) -> frozenset[str]:
    names: set[str] = set()
    for table, content in document.items():
        rows = list(enumerate(content)) if isinstance(content, list) else [(None, content)]
        for index, row in rows:
            prefix = table if index is None else f"{table}.{index}"
            names.update(f"{prefix}.{key}" for key in row)
    return frozenset(names)


def _values(source: _Source, file: File, given: frozenset[str]) -> Configuration:
    base = source.file.parent

    def absolute(name: str) -> Path:
        return Path(os.path.normpath(base / Path(name).expanduser()))

    data = absolute(file.site.data)
    if len(os.fsencode(data)) + len(_LONGEST_SOCKET) > MAX_UNIX_PATH:
        raise source.fault("site.data is too long a path for Unix sockets", "at most 88 bytes", ("site", "data"))
    if data.exists() and not data.is_dir():
        raise source.fault(f"site.data is no directory: {data}", "name a directory", ("site", "data"))
    for key, names in (("files", file.policy.files), ("tests", file.policy.tests)):
        for name in names:
            if not absolute(name).is_file():
                raise source.fault(
                    f"no such file: {absolute(name)}", "paths are relative to this file", ("policy", key)
                )
    state = _state(source, file, absolute)
    return Configuration(
        file=source.file,
        state=state,
        site=Site(file.site.name, file.site.timezone, data),
        gateway=Gateway(file.gateway.workers or len(os.sched_getaffinity(0))),
        listeners=tuple(Listener(**row.model_dump()) for row in file.listener),
        archives=tuple(
            Archive(**row.model_dump() | {"networks": tuple(row.networks), "certificates": tuple(row.certificates)})
            for row in file.archive
        ),
        routes=tuple(Route(**row.model_dump()) for row in file.route),
        console=ConsoleAddress(**file.console.model_dump()),
        journal=JournalSettings(**file.journal.model_dump()),
        ledger=LedgerSettings(**file.ledger.model_dump()),
        policy=PolicyFiles(
            tuple(absolute(name) for name in file.policy.files), tuple(absolute(name) for name in file.policy.tests)
        ),
        assessment=AssessmentSettings(**file.assessment.model_dump()),
        settings=Settings(
            Timers(**file.timers.model_dump()),
            Limits(**file.limits.model_dump()),
            file.tls.expired_grace_days if file.tls is not None else Settings().expired_grace_days,
        ),
        tls=_tls(source, file, absolute),
        given=given,
    )


def _tls(source: _Source, file: File, absolute: Callable[[str], Path]) -> TlsFiles | None:
    """Paths only: what is in the files is checked where it is used, and a child may not read every one of them."""
    if file.tls is None:
        return None

    def existing(key: str, name: str) -> Path:
        path = absolute(name)
        if not path.is_file():
            raise source.fault(f"no such file: {path}", "paths are relative to this file", ("tls", key))
        return path

    table = file.tls
    return TlsFiles(
        existing("certificate", table.certificate),
        existing("key", table.key),
        existing("client_certificate", table.client_certificate or table.certificate),
        existing("client_key", table.client_key or table.key),
        tuple(existing("trust", name) for name in table.trust),
        tuple(existing("revocation", name) for name in table.revocation),
    )


def _state(source: _Source, file: File, absolute: Callable[[str], Path]) -> StateSettings:
    names = {"password_file": file.state.password_file, "ca_file": file.state.ca_file}
    for key, name in names.items():
        if name and not file.state.url:
            raise source.fault(f"state.{key} without state.url", "SQLite needs none", ("state", key))
        if name and not absolute(name).is_file():
            raise source.fault(f"no such file: {absolute(name)}", "paths are relative to this file", ("state", key))
    state = StateSettings(file.state.url, **{key: str(absolute(name)) if name else "" for key, name in names.items()})
    if Database(source.file, state.url).network and not state.ca_file:
        raise source.fault(
            "state.url names a server on another machine, and no ca_file says how it proves itself",
            "name the PEM file of the authority that issued its certificate",
            ("state", "url"),
        )
    return state
