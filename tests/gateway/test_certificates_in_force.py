"""What `leadglass pki` changes is in force in a running gateway at once: a revocation, a renewal, the gateway's own."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.running import Gateway
from tests.peers.processes import dcmtk, free_port
from tests.peers.scripted import ScriptedArchive

WORDS = {
    "LEADGLASS_PKI_PASSPHRASE": "a word for every day",
    "LEADGLASS_PKI_ROOT_PASSPHRASE": "a word for every decade",
}


@dataclass(frozen=True)
class Clinic:
    """A gateway over TLS with an authority beside it."""

    gateway: Gateway
    port: int

    def pki(self, *arguments: str) -> Any:
        said = self.gateway.cli("pki", *arguments, "--json")
        assert said.returncode == 0, said.stdout + said.stderr
        return json.loads(said.stdout)

    def echo(self, made: dict[str, str]) -> bool:
        """Whether the device gets through with what was handed out to it."""
        place, name = Path(made["directory"]), made["device"]
        files = ("+tls", place / f"{name}.key", place / f"{name}-chain.pem", "+cf", place / "ca.pem")
        return dcmtk("echoscu", *files, "-aet", made["title"], "-aec", "PACS", "localhost", self.port).returncode == 0

    def shown(self) -> str:
        """The certificate the gateway shows, PEM."""
        return ssl.get_server_certificate(("127.0.0.1", self.port))


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    archive, port = ScriptedArchive(), free_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, word in WORDS.items():
            patch.setenv(name, word)
        route = {"PACS": 'archive = "script"\nmode = "enforce"\n'}
        gateway = Gateway(tmp_path_factory.mktemp("clinic"), {"script": archive.port}, route, start=False)
        made = Clinic(gateway, port)
        made.pki("init")
        table = made.pki("gateway", "--host", "localhost")["toml"]
        gateway.extend(f'{table}[[listener]]\naddress = "127.0.0.1"\nport = {port}\ntls = true\n')
        gateway.start()
        try:
            gateway.wait_ready()
            yield made
        finally:
            gateway.destroy()
            archive.close()


def test_a_revoked_device_is_refused_from_then_on_and_others_are_not(clinic: Clinic) -> None:
    good = clinic.pki("enrol", "good", "--title", "GOOD", "--register")
    stolen = clinic.pki("enrol", "stolen", "--title", "STOLEN", "--register")
    assert "in force" in stolen["registry"]
    assert clinic.echo(good)
    assert clinic.echo(stolen)
    said = clinic.pki("revoke", "stolen", "--reason", "keyCompromise")
    assert said["gateway"].startswith("in force")
    assert not clinic.echo(stolen)
    assert clinic.echo(good)


def test_a_renewal_has_no_gap(clinic: Clinic) -> None:
    first = clinic.pki("enrol", "us-1", "--title", "US1", "--register")
    second = clinic.pki("renew", "us-1")
    assert clinic.echo(first)
    assert clinic.echo(second)


def test_the_gateways_next_certificate_is_shown_at_once(clinic: Clinic) -> None:
    before = clinic.shown()
    assert clinic.pki("renew", "gateway")["gateway"].startswith("in force")
    assert clinic.shown() != before
