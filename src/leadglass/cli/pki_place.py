"""What the commands of `leadglass pki` share: the authority's place, passphrases, the record. Issues nothing."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from cryptography.x509.oid import NameOID

from leadglass.cli.context import Context, config_option, json_option
from leadglass.cli.cutover import own_address
from leadglass.cli.registry_change import LOCAL, engine_of, user
from leadglass.config import Configuration
from leadglass.model.event import AdministratorAction
from leadglass.pki.authority import load_root
from leadglass.pki.errors import PassphraseError
from leadglass.pki.files import AuthorityFiles, read_secret
from leadglass.pki.instructions import GatewayPlace
from leadglass.pki.records import GATEWAY
from leadglass.store.appstate.outbox import record

PASSPHRASE = "LEADGLASS_PKI_PASSPHRASE"  # noqa: S105 (names of variables, not their values)
ROOT_PASSPHRASE = "LEADGLASS_PKI_ROOT_PASSPHRASE"  # noqa: S105 (the same)

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Place:
    """One authority, and the gateway it serves.

    Attributes:
        context: of the command.
        files: of the authority.
        configuration: None where the authority lies on a machine without the gateway.
    """

    context: Context
    files: AuthorityFiles
    configuration: Configuration | None

    @property
    def site(self) -> str:
        """The hospital's name: that of the configuration, else that of the authority."""
        if self.configuration is not None:
            return self.configuration.site.name
        if not self.files.there():
            return "Leadglass"
        return str(load_root(self.files).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)

    def gateway(self, host: str = "") -> GatewayPlace:
        """Where devices find the gateway: ``host``, else what its certificate proves, else this machine."""
        own = [row for row in self.files.records.all() if row.device == GATEWAY and row.state == "issued"]
        proved = own[-1].names if own else ()
        if self.configuration is None:
            host = host or (proved[0] if proved else "")
            return GatewayPlace(host, host_proved=host in proved)
        host = host or (proved[0] if proved else own_address(self.configuration))
        ports = tuple(listener.port for listener in self.configuration.listeners if listener.tls)
        called = tuple(route.called for route in self.configuration.routes)
        return GatewayPlace(host, ports, called, host in proved)

    def remember(self, action: str, subject: str, detail: str) -> None:
        """Put on record what somebody did."""
        if self.configuration is not None:
            event = AdministratorAction(user(), LOCAL, action, subject, detail)
            record(engine_of(self.context), event)


def place(context: Context, directory: Path | None) -> Place:
    """The authority in ``directory``, else in ``pki/`` of the data directory.

    Raises:
        ConfigurationError: the configuration cannot be used, or is missing and no directory is given.
    """
    if directory is not None and not context.config.exists():
        return Place(context, AuthorityFiles(directory.absolute()), None)
    configuration = context.configuration()
    return Place(context, AuthorityFiles((directory or configuration.data.root / "pki").absolute()), configuration)


def located(command: _Command) -> _Command:
    """The options that say where the authority lies."""
    directory = click.option(
        "--directory",
        type=click.Path(path_type=Path, file_okay=False),
        help="The authority's directory; pki/ in the data directory when left out.",
    )
    return directory(config_option(json_option(command)))


def unlocking(command: _Command) -> _Command:
    """The option that takes the passphrase from a file, and where the authority lies."""
    option = click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, allow_dash=True),
        help=f"The authority's passphrase in a file, - for standard input; also ${PASSPHRASE}; else asked for.",
    )
    return option(located(command))


def passphrase(file: Path | None, variable: str, words: str, *, new: bool = False) -> bytes:
    """A passphrase from a file, a variable of the environment, or a prompt.

    Args:
        file: its first line is the passphrase.
        variable: of the environment.
        words: what the passphrase opens.
        new: asked for twice.

    Raises:
        PassphraseError: there is none, and nobody to ask.
        PkiError: the file cannot be read, or other users can.
    """
    if file is not None:
        content = sys.stdin.buffer.readline(65_536) if str(file) == "-" else read_secret(file)
        return content.split(b"\n")[0].rstrip(b"\r")
    if variable in os.environ:
        return os.fsencode(os.environ[variable])
    if not sys.stdin.isatty():
        raise PassphraseError(
            f"no passphrase for {words}", f"call it in a terminal, or set --passphrase-file or ${variable}"
        )
    return str(click.prompt(f"Passphrase of {words}", hide_input=True, confirmation_prompt=new, err=True)).encode()


def now() -> dt.datetime:
    """The time, UTC."""
    return dt.datetime.now(dt.UTC)
