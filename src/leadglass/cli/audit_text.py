"""Accesses and events of `leadglass audit` as lines and as JSON values. Text from the wire is shown harmless."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Any

import msgspec

from leadglass.model.event import kind
from leadglass.policy.names import shown
from leadglass.store.projection.interface import Access, Row
from leadglass.store.projection.subject import subject

_SECOND = 1_000_000_000


def when(time: int, zone: tzinfo) -> str:
    """UTC ns in the hospital's zone, to the second, with its offset."""
    return datetime.fromtimestamp(time // _SECOND, UTC).astimezone(zone).isoformat(" ", "seconds")


def who(calling: str, address: str, peer: str) -> str:
    """A device by its name in the registry, else as unknown, with what it called itself."""
    return f"{shown(peer) or 'unknown device'} ({shown(calling)} at {shown(address)})"


def access_lines(access: Access, zone: tzinfo) -> list[str]:
    """One access, and where it is proven."""
    outcomes = ", ".join(f"{count} {name}" for name, count in access.outcomes.items()) or "no instance"
    ended = f"until {when(access.ended, zone)}, {access.closed}" if access.ended else "not closed"
    rule = f", rule {shown(access.rule)}" if access.rule else ""
    sender = who(access.calling, access.address, access.peer)
    asked = f", asked for by {shown(access.requester)} ({access.operation})" if access.requester else ""
    proof = ", ".join(f"{log}/{position}" for log, position, _ in access.rows)
    return [
        f"{when(access.began, zone)}  {sender} {_way(access)} {shown(access.archive)}{asked}",
        f"  patient {_or(access.patient, 'unknown')}, issuer {_or(access.issuer)}, name {_or(access.name)}",
        f"  study {_or(access.study)}, accession {_or(access.accession)}, modality {_or(access.modality)}",
        f"  {outcomes}, {access.bytes} bytes, {ended}{rule}",
        f"  proof: {proof or 'its begin is not on record'}",
    ]


def _way(access: Access) -> str:
    """Objects of a C-GET go to the caller, all others to what it called."""
    return "got from" if access.operation == "C-GET" else "sent to"


def _or(text: str, without: str = "none") -> str:
    return shown(text) or without


def event_line(row: Row, zone: tzinfo) -> str:
    """One event on one line: when, what, who, and its place in the ledger."""
    about = subject(row.event)
    words = [f"{when(row.event.time, zone)}  {about.kind}"]
    if about.association is not None:
        words.append(who(about.association.calling, about.association.address, about.association.peer))
    if about.patient.id:
        words.append(f"patient {shown(about.patient.id)}")
    if about.cause:
        words.append(f"{'would have been refused' if about.would else 'refused'}: {shown(about.cause)}")
    words += [f"{name} {shown(str(value))}" for name, value in _fields(row.event.body).items()]
    return f"{'  '.join(words)}  [{row.log}/{row.position}]"


def event_value(row: Row, zone: tzinfo) -> dict[str, Any]:
    """One event for JSON, its fields by name."""
    event = row.event
    return {
        "log": row.log,
        "position": row.position,
        "digest": row.digest,
        "id": str(event.id),
        "time": event.time,
        "when": when(event.time, zone),
        "kind": kind(event.body),
        "flow": event.flow,
        "cause": str(event.cause) if event.cause else "",
        "body": _named(event.body),
    }


def access_value(access: Access, zone: tzinfo) -> dict[str, Any]:
    """One access for JSON; ``proof`` in place of its leaves as tuples."""
    value: dict[str, Any] = msgspec.to_builtins(access)
    leaves = value.pop("rows")
    value["began_when"] = when(access.began, zone)
    value["proof"] = [{"log": log, "position": position, "digest": digest} for log, position, digest in leaves]
    return value


def _fields(body: msgspec.Struct) -> dict[str, str | int]:
    """A body's words, and its numbers where no association explains them; structures are told in JSON."""
    values = msgspec.structs.asdict(body)
    plain = str if "association" in values else (str, int)
    return {name: value for name, value in values.items() if name != "cause" and value and isinstance(value, plain)}


def _named(struct: msgspec.Struct) -> dict[str, Any]:
    """A structure's fields by name; structures lie two deep at most (body, then association, patient or judgement)."""
    values = msgspec.structs.asdict(struct)
    return {
        name: (
            {inner: msgspec.to_builtins(value) for inner, value in msgspec.structs.asdict(each).items()}
            if isinstance(each, msgspec.Struct)
            else msgspec.to_builtins(each)
        )
        for name, each in values.items()
    }
