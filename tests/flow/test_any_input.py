"""Whatever comes, in whatever order: nothing raises, nothing is sent to a closed end, the record adds up at the end."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.flow.messages import (
    C_FIND,
    C_GET,
    C_MOVE,
    COMMITMENT_CONTEXT,
    CT,
    CT_CONTEXT,
    EVERYTHING,
    FIND_CONTEXT,
    N_ACTION,
    N_EVENT_REPORT,
    STUDY_KEY,
    TRANSACTION,
    answered,
    associate_ac,
    associate_rq,
    cancel,
    commit,
    data_set,
    echo,
    echo_rsp,
    event_report,
    find,
    fragmented,
    get,
    identifier,
    move,
    object_of,
    pdu,
    pdv,
    pending,
    procedure_step,
    query,
    response,
    store,
    store_command,
    store_rsp,
)
from tests.flow.playbook import (
    ADDRESS,
    ARCHIVE,
    CALLER,
    LIMITED,
    NOT_P9,
    PACS,
    PEERS,
    ROUTE,
    Playbook,
    committed,
    moved,
    observing,
    rules,
)

from leadglass.flow.association import Phase
from leadglass.flow.effects import Side
from leadglass.flow.judge import Told
from leadglass.model.route import Mode
from leadglass.wire.dicom.pdu import RELEASE_RP, RELEASE_RQ, abort, associate_rj
from leadglass.wire.dicom.user_information import Role

SIDES = st.sampled_from(list(Side))
NUMBERS = st.integers(1, 3)
CUTS = st.sampled_from([0, 0, 1, 7, 50])
REQUESTS = st.one_of(
    st.builds(store, NUMBERS, st.sampled_from([CT_CONTEXT, 5]), patient=st.sampled_from(["P1", "P2", ""])),
    st.builds(echo, NUMBERS), st.builds(find, NUMBERS), st.builds(cancel, NUMBERS), st.builds(event_report, NUMBERS),
    st.builds(query, NUMBERS, st.sampled_from([STUDY_KEY, identifier("IMAGE"), b"\x08\0\x05\0\xff\xff\xff\x7f"])),
    st.builds(move, NUMBERS, st.sampled_from(["WS", "PRINTER", "NOWHERE"])), st.builds(get, NUMBERS),
    st.builds(commit, NUMBERS, st.sampled_from([TRANSACTION, "1.2.98"])), st.builds(procedure_step, NUMBERS),
    st.builds(object_of, NUMBERS, st.sampled_from(["", "WS"]), NUMBERS, patient=st.sampled_from(["P1", "P9"])),
    st.builds(
        lambda number, size: fragmented(CT_CONTEXT, store_command(number), data_set(number), size, size),
        NUMBERS, st.sampled_from([1, 9, 300]),
    ),
)  # fmt: skip
RESPONSES = st.one_of(
    st.builds(store_rsp, NUMBERS, st.sampled_from([0, 0xA700, 0xB000, 0x0124])), st.builds(echo_rsp, NUMBERS),
    st.builds(lambda n, s: response(C_FIND, n, s, FIND_CONTEXT), NUMBERS, st.sampled_from([0, 0xFF00, 0xFE00])),
    st.builds(lambda n: response(N_EVENT_REPORT, n, 0, COMMITMENT_CONTEXT), NUMBERS),
    st.builds(lambda n: response(N_ACTION, n, 0, COMMITMENT_CONTEXT), NUMBERS),
    st.builds(pending, st.sampled_from([C_FIND, C_GET, C_MOVE]), NUMBERS, st.sampled_from([None, data_set(1)])),
    st.builds(answered, st.sampled_from([C_FIND, C_GET, C_MOVE]), NUMBERS, st.sampled_from([0, 0xFE00, 0xB000])),
)  # fmt: skip
NONSENSE = st.one_of(
    st.builds(lambda c, k, d: pdu(pdv(c, k, d)), st.integers(0, 9), st.integers(0, 3), st.binary(max_size=40)),
    st.builds(lambda kind, content: pdu(content, kind=kind), st.integers(0, 8), st.binary(max_size=8)),
    st.sampled_from([RELEASE_RQ, RELEASE_RP, abort(0, 0), abort(2, 6), associate_rj(1, 1, 1), associate_rq("WS")]),
    st.binary(max_size=30),
)


class AnyInput(RuleBasedStateMachine):
    """Both ends, the registrar, the disk and the clock do what they like."""

    book: Playbook

    @initialize(
        mode=st.sampled_from(list(Mode)),
        store=st.sampled_from(["open", "closed"]),
        head=st.sampled_from(["pass", "refuse"]),
        calling=st.sampled_from(["WS", "WS", "CT2", "LIM", "ROGUE", "NOBODY", "ORTHANC", "ORTHANC"]),
        straight=st.integers(0, 3),
    )
    def begins(self, mode: Mode, store: str, head: str, calling: str, straight: int) -> None:
        route = replace(ROUTE, mode=mode, store_failure=store, unreadable_head=head)  # type: ignore[arg-type]  # Literals
        self.given = rules(route, policies=NOT_P9 if head == "refuse" else "")
        self.calling = calling
        address = PACS.host if calling == "ORTHANC" else ADDRESS
        self.book = Playbook(self.given, address, keep=lambda _: None, keep_expected=lambda _: None)
        if straight:
            self.opens()

    @rule()
    def opens(self) -> None:
        """The ordinary way, as far as it goes."""
        book = self.book
        if book.association.bytes[CALLER]:
            return
        called = "WS" if self.calling == "ORTHANC" else "PACS"
        roles = (Role(CT, scu=True, scp=True),)
        book.caller(associate_rq(self.calling, called, contexts=EVERYTHING, roles=roles))
        if book.asked:
            book.expected(Told((moved(),)))
        if book.questions:
            book.admitted(next((peer for peer in PEERS if peer.title == self.calling), None))
        book.connected()
        if book.to_archive:
            book.archive(associate_ac(book.to_archive))

    def says(self, side: Side, said: bytes, cut: int) -> None:
        if side is CALLER or self.book.connects:
            self.book.says(side, said, 0 if len(said) > 2_000 else cut)

    @rule(said=REQUESTS, cut=CUTS)
    def caller_asks(self, said: bytes, cut: int) -> None:
        self.says(CALLER, said, cut)

    @rule(said=RESPONSES, cut=CUTS)
    def archive_answers(self, said: bytes, cut: int) -> None:
        self.says(ARCHIVE, said, cut)

    @rule(side=SIDES, said=REQUESTS | RESPONSES, part=st.floats(0, 1))
    @precondition(lambda self: len(self.book.log) > 6)
    def stops_short(self, side: Side, said: bytes, part: float) -> None:
        self.says(side, said[: int(part * len(said))], 0)

    @rule(side=SIDES, said=NONSENSE | REQUESTS | RESPONSES, cut=CUTS)
    @precondition(lambda self: len(self.book.log) > 4)
    def babbles(self, side: Side, said: bytes, cut: int) -> None:
        self.says(side, said, cut)

    @rule(kept=st.booleans())
    def gates(self, kept: bool) -> None:
        self.book.open_gates(kept)

    @rule()
    def registrar(self) -> None:
        self.book.admitted(LIMITED)

    @rule(told=st.sampled_from([Told(), Told((moved(),)), Told(report=committed())]))
    @precondition(lambda self: self.book.asked)
    def tells(self, told: Told) -> None:
        self.book.expected(told)

    @rule(error=st.sampled_from(["", "its table is full"]))
    @precondition(lambda self: self.book.expects)
    def keeps(self, error: str) -> None:
        self.book.kept(error)

    @rule(minutes=st.sampled_from([0, 1]))
    def bypass(self, minutes: int) -> None:
        until = self.book.surroundings.utc + minutes * 60_000_000_000
        self.book.surroundings.rules = rules(replace(ROUTE, mode=Mode.ENFORCE, bypassed_until=until))

    @rule(up=st.booleans())
    def transport(self, up: bool) -> None:
        if self.book.connects:
            self.book.connected() if up else self.book.unreachable()

    @rule(seconds=st.sampled_from([0.3, 2.5, 31.0, 61.0, 700.0, 4_000.0]), blocked=SIDES | st.none())
    def time(self, seconds: float, blocked: Side | None) -> None:
        since = [inf, inf]
        if blocked is not None:
            since[blocked] = self.book.surroundings.now
        self.book.passes(seconds, (since[0], since[1]))

    @rule(reason=st.sampled_from(["", "no space left on device"]))
    def disk(self, reason: str) -> None:
        self.book.surroundings.impaired = reason

    @rule(mode=st.sampled_from(list(Mode)))
    def reload(self, mode: Mode) -> None:
        self.book.surroundings.rules = observing(mode)

    @rule(side=SIDES)
    @precondition(lambda self: len(self.book.log) > 6)
    def leaves(self, side: Side) -> None:
        if side is ARCHIVE and not self.book.connects:
            return
        if side not in self.book._ended:
            self.book.closes(side)

    @invariant()
    def nothing_piles_up(self) -> None:
        if hasattr(self, "book"):
            assert not self.book.association.effects

    def teardown(self) -> None:
        if not hasattr(self, "book"):
            return
        book = self.book
        if book.phase is not Phase.OVER:
            book.open_gates()
            book.stops()
        book.open_gates()
        assert book.phase is Phase.OVER
        book.accounts()
        entries = len(book.log)
        for side in Side:
            book.association.receive(side, memoryview(store()))
            book.association.lost(side, "late")
            book.association.recorded(side, True)
        book.admitted(LIMITED)
        if book.asked:
            book.expected(Told((moved(),)))
        if book.expects:
            book.kept()
        book.connected()
        book.unreachable()
        book.passes(5_000.0)
        book.stops()
        assert len(book.log) == entries


AnyInput.TestCase.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyInput = AnyInput.TestCase
