"""A reload of the configuration file, all or nothing. Never closes a listener or an association."""

from __future__ import annotations

from pathlib import Path

from leadglass.config import Configuration, load
from leadglass.errors import ConfigurationError, LeadglassError, Place
from leadglass.registrar import accepted
from leadglass.registrar.client import RegistrarClient
from leadglass.supervise.check import check

_FIXED = (
    ("listeners", "[[listener]]"),
    ("gateway", "[gateway]"),
    ("console", "[console]"),
    ("journal", "[journal]"),
    ("state", "[state]"),
)


def reload(source: Path, current: Configuration) -> tuple[Configuration, int]:
    """Read ``source`` again and bring it into every worker.

    Returns:
        The configuration now in force and its generation.

    Raises:
        LeadglassError: it cannot be used, or a worker cannot use it; then nothing has changed.
    """
    new = load(source)
    check_reloadable(current, new)
    check(new)
    try:
        accepted.propose(new)
    except OSError as error:
        raise LeadglassError(
            f"{error.filename}: {error.strerror}", "check free space and mode of the data directory"
        ) from None
    try:
        answer = RegistrarClient(current.data.registrar_socket).reload("SIGHUP")
    except LeadglassError:
        accepted.withdraw(current.data.accepted)
        raise
    if answer.error:
        raise LeadglassError(answer.error, answer.hint)
    return new, answer.number


def check_reloadable(current: Configuration, new: Configuration) -> None:
    """That only what can change without a restart has changed.

    Raises:
        ConfigurationError: something else has.
    """
    place = Place(str(new.file))
    if current.site.data != new.site.data:
        raise ConfigurationError("site.data cannot change while Leadglass runs", "restart it", place)
    for name, table in _FIXED:
        if getattr(current, name) != getattr(new, name):
            raise ConfigurationError(
                f"{table} cannot change while Leadglass runs: nothing was reloaded",
                "put it back, or restart Leadglass when no images flow",
                place,
            )
