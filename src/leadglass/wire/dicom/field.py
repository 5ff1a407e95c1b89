"""Single values inside PDUs and command sets: unique identifiers and AE titles. Never changes what is passed on."""

from __future__ import annotations

from functools import lru_cache

from leadglass.wire.dicom.violation import DicomProtocolError

UID_LENGTH = 64  # PS3.5 9.1
LONGEST_UID = 128  # a few old devices make UIDs over 64 bytes; beyond this nothing is a UID
_UID_CHARACTERS = b"0123456789."
_BACKSLASH = 0x5C
_FOLDERS = frozenset((b".", b".."))
_DELETE = 0x7F


def read_uid(value: bytes, error: type[DicomProtocolError]) -> tuple[str, str]:
    """A UID without padding, and the deviation that was tolerated, empty for none (PS3.5 9.1, PS3.8 annex F).

    Args:
        value: the bytes of the field.
        error: what to raise.

    Returns:
        The UID; and "", "empty-uid", "nul-padded-uid", "space-padded-uid", "uid-characters" or "long-uid".

    Raises:
        DicomProtocolError: of the class ``error``: "uid-length" over 128 bytes, "uid-not-ascii" for bytes that are
            not printable ASCII, inner NULs and spaces included (peers in C would end the UID there).
    """
    if len(value) > LONGEST_UID:
        raise error("uid-length", f"a UID of {len(value)} bytes")
    core = value
    deviation = ""
    if value.translate(None, _UID_CHARACTERS):
        core = value.rstrip(b"\0 ")
        if core != value:
            deviation = "nul-padded-uid" if b"\0" in value[len(core) :] else "space-padded-uid"
        if strange := core.translate(None, _UID_CHARACTERS):
            if any(not 0x21 <= byte < _DELETE for byte in strange):
                raise error("uid-not-ascii", f"a UID has the bytes {strange[:16].hex()}")
            deviation = "uid-characters"
    if not core:
        return "", "empty-uid"
    if len(core) > UID_LENGTH:
        deviation = "long-uid"
    return core.decode("ascii"), deviation


@lru_cache(maxsize=2048)
def _remembered(value: bytes, error: type[DicomProtocolError]) -> tuple[str, str]:
    return read_uid(value, error)


def read_class_uid(value: bytes, error: type[DicomProtocolError]) -> tuple[str, str]:
    """`read_uid` for UIDs that come again and again (SOP classes, transfer syntaxes); remembers the last 2,048."""
    if len(value) > UID_LENGTH:  # bounds what is remembered
        return read_uid(value, error)
    return _remembered(value, error)  # type: ignore[arg-type]  # every class is hashable


def check_title(field: bytes, error: type[DicomProtocolError]) -> str:
    """The deviation tolerated in an AE title field, empty for none (PS3.5 6.2 AE, PS3.8 9.3.2).

    Returns:
        "", "empty-title", "nul-padded-title", "title-with-slash" or "title-not-ascii".

    Raises:
        DicomProtocolError: "ae-title-characters" for control characters, a backslash, a title that begins with
            "/" or has "." or ".." before or behind one: archives make folders of titles, consoles print them.
            Any other "/" is legal.
    """
    core = field.rstrip(b"\0").strip(b" ").rstrip(b"\0")
    leaves_its_folder = core.startswith(b"/") or not _FOLDERS.isdisjoint(core.split(b"/"))
    if leaves_its_folder or any(byte < 0x20 or byte in {_DELETE, _BACKSLASH} for byte in core):
        raise error("ae-title-characters", f"an AE title has the bytes {core[:16].hex()}")
    if not core:
        return "empty-title"
    if b"\0" in field:
        return "nul-padded-title"
    if b"/" in core:
        return "title-with-slash"
    return "" if core.isascii() else "title-not-ascii"


def printable(text: bytes) -> str:
    """Bytes of the wire as printable ASCII, everything else escaped."""
    shown = text.decode("ascii", "backslashreplace")
    return shown if shown.isprintable() else shown.encode("unicode_escape").decode("ascii")
