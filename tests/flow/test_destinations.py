"""Devices as places to send to, and archives as callers: made from a generation, never less strict than its routes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.playbook import PACS, PEERS, PRINTER, ROUTE, VIEWER, WORKSTATION, rules

from leadglass.flow.destinations import Callers, destination, destinations
from leadglass.model.certificate import Certificate
from leadglass.model.generation import Generation
from leadglass.model.peer import Peer
from leadglass.model.route import Archive, Mode, Route

PIN = "sha256:" + "a" * 64


def generation(*routes: Route, peers: tuple[Peer, ...] = PEERS, archives: tuple[Archive, ...] = (PACS,)) -> Generation:
    return replace(rules().generation, routes=routes, peers=peers, archives=archives)


def only(*routes: Route) -> Route:
    """The route to WS."""
    ((route, _),) = destinations(generation(*routes, peers=(WORKSTATION,)))
    return route


def test_approved_devices_that_listen_are_destinations_by_their_title() -> None:
    blocked = replace(VIEWER, id="blocked", status="blocked", title="BLOCKED")
    found = destinations(generation(ROUTE, peers=(WORKSTATION, VIEWER, PRINTER, blocked)))
    assert [(route.called, route.archive, archive.host, archive.port) for route, archive in found] == [
        ("WS", "peer:ws", "10.2.0.7", 11_112), ("VIEWER", "peer:viewer", "10.2.0.9", 104),
    ]  # fmt: skip
    assert all(route.archive == archive.id and route.called == archive.title for route, archive in found)


def test_a_device_is_spoken_to_over_tls_where_it_has_a_certificate_and_does_not_say_plain() -> None:
    assert not destination(WORKSTATION).tls
    assert destination(replace(WORKSTATION, plain=False, certificates=(PIN,))).tls
    assert destination(replace(WORKSTATION, certificates=(PIN,))).certificates == (PIN,)


@pytest.mark.parametrize(
    ("modes", "mode"),
    [
        ((), Mode.OBSERVE), ((Mode.OBSERVE,), Mode.OBSERVE), ((Mode.OBSERVE, Mode.ALERT), Mode.ALERT),
        ((Mode.ENFORCE, Mode.OBSERVE), Mode.ENFORCE),
    ],
)  # fmt: skip
def test_the_route_to_a_device_is_as_strict_as_the_strictest(modes: tuple[Mode, ...], mode: Mode) -> None:
    assert only(*(Route(f"R{number}", "pacs", each) for number, each in enumerate(modes))).mode is mode


def test_it_fails_open_only_where_all_do_and_closed_where_one_does() -> None:
    lax = Route("LAX", "pacs", other_failure="open")
    strict = Route("STRICT", "pacs", store_failure="closed", unreadable_head="refuse")
    routes = only(), only(lax), only(strict), only(lax, strict)
    assert [route.other_failure for route in routes] == ["closed", "open", "closed", "closed"]
    assert [route.store_failure for route in routes] == ["open", "open", "closed", "closed"]
    assert [route.unreadable_head for route in routes] == ["pass", "pass", "refuse", "refuse"]


def test_a_bypass_of_a_route_is_none_of_a_device() -> None:
    assert only(replace(ROUTE, bypassed_until=1 << 62)).bypassed_until == 0


def test_a_configured_route_comes_before_a_device_of_the_same_title() -> None:
    built = rules(replace(ROUTE, called="WS"))
    assert built.routes["WS"].archive == "pacs"


# --- archives that call --------------------------------------------------------------------------------------------


def find(archive: Archive, address: str, title: str = "ORTHANC", certificate: Certificate | None = None) -> bool:
    return Callers(generation(ROUTE, archives=(archive,))).find(address, title, certificate) is archive


@pytest.mark.parametrize("title", ["ORTHANC", "PACS", "TOLD"])
def test_an_archive_calls_itself_by_its_own_title_or_one_it_is_called_by(title: str) -> None:
    callers = Callers(generation(replace(ROUTE, called_as="TOLD")))
    assert callers.find("10.20.0.5", title, None) is PACS


@pytest.mark.parametrize(
    ("archive", "address", "found"),
    [
        (PACS, "10.20.0.5", True), (PACS, "10.20.0.6", False), (PACS, "::ffff:10.20.0.5", True), (PACS, "", False),
        (replace(PACS, networks=("10.30.0.0/16",)), "10.30.4.4", True),
        (replace(PACS, networks=("10.30.0.0/16",)), "10.20.0.5", False),
        (replace(PACS, host="localhost"), "127.0.0.1", True), (replace(PACS, host="localhost"), "::1", True),
        (replace(PACS, host="pacs.example.org"), "10.20.0.5", False),
        (replace(PACS, host="pacs.example.org", networks=("10.20.0.5/32",)), "10.20.0.5", True),
        (replace(PACS, host="2001:db8::5"), "2001:db8::5", True),
    ],
)  # fmt: skip
def test_an_archive_calls_from_its_networks_or_its_host(archive: Archive, address: str, found: bool) -> None:
    assert find(archive, address) is found


def test_a_title_alone_is_no_archive_and_no_title_is_none() -> None:
    assert not find(PACS, "10.20.0.5", "SOMEONE")
    assert not find(replace(PACS, title=""), "10.20.0.5", "")


@pytest.mark.parametrize(
    ("certificate", "found"),
    [
        (None, False), (Certificate(PIN), True), (Certificate(PIN, revoked=True), False),
        (Certificate("sha256:" + "b" * 64), False),
        (Certificate("sha256:" + "b" * 64, ("pacs.example.org",), trusted=True), True),
        (Certificate("sha256:" + "b" * 64, ("pacs.example.org",)), False),
        (Certificate("sha256:" + "b" * 64, ("PACS.Example.org",), trusted=True), True),
        (Certificate("sha256:" + "b" * 64, ("other.example.org",), trusted=True), False),
    ],
)  # fmt: skip
def test_an_archive_with_certificates_must_have_shown_one(certificate: Certificate | None, found: bool) -> None:
    archive = replace(PACS, certificates=(PIN, "name:pacs.example.org"))
    assert find(archive, "10.20.0.5", certificate=certificate) is found
