"""Claims about the authority beside a gateway: its configuration, its registry, its record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.pki.conftest import ROOT_WORD, WORD

from leadglass.cli.main import run
from leadglass.config import load
from leadglass.model.event import AdministratorAction, decode
from leadglass.model.peer import Peer
from leadglass.store.appstate.engine import open_appstate, reading
from leadglass.store.appstate.peers import load_peers, save_peer
from leadglass.store.appstate.tables import outbox

TOML = '[site]\nname = "St. Elsewhere"\n[[archive]]\nid = "pacs"\nhost = "10.0.0.1"\nport = 104\n'
ROUTE = '[[route]]\ncalled = "PACS"\narchive = "pacs"\n'


class Site:
    """A gateway's configuration with an authority in its data directory; nothing runs."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file = directory / "leadglass.toml"
        self.file.write_text(TOML + ROUTE)
        self._capsys = capsys
        self.err = ""
        self("pki", "init")

    def __call__(self, *arguments: str, code: int = 0) -> Any:
        self._capsys.readouterr()
        assert run(("-c", str(self.file), *arguments, "--json")) == code, self._capsys.readouterr()
        out, self.err = self._capsys.readouterr()
        return json.loads(out) if out else None

    def peers(self) -> dict[str, Peer]:
        engine = open_appstate(load(self.file).application_state)
        try:
            return {peer.id: peer for peer in load_peers(engine)}
        finally:
            engine.dispose()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Site:
    monkeypatch.setenv("LEADGLASS_PKI_PASSPHRASE", WORD)
    monkeypatch.setenv("LEADGLASS_PKI_ROOT_PASSPHRASE", ROOT_WORD)
    return Site(tmp_path, capsys)


def with_tls(site: Site) -> None:
    """The configuration gets the lines that are printed for it."""
    table = site("pki", "gateway", "--host", "gw.example.org")["toml"]
    site.file.write_text(f"{TOML}{ROUTE}{table}[[listener]]\nport = 2762\ntls = true\n")


def test_the_lines_printed_for_the_gateway_are_a_configuration(site: Site) -> None:
    with_tls(site)
    configuration = load(site.file)
    assert configuration.tls is not None
    directory = configuration.data.root / "pki"
    assert configuration.tls.key == directory / "gateway" / "gateway.key"
    assert configuration.tls.revocation == (directory / "revocation.pem",)
    assert [(listener.port, listener.tls) for listener in configuration.listeners] == [(2762, True)]
    assert site("config", "check") is not None
    made = Path(site("pki", "enrol", "ct-1", "--title", "CT1")["directory"])
    text = (made / "instructions.txt").read_text()
    assert "Port        2762" in text
    assert "Called AE   PACS" in text


def test_one_command_enrols_registers_and_is_on_record(site: Site) -> None:
    where = ("--network", "10.0.0.7", "--listens", "[::1]:104")
    made = site("pki", "enrol", "ct-1", "--title", "CT1", "--operation", "C-STORE", *where)
    peer = site.peers()["ct-1"]
    assert (peer.title, peer.networks, peer.operations) == ("CT1", ("10.0.0.7/32",), ("C-STORE",))
    assert peer.certificates == (made["fingerprint"],)
    assert not peer.plain
    assert (peer.host, peer.port) == ("::1", 104)
    engine = open_appstate(load(site.file).application_state)
    with reading(engine) as connection:
        bodies = [decode(row.event).body for row in connection.execute(outbox.select())]
    engine.dispose()
    actions = [body.action for body in bodies if isinstance(body, AdministratorAction)]
    assert actions == ["authority-created", "certificate-issued", "peer-created"]


def test_without_being_asked_the_registry_stays_and_the_command_for_it_is_printed(site: Site) -> None:
    said = site("pki", "enrol", "ct-1", "--title", "CT1")["registry"]
    assert site.peers() == {}
    command = said.partition("leadglass ")[2].replace("'", "").split()
    site(*command)
    assert site.peers()["ct-1"].certificates


def test_a_renewal_binds_the_next_certificate_beside_the_one_in_use(site: Site) -> None:
    first = site("pki", "enrol", "ct-1", "--title", "CT1", "--register")["fingerprint"]
    second = site("pki", "renew", "ct-1")["fingerprint"]
    assert site.peers()["ct-1"].certificates == (first, second)
    third = site("pki", "renew", "ct-1")["fingerprint"]
    assert site.peers()["ct-1"].certificates == (second, third)


def test_a_revoked_pin_is_let_go_but_never_the_last(site: Site) -> None:
    with_tls(site)
    first = site("pki", "enrol", "ct-1", "--title", "CT1", "--register")
    second = site("pki", "renew", "ct-1")
    site("pki", "revoke", first["serial"], "--reason", "superseded")
    assert site.peers()["ct-1"].certificates == (second["fingerprint"],)
    site("pki", "revoke", second["serial"], "--reason", "keyCompromise")
    assert site.peers()["ct-1"].certificates == (second["fingerprint"],)


def test_a_list_that_the_gateway_does_not_read_is_a_finding(site: Site) -> None:
    site("pki", "enrol", "ct-1", "--title", "CT1")
    said = site("pki", "revoke", "ct-1", "--reason", "keyCompromise")
    assert "add revocation = [" in said["gateway"]
    assert "add revocation = [" in site("pki", "list", code=1)["findings"][0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("enrol", "ct-2", "--title", "OTHER"), "device ct-2 calls with 'CT2'"),
        (("enrol", "ct-3", "--title", "CT3", "--network", "10.0.0.0/33"), "10.0.0.0/33"),
        (("enrol", "ct-3", "--title", "CT3", "--register", "--operation", "C-STOER"), "C-STOER"),
        (("enrol", "ct-3", "--title", "CT3", "--register", "--listens", "a b:104"), "a b"),
    ],
)
def test_what_the_registry_would_not_take_is_not_issued(site: Site, arguments: tuple[str, ...], words: str) -> None:
    engine = open_appstate(load(site.file).application_state)
    save_peer(engine, Peer("ct-2", "CT2", ("10.0.0.8/32",), plain=True), "test", "local", new=True)
    engine.dispose()
    site("pki", *arguments, code=4)
    assert words in site.err
    assert site("pki", "list", code=1)["certificates"] == []
