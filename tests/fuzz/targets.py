"""What is fuzzed: one function a parser, which holds what must be true of any input. Never imports the fuzzer.

A parser may refuse by its own exception; any other exception, and a broken promise, is a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.vectors.vector import Vector, read_vector

from leadglass.wire.dataset import HeadReader
from leadglass.wire.dataset.identifier import identifier_of, transaction_of
from leadglass.wire.dataset.identity import UnclearIdentityError
from leadglass.wire.dataset.tags import IDENTIFIER, TRANSACTION
from leadglass.wire.dicom.associate import parse_associate_ac, parse_associate_rq
from leadglass.wire.dicom.command import MAX_COMMAND, build_command, parse_command
from leadglass.wire.dicom.negotiation import answer, check_answer, propose
from leadglass.wire.dicom.pdu import parse_abort, parse_associate_rj, parse_p_data, parse_release
from leadglass.wire.dicom.violation import DicomProtocolError

VECTORS = Path(__file__).parents[1] / "vectors"

MAX_INPUT = 8_192
"""Bytes of an input; longer vectors are cut."""

MAX_INFLATED = 65_536
"""Bytes of a deflated data set: a bound a bomb meets soon, so that the fuzzer is not busy with bombs."""

SYNTAXES = (
    *("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"),
    *("1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.8.1", "1.2.3.4.5.6"),
)

_REQUEST = parse_associate_rq(read_vector(VECTORS / "dicom" / "associate-rq" / "echo.hex").data)
_IDS = frozenset(context.id for context in _REQUEST.contexts)


def data_set(data: bytes) -> None:
    """The first byte chooses the transfer syntax, the second where the data set is cut."""
    if len(data) < 2:
        return
    syntax, cut, content = SYNTAXES[data[0] % len(SYNTAXES)], data[1], memoryview(data)[2:]
    readers = [HeadReader(syntax, max_inflated=MAX_INFLATED) for _ in range(2)]
    for reader, pieces in zip(readers, ((content,), (content[:cut], content[cut:])), strict=True):
        if not any(reader.feed(piece) for piece in pieces):
            reader.finish()
        assert (reader.head is None) == bool(reader.finding)
    whole, cut_up = readers
    if "deflate-corrupt" not in (whole.finding, cut_up.finding):  # larger pieces find it out sooner
        assert (whole.head, whole.finding, whole.tolerated) == (cut_up.head, cut_up.finding, cut_up.tolerated)


def identifier(data: bytes) -> None:
    """The same for what queries, retrieves (even first byte) and commitments (odd) name."""
    if len(data) < 2:
        return
    syntax, cut, content = SYNTAXES[data[0] // 2 % len(SYNTAXES)], data[1], memoryview(data)[2:]
    wanted, named = (TRANSACTION, transaction_of) if data[0] & 1 else (IDENTIFIER, identifier_of)
    outcomes = []
    for pieces in ((content,), (content[:cut], content[cut:])):
        reader = HeadReader(syntax, max_inflated=MAX_INFLATED, wanted=wanted)
        if not any(reader.feed(piece) for piece in pieces):
            reader.finish()
        assert reader.head is None
        found: object = None
        tolerated: dict[str, None] = {}
        with suppress(UnclearIdentityError):
            found = None if reader.finding else named(reader.values, tolerated)
        outcomes.append((found, reader.finding, reader.tolerated, tolerated))
    if "deflate-corrupt" not in (outcomes[0][1], outcomes[1][1]):
        assert outcomes[0] == outcomes[1]


def associate_rq(data: bytes) -> None:
    """What was understood is proposed upstream, and can be understood there."""
    try:
        request = parse_associate_rq(data)
    except DicomProtocolError:
        return
    again = parse_associate_rq(propose(request, frozenset(context.id for context in request.contexts), 131_072))
    assert [context.raw for context in again.contexts] == [context.raw for context in request.contexts]
    assert (again.called, again.calling) == (request.called, request.calling)


def associate_ac(data: bytes) -> None:
    """An answer is judged against a request, whatever it says; one that passes can be mirrored and understood."""
    try:
        accepted = parse_associate_ac(data)
    except DicomProtocolError:
        return
    if not check_answer(_REQUEST, _IDS, accepted):
        mirrored = parse_associate_ac(answer(_REQUEST, accepted, _IDS, 131_072))
        assert [context.id for context in mirrored.contexts] == [context.id for context in _REQUEST.contexts]


def command(data: bytes) -> None:
    """What was understood without deviation can be said again, and is understood as the same."""
    try:
        understood = parse_command(data)
    except DicomProtocolError:
        return
    if not understood.tolerated:
        assert parse_command(build_command(understood)) == understood


def associate_rj(data: bytes) -> None:
    """A-ASSOCIATE-RJ."""
    with suppress(DicomProtocolError):
        parse_associate_rj(data)


def abort(data: bytes) -> None:
    """A-ABORT."""
    with suppress(DicomProtocolError):
        parse_abort(data)


def release(data: bytes) -> None:
    """A-RELEASE-RQ and A-RELEASE-RP."""
    with suppress(DicomProtocolError):
        parse_release(data)


def p_data(data: bytes) -> None:
    """The PDVs of a PDU are all of its bytes and no more."""
    try:
        values = parse_p_data(data, MAX_COMMAND)
    except DicomProtocolError:
        return
    assert sum(len(value.fragment) + 6 for value in values) + 6 == len(data)


def _data_set_seed(vector: Vector) -> bytes:
    return bytes((SYNTAXES.index(vector.headers["transfer-syntax"]), 40)) + vector.data


def _identifier_seed(vector: Vector) -> bytes:
    number = SYNTAXES.index(vector.headers["transfer-syntax"]) * 2 + (vector.headers["reads"] == "transaction")
    return bytes((number, 40)) + vector.data


def _seed(vector: Vector) -> bytes:
    return vector.data


@dataclass(frozen=True, slots=True)
class Target:
    """A parser under test.

    Attributes:
        name: as given on the command line.
        entry: takes any bytes and returns; what it raises is a crash.
        folder: of its vectors.
        seed: a vector as an input to ``entry``.
    """

    name: str
    entry: Callable[[bytes], None]
    folder: str
    seed: Callable[[Vector], bytes] = _seed

    def seeds(self) -> list[bytes]:
        """The vectors, as inputs to ``entry``."""
        vectors = (read_vector(path) for path in sorted((VECTORS / self.folder).glob("*.hex")))
        return [self.seed(vector)[:MAX_INPUT] for vector in vectors]


TARGETS = (
    Target("data-set", data_set, "dataset", _data_set_seed),
    Target("identifier", identifier, "identifier", _identifier_seed),
    Target("associate-rq", associate_rq, "dicom/associate-rq"),
    Target("associate-ac", associate_ac, "dicom/associate-ac"),
    Target("associate-rj", associate_rj, "dicom/associate-rj"),
    Target("abort", abort, "dicom/abort"),
    Target("release", release, "dicom/release"),
    Target("p-data", p_data, "dicom/p-data"),
    Target("command", command, "dicom/command"),
)
