"""Makes text from outside safe to look at: what hides or reorders other text becomes visible. Never marks up."""

from __future__ import annotations

import unicodedata

MAX_SHOWN = 4_096  # characters of any text shown at all
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def neutral(text: str) -> str:
    """``text`` with every character that hides or reorders others made visible, cut at `MAX_SHOWN`.

    Control and format characters (bidirectional overrides, zero widths), line separators, surrogates, private and
    unassigned code points become ``⟨U+202E⟩``.
    """
    if text.isascii() and text.isprintable():
        return text
    cut = text[:MAX_SHOWN]
    shown = "".join(code_point(one) if unicodedata.category(one) in _UNSEEN else one for one in cut)
    return shown + ("…" if len(text) > MAX_SHOWN else "")


def code_point(character: str) -> str:
    """A character by its number: ``⟨U+202E⟩``."""
    return f"⟨U+{ord(character):04X}⟩"
