"""What each finding of these parsers means, for pages and the command line (``findings.tsv``). Never decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Finding:
    """A way to leave the standard.

    Attributes:
        id: stable.
        effect: "error" (the PDU or command is refused), "tolerated" (counted) or "answer" (upstream is aborted).
        meaning: one sentence.
    """

    id: str
    effect: str
    meaning: str


@cache
def findings() -> MappingProxyType[tuple[str, str], Finding]:
    """All of them by (effect, id)."""
    text = files("leadglass.wire.dicom").joinpath("findings.tsv").read_text(encoding="ascii")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return MappingProxyType({(effect, name): Finding(name, effect, meaning) for effect, name, meaning in rows})
