"""What an importer says of a text that it cannot read, and how much text it takes. Never a verdict."""

from __future__ import annotations

from leadglass.errors import LeadglassError, Place

MAX_FILE = 16 << 20  # characters of one configuration


class ConfigurationUnreadable(LeadglassError):  # noqa: N818 (a state of the file, as people say it)
    """A file is cut off, of another vendor, or too large.

    Args:
        message: what is wrong, one line, no final stop.
        hint: what to do about it, one line.
        file: name of the file, as it was handed in.
        line: 1 is the first; 0 where no line applies.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str, file: str, line: int = 0) -> None:
        super().__init__(message, hint, Place(file, line))


def bounded(text: str, file: str) -> str:
    """The text without a byte order mark.

    Raises:
        ConfigurationUnreadable: it is larger than `MAX_FILE`, or binary.
    """
    if len(text) > MAX_FILE:
        raise ConfigurationUnreadable(
            f"more than {MAX_FILE >> 20} MiB, larger than any firewall's configuration",
            "hand in the configuration itself, without logs or comments around it",
            file,
        )
    binary = text.find("\0")
    if binary >= 0:
        line = text.count("\n", 0, binary) + 1
        raise ConfigurationUnreadable("binary data, not a configuration in text", "export it as text", file, line)
    return text.removeprefix("\ufeff")
