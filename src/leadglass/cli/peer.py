"""`leadglass peer`: the registry of devices by hand. Changes the application state and has it put in force."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from leadglass.cli.context import Context, config_option, json_option
from leadglass.cli.peer_file import Shown, check_way_in, network_of, proof_of, read_peers
from leadglass.cli.peer_list import list_
from leadglass.cli.peer_options import device_of, rights
from leadglass.cli.peer_who import who
from leadglass.cli.registry_change import LOCAL, engine_of, judge_of, put_in_force, user
from leadglass.model.peer import Peer
from leadglass.model.status import UnknownPeer
from leadglass.policy.pins import pinned_too, unpinned
from leadglass.store.appstate.certificates import KnownCertificate, load_certificates
from leadglass.store.appstate.peers import (
    approve_unknown,
    block_unknown,
    delete_peer,
    host_network,
    load_peers,
    save_peer,
    save_peers,
)
from leadglass.store.appstate.unknown_peers import list_unknown

WITHOUT_TLS = ", also without TLS: counted as a gap"


@click.group()
def peer() -> None:
    """List, add, approve, pin, block, remove and import devices."""


peer.add_command(list_, "list")
peer.add_command(who, "who")


@peer.command()
@click.argument("identifier", metavar="ID")
@click.option("--title", required=True, help="AE title it calls with; case counts.")
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    help="File of its certificate (PEM or DER), sha256:DIGEST, or name:NAME of one the trust list vouches for; at most "
    "two: the one in use and the next.",
)
@click.option(
    "--network", "networks", multiple=True, help="Address or CIDR range it calls from; any when it has a certificate."
)
@click.option("--plain", is_flag=True, help="It may call without TLS, from these networks; counted as a gap.")
@rights
@config_option
@json_option
@click.pass_obj
def add(
    context: Context,
    /,
    identifier: str,
    title: str,
    certificates: tuple[str, ...],
    networks: tuple[str, ...],
    plain: bool,
    **given: Any,
) -> int:
    """Add device ID, proved by its certificate or, with --plain, by its address alone."""
    seen: Shown = {}
    proofs = tuple(proof_of(text, Path(), seen) for text in certificates)
    device = device_of(identifier, title, tuple(map(network_of, networks)), given, certificates=proofs, plain=plain)
    check_way_in(device, "--certificate FILE.pem", "--plain --network ADDRESS")
    engine = engine_of(context)
    save_peer(engine, device, user(), LOCAL, "peer-created", new=True, judge=judge_of(context), shown=seen.values())
    return put_in_force(context, [device.id], "added" + (WITHOUT_TLS if plain else ""))


@peer.command()
@click.argument("address")
@click.argument("title")
@click.option("--id", "identifier", help="Name to give it, in lower case.")
@click.option(
    "--into", "existing", metavar="ID", help="Instead: pin the certificate it showed to device ID, a renewal."
)
@click.option(
    "--certificate", "digest", default="", help="Which, where several callers wait here: sha256:… or its start."
)
@rights
@config_option
@json_option
@click.pass_obj
def approve(
    context: Context,
    /,
    address: str,
    title: str,
    identifier: str | None,
    existing: str | None,
    digest: str,
    **given: Any,
) -> int:
    """Make the unknown caller at ADDRESS with TITLE a device.

    A caller that showed a certificate is proved by it from then on; one that came without TLS may go on so.
    """
    if (identifier is None) == (existing is None):
        raise click.UsageError("give --id with a new name, or --into with the id of a device")
    engine = engine_of(context)
    caller = _caller(list_unknown(engine), address, title, digest)
    pin = "" if caller.certificate is None else caller.certificate.fingerprint
    if existing is not None:
        if not pin:
            raise click.UsageError("the caller showed no certificate to pin")
        device = _renewed(_device(load_peers(engine), existing), pin, load_certificates(engine))
    else:
        assert identifier is not None  # one of the two is given
        device = device_of(
            identifier,
            title,
            (host_network(address),),
            given,
            certificates=(pin,) if pin else (),
            plain=not caller.tls,
        )
    approve_unknown(engine, caller, device, user(), LOCAL, new=existing is None, judge=judge_of(context))
    how = "approved" if existing is None else "has a further certificate"
    return put_in_force(context, [device.id], how + (WITHOUT_TLS if device.plain else ""))


@peer.command()
@click.argument("identifier", metavar="ID")
@click.argument("certificate")
@config_option
@json_option
@click.pass_obj
def pin(context: Context, identifier: str, certificate: str) -> int:
    """Let CERTIFICATE prove device ID from now on, beside the one it has.

    CERTIFICATE is a file (PEM or DER), sha256:DIGEST, or name:NAME. Of two, one that has ended makes place.
    """
    seen: Shown = {}
    proof = proof_of(certificate, Path(), seen)
    engine = engine_of(context)
    device = _renewed(_device(load_peers(engine), identifier), proof, load_certificates(engine))
    save_peer(engine, device, user(), LOCAL, "peer-changed", judge=judge_of(context), shown=seen.values())
    return put_in_force(context, [identifier], "has a further certificate")


@peer.command()
@click.argument("identifier", metavar="ID")
@click.argument("certificate")
@config_option
@json_option
@click.pass_obj
def unpin(context: Context, identifier: str, certificate: str) -> int:
    """Let CERTIFICATE prove device ID no more; it is refused at its next message.

    CERTIFICATE is sha256:DIGEST or its first digits, or name:NAME.
    """
    engine = engine_of(context)
    device = unpinned(_device(load_peers(engine), identifier), certificate)
    save_peer(engine, device, user(), LOCAL, "peer-changed", judge=judge_of(context))
    return put_in_force(context, [identifier], "has one certificate less")


@peer.command()
@click.argument("identifier", metavar="ID")
@click.option("--allow/--refuse", "plain", required=True, help="Whether it may call without TLS.")
@config_option
@json_option
@click.pass_obj
def plain(context: Context, identifier: str, plain: bool) -> int:
    """Say whether device ID may call without TLS, which is counted as a gap."""
    engine = engine_of(context)
    device = dataclasses.replace(_device(load_peers(engine), identifier), plain=plain)
    save_peer(engine, device, user(), LOCAL, "peer-changed", judge=judge_of(context))
    return put_in_force(context, [identifier], "may call without TLS" if plain else "has to call over TLS")


@peer.command()
@click.argument("what", nargs=-1, required=True, metavar="ID | ADDRESS TITLE")
@config_option
@json_option
@click.pass_obj
def block(context: Context, what: tuple[str, ...]) -> int:
    """Block a device, or an unknown caller; it is then refused in every mode."""
    engine = engine_of(context)
    if len(what) == 1:
        device = dataclasses.replace(_device(load_peers(engine), what[0]), status="blocked")
        save_peer(engine, device, user(), LOCAL, "peer-blocked", judge=judge_of(context))
        return put_in_force(context, [what[0]], "blocked")
    if len(what) == 2:
        caller = UnknownPeer(what[0], what[1], "", 0, 0, 0)
        blocked = block_unknown(engine, caller, user(), LOCAL, judge=judge_of(context))
        return put_in_force(context, [blocked.id], "blocked")
    raise click.UsageError("give a device's id, or a caller's address and title")


@peer.command()
@click.argument("identifier", metavar="ID")
@config_option
@json_option
@click.pass_obj
def remove(context: Context, identifier: str) -> int:
    """Remove device ID; its next call is an unknown caller's."""
    delete_peer(engine_of(context), identifier, user(), LOCAL, judge=judge_of(context))
    return put_in_force(context, [identifier], "removed")


@peer.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@config_option
@json_option
@click.pass_obj
def import_(context: Context, file: Path) -> int:
    """Read devices from a TOML FILE of [[peer]] tables, replacing those of the same id.

    Keys are id, title, certificates, networks, plain, status, operations, sop_classes, archives, destinations, levels,
    hours, max_associations, host, port, description. Certificates are files (relative to FILE), sha256:DIGEST or
    name:NAME. All of them are stored, or none.
    """
    devices, seen = read_peers(file)
    engine = engine_of(context)
    save_peers(engine, devices, user(), LOCAL, "peer-imported", judge=judge_of(context), shown=seen.values())
    return put_in_force(context, [device.id for device in devices], "imported")


def _device(peers: tuple[Peer, ...], identifier: str) -> Peer:
    for row in peers:
        if row.id == identifier:
            return row
    raise click.UsageError(f"there is no device {identifier!r}")


def _renewed(device: Peer, proof: str, known: Mapping[str, KnownCertificate]) -> Peer:
    now = int(time.time())
    return pinned_too(device, proof, [one for one, row in known.items() if row.not_after < now])


def _caller(waiting: tuple[UnknownPeer, ...], address: str, title: str, digest: str) -> UnknownPeer:
    """The one caller that is meant.

    Raises:
        click.UsageError: nobody waits there, or several do.
    """
    here = [caller for caller in waiting if (caller.address, caller.title) == (address, title)]
    if digest:
        starts = (digest, f"sha256:{digest}")
        here = [row for row in here if row.certificate and row.certificate.fingerprint.startswith(starts)]
    if not here:
        raise click.UsageError("no such caller waits: see 'leadglass peer list', or add the device by hand")
    if len(here) > 1:
        found = ", ".join(row.certificate.fingerprint if row.certificate else "none" for row in here)
        raise click.UsageError(f"several wait there; say which with --certificate: {found}")
    return here[0]
