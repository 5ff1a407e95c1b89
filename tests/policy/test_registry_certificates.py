"""Who a caller is when peers are proved by certificates, and that a title alone is nobody."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.hospital import replace

from leadglass.errors import ConfigurationError
from leadglass.model.certificate import Certificate
from leadglass.model.peer import Peer
from leadglass.policy.registry import DAY, Registry

_A, _B, _C = (f"sha256:{digit * 64}" for digit in "abc")
END = 1_900_000_000  # UTC s


def shown(fingerprint: str = _A, **more: Any) -> Certificate:
    return Certificate(fingerprint, not_after=END, **more)


CT = Peer("ct1", "CT1", certificates=(_A,), networks=())
MR = Peer("mr1", "MR1", certificates=(_B,), networks=("10.2.0.0/16",))
XA = Peer("xa1", "XA1", networks=("10.3.0.0/16",))
CR = Peer("cr1", "CR1", networks=("10.4.0.0/16",), plain=True)
NAMED = Peer("us1", "US1", networks=(), certificates=("name:us1.example",))
HOUSE = (CT, MR, XA, CR, NAMED)


def answer(title: str, address: str = "10.2.0.1", peers: tuple[Peer, ...] = HOUSE, **how: Any) -> tuple[str, str, str]:
    """Who it is, or the cause and the words of the refusal."""
    match = Registry(peers).match(address, title, **how)
    return (match.peer.id if match.peer else "", str(match.cause), match.failed)


def test_a_pinned_certificate_and_its_title_are_the_peer_from_any_address() -> None:
    for address in ("10.2.0.1", "192.0.2.9", "2001:db8::1"):
        assert answer("CT1", address, certificate=shown(), tls=True) == ("ct1", "", "")


def test_a_title_alone_is_nobody() -> None:
    assert answer("CT1") == ("", "plain", "it called without TLS, and ct1 is not permitted to")
    assert answer("CT1", tls=True) == ("", "certificate", "it showed no certificate, and ct1 has to")
    stranger = shown(_C, subject="CN=me\n")
    assert answer("CT1", certificate=stranger, tls=True) == (
        "",
        "certificate",
        "certificate cccccccccccccccc… (CN=me\\n) is none of ct1",
    )


@pytest.mark.parametrize("title", ["MR1", "ct1", "NOBODY", ""])
@pytest.mark.parametrize("address", ["10.2.0.1", "192.0.2.9"])
def test_a_certificate_under_another_title_is_refused_and_named(title: str, address: str) -> None:
    who, cause, failed = answer(title, address, certificate=shown(), tls=True)
    assert (who, cause) == ("", "certificate")
    assert failed.startswith(f"certificate of ct1 used under title {title or '(none)'}")
    assert ("(case counts)" in failed) == (title == "ct1")


def test_one_certificate_may_belong_to_two_titles_of_one_device() -> None:
    peers = (CT, replace(CT, id="ct1-mpps", title="CT1_MPPS"), MR)
    assert answer("CT1", peers=peers, certificate=shown(), tls=True)[0] == "ct1"
    assert answer("CT1_MPPS", peers=peers, certificate=shown(), tls=True)[0] == "ct1-mpps"
    assert answer("MR1", peers=peers, certificate=shown(), tls=True)[1] == "certificate"


def test_a_network_is_a_further_condition_on_a_certificate() -> None:
    assert answer("MR1", "10.2.0.1", certificate=shown(_B), tls=True)[0] == "mr1"
    assert answer("MR1", "10.3.0.1", certificate=shown(_B), tls=True) == (
        "",
        "unknown-caller",
        "address 10.3.0.1 is outside 10.2.0.0/16 of mr1",
    )


def test_both_pins_of_a_peer_prove_it() -> None:
    peers = (replace(CT, certificates=(_A, _C)), MR)
    for pin in (_A, _C):
        assert answer("CT1", peers=peers, certificate=shown(pin), tls=True)[0] == "ct1"


def test_a_pin_needs_no_trust_and_a_name_does() -> None:
    assert answer("CT1", certificate=shown(trusted=False, error="self-signed certificate"), tls=True)[0] == "ct1"
    assert answer("US1", certificate=shown(_C, names=("us1.example",), trusted=True), tls=True)[0] == "us1"
    assert answer("US1", certificate=shown(_C, names=("other", "US1.Example"), trusted=True), tls=True)[0] == "us1"
    untrusted = shown(_C, names=("us1.example",), error="unable to get local issuer certificate")
    who, cause, failed = answer("US1", certificate=untrusted, tls=True)
    assert (who, cause) == ("", "certificate")
    assert failed.endswith("is none of us1: unable to get local issuer certificate")


def test_a_trusted_certificate_of_another_name_is_nobody() -> None:
    assert answer("US1", certificate=shown(_C, names=("us1.example.org",), trusted=True), tls=True)[1] == "certificate"
    assert answer("CT1", certificate=shown(_C, names=("us1.example",), trusted=True), tls=True)[2] == (
        "certificate of us1 used under title CT1"
    )


def test_without_tls_only_those_may_call_whose_entry_says_so() -> None:
    assert answer("CR1", "10.4.0.1") == ("cr1", "", "")
    assert answer("XA1", "10.3.0.1") == ("", "plain", "it called without TLS, and xa1 is not permitted to")
    assert answer("MR1", "10.2.0.1")[1] == "plain"
    assert answer("CR1", "10.3.0.1")[1] == "unknown-caller"


def test_a_peer_with_a_certificate_may_be_permitted_to_call_without_tls_too() -> None:
    peers = (replace(MR, plain=True),)
    assert answer("MR1", peers=peers)[0] == "mr1"
    assert answer("MR1", peers=peers, certificate=shown(_B), tls=True)[0] == "mr1"
    assert answer("MR1", peers=peers, certificate=shown(_C), tls=True)[1] == "certificate"
    assert answer("MR1", peers=peers, tls=True)[1] == "certificate"


def test_a_peer_without_a_certificate_is_its_address_over_tls_and_a_new_certificate_is_told() -> None:
    assert answer("XA1", "10.3.0.1", tls=True) == ("xa1", "", "")
    registry = Registry(HOUSE)
    match = registry.match("10.3.0.1", "XA1", shown(_C), tls=True)
    assert (match.peer, match.unpinned) == (XA, True)
    assert not registry.match("10.3.0.1", "XA1", tls=True).unpinned
    assert not registry.match("10.2.0.1", "CT1", shown(), tls=True).unpinned
    assert answer("XA1", "10.3.0.1", certificate=shown(_B), tls=True)[2] == "certificate of mr1 used under title XA1"


@pytest.mark.parametrize("certificate", [shown(revoked=True), shown(_C, revoked=True, names=("us1.example",))])
@pytest.mark.parametrize("title", ["CT1", "CR1", "US1", "NOBODY"])
def test_a_revoked_certificate_is_refused_in_every_mode(certificate: Certificate, title: str) -> None:
    match = Registry(HOUSE).match("10.4.0.1", title, certificate, tls=True)
    assert (match.peer, match.cause, match.always) == (None, "certificate", True)
    assert match.failed.endswith("is revoked")


def test_only_what_is_blocked_or_revoked_is_refused_in_every_mode() -> None:
    registry = Registry(HOUSE)
    for title, certificate, tls in (
        ("MR1", shown(), True),
        ("CT1", None, False),
        ("X", None, False),
        ("CT1", None, True),
    ):
        assert registry.match("10.2.0.1", title, certificate, tls).cause
        assert not registry.match("10.2.0.1", title, certificate, tls).always


@pytest.mark.parametrize(
    ("at", "days", "who"),
    [
        (END, 30, "ct1"),
        (END + 1, 30, "ct1"),
        (END + 30 * DAY, 30, "ct1"),
        (END + 30 * DAY + 1, 30, ""),
        (END, 0, "ct1"),
        (END + 1, 0, ""),
        (0, 0, "ct1"),
    ],
)
def test_an_expired_pin_holds_for_the_grace_and_not_longer(at: int, days: int, who: str) -> None:
    registry = Registry(HOUSE, days)
    for _ in range(2):  # also when it is remembered
        match = registry.match("10.2.0.1", "CT1", shown(), True, at)
        assert (match.peer.id if match.peer else "") == who
        assert match.cause == ("" if who else "certificate")
        assert match.until == END + days * DAY + 1
        assert ("has expired" in match.failed) == (not who)
        assert not match.always


def test_a_name_has_no_grace() -> None:
    registry = Registry(HOUSE, 30)
    named = shown(_C, names=("us1.example",), trusted=True)
    assert registry.match("10.2.0.1", "US1", named, True, END).peer == NAMED
    assert registry.match("10.2.0.1", "US1", named, True, END + 1).cause == "certificate"


def test_a_blocked_device_is_blocked_by_its_certificate_under_every_title_and_by_its_address() -> None:
    blocked = replace(MR, status="blocked")
    peers = (CT, blocked, CR)
    for title, address, certificate in (
        ("MR1", "10.2.0.1", shown(_B)),
        ("MR1", "192.0.2.1", shown(_B)),
        ("CT1", "10.2.0.1", shown(_B)),
        ("MR1", "10.2.0.1", shown(_C)),
        ("MR1", "10.2.0.1", None),
    ):
        match = Registry(peers).match(address, title, certificate, tls=certificate is not None)
        assert (match.peer, match.cause, match.always) == (blocked, "blocked-peer", True)
    assert answer("CT1", peers=peers, certificate=shown(), tls=True)[0] == "ct1"


def test_a_blocked_address_and_title_stays_blocked_whatever_certificate_comes() -> None:
    barred = Peer("blocked-ct1", "CT1", ("192.0.2.7",), "blocked")
    for certificate in (None, shown(), shown(_C)):
        match = Registry((CT, barred)).match("192.0.2.7", "CT1", certificate, tls=True)
        assert (match.peer, match.cause) == (barred, "blocked-peer")
    assert answer("CT1", "192.0.2.8", (CT, barred), certificate=shown(), tls=True)[0] == "ct1"


def test_two_devices_with_one_title_and_network_are_told_apart_by_their_certificates() -> None:
    one, two = (Peer(name, "US", ("10.5.0.0/16",), certificates=(pin,)) for name, pin in (("one", _A), ("two", _B)))
    assert answer("US", "10.5.0.1", (one, two), certificate=shown(_A), tls=True)[0] == "one"
    assert answer("US", "10.5.0.1", (one, two), certificate=shown(_B), tls=True)[0] == "two"
    plain_too = (one, replace(two, plain=True))
    assert answer("US", "10.5.0.1", plain_too)[0] == "two"
    blocked = (replace(one, status="blocked"), two)
    assert answer("US", "10.5.0.1", blocked, certificate=shown(_B), tls=True)[0] == "two"
    assert answer("US", "10.5.0.1", blocked, certificate=shown(_A), tls=True)[1] == "blocked-peer"


def test_a_device_with_a_certificate_inside_a_range_without_is_no_way_around_it() -> None:
    ward = Peer("ward", "US", ("10.0.0.0/8",), plain=True)
    one = Peer("one", "US", ("10.5.1.7",), certificates=(_A,))
    assert answer("US", "10.5.1.7", (ward, one))[1] == "plain"
    assert answer("US", "10.5.1.7", (ward, one), certificate=shown(_C), tls=True)[1] == "certificate"
    assert answer("US", "10.5.1.8", (ward, one))[0] == "ward"


def _us(**more: Any) -> Peer:
    return Peer(more.pop("id", "one"), "US", more.pop("networks", ("10.5.0.0/16",)), **more)


@pytest.mark.parametrize(
    ("peers", "words"),
    [
        ((_us(networks=(), certificates=()),), "an AE title alone is no proof"),
        ((_us(networks=(), certificates=(_A,), plain=True),), "an AE title alone is no proof"),
        ((_us(certificates=(_A, _B, _C)),), "has 3 certificates"),
        ((_us(certificates=("sha256:abc",)),), "is no certificate"),
        ((_us(certificates=(_A.upper(),)),), "is no certificate"),
        ((_us(certificates=("name:",)),), "is no certificate"),
        ((_us(certificates=("name:a\n",)),), "is no certificate"),
        ((_us(certificates=("name:" + "a" * 254,)),), "is no certificate"),
        ((_us(certificates=("md5:00",)),), "is no certificate"),
        ((_us(certificates=(_A,)), _us(id="two", certificates=(_A,))), "the same title US and network"),
        ((_us(certificates=(_A,)), _us(id="two")), "the same title US and network"),
        ((_us(certificates=(_A,), plain=True), _us(id="two", certificates=(_B,), plain=True)), "the same title US"),
        (
            (_us(certificates=(_A,), networks=()), _us(id="two", certificates=(_A,), networks=())),
            "the same title US and network any address",
        ),
    ],
)
def test_what_could_not_be_told_apart_or_proved_is_refused(peers: tuple[Peer, ...], words: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        Registry(peers)
    assert caught.value.hint


_titles = st.sampled_from(["CT1", "MR1", "XA1", "CR1", "US1", "ct1", "?"])
_addresses = st.sampled_from(["10.2.0.1", "10.3.0.1", "10.4.0.1", "192.0.2.1", "2001:db8::1"])
_certificates = st.one_of(
    st.none(),
    st.builds(
        shown,
        st.sampled_from([_A, _B, _C]),
        names=st.sampled_from([(), ("us1.example",)]),
        trusted=st.booleans(),
        revoked=st.booleans(),
    ),
)


@given(_titles, _addresses, _certificates, st.sampled_from([0, END, END + 1, END + 31 * DAY]))
def test_nobody_is_admitted_on_a_title_alone(
    title: str, address: str, certificate: Certificate | None, at: int
) -> None:
    for tls in (True,) if certificate else (True, False):
        match = Registry(HOUSE).match(address, title, certificate, tls, at)
        peer = match.peer
        if peer is None:
            assert match.cause
            assert match.failed
            continue
        assert match.cause == ""
        assert peer.title == title
        inside = any(ip_address(address) in ip_network(network) for network in peer.networks)
        assert inside or not peer.networks
        proved = certificate is not None and (
            certificate.fingerprint in peer.certificates
            or (certificate.trusted and any(f"name:{name}" in peer.certificates for name in certificate.names))
        )
        assert proved or (inside and not peer.certificates and (tls or peer.plain))
        assert certificate is None or not certificate.revoked
