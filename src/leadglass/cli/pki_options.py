"""The options of the commands of `leadglass pki` that issue, and what they wish for. Reads no authority."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from leadglass.cli.pki_place import passphrase, unlocking
from leadglass.pki.errors import PkiError
from leadglass.pki.issue import DEVICE_DAYS, MAX_DEVICE_DAYS

_Command = TypeVar("_Command", bound=Any)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for beside the subject; the options of the same names.

    Attributes:
        password: of the PKCS#12 file; one is made when empty.
        register, networks, operations: for the registry.
        listens: host and port where it is a destination itself; "" and 0 for none.
    """

    directory: Path | None
    passphrase_file: Path | None
    days: int
    out: Path | None = None
    with_rsa: bool = False
    password: str = ""
    old_pkcs12: bool = False
    gateway_host: str = ""
    register: bool = False
    networks: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    listens: tuple[str, int] = ("", 0)


class _HostAndPort(click.ParamType[tuple[str, int]]):
    name = "host:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, _, port = str(value).rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 1 <= int(port[:6]) <= 65_535:
            self.fail(f"{value!r} is not HOST:PORT", param, ctx)
        return host.removeprefix("[").removesuffix("]"), int(port)


def wishes(options: dict[str, Any]) -> Wishes:
    """The options as given to a command, but for those that name the subject.

    Raises:
        PkiError: the file of the password cannot be used.
    """
    rest = {name: value for name, value in options.items() if name not in {"hosts", "password_file"}}
    return Wishes(**rest, password=_password(options.get("password_file")))


def issuing(command: _Command) -> _Command:
    """The options of everything that issues."""
    for option in (
        click.option(
            "--days",
            type=click.IntRange(1, MAX_DEVICE_DAYS),
            default=DEVICE_DAYS,
            show_default=True,
            help="How long it is valid; never longer than the authority.",
        ),
        click.option(
            "--out",
            type=click.Path(path_type=Path, file_okay=False),
            help="A new directory for the files; in the authority's when left out.",
        ),
        click.option("--host", "hosts", multiple=True, help="A further host name or address that it proves."),
    ):
        command = option(command)
    return unlocking(command)


def keyed(command: _Command) -> _Command:
    """The options of everything that makes a key."""
    for option in (
        click.option("--old-pkcs12", is_flag=True, help="Write PKCS#12 as systems before about 2019 read it."),
        click.option(
            "--password-file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Password of the PKCS#12 file; one is made, and written beside it, when left out.",
        ),
        click.option("--rsa", "with_rsa", is_flag=True, help="An RSA key of 3072 bits, for devices without P-256."),
    ):
        command = option(command)
    return command


def registered(command: _Command) -> _Command:
    """The options of everything that touches the registry and the instructions."""
    for option in (
        click.option("--gateway-host", default="", help="Name or address of the gateway, for the instructions."),
        click.option(
            "--operation",
            "operations",
            multiple=True,
            default=("C-ECHO", "C-STORE"),
            show_default=True,
            help="With --register: DIMSE operation it may do, or * for all.",
        ),
        click.option(
            "--network",
            "networks",
            multiple=True,
            help="Address or CIDR range it calls from; any when left out. Implies --register.",
        ),
        click.option(
            "--listens",
            type=_HostAndPort(),
            default=("", 0),
            metavar="HOST:PORT",
            help="With --register: where it listens itself, as a destination of C-MOVE.",
        ),
        click.option("--register", is_flag=True, help="Put the device into the registry, proved by this certificate."),
    ):
        command = option(command)
    return command


def _password(file: Path | None) -> str:
    """Of the PKCS#12 file, at most 64 characters of printable ASCII: what devices can type."""
    if file is None:
        return ""
    word = passphrase(file, "", "the PKCS#12 file").decode("utf-8", "replace")
    if not 8 <= len(word) <= 64 or not word.isascii() or not word.isprintable():
        raise PkiError("a PKCS#12 password is 8 to 64 characters of printable ASCII", "devices cannot type others")
    return word
