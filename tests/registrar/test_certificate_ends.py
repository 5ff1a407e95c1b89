"""The ends of certificates: told at 60, 30 and 7 days and at the end, each once, and from the start of a grace."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from leadglass.model.certificate import Certificate
from leadglass.model.event import Alarm
from leadglass.model.peer import Peer
from leadglass.model.tls import Tls
from leadglass.registrar.certificate_ends import CertificateEnds
from leadglass.store.appstate.certificates import load_certificates
from leadglass.store.appstate.engine import open_appstate
from leadglass.store.appstate.peers import delete_peer, save_peer

DAY = 86_400
END = 1_900_000_000
GRACE = 30 * DAY
_A, _B, _C = (f"sha256:{digit * 64}" for digit in "abc")
CT1 = Peer("ct1", "CT1", (), certificates=(_A,))
SHOWN = Certificate(_A, (), "CN=ct1", "CN=ct1", END)


class Watch:
    """A registrar's watch whose clock is set by hand."""

    def __init__(self, directory: Path) -> None:
        self.now = END - 100 * DAY
        self.engine: Engine = open_appstate(directory / "a.sqlite")
        self.told: list[Alarm] = []
        self.start()

    def start(self) -> None:
        """Begin again, as after a restart."""
        self.ends = CertificateEnds(self.engine, self.told.append, lambda: self.now * 1_000_000_000)

    def at(self, seconds: int, tls: Tls | None = None) -> list[tuple[str, str, str]]:
        """What is told at this time."""
        self.now = seconds
        self.told.clear()
        asyncio.run(self.ends.look(GRACE, tls))
        return [(alarm.severity, alarm.code, alarm.text) for alarm in self.told]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path)


def test_each_threshold_is_told_once_and_also_after_a_restart(watch: Watch) -> None:
    save_peer(watch.engine, CT1, "anna", "", shown=(SHOWN,))
    assert watch.at(END - 60 * DAY - 1) == []
    assert not watch.ends.found
    for days in (60, 30, 7):
        (told,) = watch.at(END - days * DAY)
        assert told == ("warning", "certificate-expiring", f"the certificate of ct1 (CN=ct1) ends in {days} days")
        watch.start()
        assert watch.at(END - days * DAY + 3_600) == []
    (told,) = watch.at(END)
    words = "the certificate of ct1 (CN=ct1) has ended; it is refused after 30 days of grace"
    assert told == ("critical", "certificate-expired", words)
    watch.start()
    assert watch.at(END + 40 * DAY) == []
    (row,) = watch.ends.found
    assert (row.owners, row.not_after, row.refused, row.renewed) == (("ct1",), END, END + GRACE, False)


def test_a_gateway_that_was_off_tells_the_latest_threshold_only(watch: Watch) -> None:
    save_peer(watch.engine, CT1, "anna", "", shown=(SHOWN,))
    assert [text for _, _, text in watch.at(END - 5 * DAY)] == ["the certificate of ct1 (CN=ct1) ends in 5 days"]
    assert watch.at(END - 4 * DAY) == []


def test_a_renewed_certificate_is_told_as_such_and_the_new_one_in_its_time(watch: Watch) -> None:
    new = Certificate(_B, (), "CN=ct1", "CN=ct1", END + 400 * DAY)
    save_peer(watch.engine, replace(CT1, certificates=(_A, _B)), "anna", "", shown=(SHOWN, new))
    assert watch.at(END) == [
        ("warning", "certificate-expired", "the certificate of ct1 (CN=ct1) has ended; another one is pinned beside it")
    ]
    assert watch.ends.found[0].renewed
    (told,) = watch.at(END + 400 * DAY - 30 * DAY)
    assert told[2] == "the certificate of ct1 (CN=ct1) ends in 30 days"


def test_two_pins_that_both_end_are_no_renewal(watch: Watch) -> None:
    both = (SHOWN, Certificate(_B, (), "CN=b", "", END + DAY))
    save_peer(watch.engine, replace(CT1, certificates=(_A, _B)), "anna", "", shown=both)
    assert [severity for severity, _, _ in watch.at(END)] == ["critical", "warning"]
    assert [row.renewed for row in watch.ends.found] == [False, False]


def test_one_certificate_of_two_titles_is_told_once_with_both(watch: Watch) -> None:
    save_peer(watch.engine, CT1, "anna", "", shown=(SHOWN,))
    save_peer(watch.engine, replace(CT1, id="ct1-mpps", title="CT1_MPPS"), "anna", "")
    assert [text for _, _, text in watch.at(END - DAY)] == [
        "the certificate of ct1 and ct1-mpps (CN=ct1) ends in 1 day"
    ]


def test_nobody_is_alarmed_about_blocked_deleted_and_unseen_certificates(watch: Watch) -> None:
    save_peer(watch.engine, CT1, "anna", "")  # its digest alone: nobody knows when it ends
    assert watch.at(END) == []
    save_peer(watch.engine, replace(CT1, status="blocked"), "anna", "", shown=(SHOWN,))
    assert watch.at(END) == []
    delete_peer(watch.engine, "ct1", "anna", "")
    assert watch.at(END) == []


def test_what_nobody_pins_is_forgotten_in_the_end_and_what_is_pinned_never(watch: Watch) -> None:
    pinned = Certificate(_B, (), "", "", END)
    save_peer(watch.engine, replace(CT1, certificates=(_A, _B)), "anna", "", shown=(SHOWN, pinned))
    save_peer(watch.engine, replace(CT1, certificates=(_B,)), "anna", "")
    watch.at(END + 89 * DAY)
    assert set(load_certificates(watch.engine)) == {_A, _B}
    watch.at(END + 91 * DAY)
    assert set(load_certificates(watch.engine)) == {_B}


def test_the_gateways_own_certificates_are_told_too(watch: Watch, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    end = dt.datetime.fromtimestamp(END, dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, end - dt.timedelta(90), end).sign(
        key, hashes.SHA256()
    )
    (tmp_path / "gateway.crt").write_bytes(made.public_bytes(Encoding.PEM))
    tls = Tls(str(tmp_path / "gateway.crt"), "", str(tmp_path / "gone.crt"), "")
    assert watch.at(END - 30 * DAY, tls) == [
        ("warning", "certificate-expiring", "the gateway's own certificate (CN=gateway) ends in 30 days")
    ]
    assert watch.at(END - 29 * DAY, tls) == []
    ((severity, _, text),) = watch.at(END, tls)
    assert (severity, text) == (
        "critical",
        "the gateway's own certificate (CN=gateway) has ended: devices and archives may refuse it",
    )
    assert watch.ends.found[0].refused == END
    assert watch.at(END + DAY) == []  # TLS was switched off
    assert not watch.ends.found
