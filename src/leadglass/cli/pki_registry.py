"""Certificates of `leadglass pki` in the registry of devices: pinned when issued, let go when revoked."""

from __future__ import annotations

import dataclasses

import click
from cryptography.hazmat.primitives.serialization import Encoding

from leadglass.cli.peer_file import network_of
from leadglass.cli.pki_options import Wishes
from leadglass.cli.pki_place import Place
from leadglass.cli.registry_change import LOCAL, engine_of, judge_of, user
from leadglass.errors import LeadglassError
from leadglass.model.peer import MAX_CERTIFICATES, Peer
from leadglass.pki.authority import Certified
from leadglass.pki.errors import PkiError
from leadglass.pki.records import Issued
from leadglass.pki.subject import Subject
from leadglass.registrar.client import RegistrarClient, RegistrarUnavailableError
from leadglass.store.appstate.peer_rules import check_peer
from leadglass.store.appstate.peers import load_peers, save_peer
from leadglass.wire.certificate import leaf

_ANY_PIN = f"sha256:{0:064x}"  # in the place of one that is not issued yet


def check_entry(place: Place, who: Subject, wishes: Wishes) -> bool:
    """Whether the device is in the registry, or is to be; and that this can be stored, before anything is issued.

    Raises:
        LeadglassError: the entry has another title, or could not be stored.
    """
    wanted = wishes.register or bool(wishes.networks)
    if place.configuration is None:
        if wanted:
            raise click.UsageError("the registry is the gateway's: name its configuration with --config")
        return False
    known = _entry(place, who.device, who.title)
    if known is None and wanted:
        check_peer(_new(who.device, who.title, wishes, _ANY_PIN))
    return known is not None or wanted


def pin(place: Place, certified: Certified, wishes: Wishes, live: frozenset[str]) -> str:
    """Bind a certificate to its device in the registry, making the entry where there is none.

    Args:
        place: whose registry.
        certified: the device's.
        wishes: where it calls from, and what a new entry may do.
        live: pins that still prove somebody; the others make room first.

    Returns:
        What was done, in words.

    Raises:
        LeadglassError: it is not stored, or stored and not in force; with which of the two.
    """
    record = certified.record
    known = _entry(place, record.device, record.title)
    if known is None:
        entry = _new(record.device, record.title, wishes, record.fingerprint)
    else:
        kept = tuple(own for own in known.certificates if own in live and own != record.fingerprint)
        ranges = tuple(map(network_of, wishes.networks)) or known.networks
        pins = (*kept, record.fingerprint)[-MAX_CERTIFICATES:]
        entry = dataclasses.replace(known, certificates=pins, networks=ranges)
        if wishes.listens[0]:
            entry = dataclasses.replace(entry, host=wishes.listens[0], port=wishes.listens[1])
    action = "peer-created" if known is None else "peer-changed"
    shown = leaf(certified.certificate.public_bytes(Encoding.DER))
    save_peer(
        engine_of(place.context),
        entry,
        user(),
        LOCAL,
        action,
        new=known is None,
        judge=judge_of(place.context),
        shown=(shown,),
    )
    return f"device {record.device} {'added' if known is None else 'changed'}{_in_force(place)}"


def unpin(place: Place, revoked: tuple[Issued, ...]) -> str:
    """Take revoked certificates off their devices' entries, the last one excepted: without any, an address would do.

    Returns:
        What was done, in words; empty for nothing.
    """
    gone = {record.fingerprint for record in revoked}
    changed = []
    for known in load_peers(engine_of(place.context)):
        kept = tuple(own for own in known.certificates if own not in gone)
        if kept and kept != known.certificates:
            entry = dataclasses.replace(known, certificates=kept)
            engine, judge = engine_of(place.context), judge_of(place.context)
            save_peer(engine, entry, user(), LOCAL, "peer-changed", judge=judge)
            changed.append(known.id)
    return f"taken off {', '.join(changed)}{_in_force(place)}" if changed else ""


def _entry(place: Place, device: str, title: str) -> Peer | None:
    known = {peer.id: peer for peer in load_peers(engine_of(place.context))}.get(device)
    if known is not None and known.title != title:
        raise PkiError(
            f"device {device} calls with {known.title!r}, not {title!r}", "give its title, or choose another id"
        )
    return known


def _new(device: str, title: str, wishes: Wishes, proof: str) -> Peer:
    ranges = tuple(map(network_of, wishes.networks))
    host, port = wishes.listens
    return Peer(device, title, ranges, operations=wishes.operations, certificates=(proof,), host=host, port=port)


def _in_force(place: Place) -> str:
    assert place.configuration is not None  # else there is no registry to change
    try:
        answer = RegistrarClient(place.configuration.data.registrar_socket).reload(user())
    except RegistrarUnavailableError:
        return "; in force at the next start"
    if answer.error:
        raise LeadglassError(f"it is stored, but not in force: {answer.error}", answer.hint)
    return f"; in force (generation {answer.number})"
