"""Whom a certificate proves, and whether its names are free. Pure."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from leadglass.model.ae_title import ae_field, ae_title
from leadglass.pki.errors import PkiError
from leadglass.pki.records import GATEWAY, Issued

MAX_NAMES = 16
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Subject:
    """A device or the gateway.

    Attributes:
        device: its id, the same as in the registry; `GATEWAY` for the gateway.
        title: AE title; empty for the gateway.
        names: host names and addresses, lower case; a device's id is the first of them.
    """

    device: str
    title: str
    names: tuple[str, ...]

    @property
    def common_name(self) -> str:
        """For people: the title, else the first name that fits."""
        return self.title or self.names[0][:64]


def device(identifier: str, title: str, hosts: Iterable[str] = ()) -> Subject:
    """A device; its id is a name it proves: unlike an AE title it stands for one device only.

    Raises:
        PkiError: the id, the title or a host cannot be used.
    """
    if not _ID.fullmatch(identifier) or identifier == GATEWAY:
        raise PkiError(
            f"not an id for a device: {identifier!r}", "lower case letters, digits, '.', '_', '-'; not 'gateway'"
        )
    try:
        title = ae_title(ae_field(title))
    except ValueError as error:
        raise PkiError(str(error), "use the title the device calls with") from None
    return Subject(identifier, title, _names((identifier, *hosts)))


def gateway(hosts: Iterable[str]) -> Subject:
    """The gateway under the names and addresses by which devices and archives reach it.

    Raises:
        PkiError: none, or one cannot be used.
    """
    return Subject(GATEWAY, "", _names(hosts))


def check_free(subject: Subject, digest: str, records: Iterable[Issued], now: dt.datetime, *, again: bool) -> None:
    """That neither a name nor the key is another's, and the key was never revoked.

    Args:
        subject: who wants them.
        digest: of its key, `request.key_digest`.
        records: everything issued.
        now: aware.
        again: it may have a certificate already.

    Raises:
        PkiError: with the device that has it.
    """
    for record in records:
        if record.key_digest == digest and record.state == "revoked":
            raise PkiError(f"a certificate of this key was revoked ({record.device})", "make a new key")
        if record.key_digest == digest and record.device != subject.device:
            raise PkiError(f"this is the key of {record.device}", "each device has its own key: make one there")
        if not record.live(now):
            continue
        if record.device == subject.device and not again:
            raise PkiError(
                f"{record.device} has a certificate until {record.not_after:%Y-%m-%d}",
                f"the next one: 'leadglass pki renew {record.device}'; a stolen one: 'leadglass pki revoke'",
            )
        if record.device != subject.device and (taken := set(record.names) & set(subject.names)):
            raise PkiError(
                f"{min(taken)!r} is a name of {record.device}", "use another, or revoke that device's certificate"
            )


def _names(hosts: Iterable[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(map(_name, hosts)))
    if not 1 <= len(names) <= MAX_NAMES:
        raise PkiError(f"a certificate has 1 to {MAX_NAMES} names", "give host names or addresses with --host")
    return names


def _name(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if not _HOST.fullmatch(host.lower()):
        raise PkiError(f"not a host name or an address: {host!r}", "for example ct1.example.org or 10.20.0.17")
    return host.lower()
