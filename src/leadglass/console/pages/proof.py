"""The proof of one entry of the record: its place in the signed tree, checked here, and how to check it elsewhere."""

from __future__ import annotations

import msgspec
from starlette.responses import JSONResponse, Response

from leadglass.console.page import Page, Visit
from leadglass.errors import IntegrityError
from leadglass.model.event import AuditLogUsed, decode, kind
from leadglass.store.appstate.outbox import record
from leadglass.store.merkle import root_from_inclusion
from leadglass.store.note import Checkpoint, read_verifier


class Proof(msgspec.Struct, frozen=True):
    """All that shows one leaf to be in the signed tree (RFC 9162 2.1.3): hashes in hex, the note verbatim."""

    log: str
    position: int
    size: int
    leaf: str
    path: tuple[str, ...]
    root: str
    checkpoint: str
    verifier: str


def show(visit: Visit) -> Response:
    """What the proof is and says."""
    proof, event = _prove(visit)
    shown = None
    if event is not None:
        decoded = decode(event)
        shown = (decoded, kind(decoded.body), _lines(decoded.body))
    record(visit.console.engine, AuditLogUsed(visit.name, visit.address, "proof", f"{proof.log}/{proof.position}"))
    return visit.render("proof.html", proof=proof, event=shown)


def download(visit: Visit) -> Response:
    """The proof as JSON, to be checked without Leadglass; holds no event."""
    proof, _ = _prove(visit)
    name = f"leadglass-proof-{proof.log}-{proof.position}.json"
    return JSONResponse(msgspec.to_builtins(proof), headers={"content-disposition": f'attachment; filename="{name}"'})


def _prove(visit: Visit) -> tuple[Proof, bytes | None]:
    """Raises IntegrityError when the ledger on disk does not prove it: that is what the page then says."""
    ledger, log = visit.console.ledger, visit.query("log")
    position = int(visit.query("position")) if visit.query("position").isdecimal() else -1
    note = ledger.checkpoint(log)
    verifier = read_verifier(ledger.path / "key.pub")
    checkpoint: Checkpoint = verifier.open(note)
    leaf = ledger.leaf(log, position)
    path = ledger.inclusion_proof(log, position, checkpoint.size)
    if root_from_inclusion(bytes.fromhex(leaf.digest), position, checkpoint.size, path) != checkpoint.root:
        raise IntegrityError(f"leaf {position} of {log} is not under the checkpoint", "run leadglass audit verify")
    proof = Proof(
        log,
        position,
        checkpoint.size,
        leaf.digest,
        tuple(sibling.hex() for sibling in path),
        checkpoint.root.hex(),
        note,
        verifier.line(),
    )
    return proof, leaf.event


def _lines(body: msgspec.Struct) -> list[str]:
    """The body as indented JSON, line by line: line ends are ours, whatever else controls a terminal is shown."""
    return msgspec.json.format(msgspec.json.encode(_plain(body))).decode().split("\n")


def _plain(body: msgspec.Struct) -> dict[str, object]:
    """A body with its field names, nested ones too; bytes as hex."""
    return {name: _value(getattr(body, name)) for name in body.__struct_fields__}


def _value(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        return _plain(value)
    return value.hex() if isinstance(value, bytes) else value


PAGES = (Page("/proof", "proof", get=show), Page("/proof.json", "proof", get=download))
