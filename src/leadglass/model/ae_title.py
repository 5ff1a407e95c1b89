"""Application Entity titles as names to compare (PS3.5 6.2, PS3.8 9.3.2). Never used as proof of identity."""

from __future__ import annotations

AE_TITLE_LENGTH = 16


def ae_title(field: bytes) -> str:
    r"""The title in a 16-byte AE field, without outer spaces and trailing NULs, case kept.

    NUL within and bytes outside ASCII are shown as ``\xNN``, so that a title can be stored wherever text can.
    """
    return field.rstrip(b"\0 ").lstrip(b" ").decode("ascii", "backslashreplace").replace("\0", r"\x00")


def ae_field(title: str) -> bytes:
    """The 16-byte field of a title, padded with spaces.

    Raises:
        ValueError: the title is empty, longer than 16 bytes, or not printable ASCII without a backslash.
    """
    if not title.strip() or len(title) > AE_TITLE_LENGTH:
        raise ValueError(f"an AE title has 1 to {AE_TITLE_LENGTH} characters: {title!r}")
    if any(not " " <= character <= "~" or character == "\\" for character in title):
        raise ValueError(f"an AE title is printable ASCII without a backslash: {title!r}")
    return title.encode("ascii").ljust(AE_TITLE_LENGTH)
