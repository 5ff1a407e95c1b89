"""Peers and certificates in the console: what is shown of a stranger, and what one action makes of it."""

from __future__ import annotations

import datetime as dt
import html
import re
import time
from dataclasses import replace

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tests.console import hospital
from tests.console.house import House

from leadglass.console.peer_form import fields_of, peer_of
from leadglass.model.certificate import Certificate
from leadglass.model.peer import Peer
from leadglass.model.status import CertificateEnd, UnknownPeer
from leadglass.store.appstate.certificates import learn_certificates, load_certificates
from leadglass.store.appstate.peers import load_peers, save_peer
from leadglass.store.appstate.unknown_peers import list_unknown, record_unknown

_A, _B, _C = (f"sha256:{digit * 64}" for digit in "abc")
END = 4_000_000_000
CT2 = Peer("ct2", "CT2", ("10.20.0.0/16",), ("approved"), ("C-STORE",), certificates=(_A,))
MR1 = Peer("mr1", "MR1", (), certificates=(_B,))


def shown(fingerprint: str = _C, **more: object) -> Certificate:
    return msgspec.structs.replace(
        Certificate(fingerprint, ("ct2",), "CN=ct2", "CN=ct2", END, error="self-signed certificate"), **more
    )


def caller(title: str = "CT2", certificate: Certificate | None = None, **more: object) -> UnknownPeer:
    error = certificate.error if certificate else ""
    made = UnknownPeer(
        "10.20.0.17", title, "PACS", 1, 1, 1, (hospital.CT,), tls=True, error=error, certificate=certificate
    )
    return msgspec.structs.replace(made, **more)


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))).replace("\u00a0", " ")


def button(text: str) -> dict[str, str]:
    """The fields of the one form that approves in one action."""
    (form,) = re.findall(r'<form method="post" action="/peers/approve">(.*?)</form>', text, re.DOTALL)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))


def test_a_stranger_is_shown_with_address_tls_error_and_certificate_and_one_action_pins_it(house: House) -> None:
    record_unknown(house.console.engine, caller("CT9", shown()))
    client = house.user("administrator")
    page = client.get("/peers").text
    text = plain(page)
    for words in (
        "10.20.0.17",
        "self-signed certificate",
        _C,
        "CN=ct2",
        "issued by itself",
        "no peer has the title CT9",
    ):
        assert words in text
    assert "with this certificate, as peer ct9" in text
    assert client.post("/peers/approve", data=button(page)).status_code == 303
    (peer,) = load_peers(house.console.engine)
    assert (peer.id, peer.title, peer.certificates, peer.plain) == ("ct9", "CT9", (_C,), False)
    assert peer.networks == ("10.20.0.17/32",)
    assert load_certificates(house.console.engine)[_C].not_after == END
    assert list_unknown(house.console.engine) == ()


def test_a_renewal_is_one_action_and_the_old_certificate_goes_on(house: House) -> None:
    save_peer(house.console.engine, CT2, "x", "")
    record_unknown(house.console.engine, caller(certificate=shown()))
    client = house.user("administrator")
    page = client.get("/peers").text
    assert "let this certificate prove peer ct2 beside what it has" in plain(page)
    client.post("/peers/approve", data=button(page))
    assert load_peers(house.console.engine) == (replace(CT2, certificates=(_A, _C)),)
    assert "has a further certificate" in client.get("/peers").text


def test_with_two_certificates_one_that_has_ended_makes_place_and_else_none(house: House) -> None:
    save_peer(house.console.engine, replace(CT2, certificates=(_A, _B)), "x", "")
    record_unknown(house.console.engine, caller(certificate=shown()))
    client = house.user("administrator")
    page = client.get("/peers").text
    assert "has 2 certificates already" in plain(page)
    assert 'action="/peers/approve">' not in page
    learn_certificates(house.console.engine, (Certificate(_A, not_after=1), Certificate(_B, not_after=END)))
    page = client.get("/peers").text
    assert "in place of one that has ended" in plain(page)
    client.post("/peers/approve", data=button(page))
    assert load_peers(house.console.engine)[0].certificates == (_B, _C)


def test_the_first_pin_of_a_peer_known_by_its_address_takes_nothing_away(house: House) -> None:
    old = Peer("ct2", "CT2", ("10.20.0.0/16",), operations=("C-STORE",), plain=True)
    save_peer(house.console.engine, old, "x", "")
    record_unknown(house.console.engine, caller(certificate=shown()))
    client = house.user("administrator")
    page = client.get("/peers").text
    assert "admitted by its address alone: nothing is pinned yet" in plain(page)
    client.post("/peers/approve", data=button(page))
    assert load_peers(house.console.engine) == (replace(old, certificates=(_C,)),)


@pytest.mark.parametrize("certificate", [shown(_B), shown(_C, revoked=True)])
def test_the_certificate_of_another_is_shown_as_such_and_never_approved_in_one_action(
    house: House, certificate: Certificate
) -> None:
    for peer in (CT2, MR1):
        save_peer(house.console.engine, peer, "x", "")
    record_unknown(house.console.engine, caller(certificate=certificate))
    client = house.user("administrator")
    page = client.get("/peers").text
    text = plain(page)
    assert "another's certificate" in text
    assert ("certificate of mr1 used under title CT2" in text) == (not certificate.revoked)
    assert ("is revoked" in text) == certificate.revoked
    assert 'action="/peers/approve">' not in page
    key = re.findall(r'name="caller" value="(\w+)"', page)[0]
    answer = client.post("/peers/approve", data={"caller": key, "defaults": "yes", "id": "ct2"})
    assert answer.status_code == 409
    assert load_peers(house.console.engine) == (CT2, MR1)


def test_who_comes_without_tls_is_approved_as_a_gap_and_never_in_place_of_a_certificate(house: House) -> None:
    record_unknown(house.console.engine, caller("CT9", tls=False))
    client = house.user("administrator")
    page = client.get("/peers").text
    assert "without TLS (counted as a gap: its address is all that proves it)" in plain(page)
    link = html.unescape(re.findall(r'href="(/peers/approve\?[^"]+)"', page)[0])
    form = client.get(link).text
    assert "It called without TLS." in plain(form)
    assert 'name="plain" value="yes" checked' in form
    client.post("/peers/approve", data=button(page))
    assert load_peers(house.console.engine)[0].plain
    assert "1 gap 1 peer may call without TLS" in plain(client.get("/peers").text)
    save_peer(house.console.engine, CT2, "x", "")
    record_unknown(house.console.engine, caller(tls=False))
    page = client.get("/peers").text
    assert "it called without TLS, and ct2 is not permitted to" in plain(page)
    assert 'action="/peers/approve">' not in page


def test_a_certificate_that_changed_since_the_page_was_read_is_not_approved(house: House) -> None:
    save_peer(house.console.engine, CT2, "x", "")
    record_unknown(house.console.engine, caller(certificate=shown()))
    client = house.user("administrator")
    sent = button(client.get("/peers").text)
    record_unknown(house.console.engine, caller(certificate=shown(_B)))
    assert client.post("/peers/approve", data=sent).status_code == 303
    assert load_peers(house.console.engine)[0].certificates == (_A, _C)
    record_unknown(house.console.engine, caller("CT9", shown("sha256:" + "d" * 64)))
    page = client.get("/peers?text=").text
    keys = set(re.findall(r'name="caller" value="(\w+)"', page))
    save_peer(house.console.engine, Peer("ct9", "CT9", (), certificates=("sha256:" + "e" * 64,)), "x", "")
    answers = [client.post("/peers/approve", data={"caller": key, "defaults": "yes", "id": "ct9-2"}) for key in keys]
    assert {answer.status_code for answer in answers} == {409}  # it would be a renewal now, and the page said otherwise


def test_a_failed_handshake_is_dismissed_or_approved_with_a_title(house: House) -> None:
    for certificate, address in ((shown(), "10.20.0.5"), (None, "10.20.0.6")):
        record_unknown(
            house.console.engine,
            caller("", certificate, address=address, called="", error="wrong curve", sop_classes=()),
        )
    client = house.user("administrator")
    page = client.get("/peers").text
    assert plain(page).count("TLS failed") == 2
    assert "wrong curve" in page
    (link,) = re.findall(r'href="(/peers/approve\?[^"]+)"', page)
    form = client.get(html.unescape(link)).text
    assert "It gave no AE title" in plain(form)
    key = html.unescape(link).partition("caller=")[2]
    sent = {
        "caller": key,
        "id": "ct2",
        "title": "CT2",
        "certificates": _C,
        "operations": ["C-ECHO"],
        "sop_classes": "*",
    }
    assert client.post("/peers/approve", data={**sent, "archives": ["*"], "title": ""}).status_code == 400
    assert client.post("/peers/block", data={"caller": key}).status_code == 409
    assert client.post("/peers/approve", data={**sent, "archives": ["*"]}).status_code == 303
    assert load_peers(house.console.engine)[0].certificates == (_C,)
    (other,) = re.findall(
        r'action="/peers/dismiss"><input type="hidden" name="caller" value="(\w+)"', client.get("/peers").text
    )
    assert client.post("/peers/dismiss", data={"caller": other}).status_code == 303
    assert list_unknown(house.console.engine) == ()


def pem() -> tuple[str, str]:
    """A certificate as people paste it, and its digest."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ct2")])
    end = dt.datetime.fromtimestamp(END, dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, end - dt.timedelta(90), end)
    signed = made.sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.PEM).decode(), "sha256:" + signed.fingerprint(hashes.SHA256()).hex()


def test_certificates_are_pasted_typed_or_named_in_the_form(house: House) -> None:
    client = house.user("administrator")
    text, digest = pem()
    sent = {"id": "ct2", "title": "CT2", "operations": ["*"], "sop_classes": "*", "archives": ["*"]}
    crlf = text.replace("\n", "\r\n") + "\r\nname:CT 2\r\n"
    assert (
        client.post("/peers/new", data={**sent, "certificates": crlf, "host": "ct2", "port": "104"}).status_code == 303
    )
    (peer,) = load_peers(house.console.engine)
    assert peer.certificates == (digest, "name:CT 2")
    assert (peer.networks, peer.plain, peer.host, peer.port) == ((), False, "ct2", 104)
    assert load_certificates(house.console.engine)[digest].not_after == END
    form = client.get("/peers/edit?id=ct2").text
    assert digest in form
    broken = text.replace("M", "!", 5)
    for wrong in (
        {"certificates": broken},
        {"certificates": f"{_A} {_B}"},
        {"certificates": "\n".join((_A, _B, _C))},
        {"certificates": ""},
        {"certificates": _A, "plain": "yes"},
        {"certificates": _A, "host": "ct2"},
        {"certificates": _A, "host": "ct2", "port": "x"},
        {"certificates": _A, "host": "ct2", "port": "99999"},
        {"certificates": _A, "host": "ct 2", "port": "104"},
        {"certificates": _A, "levels": ["STUDY", "NONE"]},
        {"certificates": _A, "destinations": "A\nMUCH TOO LONG A TITLE"},
    ):
        answer = client.post("/peers/edit", data={**sent, **wrong})
        assert answer.status_code == 400, wrong
        assert "Not saved" in answer.text
    assert load_peers(house.console.engine) == (peer,)


def test_every_field_of_a_peer_comes_back_from_its_form() -> None:
    peer = replace(
        CT2,
        certificates=(_A, "name:a b"),
        plain=True,
        host="h",
        port=104,
        destinations=("WS1", "WS2"),
        levels=("STUDY",),
    )
    assert peer_of(fields_of(peer)) == (peer, ())


def test_hostile_certificates_cannot_hide_or_break_out(house: House) -> None:
    evil = "<script>\u202e\x07" + "x" * 200
    record_unknown(
        house.console.engine, caller(hospital.HOSTILE, shown(subject=evil, issuer=evil, names=(evil,), error=evil))
    )
    page = house.user("administrator").get("/peers").text
    assert "<script>\u202e" not in page
    assert "⟨U+202E⟩" in page


def test_gaps_and_ends_are_told_on_the_overview(house: House) -> None:
    now = time.time_ns()
    ends = now // 1_000_000_000 + 5 * 86_400
    house.registrar.status_now = msgspec.structs.replace(
        hospital.status(now),
        plain=("ct2",),
        plain_count=1,
        certificate_ends=(CertificateEnd(("mr1",), _A, "CN=mr1", ends, ends),),
    )
    text = plain(house.user("administrator").get("/").text)
    assert "1 peer may call without TLS: ct2" in text
    assert "Certificates end: mr1 in " in text
