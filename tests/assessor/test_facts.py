"""Each kind of fact the gateway tells: what it says of which control, of what, and where it was seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.assessor.place import (
    ARCHIVE,
    DAY,
    ENFORCING,
    NOW,
    PIN,
    PLAIN,
    ROUTE,
    SECOND,
    SECURE,
    SITE,
    TLS,
    TLS_FILES,
    TLS_ONLY,
    Place,
    closed,
    who,
)

from leadglass.assess.control import Kind
from leadglass.assess.question import Bearing
from leadglass.assessor.facts.callers import MAX_CALLERS
from leadglass.assessor.facts.waiting import MAX_WAITING
from leadglass.assessor.noted import MAX_NAMED
from leadglass.assessor.sight import nanoseconds
from leadglass.model.certificate import Certificate
from leadglass.model.event import AssociationOpened, BypassChanged, RecordGap, RecordingImpaired
from leadglass.store.appstate.certificates import learn_certificates
from leadglass.store.appstate.peers import block_unknown
from leadglass.store.appstate.unknown_peers import list_unknown

CONFIRMS, REFUTES, NEUTRAL = Bearing.CONFIRMS, Bearing.REFUTES, Bearing.NEUTRAL
ENCRYPTED, PROVED, KNOWN = "exch-dicom-tls", "exch-node-authentication", "topo-known-peers"
BOTH = (ENCRYPTED, PROVED)


@pytest.mark.parametrize("control", BOTH)
def test_a_listener_without_tls_refutes_and_one_with_tls_confirms_each_for_itself(place: Place, control: str) -> None:
    place.configured(SITE + "[[listener]]\nport = 11112\n" + TLS_ONLY + ARCHIVE + ENFORCING + TLS_FILES)
    (tls,), (plain,) = (place.of("listeners", control, bearing) for bearing in (CONFIRMS, REFUTES))
    assert (set(tls.evidence.scope), set(plain.evidence.scope)) == (
        {"listener :: port 2762"},
        {"listener :: port 11112"},
    )
    assert tls.evidence.kind is plain.evidence.kind is Kind.CONFIGURATION
    assert tls.evidence.where == "leadglass.toml, [listener] tls, line 8"
    assert plain.evidence.where == "leadglass.toml, [listener] tls, line 4", "a default stands where its table does"
    assert tls.evidence.digest
    assert tls.evidence.seen == NOW


def test_a_listener_that_nobody_configured_is_said_to_be_a_default(place: Place) -> None:
    (plain,) = place.of("listeners", ENCRYPTED)
    assert plain.evidence.where == "leadglass.toml, [listener] tls (default)"


@pytest.mark.parametrize("control", BOTH)
def test_the_way_to_an_archive_is_told_for_each_archive(place: Place, control: str) -> None:
    second = '[[archive]]\nid = "research"\nhost = "10.0.0.3"\nport = 4243\ntls = true\n'
    place.configured(SITE + ARCHIVE + second + ROUTE + TLS_FILES)
    (tls,), (plain,) = (place.of("archives", control, bearing) for bearing in (CONFIRMS, REFUTES))
    assert set(tls.evidence.scope) == {"the way to archive research"}
    assert set(plain.evidence.scope) == {"the way to archive pacs"}


def test_peers_that_may_call_in_the_clear_refute_encryption_where_a_listener_takes_them(place: Place) -> None:
    place.peer("ct1", plain=True, certificates=(PIN,))
    place.peer("mr1")
    (clear,) = place.of("clear", ENCRYPTED)
    assert (clear.evidence.bearing, set(clear.evidence.scope)) == (REFUTES, {"peer ct1"})
    assert clear.words == "1 of 2 approved peers: may call without TLS."
    place.configured(SECURE)
    assert place.of("clear", ENCRYPTED) == []


def test_peers_without_certificates_refute_and_those_with_one_confirm_each_for_itself(place: Place) -> None:
    place.configured(SECURE)
    place.peer("ct1", certificates=(PIN,))
    place.peer("us1")
    place.peer("xr1", status="blocked")
    assert [set(one.evidence.scope) for one in place.of("proved", PROVED, CONFIRMS)] == [{"peer ct1"}]
    assert [set(one.evidence.scope) for one in place.of("unproved", PROVED, REFUTES)] == [{"peer us1"}]
    place.configured(PLAIN)
    place.peer("ct1", certificates=(PIN,), plain=True)
    assert place.of("proved", PROVED) == []
    assert [set(one.evidence.scope) for one in place.of("unproved", PROVED)] == [{"peer ct1", "peer us1"}]


def test_a_peer_of_any_address_refutes_unless_a_certificate_proves_it(place: Place) -> None:
    place.peer("ct1", networks=("10.0.0.0/8",))
    place.peer("us1", networks=("10.0.0.0/8", "::/0"))
    place.peer("mr1", networks=("0.0.0.0/0",), certificates=(PIN,))
    assert [set(one.evidence.scope) for one in place.of("anywhere", KNOWN, REFUTES)] == [{"peer us1"}]


@pytest.mark.parametrize("control", BOTH)
def test_devices_that_images_are_sent_to_are_told_by_how_they_are_called(place: Place, control: str) -> None:
    place.peer("ws1", host="10.0.0.80", port=104, plain=True, certificates=(PIN,))
    place.peer("ws2", host="10.0.0.81", port=2762, certificates=(PIN,))
    assert [set(one.evidence.scope) for one in place.of("called-plain", control, REFUTES)] == [{"the way to peer ws1"}]
    assert [set(one.evidence.scope) for one in place.of("called-tls", control, CONFIRMS)] == [{"the way to peer ws2"}]


def test_an_enforcing_route_confirms_known_peers_and_one_that_does_not_refutes_them(place: Place) -> None:
    alerting = '[[route]]\ncalled = "RESEARCH"\narchive = "pacs"\nmode = "alert"\n'
    place.configured(SITE + ARCHIVE + ENFORCING + alerting)
    (held,), (open_,) = (place.of("routes", KNOWN, bearing) for bearing in (CONFIRMS, REFUTES))
    assert (set(held.evidence.scope), set(open_.evidence.scope)) == ({"route PACS"}, {"route RESEARCH"})
    assert open_.evidence.where == "leadglass.toml, [route] mode, line 15"


def test_an_enforcing_route_confirms_certificates_only_behind_tls(place: Place) -> None:
    place.configured(SITE + ARCHIVE + ENFORCING)
    assert place.of("routes", PROVED) == []
    place.configured(SECURE)
    assert [one.evidence.bearing for one in place.of("routes", PROVED)] == [CONFIRMS]
    place.configured(SECURE.replace("enforce", "observe"))
    assert [one.evidence.bearing for one in place.of("routes", PROVED)] == [REFUTES]


def test_a_bypass_that_lasts_refutes_and_takes_the_routes_confirmation_away(place: Place) -> None:
    place.configured(SITE + ARCHIVE + ENFORCING)
    until = nanoseconds(place.at + 600 * SECOND)
    place.happened(BypassChanged("PACS", until, "archive is being replaced", "ann"))
    (lasting,) = place.of("bypass", KNOWN)
    assert (lasting.evidence.bearing, set(lasting.evidence.scope)) == (REFUTES, {"route PACS"})
    assert place.of("routes", KNOWN) == []
    assert place.judged(KNOWN).verdict.value == "not met"


@pytest.mark.parametrize("ended", [True, False], ids=["ended by hand", "ended by itself"])
def test_a_bypass_that_ended_says_neither_and_asks_who_looked_at_it(place: Place, ended: bool) -> None:
    place.configured(SITE + ARCHIVE + ENFORCING)
    begun = BypassChanged("PACS", nanoseconds(place.at - 600 * SECOND), "archive is being replaced", "ann")
    place.happened(begun, BypassChanged("GONE", 1, "no such route any more", "ann"), before=900 * SECOND)
    if ended:
        place.happened(BypassChanged("PACS", 0, "", "ann"), before=700 * SECOND)
    assert place.of("bypass", KNOWN) == []
    assert [one.evidence.bearing for one in place.of("routes", KNOWN)] == [CONFIRMS]
    assert [one.evidence.bearing for one in place.of("bypass", "em-review")] == [CONFIRMS, NEUTRAL]


def test_an_association_in_the_clear_refutes_encryption_with_its_leaf_and_page(place: Place) -> None:
    started = nanoseconds(NOW - DAY - SECOND)
    place.happened(closed(7, started), before=DAY)
    for control in BOTH:
        (seen,) = place.of("served", control)
        assert (seen.evidence.kind, seen.evidence.bearing) == (Kind.TRAFFIC, REFUTES)
        assert (set(seen.evidence.scope), seen.evidence.where) == ({"peer ct1"}, "log 2026-11, entry 0")
        assert (seen.evidence.seen, seen.evidence.digest) == (NOW - DAY, f"{1:064x}")
        assert seen.link == f"/association?key=w0-1-7&at={started}&until={nanoseconds(NOW - DAY)}&calling=CT1"
    assert "CT1 at 10.0.0.7 opened an association in the clear, to PACS." in {one.words for one in place.noted()}
    assert place.of("served", KNOWN) == []


def test_an_association_that_is_still_open_counts(place: Place) -> None:
    place.happened(AssociationOpened(who(3)))
    (seen,) = place.of("served", ENCRYPTED)
    began = nanoseconds(seen.evidence.seen)
    assert seen.link == f"/association?key=w0-1-3&at={began}&until={began}&calling=CT1"


def test_a_caller_over_tls_says_nothing_and_silence_proves_nothing(place: Place) -> None:
    assert [one for one in place.noted() if one.evidence.kind is Kind.TRAFFIC] == []
    place.happened(closed(1, **TLS))
    assert [one for one in place.noted() if one.evidence.kind is Kind.TRAFFIC] == []


def test_a_caller_that_nobody_approved_and_that_was_served_refutes_known_peers(place: Place) -> None:
    place.happened(closed(1, peer="", calling="LAPTOP", **TLS))
    (seen,) = place.of("served", KNOWN)
    assert set(seen.evidence.scope) == {"caller LAPTOP at 10.0.0.7"}
    assert [one for one in place.noted() if one.evidence.control in BOTH and one.evidence.kind is Kind.TRAFFIC] == []


def test_an_archive_that_calls_is_no_unknown_caller(place: Place) -> None:
    place.happened(closed(1, peer="archive:pacs", calling="ORTHANC"))
    assert place.of("served", KNOWN) == []
    assert [set(one.evidence.scope) for one in place.of("served", ENCRYPTED)] == [{"peer archive:pacs"}]


def test_many_callers_are_told_one_by_one_up_to_a_bound_and_then_counted(place: Place) -> None:
    place.happened(*(closed(n, calling=f"X{n}", peer=f"x{n}") for n in range(MAX_CALLERS + 7)))
    told = [*place.of("served", ENCRYPTED), *place.of("served-others", ENCRYPTED)]
    assert len(told) == MAX_CALLERS + 1
    assert set(told[0].evidence.scope) == {f"peer x{MAX_CALLERS + 6}"}, "the last seen first"
    assert set(told[-1].evidence.scope) == {"7 or more other callers"}
    assert len({one.evidence.id for one in told}) == len(told)


def test_callers_waiting_say_neither_of_the_inventory(place: Place) -> None:
    place.waits("US_NEW", 3 * DAY)
    (seen,) = place.of("waiting", "topo-inventory")
    assert (seen.evidence.bearing, seen.evidence.seen) == (NEUTRAL, NOW - 3 * DAY)
    assert seen.link == "/peers"
    block_unknown(place.engine, list_unknown(place.engine)[0], "ann", "local")
    assert place.of("waiting", "topo-inventory") == []


def test_callers_waiting_are_bounded(place: Place) -> None:
    for number in range(MAX_WAITING + 3):
        place.waits(f"X{number}")
    assert len(place.of("waiting", "topo-inventory")) == MAX_WAITING


def test_what_passes_is_on_record_for_each_route_and_the_words_say_what_may_pass_without(place: Place) -> None:
    for control in ("aud-central", "aud-patient"):
        (recorded,) = place.of("recorded", control)
        assert (recorded.evidence.bearing, set(recorded.evidence.scope)) == (CONFIRMS, {"route PACS"})
    assert "1 of 1 routes: it passes all the same" in place.of("recorded", "aud-central")[0].words
    closed_ = 'store_failure = "closed"\nunreadable_head = "refuse"\n'
    place.configured(PLAIN + closed_)
    assert place.of("recorded", "aud-central")[0].words == "What passes on these routes is on record in one place."
    assert "1 of 1" not in place.of("recorded", "aud-patient")[0].words


@pytest.mark.parametrize(("months", "bearing"), [(72, CONFIRMS), (71, REFUTES)])
def test_six_years_of_record_confirm_and_less_refutes(place: Place, months: int, bearing: Bearing) -> None:
    place.configured(f"{PLAIN}[ledger]\nretention_months = {months}\n")
    (kept,) = place.of("retention", "aud-integrity")
    assert (kept.evidence.bearing, kept.evidence.where) == (
        bearing,
        "leadglass.toml, [ledger] retention_months, line 12",
    )


def test_an_instance_that_went_on_without_a_record_refutes_and_one_that_was_refused_does_not(place: Place) -> None:
    since = nanoseconds(NOW - timedelta(hours=2))
    place.happened(RecordingImpaired("disk full", since, 0, 5), before=2 * SECOND, writer="w1")
    place.happened(RecordingImpaired("disk full", since, 12, 3), before=SECOND)
    (waived,) = place.of("waived", "aud-central")
    assert (waived.evidence.kind, waived.evidence.bearing) == (Kind.TRAFFIC, REFUTES)
    assert waived.words.startswith(
        "Process w0 of the gateway: objects that went on without a record from 2026-11-24 10:00"
    )
    assert waived.link == "/proof?log=2026-11&position=1"


def test_lost_entries_say_neither_for_nobody_knows_what_they_were_about(place: Place) -> None:
    place.happened(RecordGap("w1", 1, 5, 9), writer="ledger")
    assert [one.evidence.bearing for one in place.of("lost", "aud-central")] == [NEUTRAL]


def test_a_certificate_that_ended_refutes_and_one_that_will_end_says_neither(place: Place) -> None:
    pins = {name: "sha256:" + sign * 64 for name, sign in (("old", "a"), ("soon", "b"), ("next", "c"), ("far", "d"))}
    days = {"old": -2, "soon": 20, "next": 5, "far": 700}
    known = [Certificate(pins[name], not_after=int((NOW + days[name] * DAY).timestamp())) for name in pins]
    learn_certificates(place.engine, known)
    place.peer("ct1", certificates=(pins["old"],))
    place.peer("mr1", certificates=(pins["soon"],))
    place.peer("us1", certificates=(pins["next"], pins["far"]))
    told = place.of("certificate", PROVED)
    assert [(set(one.evidence.scope), one.evidence.bearing) for one in told] == [
        ({"peer ct1"}, REFUTES),
        ({"peer mr1"}, NEUTRAL),
    ]
    assert told[0].evidence.digest == "a" * 64


def test_what_is_older_than_it_stays_fresh_is_not_told(place: Place) -> None:
    place.happened(closed(1), RecordingImpaired("disk full", 1, 1, 0), before=31 * DAY)
    assert [one for one in place.noted() if one.evidence.kind is Kind.TRAFFIC] == []


def test_a_scope_names_few_and_counts_the_others(place: Place) -> None:
    for number in range(MAX_NAMED + 4):
        place.peer(f"ct{number}")
    (unproved,) = place.of("unproved", PROVED)
    assert len(unproved.evidence.scope) == MAX_NAMED + 1
    assert "4 others (peer)" in unproved.evidence.scope


def test_names_from_outside_are_bounded_and_carry_no_control_characters(place: Place) -> None:
    hostile = "<b>\n\u202e'\"" + "x" * 300
    place.happened(closed(1, peer="", calling=hostile, address="fe80::1%\x07"))
    place.waits(hostile)
    for one in place.noted():
        texts = (one.evidence.id, one.evidence.where, one.words, one.link, *one.evidence.scope)
        assert all(text.isprintable() and len(text) < 600 for text in texts)
        assert len(one.evidence.id) <= 120
        assert "<" not in one.link + one.evidence.id


def test_a_file_that_cannot_be_read_costs_lines_and_nothing_else(place: Place) -> None:
    place.configuration.file.unlink()
    (plain,) = place.of("archives", ENCRYPTED)
    assert (plain.evidence.bearing, plain.evidence.digest) == (REFUTES, "")
    assert plain.evidence.where == "leadglass.toml, [archive] tls"
