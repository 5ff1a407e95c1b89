"""What an archive may send on its own association, because somebody asked for it. Values; the registrar keeps them."""

from __future__ import annotations

import msgspec


class ExpectedMove(msgspec.Struct, frozen=True):
    """A C-MOVE that was forwarded: what may come to its destination, and for whom (PS3.4 C.4.2).

    Attributes:
        id: of its `model.event.Operation` event, in words.
        archive: id of the archive that was asked.
        destination: Move Destination, an AE title.
        peer: id of the requester, empty when unknown.
        address, calling: of the requester.
        message_id: of the C-MOVE-RQ; objects may repeat it as Move Originator Message ID, many archives do not.
        level: Query/Retrieve Level.
        patients, studies, series, instances: the unique keys it named, each empty where it named none.
        until: UTC nanoseconds after which nothing more is expected.
    """

    id: str
    archive: str
    destination: str
    peer: str
    address: str
    calling: str
    message_id: int
    level: str
    patients: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    until: int = 0


class ExpectedReport(msgspec.Struct, frozen=True):
    """A storage commitment that was asked for: its N-EVENT-REPORT may come, also later (PS3.4 J.3).

    Attributes:
        transaction: Transaction UID (0008,1195).
        archive: id of the archive that was asked.
        peer, address, calling: the requester.
        until: UTC nanoseconds.
    """

    transaction: str
    archive: str
    peer: str
    address: str
    calling: str
    until: int = 0


Expectation = ExpectedMove | ExpectedReport
