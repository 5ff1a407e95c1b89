"""Reads one record from TOML text and says by line and nearest name what is wrong with it. Never what it means."""

from __future__ import annotations

import difflib
import re
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from leadglass.config.lines import Location, line_of
from leadglass.errors import ConfigurationError, Place

_AT = re.compile(r" - at `(key )?\$([^`]*)`$|- at `key` in `\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"^Object contains unknown field `([^`]*)`")
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_Record = TypeVar("_Record")


def text_of(file: Path | Traversable, most: int, hint: str) -> str:
    """The text of a file.

    Args:
        file: to be read.
        most: bytes that it may have.
        hint: what to do where it cannot be read.

    Raises:
        ConfigurationError: it is missing, too large, or no UTF-8.
    """
    try:
        with file.open("rb") as opened:
            raw = opened.read(most + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot be read: {error.strerror}", hint, Place(str(file))) from None
    if len(raw) > most:
        raise ConfigurationError(f"larger than {most} bytes", "is this the right file?", Place(str(file)))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError("not UTF-8", "save the file as UTF-8", Place(str(file), line)) from None


def document(text: str, file: str) -> dict[str, Any]:
    """The tables of TOML text.

    Raises:
        ConfigurationError: it is no TOML; with the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _LINE.search(str(error))
        line = int(at[1]) if at else len(text.splitlines())
        what = str(error).partition(" (at ")[0]
        raise ConfigurationError(f"not TOML: {what}", "strings stand in double quotes", Place(file, line)) from None
    except RecursionError:
        raise ConfigurationError("not TOML: nested too deeply", "flatten it", Place(file)) from None


def record(values: dict[str, Any], kind: type[_Record], text: str, file: str) -> _Record:
    """The record of the tables.

    Raises:
        ConfigurationError: a key is unknown, missing, or wrong; with the line, and the nearest known name.
    """
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        message, hint, location = _words(str(error), kind)
        raise ConfigurationError(message, hint, Place(file, line_of(text, location))) from None


def nearest(name: str, known: list[str]) -> str:
    """The hint for a name that nobody knows."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"


def _words(message: str, kind: type[Any]) -> tuple[str, str, Location]:
    at = _AT.search(message)
    path = next((part for part in at.groups()[1:] if part is not None), "") if at else ""
    location: Location = tuple(name or int(index or 0) for name, index in _STEP.findall(path))
    what = message[: at.start()] if at else message
    shown = ".".join(part for part in location if isinstance(part, str))
    unknown = _UNKNOWN.match(what)
    if unknown:
        name = ".".join(part for part in (shown, unknown[1]) if part)
        return f"unknown key {name!r}", nearest(unknown[1], _fields(kind, location)), (*location, unknown[1])
    return f"{shown}: {what}" if shown else what, "see docs/reference/network-file.md", location


def _fields(kind: type[Any], location: Location) -> list[str]:
    """Names of the keys of the table at a place."""
    found: msgspec.inspect.Type = msgspec.inspect.type_info(kind)
    for step in location:
        if isinstance(found, msgspec.inspect.StructType) and isinstance(step, str):
            found = next(field.type for field in found.fields if field.encode_name == step)
        elif isinstance(found, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
            found = found.item_type
    return sorted(field.encode_name for field in found.fields) if isinstance(found, msgspec.inspect.StructType) else []
