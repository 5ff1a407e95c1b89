"""From a certificate to what a person takes away: files, instructions, the registry, words. Decides nothing."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Any

from leadglass.cli.context import Context
from leadglass.cli.pki_options import Wishes
from leadglass.cli.pki_place import Place
from leadglass.cli.pki_registry import pin
from leadglass.errors import LeadglassError
from leadglass.pki import bundle
from leadglass.pki.authority import Authority, Certified
from leadglass.pki.deliver import deliver
from leadglass.pki.instructions import GatewayPlace, Sheet, as_html, as_text
from leadglass.pki.records import GATEWAY, Issued
from leadglass.pki.sealed_key import PrivateKey
from leadglass.store.durable import fsync_directory

_TLS_LISTENER = (
    "and where devices call over TLS, and an archive is called so:",
    "",
    "[[listener]]",
    "port = 2762",
    "tls = true",
    "",
    "[[archive]]",
    "tls = true",
)

PASSWORD_BYTES = 15  # of a PKCS#12 file that nobody chose one for: 120 bits, 20 characters


def bundle_directory(place: Place, record: Issued, wishes: Wishes) -> Path:
    """Where the bundle of a certificate goes."""
    return wishes.out.absolute() if wishes.out else place.files.bundle(record.device, record.serial)


def write_bundle(
    place: Place, authority: Authority, certified: Certified, key: PrivateKey | None, wishes: Wishes, now: dt.datetime
) -> Path:
    """Write everything for one device into one directory; returns it. ``key`` is None where the device has it."""
    record, name = certified.record, certified.record.device
    above, root = authority.certificate, authority.root
    public = bundle.certificates(name, certified.certificate, above, root)
    secret: dict[str, bytes] = {}
    if key is not None:
        password = wishes.password or secrets.token_urlsafe(PASSWORD_BYTES)
        chosen = bool(wishes.password)
        secret = bundle.secrets(name, key, certified.certificate, above, root, password, old=wishes.old_pkcs12)
        if chosen:  # whoever chose it knows it
            del secret[f"{name}.p12.password"]
    gateway = GatewayPlace() if name == GATEWAY else place.gateway(wishes.gateway_host)
    sheet = Sheet(place.site, record, frozenset((*public, *secret)), root, gateway, now)
    public |= {"instructions.txt": as_text(sheet).encode(), "instructions.html": as_html(sheet).encode()}
    directory = bundle_directory(place, record, wishes)
    deliver(directory, public, secret)
    if name == GATEWAY:
        _point(place.files.directory / GATEWAY, directory)
    return directory


def present(
    context: Context,
    record: Issued,
    directory: Path,
    *,
    registry: str = "",
    gateway: str = "",
    toml: str = "",
) -> None:
    """Tell what was made."""
    value: dict[str, Any] = {
        "device": record.device,
        "title": record.title,
        "names": list(record.names),
        "serial": record.serial,
        "fingerprint": record.fingerprint,
        "not_after": record.not_after.isoformat(),
        "directory": str(directory),
        "registry": registry,
        "gateway": gateway,
    }
    lines = [
        f"{record.device}: certificate until {record.not_after:%Y-%m-%d}, serial {record.serial}",
        f"  {record.fingerprint}",
        f"  files and instructions.html: {directory}",
    ]
    if registry:
        lines.append(f"  registry: {registry}")
    if gateway:
        lines.append(f"  gateway: {gateway}")
    if toml:
        lines += ["", "in leadglass.toml, where it is not there yet:", "", toml, *_TLS_LISTENER]
        value["toml"] = toml
    context.show(value, "\n".join(lines))


def register(
    place: Place,
    certified: Certified,
    wishes: Wishes,
    directory: Path,
    *,
    known: bool,
    now: dt.datetime,
) -> str:
    """Bind the certificate to its device in the registry where it is ``known`` or wanted; else say how.

    Raises:
        LeadglassError: the certificate is issued, and the registry not changed.
    """
    record = certified.record
    line = f"leadglass peer add {record.device} --title '{record.title}'"
    line += f" --certificate {directory / (record.device + '.crt')}"
    if not known:
        return f"not changed; to add the device: {line}"
    live = frozenset(row.fingerprint for row in place.files.records.all() if row.live(now))
    try:
        return pin(place, certified, wishes, live)
    except LeadglassError as error:
        raise LeadglassError(
            f"the certificate is issued ({directory}); in the registry: {error.message}", error.hint, error.place
        ) from error


def toml_table(place: Place) -> str:
    """The [tls] table of a configuration that uses this authority and the gateway's certificate."""
    files, own = place.files, place.files.directory / GATEWAY
    return (
        "[tls]\n"
        f'certificate = "{own / (GATEWAY + "-chain.pem")}"\n'
        f'key = "{own / (GATEWAY + ".key")}"\n'
        f'trust = ["{files.trust}"]\n'
        f'revocation = ["{files.revocation}"]\n'
    )


def _point(link: Path, directory: Path) -> None:
    """Key and certificate change in one step: the configuration names them through this link."""
    draft = link.with_name(f".{link.name}.{secrets.token_hex(4)}")
    draft.symlink_to(os.path.relpath(directory, link.parent))
    draft.rename(link)
    fsync_directory(link.parent)
