"""Writes a hospital's network as its file: the same hospital, the same bytes, and read again the same. Reads none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from leadglass.network.hospital import Hospital

FIRST = ("format", "name", "model")


def write(hospital: Hospital, questions: Iterable[str] = ()) -> str:
    """The file.

    Args:
        hospital: what it holds.
        questions: what a person should answer; they stand above, as comments.
    """
    return "\n".join(_lines(hospital, questions)) + "\n"


def _lines(hospital: Hospital, questions: Iterable[str]) -> Iterator[str]:
    asked = [" ".join(one.split()) for one in questions]
    if asked:
        yield "# To be answered by somebody who knows the network:"
        yield from (f"#   {number}. {_comment(one)}" for number, one in enumerate(asked, 1))
    for name in FIRST:
        yield f"{name} = {_value(getattr(hospital, name))}"
    for field in msgspec.structs.fields(hospital):
        if field.name in FIRST:
            continue
        for one in getattr(hospital, field.name):
            yield ""
            yield f"[[{field.name}]]"
            yield from _fields(one)


def _fields(one: msgspec.Struct) -> Iterator[str]:
    for field in msgspec.structs.fields(one):
        value = getattr(one, field.name)
        if field.required or value != field.default:
            yield f"{field.name} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    return "[" + ", ".join(_text(one) for one in value) + "]"


def _text(value: str) -> str:
    """A basic string of TOML; what JSON escapes, TOML does too, but for DEL, and lone surrogates that no file holds."""
    plain = value.encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)
