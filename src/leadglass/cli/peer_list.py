"""`leadglass peer list`: devices, what proves them, and who waits. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

import click
import msgspec

from leadglass.cli.context import Context, config_option, counted, json_option
from leadglass.cli.registry_change import engine_of
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.policy.hours import name_of as hours_name
from leadglass.policy.names import shown, sop_class_name
from leadglass.store.appstate.certificates import KnownCertificate, load_certificates
from leadglass.store.appstate.peers import load_peers
from leadglass.store.appstate.unknown_peers import list_unknown


@click.command()
@config_option
@json_option
@click.pass_obj
def list_(context: Context) -> None:
    """Show the devices of the registry, and callers that wait for a decision."""
    engine = engine_of(context)
    peers, waiting, known = load_peers(engine), list_unknown(engine), load_certificates(engine)
    lines = [counted(len(peers), "device")]
    for row in peers:
        lines += _device(row, known)
    plain = sum(row.plain and row.status == "approved" for row in peers)
    if plain:
        lines.append(f"  {counted(plain, 'gap')}: {'it' if plain == 1 else 'they'} may call without TLS")
    lines.append(counted(len(waiting), "unknown caller"))
    for caller in waiting:
        lines += _waiting(caller)
    context.show({"peers": [asdict(row) for row in peers], "unknown": msgspec.to_builtins(waiting)}, "\n".join(lines))


def _device(row: Peer, known: Mapping[str, KnownCertificate]) -> list[str]:
    networks = ", ".join(row.networks) or "any address"
    lines = [f"  {row.id:<20} {row.status:<9} {shown(row.title):<16} {networks}"]
    if row.status == "approved":
        hours = "; ".join(hours_name(window) for window in row.hours) or "always"
        classes = ", ".join(sop_class_name(uid) for uid in row.sop_classes)
        lines.append(f"    {', '.join(row.operations)} of {classes} to {', '.join(row.archives)}, {hours}")
        lines.append(f"    {_proof(row, known)}")
        if row.host:
            lines.append(f"    listens at {row.host} port {row.port}")
    return lines


def _proof(row: Peer, known: Mapping[str, KnownCertificate]) -> str:
    """What proves a device, in words."""
    words = []
    for proof in row.certificates:
        end = known.get(proof)
        until = f" until {datetime.fromtimestamp(end.not_after, UTC):%Y-%m-%d}" if end else ""
        words.append(f"{shown(proof)}{until}")
    proved = "certificate " + " or ".join(words) if words else "no certificate: its address is all there is"
    return proved + ("; may call without TLS" if row.plain else "")


def _waiting(caller: UnknownPeer) -> list[str]:
    title = shown(caller.title) or "(TLS failed)"
    called = f"called {shown(caller.called)}, " if caller.called else ""
    lines = [f"  {caller.address:<20} {title:<16} {called}{counted(caller.attempts, 'attempt')}"]
    if caller.certificate is not None:
        lines.append(f"    certificate {shown(caller.certificate.fingerprint)} ({shown(caller.certificate.subject)})")
    if caller.error:
        lines.append(f"    TLS: {shown(caller.error, 200)}")
    return lines
