"""How a peer broke PS3.8 or PS3.7, as a stable finding id. Never carries bytes of the peer's credentials."""

from __future__ import annotations


class DicomProtocolError(Exception):
    """The peer broke the protocol.

    Args:
        finding: stable id, recorded and documented ("pdu-item-overrun").
        detail: one line for a person, with no text taken from the wire unescaped.
    """

    def __init__(self, finding: str, detail: str) -> None:
        super().__init__(f"{finding}: {detail}")
        self.finding = finding
        self.detail = detail


class PduError(DicomProtocolError):
    """A protocol data unit breaks PS3.8 9.3, or a sub-item PS3.7 annex D."""


class CommandError(DicomProtocolError):
    """A command set breaks PS3.7 section 9, 10 or annex E."""
