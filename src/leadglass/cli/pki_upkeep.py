"""`leadglass pki list`, `revoke`, `renew-authority`: looking after what was issued. Issues nothing to devices."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
import msgspec

from leadglass.cli import pki_place
from leadglass.cli.context import EXIT_CLEAN, EXIT_FINDINGS, Context, counted
from leadglass.cli.pki_in_force import read_again, unnamed_list
from leadglass.cli.pki_place import PASSPHRASE, ROOT_PASSPHRASE, Place, located, now, passphrase, unlocking
from leadglass.cli.pki_registry import unpin
from leadglass.cli.registry_change import user
from leadglass.pki.authority import listed, load_certificate, opened
from leadglass.pki.errors import PkiError
from leadglass.pki.found import renew_intermediate
from leadglass.pki.records import Issued

SOON = 60  # days before the end of a certificate that has no successor
AUTHORITY_SOON = 900  # days: what it issues should live its full time
REASONS = ("keyCompromise", "cessationOfOperation", "superseded", "affiliationChanged", "unspecified")


@click.command("list")
@located
@click.pass_obj
def list_(context: Context, directory: Path | None) -> int:
    """List what was issued, with its end.

    Exit code 1 when something ends within 60 days, or a revocation is not on the list that the gateway reads.
    """
    place = pki_place.place(context, directory)
    if not place.files.there():
        raise PkiError(
            f"there is no certification authority in {place.files.directory}", "'leadglass pki init' makes one"
        )
    moment = now()
    records = place.files.records.all()
    findings = _findings(place, records, moment)
    lines = [f"{counted(len(records), 'certificate')} of {place.files.directory}"]
    lines += [
        f"  {row.device:<20} {row.title:<16} {_state(row, moment):<28} {row.not_after:%Y-%m-%d}  {row.serial}"
        for row in sorted(records, key=lambda row: (row.device, row.not_after))
    ]
    lines += [f"finding: {words}" for words in findings]
    if place.files.root_key.exists():
        lines.append(f"note: the root's key still lies in {place.files.root_key}; take it away from this machine")
    value = [msgspec.to_builtins(row) | {"expired": row.not_after <= moment} for row in records]
    context.show({"certificates": value, "findings": findings}, "\n".join(lines))
    return EXIT_FINDINGS if findings else EXIT_CLEAN


@click.command()
@click.argument("which", metavar="ID | SERIAL")
@click.option("--reason", type=click.Choice(REASONS), required=True, help="Why, as RFC 5280 names it.")
@unlocking
@click.pass_obj
def revoke(context: Context, which: str, reason: str, passphrase_file: Path | None, directory: Path | None) -> None:
    """Revoke all certificates of device ID, or the one with SERIAL.

    Writes the revocation list that the gateway reads.
    """
    place = pki_place.place(context, directory)
    with opened(place.files, lambda: passphrase(passphrase_file, PASSPHRASE, "the authority"), user()) as authority:
        revoked = authority.revoke(which, reason, now())
    for record in revoked:
        place.remember("certificate-revoked", record.device, f"{record.fingerprint}: {record.reason}")
    gateway = _into_gateway(place)
    registry = unpin(place, revoked) if place.configuration else ""
    lines = [f"revoked: {row.device}, serial {row.serial} ({row.reason})" for row in revoked]
    lines.append(f"  revocation list: {place.files.revocation}")
    lines += [f"  gateway: {gateway}"] if gateway else []
    if registry:
        lines.append(f"  registry: {registry}")
    value = {"revoked": msgspec.to_builtins(revoked), "list": str(place.files.revocation), "gateway": gateway}
    value["registry"] = registry
    context.show(value, "\n".join(lines))


@click.command("renew-authority")
@click.option(
    "--root-key",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The file of the root's key; where 'pki init' put it when left out.",
)
@click.option(
    "--root-passphrase-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help=f"The root's passphrase in a file, - for standard input; also ${ROOT_PASSPHRASE}; else asked for.",
)
@unlocking
@click.pass_obj
def renew_authority(
    context: Context,
    root_key: Path | None,
    root_passphrase_file: Path | None,
    passphrase_file: Path | None,
    directory: Path | None,
) -> None:
    """Certify the authority's key again with the root's, for another ten years. What it issued stays valid."""
    place = pki_place.place(context, directory)
    root_word = passphrase(root_passphrase_file, ROOT_PASSPHRASE, "the root's key")
    with opened(place.files, lambda: passphrase(passphrase_file, PASSPHRASE, "the authority"), user()) as authority:
        renew_intermediate(authority, root_key or place.files.root_key, root_word, now())
    certificate = load_certificate(place.files.certificate.read_bytes(), str(place.files.certificate))
    end = certificate.not_valid_after_utc
    gateway = read_again(place)
    place.remember("authority-renewed", place.files.directory.name, f"until {end:%Y-%m-%d}")
    context.show(
        {"not_after": end.isoformat(), "certificate": str(place.files.certificate)},
        f"the authority is valid until {end:%Y-%m-%d}; devices get the new chain with their next certificate"
        + (f"\n  gateway: {gateway}" if gateway else ""),
    )


def _into_gateway(place: Place) -> str:
    """Have the gateway read the list, or say why it does not."""
    if place.configuration is None:
        return ""
    return unnamed_list(place, place.configuration) or read_again(place)


def _state(row: Issued, moment: dt.datetime) -> str:
    if row.state == "revoked":
        return f"revoked ({row.reason})"
    if row.state == "reserved":
        return "never handed out"
    days = (row.not_after - moment).days
    return f"valid, {counted(days, 'day')} left" if row.live(moment) else "expired"


def _findings(place: Place, records: tuple[Issued, ...], moment: dt.datetime) -> list[str]:
    found = []
    missing = {row.serial for row in records if row.state == "revoked"} - listed(place.files)
    if missing:
        found.append(f"{counted(len(missing), 'revocation')} not on the list: say 'leadglass pki revoke' again")
    if place.configuration is not None and (words := unnamed_list(place, place.configuration)):
        found.append(words)
    last = {row.device: row for row in records if row.state == "issued"}  # in order of their ends
    for row in sorted(last.values(), key=lambda row: row.not_after):
        days = (row.not_after - moment).days
        if days < SOON:
            when = f"ends in {counted(days, 'day')}" if row.live(moment) else f"ended on {row.not_after:%Y-%m-%d}"
            found.append(f"{row.device} {when}: 'leadglass pki renew {row.device}'")
    authority = load_certificate(place.files.certificate.read_bytes(), str(place.files.certificate))
    left = (authority.not_valid_after_utc - moment).days
    if left < AUTHORITY_SOON:
        found.append(f"the authority ends in {counted(left, 'day')}: 'leadglass pki renew-authority'")
    return found
