"""Writes a configuration back as TOML, complete, with absolute paths. Never writes files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from leadglass.config.values import Configuration

_INTRODUCTION = "# The configuration in effect; lines marked '# default' are not set in the file.\n"
_NOT_CONFIGURED = frozenset({"bypassed_until"})  # the registrar's


def _value(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    # JSON's string escapes are valid in TOML basic strings, DEL excepted.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def tables(configuration: Configuration) -> dict[str, Any]:
    """The configuration as plain TOML tables: strings, numbers and lists."""

    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return [plain(item) for item in value]
        return str(value) if isinstance(value, Path | str) else value

    def table(row: Any) -> dict[str, Any]:
        names = (field.name for field in dataclasses.fields(row) if field.name not in _NOT_CONFIGURED)
        return {name: plain(getattr(row, name)) for name in names}

    tls = {}
    if configuration.tls is not None:
        grace = {"expired_grace_days": configuration.settings.expired_grace_days}
        tls = {"tls": table(configuration.tls) | grace}
    return {
        "site": table(configuration.site),
        "state": table(configuration.state),
        "gateway": table(configuration.gateway),
        "listener": [table(row) for row in configuration.listeners],
        "archive": [table(row) for row in configuration.archives],
        "route": [table(row) for row in configuration.routes],
        "console": table(configuration.console),
        "timers": table(configuration.settings.timers),
        "limits": table(configuration.settings.limits),
        "journal": table(configuration.journal),
        "ledger": table(configuration.ledger),
        "policy": table(configuration.policy),
        "assessment": table(configuration.assessment),
        **tls,
    }


def toml(configuration: Configuration) -> str:
    """TOML text that `load` reads back as the same configuration; defaults are marked."""
    parts = [_INTRODUCTION]
    for name, content in tables(configuration).items():
        several = isinstance(content, list)
        for index, row in enumerate(content if several else [content]):
            prefix = f"{name}.{index}" if several else name
            parts.append(f"\n[[{name}]]\n" if several else f"\n[{name}]\n")
            for key, value in row.items():
                mark = "" if f"{prefix}.{key}" in configuration.given else "  # default"
                parts.append(f"{key} = {_value(value)}{mark}\n")
    return "".join(parts)
