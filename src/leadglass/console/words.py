"""Causes, outcomes, endings and modes in plain words, as tables. Decides nothing."""

from __future__ import annotations

from typing import NamedTuple

from leadglass.model.event import Operation, PatientsListed
from leadglass.model.peer import Hours
from leadglass.policy.hours import name_of as hours_name
from leadglass.policy.names import sop_class_name


class Meaning(NamedTuple):
    """``label`` for a chip or a heading, ``text`` what it means, ``todo`` what a person can do about it."""

    label: str
    text: str
    todo: str = ""


CAUSES: dict[str, Meaning] = {
    "unknown-caller": Meaning(
        "Unknown caller",
        "No device of the registry calls from this address with this AE title.",
        "Approve or block it on the Peers page.",
    ),
    "blocked-peer": Meaning(
        "Blocked", "This device is blocked. It is refused in every mode.", "Unblock it under Peers."
    ),
    "unknown-called": Meaning(
        "Unknown called title",
        "It asked for an AE title that no route serves.",
        "Correct the called title on the device, or add a route to the configuration.",
    ),
    "context": Meaning(
        "SOP class not permitted",
        "The policy permits this device no operation on a SOP class it proposed.",
        "If the device needs it, add the SOP class to its peer.",
    ),
    "no-context": Meaning(
        "Nothing permitted",
        "None of what the device proposed is permitted to it.",
        "Compare what it proposed with its peer.",
    ),
    "operation": Meaning(
        "Operation not permitted",
        "The policy refuses this operation.",
        "The nearest rule and its failed condition say what is missing.",
    ),
    "policy-error": Meaning(
        "Policy error",
        "The policy could not be evaluated; that is always a refusal.",
        "Correct the policy: leadglass policy check.",
    ),
    "unreadable-head": Meaning(
        "Unreadable data set",
        "The identity of the patient could not be read, and the route refuses such objects.",
        "Look at the device's objects, or let the route pass them as patient unknown.",
    ),
    "record-impossible": Meaning(
        "Record impossible",
        "The record could not be written, and the route is declared closed in that case.",
        "See Health: the journal needs disk space.",
    ),
    "upstream-down": Meaning(
        "Archive unreachable",
        "The archive did not answer.",
        "See Health for the reason; the device tries again by itself.",
    ),
    "limit": Meaning(
        "Limit reached", "A limit on associations was reached.", "Raise the peer's or the gateway's limit."
    ),
    "registrar-silent": Meaning(
        "No decision in time",
        "The process that knows the registry gave no answer in time; that is a refusal.",
        "See Health.",
    ),
    "certificate": Meaning(
        "Certificate",
        "The certificate it showed is another device's, unknown, expired or revoked, or one is due and none came.",
        "Compare it on the Peers page with the device's own, and approve it there if it is the right one.",
    ),
    "plain": Meaning(
        "Not encrypted",
        "It called without TLS, and its entry does not say that it may.",
        "Let it speak TLS, or say in its peer that it may call in plain: that is counted as a gap.",
    ),
    "unexpected-move": Meaning(
        "Nobody asked for it",
        "An archive sends images that no C-MOVE or C-GET asked it to send there.",
        "If the archive routes by itself, make it a peer that may store to this device.",
    ),
    "unexpected-report": Meaning(
        "Unknown commitment",
        "A storage commitment was reported that this device never asked of this archive.",
        "Look at the archive: it may answer a device that does not work through the gateway.",
    ),
    "unknown-destination": Meaning(
        "Unknown destination",
        "A C-MOVE names a destination that no device or archive has as its AE title.",
        "Enter the destination as a peer, with the host and port where it listens.",
    ),
    "protocol-error": Meaning("Protocol error", "The device broke the DICOM protocol.", "Ask the device's vendor."),
    "timeout": Meaning("Timeout", "The device was silent for too long.", "Look at the device and the network."),
}

OUTCOMES: dict[str, tuple[str, str]] = {  # outcome: (tone, label)
    "success": ("good", "stored"),
    "warning": ("warn", "stored with warning"),
    "failure": ("bad", "failed"),
    "cut-off": ("bad", "cut off"),
    "unknown": ("warn", "outcome unknown"),
    "open": ("info", "under way"),
}

ENDINGS: dict[str, tuple[str, str]] = {
    "released": ("good", "released"),
    "aborted-by-caller": ("warn", "aborted by the device"),
    "aborted-by-archive": ("bad", "aborted by the archive"),
    "aborted-by-leadglass": ("bad", "aborted by Leadglass"),
    "connection-lost": ("bad", "connection lost"),
    "closed-without-release": ("warn", "closed without release"),
    "idle": ("warn", "idle"),
    "aborted": ("bad", "aborted"),
    "crash": ("bad", "found open after a restart"),
}

MODES: dict[str, Meaning] = {
    "observe": Meaning("observe", "Forwards everything; what policy would refuse is recorded as would-refuse."),
    "alert": Meaning("alert", "Forwards everything; what policy would refuse is recorded and raises an alarm."),
    "enforce": Meaning("enforce", "Refuses what policy refuses."),
}
MODE_TONES = {"observe": "info", "alert": "warn", "enforce": "good"}


def mention(body: Operation | PatientsListed) -> tuple[str, str]:
    """What named a patient without a transfer, and how it was answered."""
    if isinstance(body, PatientsListed):
        return "listed by a query", f"{body.responses} responses"
    words = " ".join(word for word in (body.operation, body.level.lower()) if word)
    if body.destination:
        words += f" to {body.destination}"
    if body.status < 0:
        return words, "asked"
    counts = [
        f"{count} {name}"
        for count, name in ((body.completed, "sent"), (body.failed, "failed"), (body.warnings, "with warning"))
        if count > 0
    ]
    answer = "Success" if body.status == 0 else f"status {body.status:04X}H"
    return words, ", ".join([answer, *counts])


def cause(name: str) -> Meaning:
    """The cause of a refusal in words; a name of a newer version stands for itself."""
    return CAUSES.get(name) or Meaning(name, "", "")


def outcome(name: str) -> tuple[str, str]:
    """(tone, label) of an instance's outcome."""
    return OUTCOMES.get(name, ("info", name))


def ending(name: str) -> tuple[str, str]:
    """(tone, label) of an association's or a transfer's end."""
    return ENDINGS.get(name, ("info", name))


def sop_class(uid: str) -> str:
    """The name of a SOP class, or its UID."""
    return "everything" if uid == "*" else sop_class_name(uid)


def window(hours: Hours) -> str:
    """A peer's hours: "Mon-Fri 07:00-19:00"."""
    return hours_name(hours)
