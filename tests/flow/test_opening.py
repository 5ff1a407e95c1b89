"""From A-ASSOCIATE-RQ to an open association: what is proposed, what is mirrored, what is rejected, in which words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.flow.messages import (
    COMMITMENT_CONTEXT,
    CT,
    CT_CONTEXT,
    ECHO_CONTEXT,
    EXPLICIT,
    FIND,
    FIND_CONTEXT,
    MR,
    MR_CONTEXT,
    VERIFICATION,
    associate_ac,
    associate_rq,
    echo,
    echo_rsp,
    kinds,
    store,
)
from tests.flow.playbook import (
    ARCHIVE,
    CALLER,
    LIMITED,
    ROUTE,
    Playbook,
    observing,
    rules,
)
from tests.wire.dataset.data_sets import IMPLICIT

from leadglass.flow.association import Phase
from leadglass.model.ae_title import ae_field
from leadglass.model.event import AssociationClosed, AssociationOpened, ProtocolError, Refusal
from leadglass.model.route import Limits, Mode
from leadglass.wire.dicom.item import encode_item
from leadglass.wire.dicom.pdu import (
    associate_rj,
    parse_abort,
    parse_associate_ac,
    parse_associate_rj,
    parse_associate_rq,
)
from leadglass.wire.dicom.user_information import Role

MODES = list(Mode)


def rejection(book: Playbook) -> tuple[int, int, int]:
    """What the caller was told, which must be all it was told."""
    rj = parse_associate_rj(book.to_caller)
    assert book.phase is Phase.OVER
    assert book.closed == {CALLER, ARCHIVE}
    return rj.result, rj.source, rj.reason


def extended(sop_class: str) -> bytes:
    """A SOP Class Extended Negotiation sub-item."""
    uid = sop_class.encode()
    return encode_item(0x56, len(uid).to_bytes(2, "big") + uid + b"\1\0\1")


# --- what is proposed ----------------------------------------------------------------------------------------------


def test_nothing_is_sent_to_an_archive_before_the_request_is_decided() -> None:
    book = Playbook(observing())
    book.caller(associate_rq("NOBODY"))
    assert book.questions
    assert not book.connects
    book.admitted(None)
    assert book.connects == ["pacs"]
    assert not book.to_archive
    book.connected()
    assert book.to_archive[:1] == b"\1"
    assert not book.to_caller


def test_a_request_may_come_byte_by_byte() -> None:
    book = Playbook()
    book.caller(associate_rq(), cut=1)
    assert book.connects == ["pacs"]


def test_only_permitted_contexts_are_proposed_and_as_they_were() -> None:
    book = Playbook()
    rq = associate_rq(roles=(Role(CT, True, True), Role(MR, True, True)), further=(extended(CT), extended(MR)))
    book.caller(rq)
    book.connected()
    asked, proposed = parse_associate_rq(rq), parse_associate_rq(book.to_archive)
    assert [context.id for context in proposed.contexts] == [ECHO_CONTEXT, CT_CONTEXT]
    assert {context.raw for context in proposed.contexts} <= {context.raw for context in asked.contexts}
    assert [role.sop_class for role in proposed.user_information.roles] == [CT]
    assert [item.sop_class for item in proposed.user_information.extended] == [CT]
    assert (proposed.called, proposed.calling) == (asked.called, asked.calling)
    refusal = book.only(Refusal)
    assert (refusal.scope, refusal.cause, refusal.said, refusal.would) == (
        "context",
        "context",
        "context result 1",
        False,
    )
    assert refusal.tried[0] == MR
    assert refusal.judgement.nearest


def test_refused_contexts_are_answered_with_result_1_and_the_archives_with_its_own() -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    book.archive(associate_ac(book.to_archive, refuse=(CT_CONTEXT,)))
    ac = parse_associate_ac(book.to_caller)
    assert {context.id: context.result for context in ac.contexts} == {
        ECHO_CONTEXT: 0, CT_CONTEXT: 3, MR_CONTEXT: 1, FIND_CONTEXT: 1, COMMITMENT_CONTEXT: 1,
    }  # fmt: skip


def test_a_context_the_archive_left_unanswered_gets_result_2() -> None:
    book = Playbook()
    contexts = ((1, VERIFICATION, (IMPLICIT,)), (3, CT, (IMPLICIT,)))
    book.caller(associate_rq(contexts=contexts))
    book.connected()
    book.archive(associate_ac(associate_rq(contexts=contexts[:1])))
    assert [context.result for context in parse_associate_ac(book.to_caller).contexts] == [0, 2]


@pytest.mark.parametrize(
    ("theirs", "announced"), [(0, 131_072), (16_384, 16_384), (131_073, 131_072), (4_294_967_295, 131_072), (8, 8)]
)
def test_each_leg_announces_what_the_other_can_take_within_our_cap(theirs: int, announced: int) -> None:
    book = Playbook()
    book.caller(associate_rq(maximum_length=theirs))
    book.connected()
    assert parse_associate_rq(book.to_archive).user_information.maximum_length == announced
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    book.archive(associate_ac(book.to_archive, maximum_length=theirs))
    assert parse_associate_ac(book.to_caller).user_information.maximum_length == announced


def test_the_acceptance_echoes_the_titles_of_the_sender_whatever_the_archive_says() -> None:
    book = Playbook(rules(replace(ROUTE, called_as="ORTHANC", calling_as="GATE")))
    rq = associate_rq()
    book.caller(rq)
    book.connected()
    proposed = parse_associate_rq(book.to_archive)
    assert (proposed.called, proposed.calling) == (ae_field("ORTHANC"), ae_field("GATE"))
    book.archive(associate_ac(book.to_archive))
    assert book.to_caller[10:74] == rq[10:74]


def test_titles_pass_unchanged_where_a_route_maps_none() -> None:
    book = Playbook()
    rq = associate_rq()
    book.caller(rq)
    book.connected()
    assert book.to_archive[6:74] == rq[6:74]


@pytest.mark.parametrize(
    ("asked", "granted", "fine"),
    [
        ((5, 5), (5, 5), True), ((5, 5), (1, 1), True), ((0, 0), (0, 0), True), (None, (1, 1), True),
        ((5, 5), (0, 5), False), ((5, 5), (6, 5), False), (None, (2, 1), False), (None, None, True),
    ],
)  # fmt: skip
def test_the_window_answered_never_exceeds_what_was_proposed(
    asked: tuple[int, int] | None, granted: tuple[int, int] | None, fine: bool
) -> None:
    book = Playbook()
    book.caller(associate_rq(asynchronous_window=asked))
    book.connected()
    assert parse_associate_rq(book.to_archive).user_information.asynchronous_window == asked
    book.archive(associate_ac(book.to_archive, asynchronous_window=granted))
    if fine:
        assert parse_associate_ac(book.to_caller).user_information.asynchronous_window == granted
    else:
        assert book.only(ProtocolError).finding == "async-window-exceeded"


def context_not_proposed() -> bytes:
    return associate_ac(associate_rq(contexts=((CT_CONTEXT, CT, (IMPLICIT,)), (MR_CONTEXT, MR, (IMPLICIT,)))))


def syntax_not_proposed() -> bytes:
    return associate_ac(associate_rq(contexts=((CT_CONTEXT, CT, ("1.2.840.10008.1.2.4.50",)),)))


def role_not_proposed() -> bytes:
    return associate_ac(associate_rq(contexts=((CT_CONTEXT, CT, (IMPLICIT,)),)), roles=(Role(CT, False, True),))


@pytest.mark.parametrize(
    ("ac", "finding"),
    [
        (context_not_proposed(), "context-not-proposed"), (syntax_not_proposed(), "transfer-syntax-not-proposed"),
        (role_not_proposed(), "role-not-proposed"), (associate_ac(associate_rq())[:-40], "pdu-item-overrun"),
    ],
)  # fmt: skip
def test_an_archive_that_accepts_what_was_not_proposed_is_aborted(ac: bytes, finding: str) -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    book.sent[ARCHIVE].clear()
    book.archive(ac[:2] + (len(ac) - 6).to_bytes(4, "big") + ac[6:])
    assert parse_abort(book.to_archive).source == 2
    assert parse_abort(book.to_caller).source == 2
    error = book.only(ProtocolError)
    assert (error.side, error.finding) == ("archive", finding)
    assert book.phase is Phase.OVER


def test_the_archives_own_rejection_passes_verbatim() -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    rj = bytearray(associate_rj(1, 1, 2))
    rj[6] = 9  # a reserved byte: it is not ours to put right
    book.archive(bytes(rj))
    assert book.to_caller == bytes(rj)
    assert book.only(AssociationClosed).how == "rejected-by-archive"
    assert book.phase is Phase.OVER


def test_user_identity_passes_and_is_on_no_record() -> None:
    identity = encode_item(0x58, b"\2\1" + b"\0\6doctor" + b"\0\6s3cret")
    book = Playbook()
    book.caller(associate_rq(further=(identity,)))
    book.connected()
    assert identity in book.to_archive
    book.archive(associate_ac(book.to_archive))
    book.caller(store())
    book.archive(b"\x04" + bytes(5) + b"nonsense")
    bodies = [entry for entry in book.log if not isinstance(entry, tuple)]
    assert bodies
    assert "s3cret" not in repr(bodies)


# --- who may begin -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_an_unknown_caller_is_rejected_where_the_route_enforces_and_told_of_elsewhere(mode: Mode) -> None:
    book = Playbook(observing(mode))
    book.caller(associate_rq("NOBODY"))
    (question,) = book.questions
    assert question.sop_classes == (VERIFICATION, CT, MR, FIND, "1.2.840.10008.1.20.1")
    book.admitted(None)
    refusal = book.only(Refusal)
    assert (refusal.scope, refusal.cause, refusal.would) == ("association", "unknown-caller", mode is not Mode.ENFORCE)
    assert refusal.tried == question.sop_classes
    assert bool(book.alarms) == (mode is Mode.ALERT)
    if mode is Mode.ENFORCE:
        assert rejection(book) == (1, 1, 3)
        assert not book.connects
    else:
        book.connected()
        proposed = parse_associate_rq(book.to_archive)
        assert [context.id for context in proposed.contexts] == [1, 3, 5, 7, 9]


def test_a_known_title_from_another_address_is_unknown_and_says_what_is_nearest() -> None:
    book = Playbook(address="192.0.2.1")
    book.caller(associate_rq("CT2"))
    book.admitted(None)
    assert rejection(book) == (1, 1, 3)
    judgement = book.only(Refusal).judgement
    assert judgement.nearest == "ct2"
    assert "10.2.0.0/16" in judgement.failed


@pytest.mark.parametrize("mode", MODES)
def test_a_blocked_peer_is_rejected_in_every_mode(mode: Mode) -> None:
    book = Playbook(observing(mode))
    book.caller(associate_rq("ROGUE"))
    assert rejection(book) == (1, 1, 3)
    assert book.only(Refusal).cause == "blocked-peer"
    assert not book.questions


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("cause", "told"), [("blocked-peer", (1, 1, 3)), ("limit", (2, 3, 2))])
def test_what_the_registrar_refuses_is_rejected_in_every_mode(
    mode: Mode, cause: str, told: tuple[int, int, int]
) -> None:
    book = Playbook(observing(mode))
    book.caller(associate_rq("LIM"))
    book.admitted(LIMITED, cause)
    assert rejection(book) == told
    assert book.only(Refusal).cause == cause


def test_a_peer_with_a_limit_of_its_own_begins_when_the_registrar_says_so() -> None:
    book = Playbook()
    book.caller(associate_rq("LIM"))
    assert not book.connects
    book.admitted(LIMITED)
    assert book.connects == ["pacs"]
    assert not book.records(Refusal)


@pytest.mark.parametrize("mode", MODES)
def test_a_silent_registrar_is_a_refusal(mode: Mode) -> None:
    book = Playbook(observing(mode))
    book.caller(associate_rq("LIM"))
    book.passes(1.9)
    assert book.phase is Phase.OPENING
    assert not book.connects
    book.passes(0.2)
    assert book.only(Refusal).cause == "registrar-silent"
    if mode is Mode.ENFORCE:
        assert rejection(book) == (2, 3, 2)
        book.admitted(LIMITED)  # an answer that comes too late changes nothing
        assert not book.connects
    else:
        assert book.connects == ["pacs"]


def test_an_unknown_called_title_is_rejected() -> None:
    book = Playbook()
    book.caller(associate_rq(called="pacs"))
    assert rejection(book) == (1, 1, 7)
    assert book.only(Refusal).cause == "unknown-called"


def test_no_context_left_is_rejected_where_the_route_enforces() -> None:
    rq = associate_rq(contexts=((1, MR, (IMPLICIT,)),))
    book = Playbook()
    book.caller(rq)
    assert rejection(book) == (1, 1, 1)
    assert book.only(Refusal).cause == "no-context"
    assert book.only(Refusal).judgement.nearest == "store-permitted"
    assert book.only(Refusal).judgement.failed


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ALERT])
def test_contexts_that_policy_refuses_are_proposed_and_told_of_where_the_route_observes(mode: Mode) -> None:
    book = Playbook(observing(mode))
    book.caller(associate_rq())
    book.connected()
    assert [context.id for context in parse_associate_rq(book.to_archive).contexts] == [1, 3, 5, 7, 9]
    refusal = book.only(Refusal)
    assert (refusal.scope, refusal.would, refusal.said) == ("context", True, "")
    assert bool(book.alarms) == (mode is Mode.ALERT)


def test_a_device_outside_its_hours_is_rejected() -> None:
    book = Playbook()
    book.caller(associate_rq("NIGHT"))
    assert rejection(book) == (1, 1, 1)
    assert book.only(Refusal).judgement.rule == "forbid-outside-hours"


def test_a_peer_the_policy_cannot_judge_is_rejected_as_a_policy_error() -> None:
    book = Playbook()
    book.caller(associate_rq("NEW"))
    book.admitted(replace(LIMITED, id="new", title="NEW"))  # the registrar knows it, our generation does not
    assert rejection(book) == (1, 1, 1)
    assert book.only(Refusal).cause == "policy-error"


def test_a_worker_that_is_full_rejects_for_the_time_being() -> None:
    book = Playbook(full=True)
    book.caller(associate_rq())
    assert rejection(book) == (2, 3, 2)
    assert book.only(Refusal).cause == "limit"


# --- the archive ---------------------------------------------------------------------------------------------------


def test_an_archive_that_cannot_be_reached_is_a_transient_rejection() -> None:
    book = Playbook()
    book.caller(associate_rq("WS"))
    book.unreachable("Connection refused")
    assert rejection(book) == (2, 3, 1)
    assert book.only(Refusal).judgement.failed == "Connection refused"


def test_an_archive_that_closes_instead_of_an_answer_is_a_transient_rejection() -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    book.closes(ARCHIVE)
    assert rejection(book) == (2, 3, 1)


@pytest.mark.parametrize("connected", [False, True])
def test_an_archive_that_takes_too_long_is_a_transient_rejection(connected: bool) -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.passes(29.0)
    if connected:
        book.connected()
        book.passes(29.0)
    assert book.phase is Phase.OPENING
    book.passes(1.5)
    assert rejection(book) == (2, 3, 1)
    if connected:
        assert kinds(book.to_archive) == [1, 7]
    else:
        book.connected()  # too late
        assert not book.to_archive


def test_an_archive_that_aborts_instead_of_an_answer_is_passed_on() -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    book.archive(bytes.fromhex("07 00 00000004 0000 02 06"))
    assert parse_abort(book.to_caller).reason == 6
    assert book.only(AssociationClosed).how == "aborted-by-archive"


def test_a_caller_that_leaves_before_the_answer_aborts_the_archive() -> None:
    book = Playbook()
    book.caller(associate_rq())
    book.connected()
    book.association.lost(CALLER, "Connection reset by peer")
    book._settle()
    assert kinds(book.to_archive) == [1, 7]
    assert book.only(AssociationClosed).how == "connection-lost"


# --- the record ----------------------------------------------------------------------------------------------------


def test_without_a_record_only_contexts_of_open_flows_are_proposed() -> None:
    book = Playbook()
    book.surroundings.impaired = "no space left on device"
    book.caller(associate_rq("WS"))
    book.connected()
    assert [context.id for context in parse_associate_rq(book.to_archive).contexts] == [CT_CONTEXT, MR_CONTEXT]
    assert book.counts["record_refused"] == 1


@pytest.mark.parametrize(
    ("contexts", "closed"), [(((1, VERIFICATION, (IMPLICIT,)),), False), (((1, CT, (EXPLICIT,)),), True)]
)
def test_without_a_record_a_closed_flow_is_rejected_for_the_time_being(
    contexts: tuple[tuple[int, str, tuple[str, ...]], ...], closed: bool
) -> None:
    book = Playbook(rules(replace(ROUTE, store_failure="closed")) if closed else rules())
    book.surroundings.impaired = "no space left on device"
    book.caller(associate_rq("WS", contexts=contexts))
    assert rejection(book) == (2, 3, 2)
    refusal = book.only(Refusal)
    assert (refusal.cause, refusal.judgement.failed) == ("record-impossible", "no space left on device")


def test_an_association_is_on_record_as_open_after_a_second_or_with_its_first_record() -> None:
    book = Playbook.opened()
    book.passes(0.5)
    assert not book.records(AssociationOpened)
    book.passes(0.6)
    assert book.only(AssociationOpened).association.peer == "ws"
    book = Playbook.opened()
    book.caller(store())
    assert isinstance(book.log[0], AssociationOpened)


def test_an_echo_and_its_release_are_one_record() -> None:
    book = Playbook.opened()
    book.caller(echo())
    book.archive(echo_rsp())
    book.releases()
    closed = book.only(AssociationClosed)
    assert (closed.how, closed.echoes) == ("released", 1)
    assert [entry for entry in book.log if not isinstance(entry, tuple)] == [closed]


def test_an_association_request_longer_than_its_bound_is_refused_from_its_header() -> None:
    book = Playbook(rules(limits=Limits(association_pdu=4_096)))
    book.caller(b"\1\0" + (4_097).to_bytes(4, "big"))
    assert book.only(ProtocolError).finding == "pdu-too-long"
    assert kinds(book.to_caller) == [7]
