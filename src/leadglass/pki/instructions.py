"""The page that goes with a certificate to whoever sets the device up: as text, and as HTML to print. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib import resources

import jinja2
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from leadglass.pki.records import GATEWAY, Issued


@dataclass(frozen=True, slots=True)
class GatewayPlace:
    """Where devices find the gateway.

    Attributes:
        host: name or address; empty when not known.
        ports: of its TLS listeners.
        called: AE titles it answers to.
        host_proved: the gateway's certificate holds ``host``.
    """

    host: str = ""
    ports: tuple[int, ...] = ()
    called: tuple[str, ...] = ()
    host_proved: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page says.

    Attributes:
        site: the hospital.
        record: of the certificate.
        files: in the bundle, by name.
        root: the authority to trust.
        gateway: where the device calls.
        made: when.
    """

    site: str
    record: Issued
    files: frozenset[str]
    root: x509.Certificate
    gateway: GatewayPlace
    made: dt.datetime


def as_text(sheet: Sheet) -> str:
    """Plain text, for a terminal or a mail."""
    return _environment().get_template("instructions.txt").render(_values(sheet))


def as_html(sheet: Sheet) -> str:
    """One self-contained page to print."""
    return _environment().get_template("instructions.html").render(_values(sheet))


def _values(sheet: Sheet) -> dict[str, object]:
    return {
        "sheet": sheet,
        "record": sheet.record,
        "gateway": sheet.gateway,
        "name": sheet.record.device,
        "rows": _rows(sheet),
        "root_subject": sheet.root.subject.rfc4514_string(),
        "root_fingerprint": _spaced(sheet.root.fingerprint(SHA256()).hex()),
        "root_end": sheet.root.not_valid_after_utc,
        "fingerprint": _spaced(sheet.record.fingerprint.removeprefix("sha256:")),
        "for_gateway": sheet.record.device == GATEWAY,
    }


_WHAT = (
    (".key", "private key (PEM, PKCS#8)", True),
    ("-key.der", "private key (DER, PKCS#8)", True),
    (".crt", "certificate (PEM)", False),
    (".der", "certificate (DER)", False),
    ("-chain.pem", "certificate with its issuer (PEM): take this where one file is asked for", False),
    ("-key-and-chain.pem", "key, certificate and issuer in one file (PEM)", True),
    (".p12", "all of it in one file (PKCS#12, .pfx), opened by a password", True),
    (".p12.password", "that password: bring it another way than the file", True),
)
_AUTHORITY = (
    ("ca.pem", "the authority to trust (PEM)"),
    ("ca.der", "the authority to trust (DER)"),
    ("ca-intermediate.pem", "its intermediate (PEM), where the device asks for it"),
    ("ca-intermediate.der", "its intermediate (DER)"),
)


def _rows(sheet: Sheet) -> list[tuple[str, str, bool]]:
    """File, what it is, whether it is secret."""
    own = [(f"{sheet.record.device}{tail}", words, secret) for tail, words, secret in _WHAT]
    return [row for row in (*own, *((name, words, False) for name, words in _AUTHORITY)) if row[0] in sheet.files]


def _spaced(digest: str) -> str:
    """A digest to read aloud: groups of four."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


@cache
def _environment() -> jinja2.Environment:
    source = resources.files("leadglass.pki")
    texts = {name: source.joinpath(name).read_text("utf-8") for name in ("instructions.txt", "instructions.html")}
    return jinja2.Environment(
        loader=jinja2.DictLoader(texts),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
