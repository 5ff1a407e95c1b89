"""The data files of this package as text: schema, default policies, tables. Never a hospital's own file.

They are read once, at import: a confined worker opens nothing later.
"""

from __future__ import annotations

from importlib import resources

from leadglass.policy.source import join

_PACKAGE = resources.files("leadglass.policy")


def text_of(name: str) -> str:
    """The text of one data file of this package."""
    return (_PACKAGE / name).read_text("utf-8")


SCHEMA = text_of("schema.cedarschema")

_DEFAULTS = join(
    tuple(
        (file.name, file.read_text("utf-8"))
        for file in sorted((_PACKAGE / "policies").iterdir(), key=lambda file: file.name)
        if file.name.endswith(".cedar")
    )
)


def defaults() -> str:
    """The shipped policies as one text, with marks from which a fault's file and line are found (see `source.join`)."""
    return _DEFAULTS
