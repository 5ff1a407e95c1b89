"""SOP classes by any of their names, and wire text made fit to show. Never what is permitted."""

from __future__ import annotations

import re
from importlib.resources import files

from leadglass.wire.dicom.uids import name_of

MAX_UID = 64  # PS3.5 9.1

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*\Z")


def is_uid(text: str) -> bool:
    """Whether a text has the form of a UID (PS3.5 9.1; leading zeros are let through, old devices have them)."""
    return len(text) <= MAX_UID and _UID.match(text) is not None


def sop_class_name(uid: str) -> str:
    """Its name without the words "SOP Class", or the UID where none is known."""
    return name_of(uid).removesuffix(" SOP Class")


def shown(text: str, limit: int = 80) -> str:
    """Text that may have come over the wire, on one line: control characters as escapes, the rest of a long one cut."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    if cut.isprintable():
        return cut
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in cut)


def listed(values: tuple[str, ...], limit: int = 8) -> str:
    """Values as a list in words, the rest of a long one counted."""
    text = ", ".join(shown(value) for value in values[:limit])
    return f"{text} and {len(values) - limit} more" if len(values) > limit else text or "nothing"


def sop_class_of(text: str) -> str:
    """The UID meant by a UID, keyword or name ("MR Image Storage", "mr image storage"); empty where none is known."""
    text = text.strip()
    return text if is_uid(text) else _BY_NAME.get(_folded(text), "")


def _folded(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _by_name() -> dict[str, str]:
    """All names of all SOP classes, read at import as a confined worker opens nothing later."""
    text = files("leadglass.wire.dicom").joinpath("sop_classes.tsv").read_text("utf-8")
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith(("#", *_TRANSFER_SYNTAXES)):
            continue
        uid, keyword, name = line.split("\t")
        for known in (keyword, name, sop_class_name(uid)):
            found.setdefault(_folded(known), uid)
    return found


_TRANSFER_SYNTAXES = ("1.2.840.10008.1.2\t", "1.2.840.10008.1.2.")
_BY_NAME = _by_name()
