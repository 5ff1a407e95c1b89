"""`leadglass pki`: a small certification authority, for a hospital without one. The gateway runs without it."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import click

from leadglass.cli import pki_place
from leadglass.cli.context import Context
from leadglass.cli.pki_hand_out import present, register, toml_table, write_bundle
from leadglass.cli.pki_in_force import read_again
from leadglass.cli.pki_options import Wishes, issuing, keyed, registered, wishes
from leadglass.cli.pki_place import PASSPHRASE, ROOT_PASSPHRASE, located, now, passphrase
from leadglass.cli.pki_registry import check_entry
from leadglass.cli.pki_upkeep import list_, renew_authority, revoke
from leadglass.cli.registry_change import user
from leadglass.pki import subject
from leadglass.pki.authority import opened
from leadglass.pki.deliver import check_vacant
from leadglass.pki.errors import PkiError
from leadglass.pki.found import DEVICE_RSA, found, new_key
from leadglass.pki.records import GATEWAY
from leadglass.pki.request import MAX_REQUEST, check_names, read_request
from leadglass.pki.subject import Subject


@click.group()
def pki() -> None:
    """Make a small certification authority, and enrol devices with it.

    A hospital with an authority of its own needs none of this: see docs/how-to/certificates.md.
    """


pki.add_command(list_)
pki.add_command(revoke)
pki.add_command(renew_authority)


@pki.command()
@click.option("--name", default="", help="The hospital's name in the certificates; that of the configuration.")
@click.option(
    "--root-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A new file for the root's key, best on a medium that is then locked away.",
)
@click.option(
    "--root-passphrase-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help=f"The root's passphrase in a file, - for standard input; also ${ROOT_PASSPHRASE}; else asked for.",
)
@click.option("--rsa", "with_rsa", is_flag=True, help="RSA keys throughout, for devices that know no other.")
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help=f"The authority's passphrase in a file, - for standard input; also ${PASSPHRASE}; else asked for.",
)
@located
@click.pass_obj
def init(
    context: Context,
    /,
    name: str,
    root_key: Path | None,
    root_passphrase_file: Path | None,
    with_rsa: bool,
    passphrase_file: Path | None,
    directory: Path | None,
) -> None:
    """Make the authority: a root, kept offline as a file with a passphrase, and an intermediate that issues."""
    place = pki_place.place(context, directory)
    files = place.files
    if files.there():
        raise PkiError(f"there is an authority in {files.directory}", "see 'leadglass pki list'")
    root_word = passphrase(root_passphrase_file, ROOT_PASSPHRASE, "the root's key (new, used once in years)", new=True)
    word = passphrase(passphrase_file, PASSPHRASE, "the authority (new, used for each certificate)", new=True)
    target = root_key.absolute() if root_key else None
    key = found(files, name or place.site, root_word, word, now(), root_key=target, with_rsa=with_rsa)
    place.remember("authority-created", files.directory.name, str(files.directory))
    context.show(
        {"directory": str(files.directory), "root_key": str(key), "trust": str(files.trust)},
        f"certification authority in {files.directory}\n"
        f"  root's key: {key}; take it away from this machine, with its passphrase kept elsewhere\n"
        "  next: 'leadglass pki gateway --host NAME', then 'leadglass pki enrol ID --title TITLE --register'",
    )


@pki.command()
@issuing
@keyed
@click.pass_obj
def gateway(context: Context, /, **options: Any) -> None:
    """Issue the gateway's own certificate, for its listeners and towards archives, and print the configuration for it.

    Give with --host each name and address by which devices and archives reach the gateway. Again: the next certificate.
    """
    _issue(context, subject.gateway(options["hosts"]), wishes(options), again=True)


@pki.command()
@click.argument("identifier", metavar="ID")
@click.option("--title", required=True, help="AE title it calls with; case counts.")
@registered
@issuing
@keyed
@click.pass_obj
def enrol(context: Context, /, identifier: str, title: str, **options: Any) -> None:
    """Enrol device ID: make its key and certificate, in every form devices take, with a page of instructions."""
    _issue(context, subject.device(identifier, title, options["hosts"]), wishes(options))


@pki.command()
@click.argument("request", type=click.Path(path_type=Path, allow_dash=True, dir_okay=False))
@click.argument("identifier", metavar="ID")
@click.option("--title", required=True, help="AE title it calls with; case counts.")
@registered
@issuing
@click.pass_obj
def sign(context: Context, /, request: Path, identifier: str, title: str, **options: Any) -> None:
    """Sign the REQUEST (PKCS#10, PEM or DER, - for standard input) that device ID made with its own key.

    Nothing of it is taken over but the key. Names it asks for must be the device's: its id, and each --host.
    """
    _issue(context, subject.device(identifier, title, options["hosts"]), wishes(options), request=request)


@pki.command()
@click.argument("identifier", metavar="ID")
@click.option(
    "--request",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    help="A new signing request of a device that keeps its own key.",
)
@click.option("--gateway-host", default="", help="Name or address of the gateway, for the instructions.")
@issuing
@keyed
@click.pass_obj
def renew(context: Context, /, identifier: str, request: Path | None, **options: Any) -> None:
    """Issue the next certificate of ID (a device, or "gateway"), with a new key, for the same names.

    The one in use stays valid until it ends; a device of the registry is bound to both.
    """
    wished = wishes(options)
    place = pki_place.place(context, wished.directory)
    earlier = [row for row in place.files.records.all() if row.device == identifier and row.state != "reserved"]
    if not earlier:
        raise PkiError(f"{identifier} has no certificate yet", f"'leadglass pki enrol {identifier}' makes the first")
    last = earlier[-1]
    if last.own_key and request is None:
        raise PkiError(f"{identifier} keeps its own key", "have it make a new request, and name it with --request")
    names = (*last.names, *options["hosts"])
    who = subject.gateway(names) if identifier == GATEWAY else subject.device(identifier, last.title, names)
    wished = dataclasses.replace(wished, with_rsa=wished.with_rsa or last.key.startswith("RSA"))
    _issue(context, who, wished, request=request, again=True)


def _issue(context: Context, who: Subject, wished: Wishes, *, request: Path | None = None, again: bool = False) -> None:
    """Issue, write the bundle, bind it in the registry, tell. What can fail for the asker fails before it is issued."""
    place = pki_place.place(context, wished.directory)
    asked = read_request(_request_bytes(request)) if request is not None else None
    if asked is not None:
        check_names(asked, who.names)
    device = who.device != GATEWAY
    if wished.out is not None:
        if not device:
            raise click.UsageError("the configuration names the gateway's files where they are; leave --out out")
        check_vacant(wished.out)
    known = device and check_entry(place, who, wished)
    moment = now()
    with opened(place.files, lambda: _passphrase(wished), user()) as authority:
        rsa_bits = DEVICE_RSA if wished.with_rsa or authority.issues_rsa else 0
        key = new_key(rsa_bits=rsa_bits) if asked is None else None
        public = asked.public if asked is not None else key.public_key() if key is not None else None
        assert public is not None
        certified = authority.certify(who, public, wished.days, moment, own_key=asked is not None, again=again)
        target = write_bundle(place, authority, certified, key, wished, moment)
    record = certified.record
    place.remember("certificate-issued", who.device, f"{record.fingerprint} until {record.not_after:%Y-%m-%d}")
    if device:
        present(context, record, target, registry=register(place, certified, wished, target, known=known, now=moment))
    else:
        present(context, record, target, gateway=read_again(place), toml=toml_table(place))


def _passphrase(wished: Wishes) -> bytes:
    return passphrase(wished.passphrase_file, PASSPHRASE, "the authority")


def _request_bytes(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read(MAX_REQUEST + 1)
    with path.open("rb") as file:
        return file.read(MAX_REQUEST + 1)
