"""Text from outside as one plain, bounded line, before it goes into a document. Never marks up, never escapes."""

from __future__ import annotations

from leadglass.model.neutral import neutral

MAX_LINE = 2_000  # characters; what is longer is cut, and says so

_CUT = " […]"


def plain(text: str, most: int = MAX_LINE) -> str:
    """``text`` in one line of at most ``most`` characters; what hides or reorders text is then made visible.

    Line breaks, tabs and other blanks become one blank.
    """
    cut = text if len(text) <= most else text[: most - len(_CUT)] + _CUT
    return neutral(" ".join(cut.split()))
