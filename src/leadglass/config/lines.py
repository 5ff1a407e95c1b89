"""Finds the line of a key in TOML text, for messages only. Never decides what the text means: tomllib does."""

from __future__ import annotations

import re

Location = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(name))


def locations(text: str) -> dict[Location, int]:
    """Lines (from 1) of all tables and keys: ``("route", 0, "mode")`` for the first ``[[route]]``."""
    found: dict[Location, int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: Location = ()
    inside = ""  # the delimiter of an open multi-line string
    for number, line in enumerate(text.splitlines(), 1):
        starts_inside = bool(inside)
        for delimiter in ('"""', "'''"):
            if inside in {"", delimiter} and line.count(delimiter) % 2:
                inside = "" if inside else delimiter
        if starts_inside:
            continue
        if header := _HEADER.match(line):
            name = _parts(header[2])
            if header[1] == "[[":
                index = counts.get(name, 0)
                counts[name] = index + 1
                found.setdefault(name, number)
                table = (*name, index)
            else:
                table = name
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def line_of(text: str, location: Location) -> int:
    """The line of ``location``, else of the nearest table around it, else 0."""
    known = locations(text)
    while location:
        if location in known:
            return known[location]
        location = location[:-1]
    return 0
