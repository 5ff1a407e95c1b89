"""Who asks for a message, and whether the policy lets it pass. It records, sends and holds nothing.

A request is its caller's, but for what an archive sends because somebody asked it to: an object of a C-GET on the same
association, an object of a C-MOVE on one of its own, the report of a storage commitment. Those are judged again on
their own data set, for the one who asked.
"""

from __future__ import annotations

import msgspec

from leadglass.flow.destinations import CALLING, PREFIX
from leadglass.flow.effects import Side
from leadglass.flow.expectations import move_of, names_of
from leadglass.flow.subject import Subject, is_commitment, not_understood
from leadglass.flow.surroundings import Surroundings
from leadglass.model.certificate import Certificate
from leadglass.model.decision import Cause, Decision, Request
from leadglass.model.event import Association
from leadglass.model.expectation import ExpectedMove, ExpectedReport
from leadglass.model.route import Archive, Mode, Route
from leadglass.policy.registry import Match
from leadglass.wire.dicom.command import Command

ALLOWED = Decision(allowed=True)
BYPASSED = Decision(allowed=True, rule="bypass")
_BACKWARDS = frozenset(("C-ECHO", "C-STORE", "N-EVENT-REPORT"))  # what who was called may ask of the caller
MAX_TRANSACTIONS = 1_024  # of an association that are known without asking the registrar


class Ruling(msgspec.Struct, frozen=True):
    """The judgement on one request.

    Attributes:
        cause: why not; None when it is permitted.
        absolute: refused in every mode.
        told: the refusal of the whole association is on record: where this one would be refused, it is not said again.
        operation: the operation it is part of: "C-MOVE" or "C-GET" for an object sent for one, else empty.
        requester: of that operation: id of the peer, else the AE title.
    """

    decision: Decision = ALLOWED
    cause: Cause | None = None
    absolute: bool = False
    told: bool = False
    operation: str = ""
    requester: str = ""


class Unclear(msgspec.Struct, frozen=True):
    """Only the registrar knows: what this archive may send there, or whether this Transaction UID was seen.

    ``named``: patient and UIDs of the object at hand.
    """

    archive: str
    destination: str = ""
    transaction: str = ""
    named: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True):
    """What the registrar answered."""

    moves: tuple[ExpectedMove, ...] = ()
    report: ExpectedReport | None = None


class Judge:
    """Judges the requests of one association.

    Args:
        who: the association, as recorded.
        route: as it was when the association was accepted.
        certificate: what the caller showed.
        source: the archive that calls, on an association of its own; None on a device's.
        moves: what the registrar said may come, at its opening.

    Attributes:
        certificate: as it is judged now (`Dialogue.reverified`).
        transactions: Transaction UIDs that were asked for on this association.
    """

    __slots__ = ("_moves", "_named", "_route", "_surroundings", "certificate", "source", "transactions", "who")

    def __init__(
        self,
        who: Association,
        route: Route,
        surroundings: Surroundings,
        certificate: Certificate | None = None,
        source: Archive | None = None,
        moves: tuple[ExpectedMove, ...] = (),
    ) -> None:
        self.who = who
        self.source = source
        self.transactions: dict[str, None] = {}
        self._named = "" if who.peer.startswith(CALLING) else who.peer  # id of the peer, at the opening
        self._route = route
        self._surroundings = surroundings
        self.certificate = certificate
        self._moves = moves

    @property
    def route(self) -> Route:
        """The route as it stands in the generation in force; one that was removed stays as it was."""
        return self._surroundings.rules.routes.get(self._route.called, self._route)

    @property
    def bypassed(self) -> bool:
        """Whether the route relays without policy now."""
        return self._surroundings.bypassed(self.route, self.source)

    def closed(self, operation: str) -> bool:
        """Whether an operation is refused when its record is impossible; an object is part of what asked for it."""
        route = self.route
        failure = route.store_failure if operation == "C-STORE" else route.other_failure
        return failure == "closed" and not self.bypassed

    def rule(
        self, side: Side, abstract: str, command: Command, subject: Subject, getting: str = "", told: Told | None = None
    ) -> Ruling | Unclear:
        """Judge a request.

        Args:
            side: where it comes from.
            abstract: SOP class of its presentation context.
            command: its command set.
            subject: what its data set says.
            getting: SOP class of the C-GET under way in the other direction, if any.
            told: the registrar's answer, where it was unclear before.
        """
        match = self._match()
        if match.always:  # blocked or revoked since the association opened
            rule = "blocked" if match.cause == Cause.BLOCKED_PEER else ""
            barred = Decision(allowed=False, rule=rule, nearest=match.nearest, failed=match.failed)
            return Ruling(barred, Cause(match.cause), absolute=True)
        gone = self._gone()
        if gone is not None and (gone.absolute or not self.bypassed):
            return gone
        if self.bypassed:
            return self._bypass(side, command, getting)
        if self.source is not None and side is Side.CALLER and not self._still_calls(self.source):
            failed = f"{self.source.id} is no archive any more that calls from there with this title"
            return Ruling(Decision(allowed=False, failed=failed), Cause.UNKNOWN_CALLER)
        if side is Side.ARCHIVE and command.operation not in _BACKWARDS:
            failed = f"{self.who.archive} asks nothing of who called it: only the caller's archive is asked"
            return Ruling(Decision(allowed=False, failed=failed), Cause.OPERATION)
        if command.operation == "N-EVENT-REPORT" and is_commitment(command, abstract):
            return self._report(side, subject.transaction, told, match)
        if command.operation == "C-STORE" and side is Side.ARCHIVE:
            return self._object_of_get(abstract, command, subject, getting, match)
        if self.source is not None and side is Side.CALLER:
            if command.operation == "C-STORE":
                return self._object_of_move(abstract, command, subject, told, match)
            if command.operation == "C-ECHO":
                return Ruling()
        return self._by_policy(abstract, command, subject, match)

    def _match(self) -> Match:
        who = self.who
        registry = self._surroundings.rules.engine.registry
        return registry.match(
            who.address, who.calling, self.certificate, bool(who.tls), self._surroundings.utc // 1_000_000_000
        )

    def _still_calls(self, source: Archive) -> bool:
        who, callers = self.who, self._surroundings.rules.callers
        found = callers.find(who.address, who.calling, self.certificate, self._surroundings.utc // 1_000_000_000)
        return found is not None and found.id == source.id

    def _gone(self) -> Ruling | None:
        """Why nothing more goes to the device that was called: blocked or removed since; None while it stands."""
        called, rules = self.who.archive, self._surroundings.rules
        if not called.startswith(PREFIX) or called in rules.archives:
            return None
        peer = called.removeprefix(PREFIX)
        if peer in rules.blocked:
            failed = f"{peer}, to which it goes, is blocked"
            return Ruling(Decision(allowed=False, rule="blocked", failed=failed), Cause.BLOCKED_PEER, absolute=True)
        return Ruling(Decision(allowed=False, failed=f"{peer} is no destination any more"), Cause.UNKNOWN_CALLED)

    def _bypass(self, side: Side, command: Command, getting: str) -> Ruling:
        if command.operation != "C-STORE":
            return Ruling(BYPASSED)
        if side is Side.ARCHIVE:
            return Ruling(BYPASSED, operation="C-GET" if getting else "", requester=self.who.peer or self.who.calling)
        return Ruling(BYPASSED, operation="C-MOVE" if self.source is not None else "")

    # --- the caller's own requests -----------------------------------------------------------------------------

    def _by_policy(self, abstract: str, command: Command, subject: Subject, match: Match) -> Ruling:
        stranger = self._stranger(match)
        if stranger is not None:
            return stranger
        peer = self._peer(match)
        identifier, patient = subject.identifier, subject.patient
        request = Request(
            peer, command.operation, command.sop_class or abstract, self.who.archive, self._surroundings.at,
            subject.level, command.move_destination, patient.id, patient.issuer, identifier.keys,
        )  # fmt: skip
        ruling = self._decide(request, abstract, subject)
        if ruling.cause is None and self._surroundings.rules.engine.identifier_level:
            why = not_understood(command, abstract, subject)
            if why:
                failed = f"its identifier cannot be understood ({why}), and a policy speaks of what it says"
                return Ruling(Decision(allowed=False, failed=failed), Cause.UNREADABLE_HEAD)
        if ruling.cause is None and command.operation == "C-MOVE":
            destination = command.move_destination
            if destination not in self._surroundings.rules.titles:
                failed = f"no device or archive has the title {destination!r}"
                return Ruling(Decision(allowed=False, failed=failed), Cause.UNKNOWN_DESTINATION)
        return ruling

    def _peer(self, match: Match) -> str:
        """Who calls: as it was at the opening, or approved since."""
        return self._named or ("" if match.peer is None else match.peer.id)

    def _stranger(self, match: Match, operation: str = "") -> Ruling | None:
        """Why the caller is nobody's peer, or no longer; None where it is one."""
        if not match.cause or (self._named and match.cause == Cause.UNKNOWN_CALLER):  # the registrar may know more
            return None
        unknown = Decision(allowed=False, nearest=match.nearest, failed=match.failed)
        told = not self._named and self.source is None
        requester = (self._named or self.who.calling) if operation else ""
        return Ruling(unknown, Cause(match.cause), told=told, operation=operation, requester=requester)

    def _decide(
        self, request: Request, abstract: str, subject: Subject, operation: str = "", requester: str = ""
    ) -> Ruling:
        """By policy, for the peer in ``request``; with every SOP class the message claims to be of."""
        sop_class, named = request.sop_class, subject.head.sop_class
        classes: tuple[str, ...] = (sop_class,)
        if abstract != sop_class or named not in {"", sop_class}:
            classes = tuple(dict.fromkeys(uid for uid in (sop_class, abstract, named) if uid))
        decision = self._surroundings.decide(request, classes)
        cause = None
        if not decision.allowed:
            cause = Cause.POLICY_ERROR if decision.error else Cause.OPERATION
        elif subject.finding and self._surroundings.rules.engine.patient_level:
            failed = f"its patient cannot be read ({subject.finding}), and a policy speaks of patients"
            decision, cause = Decision(allowed=False, failed=failed), Cause.UNREADABLE_HEAD
        return Ruling(decision, cause, operation=operation, requester=requester)

    # --- what an archive sends because somebody asked ----------------------------------------------------------

    def _object(
        self, peer: str, operation: str, destination: str, abstract: str, command: Command, subject: Subject
    ) -> Request:
        patient = subject.patient
        archive = self.who.archive if self.source is None else self.source.id
        return Request(
            peer, operation, command.sop_class or abstract, archive, self._surroundings.at, "", destination,
            patient.id, patient.issuer, (), True,
        )  # fmt: skip

    def _object_of_get(self, abstract: str, command: Command, subject: Subject, getting: str, match: Match) -> Ruling:
        if not getting:
            return Ruling(Decision(allowed=False, failed="no C-GET is under way"), Cause.UNEXPECTED_MOVE)
        stranger = self._stranger(match, "C-GET")
        if stranger is not None:
            return stranger
        peer = self._peer(match)
        request = self._object(peer, "C-GET", "", abstract, command, subject)
        return self._decide(request, abstract, subject, "C-GET", peer)

    def _object_of_move(
        self, abstract: str, command: Command, subject: Subject, told: Told | None, match: Match
    ) -> Ruling | Unclear:
        source = self.source
        assert source is not None
        if told is not None:
            self._moves = told.moves
        move = move_of(self._moves, command, subject.head, self._surroundings.utc)
        if move is None:
            if told is None:
                return Unclear(source.id, self.who.called, named=names_of(subject.head, command.sop_instance))
            return self._autorouted(abstract, command, subject, match)
        rules = self._surroundings.rules
        if not move.peer:  # its C-MOVE was let through by a route that only observes
            blocked = rules.engine.registry.match(move.address, move.calling).cause == Cause.BLOCKED_PEER
        else:
            blocked = move.peer in rules.blocked
        if blocked:
            failed = f"{move.peer or move.calling}, who asked for it, is blocked"
            return Ruling(Decision(allowed=False, rule="blocked", failed=failed), Cause.BLOCKED_PEER, absolute=True)
        if not move.peer:
            return Ruling(operation="C-MOVE", requester=move.calling)
        request = self._object(move.peer, "C-MOVE", move.destination, abstract, command, subject)
        return self._decide(request, abstract, subject, "C-MOVE", move.peer)

    def _autorouted(self, abstract: str, command: Command, subject: Subject, match: Match) -> Ruling:
        """Nobody asked for it: an archive that is a peer may send by policy, as any other."""
        assert self.source is not None
        if match.peer is not None and not match.cause:
            ruling = self._by_policy(abstract, command, subject, match)
            if ruling.cause is None:
                return ruling
        failed = f"no C-MOVE asks {self.source.id} to send this to {self.who.called}"
        return Ruling(Decision(allowed=False, failed=failed), Cause.UNEXPECTED_MOVE)

    def _report(self, side: Side, transaction: str, told: Told | None, match: Match) -> Ruling | Unclear:
        """An N-EVENT-REPORT of storage commitment: only from the archive that was asked, to the one who asked."""
        device = self.who.called if self.source is not None else self.who.calling
        archive = self.who.archive if self.source is None else self.source.id
        failed = f"Transaction UID {transaction or '(none)'} was never asked of {archive} by {device}"
        refused = Ruling(Decision(allowed=False, failed=failed), Cause.UNEXPECTED_REPORT)
        if not transaction or (side is Side.ARCHIVE) is (self.source is not None):
            return refused
        stranger = self._stranger(match) if self.source is None else None
        if stranger is not None:
            return stranger
        if transaction in self.transactions:
            return Ruling()
        if told is None:
            return Unclear(archive, transaction=transaction)
        report = told.report
        if report is None or (report.archive, report.calling) != (archive, device):
            return refused
        peer = self._peer(match) if self.source is None else self.who.archive.removeprefix(PREFIX)
        if report.peer != peer and any(other.id == report.peer for other in self._surroundings.rules.generation.peers):
            return refused  # another device's, that has the same title
        return Ruling() if report.until > self._surroundings.utc else refused

    def asked(self, transaction: str) -> None:
        """A storage commitment was asked for on this association."""
        if len(self.transactions) >= MAX_TRANSACTIONS:
            del self.transactions[next(iter(self.transactions))]
        self.transactions[transaction] = None

    @property
    def enforces(self) -> bool:
        """Whether a refusal is carried out."""
        return self.route.mode is Mode.ENFORCE
