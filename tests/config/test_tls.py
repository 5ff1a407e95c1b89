"""Claims about [tls], and what listeners and archives say of TLS."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from leadglass.config import load
from leadglass.config.load import parse
from leadglass.config.render import toml
from leadglass.errors import ConfigurationError

BASE = """\
[[archive]]
id = "pacs"
host = "10.20.0.5"
port = 4242
{archive}
[[route]]
called = "PACS"
archive = "pacs"
[[listener]]
port = 2762
{listener}
{tls}
"""
TLS = '[tls]\ncertificate = "gateway.crt"\nkey = "gateway.key"\n'


def text(archive: str = "", listener: str = "", tls: str = "") -> str:
    return BASE.format(archive=archive, listener=listener, tls=tls)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in ("gateway.crt", "gateway.key", "client.crt", "client.key", "ca.pem", "revoked.pem"):
        (tmp_path / name).write_text("not looked at")
    return tmp_path / "leadglass.toml"


def test_a_listener_or_archive_over_tls_needs_certificates(file: Path) -> None:
    for wrong in (text(listener="tls = true"), text(archive="tls = true")):
        with pytest.raises(ConfigurationError, match=r"tls = true, and no \[tls\]"):
            parse(wrong, file)


def test_files_are_found_beside_the_configuration_and_the_client_shows_the_same_by_default(file: Path) -> None:
    configuration = parse(
        text(listener="tls = true", tls=TLS + 'trust = ["ca.pem"]\nrevocation = ["revoked.pem"]\n'), file
    )
    files = configuration.tls
    assert files is not None
    assert files.certificate == files.client_certificate == file.parent / "gateway.crt"
    assert files.key == files.client_key == file.parent / "gateway.key"
    assert (files.trust, files.revocation) == ((file.parent / "ca.pem",), (file.parent / "revoked.pem",))
    assert configuration.listeners[0].tls
    assert configuration.settings.expired_grace_days == 30


def test_what_is_shown_reads_back_as_the_same_tls(file: Path) -> None:
    own = TLS + 'client_certificate = "client.crt"\nclient_key = "client.key"\nexpired_grace_days = 3\n'
    archive = f'tls = true\nnetworks = ["10.20.0.0/24"]\ncertificates = ["sha256:{"ab" * 32}", "name:pacs.example"]'
    once = parse(text(archive=archive, tls=own), file)
    file.write_text(toml(once))
    again = load(file)
    assert dataclasses.replace(again, given=once.given) == once
    assert again.archives[0].certificates == (f"sha256:{'ab' * 32}", "name:pacs.example")
    assert again.settings.expired_grace_days == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (text(tls='[tls]\ncertificate = "none.crt"\nkey = "gateway.key"\n'), "no such file"),
        (text(tls=TLS + 'trust = ["none.pem"]\n'), "no such file"),
        (text(tls='[tls]\nkey = "gateway.key"\n'), "certificate is missing"),
        (text(tls=TLS + 'client_key = "client.key"\n'), "belong together"),
        (text(archive='certificates = ["name:pacs"]'), "without tls = true"),
        (text(archive='tls = true\ncertificates = ["name:a", "name:b", "name:c"]', tls=TLS), "certificates"),
        (text(archive='tls = true\ncertificates = ["sha256:AB"]', tls=TLS), "certificates"),
        (text(archive='networks = ["10.20.0.5/24"]'), "host bits"),
        (text(listener='tls = "yes"'), "listener.tls"),
    ],
)
def test_what_contradicts_itself_is_told(file: Path, wrong: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as fault:
        parse(wrong, file)
    assert said in str(fault.value)
    assert fault.value.place is not None
    assert fault.value.place.line
    assert fault.value.hint
